//! Everything comes at once or twice.

use std::collections::BTreeMap;

use hotline_tests::drill::history::{Act, History};
use hotline_tests::drill::{Load, Run, checker};

use hotline_tests::Client;
use http::Method;
use serde_json::json;

use crate::{drill, ground, history, seed};

#[tokio::test(flavor = "multi_thread")]
async fn a33_every_request_sent_twice_has_one_effect_and_one_answer() {
    let load = Load { twice: true, ..Load::small(seed()) };
    drill("a33", load, async |_, history, _| crate::acknowledged(history, 150).await).await;
}

/// The order in which a client or the gateway happens to write the entries of a map does not make another request.
#[tokio::test(flavor = "multi_thread")]
async fn a33_a_request_with_many_fields_is_the_same_each_time_it_is_sent() {
    let Some(ground) = ground().await else { return };
    let (client, agent) = (Client::new(&ground.site.base), &ground.site.tokens["agent"]);
    let phone = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": "13800138000"});
    let call = client.post(agent, "/v1/interactions", &phone).await.ok();
    let body = json!({
        "type": "TICKET_TYPE_FAULT", "categoryCode": "repair.public", "channel": "CHANNEL_PHONE",
        "customerId": call["customerId"], "subject": "楼道灯不亮", "description": "二单元三层。",
        "fields": {"room": "3-1502", "project": "曲江一期", "floor": "3", "unit": "2", "lamp": "7"},
    });
    let key = [("idempotency-key", &*hotline_core::id::new().to_string())];
    let send = async || {
        let sent = client.send(Method::POST, "/v1/tickets", Some(agent), &key, Some(&body)).await;
        sent.expect("an answer").ok()
    };
    let first = send().await;
    for _ in 0..10 {
        assert_eq!(send().await, first, "the same key and body give the first answer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b08_many_claimers_at_once_never_share_work() {
    let Some(ground) = ground().await else { return };
    let load = Load {
        engineers: 64,
        open_at_most: 200,
        claim_at_most: 4,
        lease: 120,
        mishaps: 0,
        unsatisfied: 0,
        ..Load::small(seed())
    };
    let history = history("b08");
    let run = Run::start(&ground.site, load, history.clone());
    run.registered(90).await;
    let left = run.finish(&ground.site).await;
    checker::demand(&ground.site, &history, &left).await;
    let shared: Vec<_> = claims(&history).into_iter().filter(|(_, times)| *times != 1).collect();
    assert!(shared.is_empty(), "nobody lost a lease, and yet: {shared:?}");
}

fn claims(history: &History) -> BTreeMap<String, u32> {
    let mut claims = BTreeMap::new();
    for entry in history.entries() {
        if let Act::Claim { assignment, .. } = entry.act {
            *claims.entry(assignment).or_default() += 1;
        }
    }
    claims
}
