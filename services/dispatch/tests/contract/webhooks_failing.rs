//! Receivers that fail, refuse, are slow or away: nothing is lost, and nobody else waits (A32).

use std::collections::{BTreeMap, BTreeSet};

use hotline_core::clock;
use hotline_core::testing::eventually;
use hotline_proto::dispatch::v1::{
    EnableWebhookRequest, GetWebhookRequest, ReplayWebhookDeliveryRequest, ReplayWebhookRequest, Webhook,
    WebhookDelivery, WebhookDeliveryState as State, WebhookState,
};
use hotline_proto::events::v1::WebhookDisabled;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::webhooks::{Receiver, Seen, lead};
use crate::harness::{Desk, TEAM, desks, engineer};

impl Desk {
    async fn webhook(&self, webhook: &Webhook) -> Webhook {
        let mut client = self.webhooks.clone();
        let get = client.get_webhook(GetWebhookRequest { id: webhook.id.clone() });
        inner(lead(TEAM).scope(get).await).expect("is there")
    }

    async fn enables(&self, webhook: &Webhook) -> Webhook {
        let mut client = self.webhooks.clone();
        let enable = client.enable_webhook(EnableWebhookRequest { id: webhook.id.clone() });
        inner(lead(TEAM).scope(enable).await).expect("goes on")
    }

    async fn replays_all(&self, webhook: &Webhook) -> Result<i32, Status> {
        let mut client = self.webhooks.clone();
        let request = ReplayWebhookRequest { id: webhook.id.clone(), from: None, to: None };
        inner(lead(TEAM).scope(client.replay_webhook(request)).await).map(|answer| answer.replayed)
    }

    /// Claims, takes on and completes the most urgent work.
    async fn works(&self) {
        let work = self.claims_one(engineer()).await;
        self.accept(engineer(), &work).await.expect("held");
        self.complete(engineer(), &work).await.expect("accepted");
    }
}

/// What is told of work that is done.
const STEPS: [&str; 4] =
    ["assignment.queued", "assignment.claimed", "assignment.accepted", "assignment.completed"];

/// Steps of each assignment in the order in which they were taken.
fn steps(taken: &[Seen]) -> BTreeMap<String, Vec<String>> {
    let mut steps: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (assignment, step) in taken.iter().map(Seen::about) {
        steps.entry(assignment).or_default().push(step);
    }
    steps
}

fn ids(seen: &[Seen]) -> BTreeSet<&str> {
    seen.iter().map(|seen| seen.header("webhook-id")).collect()
}

/// Everything was taken once, and what is about one assignment in order.
fn is_whole(receiver: &Receiver, assignments: usize) {
    let taken = receiver.taken();
    let steps = steps(&taken);
    assert_eq!(
        (steps.len(), taken.len(), ids(&taken).len()),
        (assignments, assignments * STEPS.len(), assignments * STEPS.len())
    );
    for told in steps.values() {
        assert_eq!(*told, STEPS);
    }
}

#[tokio::test]
async fn each_attempt_has_the_same_id_and_a_signature_of_its_own() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        receiver.answers(500);
        desk.registered([1]).await;
        receiver.waits_for(1).await;
        desk.is_quiet().await;
        let [waiting] = desk.deliveries(&webhook).await.try_into().expect("one");
        assert_eq!(
            (waiting.state(), waiting.attempts, &*waiting.last_outcome),
            (State::Pending, 1, "FAILED")
        );
        receiver.answers(204);
        let first = receiver.seen().remove(0);
        let sent: i64 = first.header("webhook-timestamp").parse().expect("a number");
        // Attempts are signed by the second.
        eventually("the next second", async || clock::wall().timestamp() > sent).await;
        desk.pass(4).await;
        desk.is_quiet().await;
        assert_eq!(receiver.seen().len(), 1, "not sooner than after 5 s");
        desk.pass(2).await;
        let seen = receiver.waits_for(2).await;
        assert_eq!(ids(&seen).len(), 1);
        assert_ne!(seen[0].header("webhook-timestamp"), seen[1].header("webhook-timestamp"));
        assert_ne!(seen[0].header("webhook-signature"), seen[1].header("webhook-signature"));
        assert!(seen.iter().all(|seen| seen.is_signed_with(&webhook.secret)));
        desk.has(&webhook, State::Delivered, 1).await;
        assert_eq!(desk.webhook(&webhook).await.failing_since, None);
    }
}

#[tokio::test]
async fn what_a_receiver_refuses_is_given_up_and_can_be_replayed() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        receiver.answers(422);
        desk.registered([1, 2]).await;
        desk.has(&webhook, State::Dead, 2).await;
        desk.pass(86_400).await;
        desk.is_quiet().await;
        assert_eq!(receiver.seen().len(), 2, "a refusal is final");
        receiver.answers(200);
        let one = desk.deliveries(&webhook).await.remove(0);
        let mut client = desk.webhooks.clone();
        let request = ReplayWebhookDeliveryRequest { webhook_id: webhook.id.clone(), id: one.id.clone() };
        let replayed =
            inner(lead(TEAM).scope(client.replay_webhook_delivery(request)).await).expect("replays");
        assert_eq!((replayed.state(), replayed.attempts), (State::Pending, 0));
        let seen = receiver.waits_for(3).await;
        assert_eq!(seen[2].header("webhook-id"), one.event_id);
        desk.has(&webhook, State::Delivered, 1).await;
        assert_eq!(desk.replays_all(&webhook).await.expect("replays"), 1);
        desk.has(&webhook, State::Delivered, 2).await;
        assert_eq!(desk.replays_all(&webhook).await.expect("replays"), 0);
    }
}

#[tokio::test]
async fn a_receiver_that_wants_nothing_more_is_disabled_and_its_team_is_told() {
    for desk in desks().await {
        let (receiver, other, _runs) = (Receiver::start().await, Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        let watches = Webhook {
            team_key: TEAM.into(),
            url: other.url.clone(),
            event_types: vec!["webhook.*".into()],
            ..Webhook::default()
        };
        desk.hooks(lead(TEAM), watches).await.expect("made");
        receiver.answers(410);
        desk.registered([1]).await;
        let [told] = other.waits_for(1).await.try_into().expect("one");
        assert_eq!(told.kind(), "webhook.disabled");
        assert_eq!(told.json()["data"]["webhookId"], webhook.id);
        let shown = desk.webhook(&webhook).await;
        assert_eq!((shown.state(), &*shown.disabled_reason), (WebhookState::Disabled, "GONE"));
        desk.registered([2]).await;
        desk.has(&webhook, State::Held, 2).await;
        assert_eq!(
            refusal(desk.replays_all(&webhook).await),
            (Code::FailedPrecondition, "WEBHOOK_DISABLED".into())
        );
        receiver.answers(200);
        assert_eq!(desk.enables(&webhook).await.state(), WebhookState::Enabled);
        desk.has(&webhook, State::Delivered, 2).await;
        assert_eq!(receiver.taken().len(), 2);
    }
}

#[tokio::test]
async fn nothing_is_lost_while_a_receiver_is_down_for_three_days() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        receiver.answers(503);
        for hour in 0..72_u32 {
            if hour % 9 == 0 {
                desk.registered([u128::from(hour) + 1]).await;
                desk.works().await;
            }
            desk.is_quiet().await;
            desk.pass(3600).await;
        }
        desk.is_quiet().await;
        let tried = desk.deliveries(&webhook).await;
        assert!(tried.iter().all(|one| one.state() == State::Pending), "{tried:?}");
        let oldest = tried.last().expect("there are some");
        assert!((8..=9).contains(&oldest.attempts), "the schedule is followed: {oldest:?}");
        assert_eq!(receiver.taken().len(), 0);
        receiver.answers(200);
        // Whichever is tried first shows that it answers again; the others follow at once.
        for _ in 0..26 {
            desk.pass(3600).await;
            desk.is_quiet().await;
        }
        is_whole(&receiver, 8);
        desk.has(&webhook, State::Delivered, 8 * STEPS.len()).await;
        assert_eq!(desk.webhook(&webhook).await.state(), WebhookState::Enabled);
    }
}

#[tokio::test]
async fn who_fails_for_five_days_is_disabled_and_gets_everything_when_it_is_back() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        receiver.answers(500);
        for day in 0..7_u32 {
            desk.registered([u128::from(day) + 1]).await;
            desk.works().await;
            for _ in 0..24 {
                desk.is_quiet().await;
                desk.pass(3600).await;
            }
        }
        desk.is_quiet().await;
        let shown = desk.webhook(&webhook).await;
        assert_eq!((shown.state(), &*shown.disabled_reason), (WebhookState::Disabled, "FAILING"));
        assert_eq!(desk.outbox::<WebhookDisabled>().await.len(), 1);
        let (before, all) = (receiver.seen().len(), desk.deliveries(&webhook).await);
        let waits = |one: &WebhookDelivery| matches!(one.state(), State::Held | State::Dead);
        assert!(all.len() == 7 * STEPS.len() && all.iter().all(waits), "{all:?}");
        desk.pass(86_400).await;
        desk.is_quiet().await;
        assert_eq!(receiver.seen().len(), before, "it is left alone");
        receiver.answers(200);
        let dead = all.iter().filter(|one| one.state() == State::Dead).count();
        desk.enables(&webhook).await;
        desk.has(&webhook, State::Delivered, all.len() - dead).await;
        assert_eq!(desk.replays_all(&webhook).await.expect("replays"), i32::try_from(dead).expect("few"));
        desk.has(&webhook, State::Delivered, all.len()).await;
        let taken = receiver.taken();
        assert_eq!((taken.len(), ids(&taken).len(), steps(&taken).len()), (all.len(), all.len(), 7));
    }
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_nobody_else() {
    for desk in desks().await {
        let (silent, quick, _runs) = (Receiver::start().await, Receiver::start().await, desk.runs());
        silent.answers(0);
        desk.hook(&silent).await;
        let webhook = desk.hook(&quick).await;
        desk.registered(1..=20).await;
        desk.has(&webhook, State::Delivered, 20).await;
        assert_eq!(silent.waits_for(4).await.len(), 4, "so many attempts at the same time");
    }
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_is_left_alone() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        let webhook = desk.hook(&receiver).await;
        receiver.asks_for("600");
        desk.registered([1]).await;
        receiver.waits_for(1).await;
        desk.is_quiet().await;
        receiver.answers(200);
        desk.registered([2]).await;
        desk.pass(599).await;
        let waiting = desk.deliveries(&webhook).await;
        assert!(waiting.iter().all(|one| one.state() == State::Pending));
        desk.pass(1).await;
        desk.has(&webhook, State::Delivered, 2).await;
        assert_eq!(receiver.seen().len(), 3);
    }
}
