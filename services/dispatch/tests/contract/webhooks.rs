//! What happens to a team's work is told to its webhooks: signed, in order, once.

use std::collections::BTreeMap;

use hotline_core::testing::eventually;
use hotline_dispatch::Webhooks;
use hotline_proto::dispatch::v1::{
    RotateWebhookSecretRequest, TestWebhookRequest, Webhook, WebhookDeliveryState,
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::harness::calls::inner;
use crate::harness::webhooks::{KEY, Receiver, Seen, lead, settings};
use crate::harness::{Desk, OTHER, TEAM, desks, engineer, ticket};

fn about(seen: &[Seen]) -> Vec<(String, String)> {
    seen.iter().map(Seen::about).collect()
}

#[tokio::test]
async fn an_event_of_the_team_arrives_signed_and_says_nothing_of_the_customer() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        desk.registered([1]).await;
        let [seen] = receiver.waits_for(1).await.try_into().expect("one");
        assert!(seen.is_signed_with(&webhook.secret));
        assert!(!seen.is_signed_with("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
        let told = seen.json();
        let work = desk.open_work_on(1).await;
        assert_eq!(
            (&told["type"], &told["timestamp"]),
            (&json!("assignment.queued"), &json!("2026-03-02T01:00:00.000Z"))
        );
        let assignment = &told["data"]["assignment"];
        assert_eq!((&assignment["id"], &assignment["teamKey"]), (&json!(work.id), &json!(TEAM)));
        assert_eq!(assignment["ticketNumber"], json!(ticket(1).number));
        for secret in ["c-secret", "宽带", "光猫", "报修"] {
            assert!(!told.to_string().contains(secret), "{told}");
        }
        desk.has(&webhook, WebhookDeliveryState::Delivered, 1).await;
        let [delivery] = desk.deliveries(&webhook).await.try_into().expect("one");
        assert_eq!(delivery.event_id, seen.header("webhook-id"));
        assert_eq!((delivery.attempts, delivery.last_status, &*delivery.last_outcome), (1, 204, "DELIVERED"));
        assert_eq!(receiver.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_steps_of_one_assignment_arrive_in_order() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        desk.hook(&receiver).await;
        desk.registered([1]).await;
        let work = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &work).await.expect("held");
        desk.complete(engineer(), &work).await.expect("accepted");
        let steps =
            ["assignment.queued", "assignment.claimed", "assignment.accepted", "assignment.completed"];
        let seen = receiver.waits_for(steps.len()).await;
        assert_eq!(about(&seen), steps.map(|step| (work.id.clone(), step.to_owned())));
    }
}

#[tokio::test]
async fn a_webhook_tells_of_its_own_team_and_of_what_it_was_asked_for() {
    for desk in desks().await {
        let (receiver, others, _runs) = (Receiver::start().await, Receiver::start().await, desk.runs());
        let mine = Webhook {
            team_key: TEAM.into(),
            url: receiver.url.clone(),
            event_types: vec!["assignment.accepted".into()],
            ..Webhook::default()
        };
        desk.hooks(lead(TEAM), mine).await.expect("made");
        let theirs = Webhook { team_key: OTHER.into(), url: others.url.clone(), ..Webhook::default() };
        let theirs = desk.hooks(lead(OTHER), theirs).await.expect("made");
        desk.registered([1]).await;
        let work = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &work).await.expect("held");
        assert_eq!(about(&receiver.waits_for(1).await), [(work.id.clone(), "assignment.accepted".into())]);
        desk.transfer(engineer(), &work, OTHER).await.expect("accepted");
        let [queued] = others.waits_for(1).await.try_into().expect("one");
        assert_eq!(queued.kind(), "assignment.queued");
        assert!(queued.is_signed_with(&theirs.secret));
        desk.is_quiet().await;
        assert_eq!((receiver.seen().len(), others.seen().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_webhook_can_be_tried() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        let mut client = desk.webhooks.clone();
        let test = client.test_webhook(TestWebhookRequest { id: webhook.id.clone() });
        let sent = inner(lead(TEAM).scope(test).await).expect("is sent");
        let [ping] = receiver.waits_for(1).await.try_into().expect("one");
        assert_eq!((ping.header("webhook-id"), &*ping.kind()), (&*sent.event_id, "webhook.ping"));
        assert_eq!(ping.json()["data"], json!({"webhookId": webhook.id, "teamKey": TEAM}));
    }
}

#[tokio::test]
async fn for_a_day_after_a_rotation_either_secret_is_enough() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let old = desk.hook(&receiver).await;
        let mut client = desk.webhooks.clone();
        let rotate = client.rotate_webhook_secret(RotateWebhookSecretRequest { id: old.id.clone() });
        let new = inner(lead(TEAM).scope(rotate).await).expect("rotates");
        assert_ne!(old.secret, new.secret);
        desk.registered([1]).await;
        let seen = receiver.waits_for(1).await;
        assert!(seen[0].is_signed_with(&old.secret) && seen[0].is_signed_with(&new.secret));
        desk.pass(86_400).await;
        desk.registered([2]).await;
        let seen = receiver.waits_for(2).await;
        assert!(!seen[1].is_signed_with(&old.secret) && seen[1].is_signed_with(&new.secret));
    }
}

#[tokio::test]
async fn several_processes_share_the_work_and_send_nothing_twice() {
    for desk in desks().await {
        let receiver = Receiver::start().await;
        let webhook = desk.hook(&receiver).await;
        desk.registered(1..=30).await;
        let (_runs, _beside) = (desk.runs(), desk.runs_beside(settings()).await);
        desk.has(&webhook, WebhookDeliveryState::Delivered, 30).await;
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        for seen in receiver.seen() {
            *times.entry(seen.header("webhook-id").to_owned()).or_default() += 1;
        }
        assert_eq!((times.len(), times.values().max()), (30, Some(&1)));
    }
}

#[tokio::test]
async fn a_process_with_a_new_key_seals_secrets_anew() {
    for desk in desks().await {
        let receiver = Receiver::start().await;
        let webhook = desk.hook(&receiver).await;
        let sealed = async || {
            let query = Statement::from_string(desk.db.backend(), "SELECT secret FROM webhooks");
            let row = desk.db.reader().query_one_raw(query).await.expect("it can be read").expect("is there");
            row.try_get::<String>("", "secret").expect("is text")
        };
        let before = sealed().await;
        let key = "another key of tests that is long enough".to_owned().into();
        let _beside = desk
            .runs_beside(Webhooks { key, previous_keys: vec![KEY.to_owned().into()], ..settings() })
            .await;
        eventually("it is sealed anew", async || sealed().await != before).await;
        desk.registered([1]).await;
        assert!(receiver.waits_for(1).await[0].is_signed_with(&webhook.secret));
    }
}

#[tokio::test]
async fn events_cost_nothing_more_where_the_team_has_no_webhook() {
    for desk in desks().await {
        let cost = async |desk: &Desk, number| {
            let before = desk.db.statements();
            desk.registered([number]).await;
            desk.db.statements() - before
        };
        desk.registered([1]).await;
        let without = cost(&desk, 2).await;
        let receiver = Receiver::start().await;
        let others = Webhook { team_key: OTHER.into(), url: receiver.url.clone(), ..Webhook::default() };
        desk.hooks(lead(OTHER), others).await.expect("made");
        assert_eq!(cost(&desk, 3).await, without);
        let webhook = desk.hook(&receiver).await;
        assert!(cost(&desk, 4).await <= without + 1, "its messages are one statement more");
        assert_eq!(desk.deliveries(&webhook).await.len(), 1);
    }
}
