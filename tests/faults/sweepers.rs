//! Replicas sweep what is due at once, and one is killed meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use hotline::roles::Role;
use hotline_tests::Client;
use hotline_tests::client::text;
use serde_json::{Value, json};

use crate::ground;

/// Tickets whose clocks run out at the same time.
const TICKETS: usize = 60;
/// After so long a clock of one minute has warned; when the sweepers are in the midst of the warnings.
const WARNING: Duration = Duration::from_millis(45_300);

/// Each of two clocks of every ticket warns at 45 s and runs out at 60 s, by the real clock.
#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_and_a_killed_sweeper_tell_of_each_warning_and_breach_once() {
    let Some(mut ground) = ground().await else { return };
    let client = Client::new(&ground.site.base);
    let (agent, admin) = (ground.site.tokens["agent"].clone(), ground.site.tokens["admin"].clone());
    let minute = json!({"minutes": 1, "calendar": "always"});
    let policy = json!({"key": "drill", "position": 1, "response": minute, "resolution": minute});
    client.post(&admin, "/v1/sla/policies", &policy).await.ok();
    ground.processes.raise_twin(Role::Tickets);
    let phone = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": "13800138000"});
    let call = client.post(&agent, "/v1/interactions", &phone).await.ok();
    let mut tickets = Vec::new();
    let begun = tokio::time::Instant::now();
    for _ in 0..TICKETS {
        let body = json!({
            "type": "TICKET_TYPE_FAULT", "categoryCode": "repair.public", "channel": "CHANNEL_PHONE",
            "customerId": call["customerId"], "subject": "楼道灯不亮", "description": "二单元三层。",
            "fields": {"room": "3-1502", "project": "曲江一期"},
        });
        let ticket = client.post(&agent, "/v1/tickets", &body).await.ok();
        assert_eq!(ticket["sla"]["policy"], "drill", "{ticket}");
        tickets.push(text(&ticket, "id").to_owned());
    }
    tokio::time::sleep_until(begun + WARNING).await;
    ground.processes.kill(Role::Tickets);
    ground.mend().await;
    tokio::time::sleep_until(begun + Duration::from_secs(62)).await;
    ground.processes.kill_twins();
    for ticket in &tickets {
        let path = format!("/v1/tickets/{ticket}");
        let told = |ticket: &Value| ticket["sla"]["breached"].as_array().is_some_and(|all| all.len() == 2);
        let seen = client.until(&agent, &path, told).await.ok();
        assert!(told(&seen), "{seen}");
        let timeline = client.get(&agent, &format!("{path}/timeline?pageSize=100")).await.ok();
        let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
        for entry in timeline["entries"].as_array().expect("a list") {
            if let Some(clock) = entry["details"]["clock"].as_str() {
                *counts.entry((text(entry, "kind").to_owned(), clock.to_owned())).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), 4, "{counts:?}");
        assert!(counts.values().all(|times| *times == 1), "{counts:?}");
    }
    let path = "/v1/sla/policies/drill";
    client.send(http::Method::DELETE, path, Some(&admin), &[], None).await.expect("an answer").ok();
}
