//! What the commands do to a ticket, one by one and in any order.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::Almanac;
use hotline_proto::common::v1::{Channel, Level, Priority, TicketState as State};
use uuid::Uuid;

use crate::config::Config;
use crate::domain::catalogue::{Catalogue, shipped};
use crate::domain::clock::Which;
use crate::domain::draft::{Draft, What, Who};
use crate::domain::handling::Assignment;
use crate::domain::registration::{Registration, register};
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Entry, Kind};
use crate::error::Error;

mod answers;
mod brute_force;
mod clocks;
mod complaints;
mod defects;
mod duplicates;
mod explain;
mod extensions;
mod five_clocks;
mod late_policies;
mod leases;
mod night;
mod picture;
mod registers;
mod reopening;
mod repairs;
mod replayed;
mod story;
mod updates;
mod usage;
mod walk;

use story::Story;

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let almanac = Almanac::shipped().expect("shipped data is valid");
    Rules::new(Config::default(), almanac).expect("the defaults make sense")
});

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue(shipped().expect("shipped data is valid")));

/// Returns an instant from wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time in Shanghai")
}

fn who(subject: &str) -> Who {
    Who { subject: subject.into(), team_key: "first-line".into() }
}

fn assignment(id: u128, epoch: i64) -> Assignment {
    Assignment { id: Uuid::from_u128(id), epoch }
}

fn fault() -> Registration {
    Registration {
        category_code: "repair.private".into(),
        channel: Channel::Phone,
        customer_id: Some(Uuid::from_u128(1)),
        urgency: Level::High,
        impact: Level::Medium,
        subject: "宽带无法上网".into(),
        description: "今天早上开始断线".into(),
        fields: BTreeMap::from([("room".into(), "3-1502".into())]),
        ..Registration::default()
    }
}

/// Returns a ticket of high priority: 15 minutes, 4 hours of office time.
pub(super) fn ticket() -> Ticket {
    registered(fault(), "2026-03-02 09:00").ticket
}

fn registered(given: Registration, time: &str) -> Draft<'static> {
    registered_by(&RULES, given, time)
}

fn registered_by<'a>(rules: &'a Rules, given: Registration, time: &str) -> Draft<'a> {
    register(given, &CATALOGUE, rules, Uuid::from_u128(7), at(time), who("agent")).expect("registers")
}

#[test]
fn the_main_journey_is_told_in_full() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:00", |draft| draft.assign("second-line-network", assignment(10, 0)));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "second-line-network", assignment(10, 1)));
    story.then("2026-03-02 09:50", |draft| {
        draft.complete("engineer", assignment(10, 1), "更换光猫", Vec::new())
    });
    story.then("2026-03-03 10:00", |draft| {
        draft.settle(crate::domain::solving::Outcome::Unsatisfied, "晚上又断了", Uuid::from_u128(90))
    });
    assert_eq!(story.ticket.priority, Priority::Critical);
    assert_eq!(
        (story.ticket.state, story.ticket.team_key.as_str()),
        (State::Assigned, "second-line-network")
    );
    assert_eq!((story.ticket.reopen_count, story.ticket.assignee.as_str()), (1, ""));
    story.then("2026-03-03 10:00", |draft| draft.assign("second-line-network", assignment(11, 0)));
    story
        .then("2026-03-03 10:01", |draft| draft.start("engineer2", "second-line-network", assignment(11, 1)));
    story.then("2026-03-03 10:02", |draft| {
        draft.complete("engineer2", assignment(11, 1), "更换线路", Vec::new())
    });
    story.then("2026-03-04 10:00", |draft| {
        draft.settle(crate::domain::solving::Outcome::Satisfied, "", Uuid::from_u128(91))
    });
    let expected = [
        "CREATED", "SLA_SET", "ASSIGNED", "STARTED", "SLA_MET", "RESOLVED", "SLA_MET", "REOPENED", "SLA_SET",
        "STARTED", "RESOLVED", "SLA_MET", "VERIFIED", "CLOSED",
    ];
    assert_eq!(story.kinds(), expected);
    assert_eq!(story.entries[1].details["responseDueAt"], "2026-03-02T01:15:00Z");
    assert_eq!(story.ticket.closed_at, Some(at("2026-03-04 10:00")));
}

#[test]
fn a_registration_names_everything_that_is_missing() {
    let empty =
        Registration { kind: hotline_proto::common::v1::TicketType::Fault, ..Registration::default() };
    let refused = register(empty, &CATALOGUE, &RULES, Uuid::nil(), at("2026-03-02 09:00"), who("agent"));
    let Err(Error::Fields(fields)) = refused else { panic!("it must be refused") };
    let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["categoryCode", "channel", "customerId", "subject", "fields.room", "description"]);
}

#[test]
fn type_priority_and_team_come_from_the_category_unless_said() {
    let given = Registration {
        urgency: Level::Unspecified,
        impact: Level::Unspecified,
        category_code: "complaint.service".into(),
        project: "曲江一期".into(),
        fields: BTreeMap::from([("room".into(), "1".into()), ("complainedOf".into(), "物业".into())]),
        ..fault()
    };
    let ticket = registered(given, "2026-03-02 09:00").ticket;
    assert_eq!(ticket.kind, hotline_proto::common::v1::TicketType::Complaint);
    assert_eq!((ticket.priority, ticket.policy.as_str()), (Priority::High, "complaint-high"));
    assert_eq!(ticket.clock(Which::Resolution).unwrap().due_at, at("2026-03-05 18:00"));
}

#[test]
fn a_change_of_category_takes_along_what_was_default_and_counts_from_the_start() {
    let given = Registration { urgency: Level::Unspecified, impact: Level::Unspecified, ..fault() };
    let mut story = Story::begin(registered(given, "2026-03-02 09:00"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-03 18:00"));
    let mut edit = crate::domain::editing::Edit {
        earlier: None,
        subject: story.ticket.subject.clone(),
        description: story.ticket.description.clone(),
        category_code: "housekeeping.glass".into(),
        fields: story.ticket.fields.clone(),
        project: String::new(),
    };
    let first = edit.clone();
    story.then("2026-03-02 10:00", |draft| draft.update(first, &CATALOGUE));
    assert_eq!(story.ticket.priority, Priority::Low);
    assert_eq!(story.due(Which::Resolution), at("2026-03-05 18:00"));
    assert!(story.told.contains(&What::Reprioritized(Priority::Medium)));
    edit.category_code = "nowhere".into();
    assert!(matches!(
        story.at(at("2026-03-02 11:00"), |draft| draft.update(edit, &CATALOGUE)),
        Err(Error::Fields(_))
    ));
}

#[test]
fn what_the_type_requires_can_not_be_taken_away() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    let edit = crate::domain::editing::Edit {
        earlier: None,
        subject: "x".into(),
        description: "y".into(),
        category_code: story.ticket.category_code.clone(),
        fields: BTreeMap::new(),
        project: String::new(),
    };
    let refused = story.at(at("2026-03-02 10:00"), |draft| draft.update(edit, &CATALOGUE));
    assert!(matches!(refused, Err(Error::Fields(fields)) if fields[0].path == "fields.room"));
}

#[test]
fn a_callback_settles_once_and_a_closed_ticket_stays_closed() {
    use crate::domain::solving::Outcome;
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:10", |draft| draft.resolve("重启光猫", Vec::new()));
    assert_eq!((story.ticket.team_key.as_str(), story.ticket.solved_by.as_str()), ("first-line", "agent"));
    let callback = Uuid::from_u128(90);
    story.then("2026-03-03 10:00", |draft| draft.settle(Outcome::Unreachable, "", callback));
    assert_eq!(story.ticket.state, State::Closed);
    let written = story.entries.len();
    story.then("2026-03-03 10:01", |draft| draft.settle(Outcome::Unreachable, "", callback));
    story.then("2026-03-03 10:02", |draft| draft.settle(Outcome::Satisfied, "", Uuid::from_u128(91)));
    assert_eq!((story.ticket.state, story.entries.len()), (State::Closed, written));
    story.then("2026-03-03 10:03", |draft| draft.settle(Outcome::Unsatisfied, "不行", Uuid::from_u128(92)));
    assert_eq!(story.ticket.state, State::Assigned);
    let refused =
        story.at(at("2026-03-03 10:04"), |draft| draft.settle(Outcome::Satisfied, "", Uuid::from_u128(93)));
    assert!(matches!(refused, Err(Error::State { .. })));
    assert_eq!(story.entries.iter().filter(|entry| entry.kind == Kind::Reopened).count(), 1);
}
