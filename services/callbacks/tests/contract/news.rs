//! News of tickets makes and ends callbacks, each once (V1, V2).

use chrono::TimeDelta;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::callbacks::v1::{CallbackKind, CallbackState};
use hotline_proto::common::v1::TicketType;
use hotline_proto::events::v1::{TicketCancelled, TicketClosed, TicketReopened, TicketSnapshot};

use crate::bench::{CUSTOMER, at, on_each_database, resolved, ticket_id};

fn snapshot(id: &str) -> Option<TicketSnapshot> {
    Some(TicketSnapshot { id: id.into(), ..Default::default() })
}

#[tokio::test]
async fn a_solved_ticket_makes_a_callback_by_policy() {
    on_each_database(async |bench| {
        let made = bench.solved().await;
        assert_eq!((made.kind(), made.state()), (CallbackKind::Repair, CallbackState::Scheduled));
        assert_eq!(made.opens_at, Some(to_proto(at("2026-03-02T11:45:00+08:00"))));
        assert_eq!(made.due_at, Some(to_proto(at("2026-03-03T18:00:00+08:00"))));
        assert_eq!((made.customer_id.as_str(), made.subject.as_str()), (CUSTOMER, "宽带无法上网"));
        assert_eq!((made.ticket_number.as_str(), made.resolution.as_str()), ("2603020010", "更换光猫"));
        assert!(bench.claim("callback", 5, 0).await.is_empty(), "it is not open yet");
    })
    .await;
}

#[tokio::test]
async fn the_same_news_twice_makes_one_callback() {
    on_each_database(async |bench| {
        let (event_id, ticket_id) = (id::new(), ticket_id());
        let event = resolved(&ticket_id, bench.clock.now());
        bench.deliver(event_id, &event).await;
        bench.deliver(event_id, &event).await;
        assert_eq!(bench.of_ticket(&ticket_id).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_ticket_solved_again_keeps_its_live_callback_which_asks_about_the_new_solution() {
    on_each_database(async |bench| {
        let first = bench.solved().await;
        let again = hotline_proto::events::v1::TicketResolved {
            resolution: "更换线路".into(),
            ..resolved(&first.ticket_id, bench.clock.now())
        };
        bench.deliver(id::new(), &again).await;
        let [kept] = bench.of_ticket(&first.ticket_id).await.try_into().expect("one callback");
        assert_eq!((kept.id, kept.resolution.as_str()), (first.id, "更换线路"));
    })
    .await;
}

#[tokio::test]
async fn nobody_calls_about_an_answered_question() {
    on_each_database(async |bench| {
        let ticket_id = ticket_id();
        let mut event = resolved(&ticket_id, bench.clock.now());
        let ticket = event.ticket.as_mut().expect("a ticket");
        (ticket.r#type, ticket.category_code) = (TicketType::Consultation.into(), "consult.living".into());
        bench.deliver(id::new(), &event).await;
        assert!(bench.of_ticket(&ticket_id).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_moves_on_by_itself_ends_its_callback() {
    on_each_database(async |bench| {
        let (reopened, closed, cancelled) =
            (bench.solved().await, bench.solved().await, bench.solved().await);
        let (a, b, c) = (&reopened.ticket_id, &closed.ticket_id, &cancelled.ticket_id);
        bench.deliver(id::new(), &TicketReopened { ticket: snapshot(a), ..Default::default() }).await;
        bench.deliver(id::new(), &TicketClosed { ticket: snapshot(b) }).await;
        bench.deliver(id::new(), &TicketCancelled { ticket: snapshot(c), ..Default::default() }).await;
        for (callback, reason) in
            [(&reopened, "TICKET_REOPENED"), (&closed, "TICKET_CLOSED"), (&cancelled, "TICKET_CANCELLED")]
        {
            let ended = bench.get(callback).await;
            assert_eq!((ended.state(), ended.end_reason.as_str()), (CallbackState::Ended, reason));
        }
        bench.advance(TimeDelta::days(1)).await;
        assert!(bench.claim("callback", 5, 0).await.is_empty());

        bench.deliver(id::new(), &resolved(a, bench.clock.now())).await;
        assert_eq!(bench.of_ticket(a).await.len(), 2, "the next solution makes the next callback");
    })
    .await;
}

#[tokio::test]
async fn news_of_a_ticket_nobody_is_called_about_changes_nothing() {
    on_each_database(async |bench| {
        bench.deliver(id::new(), &TicketClosed { ticket: snapshot(&ticket_id()) }).await;
        assert!(bench.claim("callback", 5, 0).await.is_empty());
    })
    .await;
}
