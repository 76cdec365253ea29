//! The customer's answer settles the ticket, once (V4).

use hotline_core::error::reason_of;
use hotline_core::time::to_proto;
use hotline_proto::callbacks::v1::{AttemptOutcome, CallbackState, RecordAttemptRequest};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::events::v1::{CallbackAttempted, CallbackCompleted};
use tonic_types::StatusExt;

use crate::bench::{acting, answer, keyed, on_each_database, report};

#[tokio::test]
async fn a_customer_who_is_not_satisfied_has_the_ticket_reopened_once() {
    on_each_database(async |bench| {
        bench.opened().await;
        let held = bench.held("callback").await;
        let unhappy = RecordAttemptRequest {
            reasons: vec!["NOT_FIXED".into()],
            comment: "晚上又断了".into(),
            ..answer(&held, false, 2)
        };
        let mut client = bench.client.clone();
        let first = acting("callback", client.record_attempt(keyed(unhappy.clone(), "once"))).await;
        let again = acting("callback", client.record_attempt(keyed(unhappy, "once"))).await;
        let done = first.expect("recorded").into_inner();
        assert_eq!(done, again.expect("the same answer").into_inner());
        assert_eq!(
            (done.state(), done.satisfied, done.score),
            (CallbackState::Completed, Some(false), Some(2))
        );
        assert_eq!(done.ended_at, Some(to_proto(bench.clock.now())));
        assert_eq!((done.attempts.len(), done.attempts[0].outcome()), (1, AttemptOutcome::Reached));

        let told = bench.tickets.told.lock().expect("no panic").clone();
        let [(key, settled)] = told.as_slice() else { panic!("told {} times", told.len()) };
        assert_eq!(key, &format!("callbacks:{}:1", done.id));
        assert_eq!((settled.satisfied, settled.unreachable), (false, false));
        assert_eq!((settled.comment.as_str(), &settled.callback_id), ("晚上又断了", &done.id));

        let [attempted] = bench.published::<CallbackAttempted>().await.try_into().expect("one try");
        assert_eq!((attempted.outcome.as_str(), attempted.attempt), ("ATTEMPT_OUTCOME_REACHED", 1));
    })
    .await;
}

#[tokio::test]
async fn a_satisfied_customer_ends_it_and_the_figures_learn_all_they_need() {
    on_each_database(async |bench| {
        let callback = bench.opened().await;
        let held = bench.held("callback").await;
        assert_eq!(held.resolution, "更换光猫");
        bench.record("callback", answer(&held, true, 5)).await.expect("recorded");
        let [(_, settled)] =
            bench.tickets.told.lock().expect("no panic").clone().try_into().expect("told once");
        assert!(settled.satisfied && settled.id == callback.ticket_id);
        let [completed] = bench.published::<CallbackCompleted>().await.try_into().expect("one end");
        assert_eq!(
            completed,
            CallbackCompleted {
                callback_id: callback.id.clone(),
                ticket_id: callback.ticket_id.clone(),
                agent: "callback".into(),
                reached: true,
                satisfied: Some(true),
                score: Some(5),
                in_time: true,
                category_code: "repair.private".into(),
                team_key: "on-site-east".into(),
                solved_by: "branch".into(),
                priority: Priority::High.into(),
                channel: Channel::Phone.into(),
                r#type: TicketType::Fault.into(),
            }
        );
        let refusal = bench.record("callback", answer(&held, false, 1)).await.expect_err("it has ended");
        assert_eq!(reason_of(&refusal), "LEASE_LOST");
    })
    .await;
}

#[tokio::test]
async fn a_customer_who_refuses_to_talk_leaves_the_ticket_to_close_without_an_answer() {
    on_each_database(async |bench| {
        bench.opened().await;
        let held = bench.held("callback").await;
        let done = bench.record("callback", report(&held, AttemptOutcome::Refused)).await.expect("recorded");
        assert_eq!((done.state(), done.satisfied), (CallbackState::Completed, None));
        assert_eq!(done.end_reason, "REFUSED");
        let [(_, settled)] =
            bench.tickets.told.lock().expect("no panic").clone().try_into().expect("told once");
        assert!(settled.unreachable && !settled.satisfied);
    })
    .await;
}

#[tokio::test]
async fn an_incomplete_report_names_the_field_and_changes_nothing() {
    on_each_database(async |bench| {
        bench.opened().await;
        let held = bench.held("callback").await;
        for (outcome, field) in
            [(AttemptOutcome::Reached, "satisfied"), (AttemptOutcome::Postponed, "nextAt")]
        {
            let refusal = bench.record("callback", report(&held, outcome)).await.expect_err("incomplete");
            let named = refusal.get_details_bad_request().expect("names fields").field_violations;
            assert_eq!(named[0].field, field);
        }
        assert_eq!(bench.get(&held).await.attempts, []);
        bench.record("callback", answer(&held, true, 5)).await.expect("it is still held");
    })
    .await;
}
