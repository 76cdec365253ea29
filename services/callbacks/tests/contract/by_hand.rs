//! Callbacks made, listed and ended by people.

use chrono::TimeDelta;
use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::callbacks::v1::{
    Callback, CallbackKind, CallbackState, CreateCallbackRequest, EndCallbackRequest, ListCallbacksRequest,
};
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{
    TicketCancelled, TicketClosed, TicketReinstated, TicketReopened, TicketSnapshot,
};
use hotline_proto::tickets::v1::Ticket;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::bench::{Bench, CUSTOMER, acting, answer, at, on_each_database, ticket_id};

fn promised() -> CreateCallbackRequest {
    CreateCallbackRequest {
        kind: CallbackKind::PromisedAnswer.into(),
        customer_id: CUSTOMER.into(),
        subject: "产权办理进度".into(),
        ..Default::default()
    }
}

async fn create(bench: &Bench, request: CreateCallbackRequest) -> Result<Callback, Status> {
    let created = acting("agent", bench.client.clone().create_callback(request)).await;
    created.map(tonic::Response::into_inner)
}

/// Has the ticket service know a ticket in this state.
fn know(bench: &Bench, state: TicketState) -> String {
    let id = ticket_id();
    let ticket = Ticket {
        id: id.clone(),
        number: "2603020028".into(),
        customer_id: CUSTOMER.into(),
        state: state.into(),
        ..Default::default()
    };
    *bench.tickets.ticket.lock().expect("no panic") = Some(ticket);
    id
}

#[tokio::test]
async fn a_promised_answer_is_open_at_once_due_within_a_working_day_and_settles_no_ticket() {
    on_each_database(async |bench| {
        let made = create(&bench, promised()).await.expect("made");
        assert_eq!(made.opens_at, Some(to_proto(bench.clock.now())));
        assert_eq!(made.due_at, Some(to_proto(at("2026-03-03T18:00:00+08:00"))));
        bench.sweep().await;
        let held = bench.held("callback").await;
        bench.record("callback", answer(&held, false, 2)).await.expect("recorded");
        assert!(bench.tickets.told.lock().expect("no panic").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_made_at_night_opens_in_the_morning_and_may_not_be_due_before() {
    on_each_database(async |bench| {
        let night = Some(to_proto(at("2026-03-02T22:00:00+08:00")));
        let made =
            create(&bench, CreateCallbackRequest { opens_at: night, ..promised() }).await.expect("made");
        assert_eq!(made.opens_at, Some(to_proto(at("2026-03-03T09:00:00+08:00"))));
        let early = CreateCallbackRequest { opens_at: night, due_at: night, ..promised() };
        let refusal = create(&bench, early).await.expect_err("due before it opens");
        assert_eq!(
            refusal.get_details_bad_request().expect("names fields").field_violations[0].field,
            "dueAt"
        );
    })
    .await;
}

#[tokio::test]
async fn a_ticket_has_one_live_callback_and_it_is_of_its_own_customer() {
    on_each_database(async |bench| {
        let ticket_id = know(&bench, TicketState::Resolved);
        let request = CreateCallbackRequest { ticket_id: "2603020028".into(), ..promised() };
        let stranger = CreateCallbackRequest { customer_id: id::new().to_string(), ..request.clone() };
        let refusal = create(&bench, stranger).await.expect_err("not theirs");
        assert_eq!(
            refusal.get_details_bad_request().expect("names fields").field_violations[0].field,
            "customerId"
        );

        let made = create(&bench, request.clone()).await.expect("made");
        assert_eq!(
            (made.ticket_id.as_str(), made.ticket_number.as_str()),
            (ticket_id.as_str(), "2603020028")
        );
        let by_number = ListCallbacksRequest { ticket_id: "2603020028".into(), ..Default::default() };
        let listed = acting("agent", bench.client.clone().list_callbacks(by_number)).await;
        let [listed] = listed.expect("a list").into_inner().callbacks.try_into().expect("one");
        assert_eq!(listed.id, made.id);

        let refusal = create(&bench, request).await.expect_err("there is one");
        assert_eq!(
            (refusal.code(), reason_of(&refusal).as_str()),
            (Code::FailedPrecondition, "CALLBACK_OPEN")
        );
        let info = refusal.get_details_error_info().expect("says which");
        assert_eq!(info.metadata["callbackId"], made.id);

        bench.sweep().await;
        let held = bench.held("callback").await;
        bench.record("callback", answer(&held, true, 5)).await.expect("recorded");
        assert_eq!(
            bench.tickets.told.lock().expect("no panic").len(),
            1,
            "it was solved: the answer settles it"
        );
    })
    .await;
}

#[tokio::test]
async fn a_promised_answer_about_an_open_ticket_outlives_its_reopening_but_not_its_end() {
    on_each_database(async |bench| {
        let ticket_id = know(&bench, TicketState::InProgress);
        let request = CreateCallbackRequest { ticket_id: ticket_id.clone(), ..promised() };
        let made = create(&bench, request).await.expect("made");
        let ticket = Some(TicketSnapshot { id: ticket_id, ..Default::default() });
        bench.deliver(id::new(), &TicketReopened { ticket: ticket.clone(), ..Default::default() }).await;
        assert_eq!(bench.get(&made).await.state(), CallbackState::Scheduled);
        bench.deliver(id::new(), &TicketClosed { ticket }).await;
        assert_eq!(bench.get(&made).await.state(), CallbackState::Ended);
    })
    .await;
}

#[tokio::test]
async fn a_promised_answer_about_a_merged_ticket_is_promised_again_when_the_merge_is_undone() {
    on_each_database(async |bench| {
        let ticket_id = know(&bench, TicketState::InProgress);
        let request = CreateCallbackRequest { ticket_id: ticket_id.clone(), ..promised() };
        let made = create(&bench, request).await.expect("made");
        let ticket = Some(TicketSnapshot { id: ticket_id, ..Default::default() });
        let survivor_id = id::new().to_string();
        let merged = TicketCancelled { ticket: ticket.clone(), survivor_id, ..Default::default() };
        let undone = TicketReinstated { ticket, ..Default::default() };

        bench.deliver(id::new(), &merged).await;
        let ended = bench.get(&made).await;
        assert_eq!((ended.state(), ended.end_reason.as_str()), (CallbackState::Ended, "TICKET_MERGED"));
        bench.deliver(id::new(), &undone).await;
        let again = bench.get(&made).await;
        assert_eq!((again.state(), again.end_reason.as_str()), (CallbackState::Scheduled, ""));
        assert_eq!((again.opens_at, again.due_at, again.ended_at), (made.opens_at, made.due_at, None));
        bench.sweep().await;
        assert_eq!(bench.held("callback").await.id, made.id);

        bench.deliver(id::new(), &merged).await;
        bench.advance(TimeDelta::hours(36)).await;
        bench.deliver(id::new(), &undone).await;
        let late = bench.get(&made).await;
        assert_eq!(late.due_at, Some(to_proto(bench.clock.now())), "what it was due is past");
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_ends_a_callback_once_with_the_reason_and_the_ticket_stays() {
    on_each_database(async |bench| {
        let callback = bench.opened().await;
        let held = bench.held("callback").await;
        let request = EndCallbackRequest { id: callback.id, reason: "客户已当面确认".into() };
        let mut client = bench.client.clone();
        let ended =
            acting("supervisor", client.end_callback(request.clone())).await.expect("ended").into_inner();
        assert_eq!((ended.state(), ended.end_reason.as_str()), (CallbackState::Ended, "客户已当面确认"));
        let again = acting("supervisor", client.end_callback(request)).await.expect_err("it has ended");
        assert_eq!((again.code(), reason_of(&again).as_str()), (Code::FailedPrecondition, "CALLBACK_ENDED"));
        let late = bench.record("callback", answer(&held, true, 5)).await.expect_err("it has ended");
        assert_eq!(reason_of(&late), "LEASE_LOST");
        assert!(bench.tickets.told.lock().expect("no panic").is_empty());
    })
    .await;
}

#[tokio::test]
async fn callbacks_are_listed_newest_first_by_customer_ticket_and_state() {
    on_each_database(async |bench| {
        let mut expected = Vec::new();
        for _ in 0..5 {
            expected.insert(0, bench.solved().await.id);
            bench.clock.advance(TimeDelta::minutes(1));
        }
        bench.advance(TimeDelta::hours(2)).await;
        bench.claim("callback", 2, 0).await;
        let list = async |request: ListCallbacksRequest| {
            let listed = acting("agent", bench.client.clone().list_callbacks(request)).await;
            listed.expect("a list").into_inner()
        };
        let of_customer =
            ListCallbacksRequest { customer_id: CUSTOMER.into(), page_size: 3, ..Default::default() };
        let first = list(of_customer.clone()).await;
        let second = list(ListCallbacksRequest { page_token: first.next_page_token, ..of_customer }).await;
        let seen: Vec<_> =
            first.callbacks.into_iter().chain(second.callbacks).map(|callback| callback.id).collect();
        assert_eq!(seen, expected);
        for (states, count) in [
            (vec![CallbackState::Leased], 2),
            (vec![CallbackState::Open], 3),
            (vec![CallbackState::Open, CallbackState::Leased], 5),
            (vec![CallbackState::Completed], 0),
        ] {
            let state = states.iter().map(|state| (*state).into()).collect();
            let listed = list(ListCallbacksRequest { state, ..Default::default() }).await;
            assert_eq!(listed.callbacks.len(), count, "{states:?}");
        }
    })
    .await;
}
