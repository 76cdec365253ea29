use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{WebhookDeliveryState, WebhookState};
use hotline_webhooks::outcome::Outcome;
use hotline_webhooks::schedule::ATTEMPTS;
use hotline_webhooks::sender::Report;
use serde_json::{Value, json};

use super::{Standing, Verdict, first_state, judge, may_manage, message, team_of, tells};
use crate::domain::access::Sight;

const PATIENCE: TimeDelta = TimeDelta::days(5);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_413_200, 0).expect("a time")
}

fn after(outcome: Outcome, before: Standing) -> Verdict {
    judge(&Report { outcome, status: None, retry_after: None }, before, PATIENCE, (now(), 0.0))
}

const FIRST: Standing = Standing { attempts: 0, failing_since: None };

#[test]
fn event_types_are_names_or_beginnings() {
    let wanted = ["assignment.queued".to_owned(), "queue.*".to_owned()];
    assert!(tells(&wanted, "assignment.queued") && tells(&wanted, "queue.flow_changed"));
    assert!(!tells(&wanted, "assignment.queued_again") && !tells(&wanted, "assignment.accepted"));
    assert!(tells(&[], "webhook.disabled"));
}

#[test]
fn a_message_holds_nothing_of_the_customer() {
    let payload = json!({
        "assignment": {"id": "a-1", "teamKey": "vendor", "customerId": "c-1", "subject": "王芳家断网"},
        "stages": [{"stage": "ACCEPT", "met": true, "note": "王芳"}],
        "reason": "王芳 13800138000", "by": "李四", "phone": "13800138000", "waitedSeconds": "60",
    });
    assert_eq!(team_of(&payload), Some("vendor"));
    let sent: Value = serde_json::from_str(&message("assignment.accepted", now(), &payload)).expect("JSON");
    let expected = json!({
        "type": "assignment.accepted",
        "timestamp": "2026-03-02T01:00:00.000Z",
        "data": {
            "assignment": {"id": "a-1", "teamKey": "vendor"},
            "stages": [{"stage": "ACCEPT", "met": true}],
            "waitedSeconds": "60",
        },
    });
    assert_eq!(sent, expected);
    assert_eq!(team_of(&json!({"teamKey": "", "assignment": {}})), None);
}

#[test]
fn leads_and_third_parties_manage_their_own_team_only() {
    let manages = |role: Role, team: &str| {
        let caller = Caller { roles: [role].into(), teams: vec!["own".into()], ..Caller::default() };
        may_manage(&caller, &Sight::of(&caller, Vec::new()), team)
    };
    assert!(
        manages(Role::TeamLead, "own") && manages(Role::ThirdParty, "own") && manages(Role::Admin, "other")
    );
    assert!(
        !manages(Role::TeamLead, "other")
            && !manages(Role::ThirdParty, "other")
            && !manages(Role::Engineer, "own")
    );
}

#[test]
fn what_failed_is_tried_again_until_the_last_attempt() {
    let verdict = after(Outcome::Failed, FIRST);
    assert_eq!(
        (verdict.state, verdict.next_at),
        (WebhookDeliveryState::Pending, Some(now() + TimeDelta::seconds(5)))
    );
    let last = Standing {
        attempts: i32::try_from(ATTEMPTS).expect("few") - 1,
        failing_since: Some(now() - TimeDelta::days(3)),
    };
    let verdict = after(Outcome::Failed, last);
    assert_eq!((verdict.state, verdict.next_at, verdict.disabled), (WebhookDeliveryState::Dead, None, None));
    assert_eq!(after(Outcome::Refused, FIRST).state, WebhookDeliveryState::Dead);
    assert_eq!(after(Outcome::Delivered, last).state, WebhookDeliveryState::Delivered);
}

#[test]
fn a_receiver_that_asks_for_time_gets_it() {
    let report =
        Report { outcome: Outcome::Busy, status: Some(429), retry_after: Some(TimeDelta::minutes(10)) };
    let verdict = judge(&report, FIRST, PATIENCE, (now(), 0.0));
    let then = Some(now() + TimeDelta::minutes(10));
    assert_eq!((verdict.next_at, verdict.quiet_until), (then, then));
    let later = judge(&report, Standing { attempts: 3, ..FIRST }, PATIENCE, (now(), 0.0));
    assert_eq!(later.next_at, Some(now() + TimeDelta::hours(2)), "the schedule is not made shorter");
}

#[test]
fn who_fails_for_days_or_is_gone_is_disabled_and_loses_nothing() {
    let gone = after(Outcome::Gone, FIRST);
    assert_eq!((gone.state, gone.disabled), (WebhookDeliveryState::Held, Some("GONE")));
    let failing = Standing { attempts: 2, failing_since: Some(now() - PATIENCE) };
    let verdict = after(Outcome::TimedOut, failing);
    assert_eq!((verdict.state, verdict.disabled), (WebhookDeliveryState::Held, Some("FAILING")));
    let sooner = Standing { failing_since: Some(now() - PATIENCE + TimeDelta::seconds(1)), ..failing };
    assert_eq!(after(Outcome::TimedOut, sooner).disabled, None);
    assert_eq!(first_state(WebhookState::Disabled), WebhookDeliveryState::Held);
    assert_eq!(first_state(WebhookState::Enabled), WebhookDeliveryState::Pending);
}
