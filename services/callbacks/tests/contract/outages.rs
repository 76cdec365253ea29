//! An outage is over: each of its customers is called once and soon, or nobody is (T13, V1).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::callbacks::v1::{AttemptOutcome, Callback, CallbackKind, CallbackState};
use hotline_proto::events::v1::{TicketClosed, TicketReopened, TicketResolved, TicketSnapshot};

use crate::bench::{Bench, answer, at, deliver, on_each_database, report, resolved, ticket_id};
use crate::faults::quick_news;

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
        settled.sort();
        all.sort();
        assert_eq!(settled, all);
        assert!(told.iter().all(|(_, settled)| settled.satisfied && settled.callback_id == first.id));
    })
    .await;
}

fn snapshot(id: &str) -> Option<TicketSnapshot> {
    Some(TicketSnapshot { id: id.into(), ..Default::default() })
}

/// Has so many tickets of a customer solved with their outage; returns the one callback and their ids.
async fn called_about(bench: &Bench, tickets: usize) -> (Callback, Vec<String>) {
    let (outage, customer) = (ticket_id(), ticket_id());
    let (mut callbacks, mut ids) = (Vec::new(), Vec::new());
    for _ in 0..tickets {
        let event = recovered(bench, &outage, &customer);
        callbacks.extend(made(bench, &event).await);
        ids.extend(event.ticket.map(|ticket| ticket.id));
    }
    let [callback] = callbacks.try_into().expect("one callback");
    (callback, ids)
}

#[tokio::test]
async fn a_call_goes_on_about_the_other_tickets_when_its_own_is_closed_or_reopened() {
    on_each_database(async |bench| {
        let (first, ids) = called_about(&bench, 3).await;
        bench.open(&first).await;
        let held = bench.held("callback").await;
        let missed = bench.record("callback", report(&held, AttemptOutcome::NoAnswer)).await;
        let missed = missed.expect("recorded");

        bench.deliver(id::new(), &TicketClosed { ticket: snapshot(&first.ticket_id) }).await;
        let second = bench.get(&first).await;
        assert!(ids[1..].contains(&second.ticket_id), "it goes on about one of the others");
        assert_eq!((second.ticket_number.as_str(), second.resolution.as_str()), ("2603020010", "更换光猫"));
        assert_eq!(
            (second.subject.as_str(), second.customer_id.as_str()),
            ("宽带无法上网", &*first.customer_id)
        );
        assert_eq!((second.state(), second.opens_at), (CallbackState::Scheduled, missed.opens_at));
        assert_eq!(
            (second.due_at, second.attempts.len()),
            (first.due_at, 1),
            "due when it was, the tries kept"
        );

        let reopened = TicketReopened { ticket: snapshot(&second.ticket_id), ..Default::default() };
        bench.deliver(id::new(), &reopened).await;
        let third = bench.get(&first).await;
        assert!(third.ticket_id != second.ticket_id && ids[1..].contains(&third.ticket_id));
        bench.open(&third).await;
        let held = bench.held("callback").await;
        assert_eq!(held.id, first.id, "one call to the customer");
        bench.record("callback", answer(&held, true, 5)).await.expect("is recorded");
        let told = bench.tickets.told.lock().expect("no panic").clone();
        let [(key, settled)] = told.try_into().expect("those that moved on are left alone");
        assert_eq!(settled.id, third.ticket_id);
        assert_eq!(key, format!("callbacks:{}:2:{}", first.id, third.ticket_id));
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_has_moved_on_is_settled_by_no_answer_and_the_last_one_ends_the_call() {
    on_each_database(async |bench| {
        let (first, ids) = called_about(&bench, 2).await;
        bench.deliver(id::new(), &TicketClosed { ticket: snapshot(&ids[1]) }).await;
        assert_eq!(bench.get(&first).await.ticket_id, ids[0], "only another one has moved on");
        bench.deliver(id::new(), &TicketClosed { ticket: snapshot(&ids[0]) }).await;
        let ended = bench.get(&first).await;
        assert_eq!((ended.state(), ended.end_reason.as_str()), (CallbackState::Ended, "TICKET_CLOSED"));
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_is_solved_after_the_call_has_ended_is_called_about_in_another() {
    on_each_database(async |bench| {
        let (outage, customer) = (ticket_id(), ticket_id());
        let [early, late, later] = [0; 3].map(|_| recovered(&bench, &outage, &customer));
        let [first] = made(&bench, &early).await.try_into().expect("one callback");
        bench.deliver(id::new(), &TicketClosed { ticket: early.ticket }).await;
        assert_eq!(bench.get(&first).await.state(), CallbackState::Ended);
        let [second] = made(&bench, &late).await.try_into().expect("nothing else would close it");
        assert_eq!(
            (second.state(), second.kind()),
            (CallbackState::Scheduled, CallbackKind::OutageRecovered)
        );
        assert!(made(&bench, &later).await.is_empty(), "one call for both");
        bench.open(&second).await;
        let held = bench.held("callback").await;
        bench.record("callback", answer(&held, true, 5)).await.expect("is recorded");
        let told = bench.tickets.told.lock().expect("no panic");
        let settled: Vec<_> = told.iter().map(|(_, settled)| settled.id.as_str()).collect();
        let expected =
            [&late, &later].map(|event| event.ticket.as_ref().map_or("", |ticket| ticket.id.as_str()));
        assert_eq!(settled, expected);
    })
    .await;
}

#[tokio::test]
async fn an_answer_settles_every_ticket_even_when_the_news_of_the_first_comes_before() {
    on_each_database(async |bench| {
        let (first, ids) = called_about(&bench, 2).await;
        bench.open(&first).await;
        let held = bench.held("callback").await;
        quick_news(&bench, ids[0].clone());
        let done = bench.record("callback", answer(&held, false, 1)).await.expect("is recorded");
        assert_eq!((done.state(), done.satisfied), (CallbackState::Completed, Some(false)));
        assert_eq!(done.ticket_id, ids[0], "what the customer was asked about");
        let told = bench.tickets.told.lock().expect("no panic");
        let settled: Vec<_> = told.iter().map(|(_, settled)| &settled.id).collect();
        assert_eq!(settled, [&ids[0], &ids[1]]);
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_comes_while_the_answer_is_told_is_settled_with_the_others() {
    on_each_database(async |bench| {
        let (outage, customer) = (ticket_id(), ticket_id());
        let [early, late] = [0; 2].map(|_| recovered(&bench, &outage, &customer));
        let [first] = made(&bench, &early).await.try_into().expect("one callback");
        bench.open(&first).await;
        let held = bench.held("callback").await;
        let (consumer, now, event) = (bench.consumer.clone(), bench.clock.now(), late.clone());
        let news = move || -> BoxFuture<'static, ()> {
            Box::pin(async move { deliver(consumer.as_ref(), id::new(), now, &event).await })
        };
        *bench.tickets.after_settling.lock().expect("no panic") = Some(Box::new(news));
        let done = bench.record("callback", answer(&held, true, 5)).await.expect("is recorded");
        assert_eq!((done.state(), done.attempts.len()), (CallbackState::Completed, 1));
        let told = bench.tickets.told.lock().expect("no panic");
        let settled: BTreeSet<_> = told.iter().map(|(_, settled)| settled.id.clone()).collect();
        let both: BTreeSet<_> =
            [early, late].into_iter().filter_map(|event| Some(event.ticket?.id)).collect();
        assert_eq!(settled, both);
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
