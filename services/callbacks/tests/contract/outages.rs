//! An outage is over: each of its customers is called once and soon, or nobody is (T13, V1).

use chrono::TimeDelta;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::callbacks::v1::{Callback, CallbackKind, CallbackState};
use hotline_proto::events::v1::TicketResolved;

use crate::bench::{Bench, answer, at, on_each_database, resolved, ticket_id};

/// A ticket that an outage caused a customer and that its recovery has just solved.
fn recovered(bench: &Bench, outage: &str, customer: &str) -> TicketResolved {
    let mut event = resolved(&ticket_id(), bench.clock.now());
    if let Some(ticket) = &mut event.ticket {
        customer.clone_into(&mut ticket.customer_id);
    }
    TicketResolved { follow_up: "OUTAGE".into(), outage_id: outage.into(), ..event }
}

/// Delivers the event and returns the callbacks of its ticket.
async fn made(bench: &Bench, event: &TicketResolved) -> Vec<Callback> {
    bench.deliver(id::new(), event).await;
    bench.of_ticket(&event.ticket.clone().unwrap_or_default().id).await
}

#[tokio::test]
async fn a_customer_with_several_tickets_is_called_once_and_the_answer_settles_them_all() {
    on_each_database(async |bench| {
        let (outage, customer) = (ticket_id(), ticket_id());
        let events: Vec<_> = (0..3).map(|_| recovered(&bench, &outage, &customer)).collect();
        let [first] = made(&bench, &events[0]).await.try_into().expect("one callback");
        assert_eq!((first.kind(), first.state()), (CallbackKind::OutageRecovered, CallbackState::Scheduled));
        // At once, and long before the end of the next working day.
        assert_eq!(first.opens_at, Some(to_proto(at("2026-03-02T09:45:00+08:00"))));
        assert_eq!(first.due_at, Some(to_proto(at("2026-03-02T13:45:00+08:00"))));
        for event in &events[1..] {
            assert!(made(&bench, event).await.is_empty(), "no second call to the same customer");
        }
        // The same news once more changes nothing.
        assert!(made(&bench, &events[1]).await.is_empty());
        bench.open(&first).await;
        let held = bench.held("callback").await;
        let done = bench.record("callback", answer(&held, true, 5)).await.expect("is recorded");
        assert_eq!(done.state(), CallbackState::Completed);
        let told = bench.tickets.told.lock().expect("no panic");
        let mut settled: Vec<_> = told.iter().map(|(_, settled)| settled.id.clone()).collect();
        let mut all: Vec<_> = events.iter().filter_map(|event| Some(event.ticket.clone()?.id)).collect();
        (settled.sort(), all.sort());
        assert_eq!(settled, all);
        assert!(told.iter().all(|(_, settled)| settled.satisfied && settled.callback_id == first.id));
    })
    .await;
}

#[tokio::test]
async fn every_customer_and_every_outage_has_a_call_of_its_own() {
    on_each_database(async |bench| {
        let (one, another) = (ticket_id(), ticket_id());
        let customers = [ticket_id(), ticket_id()];
        for outage in [&one, &another] {
            for customer in &customers {
                let event = recovered(&bench, outage, customer);
                assert_eq!(made(&bench, &event).await.len(), 1);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_is_called_where_the_recovery_says_so() {
    on_each_database(async |bench| {
        let event = TicketResolved { follow_up: "NONE".into(), ..resolved(&ticket_id(), bench.clock.now()) };
        assert!(made(&bench, &event).await.is_empty());
        bench.advance(TimeDelta::days(1)).await;
        assert!(bench.claim("callback", 5, 0).await.is_empty());
    })
    .await;
}
