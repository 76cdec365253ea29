//! The backlog equals a count over all tickets, at any instant, in any group, however events come.

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Asia::Shanghai;
use hotline_core::time::{from_proto, to_proto};
use hotline_proto::common::v1::{Priority, TicketState};
use hotline_proto::events::v1::{
    Envelope, PastStep, TicketAssigned, TicketClosed, TicketCreated, TicketImported, TicketReopened,
    TicketReprioritized, TicketSnapshot,
};
use hotline_proto::kpi::v1::{GetReportRequest, Granularity, ReportRow};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use crate::suite::{Suite, ask, event, ticket, time};

const TEAMS: [&str; 3] = ["", "first-line", "net"];
const AGES: [(&str, i64, i64); 5] =
    [("0_1d", 0, 1), ("1_3d", 1, 3), ("3_7d", 3, 7), ("7_30d", 7, 30), ("30d_plus", 30, i64::MAX)];

/// What happened to a ticket so many seconds after the step before.
#[derive(Clone, Debug)]
struct Step {
    after: i64,
    team: usize,
    priority: i32,
    open: bool,
}

/// A ticket's life: its first step is its registration.
#[derive(Clone, Debug)]
struct Life {
    number: u128,
    steps: Vec<Step>,
}

fn lives() -> impl Strategy<Value = Vec<Life>> {
    let wait = prop_oneof![1..90_i64, 1..90_000_i64, Just(86_400), 1..1_500_000_i64];
    let step = (wait, 0..3_usize, 1..=4_i32, prop_oneof![3 => Just(true), 1 => Just(false)])
        .prop_map(|(after, team, priority, open)| Step { after, team, priority, open });
    // Some begin at midnight.
    let begin = prop_oneof![0..5_000_000_i64, (0..50_i64).prop_map(|day| day * 86_400)];
    let life = (begin, vec(step, 1..7));
    vec(life, 1..30).prop_map(|lives| {
        let numbered = (1..).zip(lives).map(|(number, (begin, mut steps))| {
            steps[0] = Step { after: begin, open: true, ..steps[0].clone() };
            Life { number, steps }
        });
        numbered.collect()
    })
}

/// When the first ticket may be registered: midnight in Shanghai.
fn origin() -> DateTime<Utc> {
    time("2026-01-31T16:00:00Z")
}

impl Life {
    fn times(&self) -> impl Iterator<Item = (DateTime<Utc>, &Step)> {
        self.steps.iter().scan(origin(), |at, step| {
            *at += TimeDelta::seconds(step.after);
            Some((*at, step))
        })
    }

    fn registered(&self) -> DateTime<Utc> {
        self.times().next().expect("it begins").0
    }

    fn snapshot(&self, step: &Step) -> TicketSnapshot {
        let state = if step.open { TicketState::Assigned } else { TicketState::Closed };
        TicketSnapshot {
            id: Uuid::from_u128(self.number).to_string(),
            team_key: TEAMS[step.team].into(),
            priority: step.priority,
            state: state.into(),
            created_at: Some(to_proto(self.registered())),
            ..ticket()
        }
    }

    /// Returns the events of a ticket of this suite.
    fn events(&self) -> Vec<Envelope> {
        let mut before: Option<&Step> = None;
        let events = (1..).zip(self.times()).map(|(place, (at, step))| {
            let (ticket, id) = (Some(self.snapshot(step)), self.number * 100 + place);
            match before.replace(step) {
                None => event(id, at, &TicketCreated { ticket }),
                Some(_) if !step.open => event(id, at, &TicketClosed { ticket }),
                Some(before) if !before.open => {
                    event(id, at, &TicketReopened { ticket, ..TicketReopened::default() })
                }
                Some(before) if before.team == step.team => {
                    event(id, at, &TicketReprioritized { ticket, from_priority: before.priority })
                }
                Some(_) => event(id, at, &TicketAssigned { ticket, ..TicketAssigned::default() }),
            }
        });
        events.collect()
    }

    /// Returns whether it was open just before `to`, and its step then.
    fn open_before(&self, to: DateTime<Utc>) -> Option<&Step> {
        let last = self.times().take_while(|(at, _)| *at < to).last()?.1;
        last.open.then_some(last)
    }

    /// Returns its age just before `to` in calendar days.
    fn age(&self, to: DateTime<Utc>) -> i64 {
        let day = |at: DateTime<Utc>| at.with_timezone(&Shanghai).date_naive();
        day(to - TimeDelta::microseconds(1)).signed_duration_since(day(self.registered())).num_days()
    }
}

/// Checks a row against a count over all tickets.
fn check(row: &ReportRow, lives: &[Life]) {
    let to = from_proto(row.to.as_ref()).expect("a time");
    let belongs = |step: &Step| {
        let priority = Priority::try_from(step.priority).expect("known").as_str_name();
        row.group.get("team").is_none_or(|team| team == TEAMS[step.team])
            && row.group.get("priority").is_none_or(|name| name == priority)
    };
    let open: Vec<_> = lives.iter().filter(|life| life.open_before(to).is_some_and(belongs)).collect();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let float = |number: usize| number as f64;
    assert_eq!(row.values["backlog"], float(open.len()), "{to} {:?}", row.group);
    for (name, least, most) in AGES {
        let count = open.iter().filter(|life| (least..most).contains(&life.age(to))).count();
        assert_eq!(row.values[&format!("backlog_age_{name}")], float(count), "{name} {to} {:?}", row.group);
    }
}

fn question() -> impl Strategy<Value = GetReportRequest> {
    let granularity =
        prop_oneof![Just(Granularity::Unspecified), Just(Granularity::Day), Just(Granularity::Month)];
    let zones = prop_oneof![Just(""), Just("Asia/Kolkata"), Just("America/New_York")];
    let instant = || prop_oneof![0..9_000_000_i64, (0..100_i64).prop_map(|day| day * 86_400)];
    (instant(), instant(), granularity, zones, 0..GROUPS.len()).prop_map(
        |(from, length, granularity, zone, groups)| {
            let from = origin() - TimeDelta::days(2) + TimeDelta::seconds(from);
            GetReportRequest {
                from: Some(to_proto(from)),
                to: Some(to_proto(from + TimeDelta::seconds(length + 1))),
                group_by: GROUPS[groups].iter().map(|name| (*name).to_owned()).collect(),
                metrics: vec!["backlog".into(), "backlog_age".into()],
                granularity: granularity.into(),
                time_zone: zone.into(),
            }
        },
    )
}

/// Each is rolled up in another way.
const GROUPS: [&[&str]; 5] =
    [&[], &["team"], &["team", "priority"], &["category", "priority"], &["project", "team"]];

#[tokio::test]
async fn any_history_in_any_order_gives_the_backlog_that_a_count_gives() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..4 {
        let lives = lives().new_tree(&mut runner).expect("made").current();
        let events: Vec<_> = lives.iter().flat_map(Life::events).collect();
        let shuffled = Just(events.clone()).prop_shuffle();
        let shuffled = shuffled.new_tree(&mut runner).expect("made").current();
        let questions = vec(question(), 20).new_tree(&mut runner).expect("made").current();
        for suite in Suite::everywhere().await {
            let (some, rest) = shuffled.split_at(shuffled.len() / 2);
            suite.deliver_all(some).await;
            suite.report(questions[0].clone()).await;
            // Half of them again, and the rest.
            suite.deliver_all(&[some, rest].concat()).await;
            for question in &questions {
                for row in suite.report(question.clone()).await.rows {
                    check(&row, &lives);
                }
            }
            assert_eq!(suite.recompute().await.changed, 0);
            for question in &questions[..5] {
                for row in suite.report(question.clone()).await.rows {
                    check(&row, &lives);
                }
            }
        }
    }
}

fn backlog(from: &str, to: &str, group_by: &[&str]) -> GetReportRequest {
    GetReportRequest {
        group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
        ..ask(from, to, &["backlog"])
    }
}

#[tokio::test]
async fn a_group_that_something_waits_in_has_a_row_although_nothing_happened() {
    for suite in Suite::everywhere().await {
        let waiting = TicketSnapshot { team_key: "net".into(), ..ticket() };
        let created = TicketCreated { ticket: Some(waiting) };
        suite.deliver(&event(1, time("2026-03-02T01:00:00Z"), &created)).await;
        let report = suite.report(backlog("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z", &["team"])).await;
        assert_eq!(report.rows.len(), 1);
        assert_eq!((&*report.rows[0].group["team"], report.rows[0].values["backlog"]), ("net", 1.0));
    }
}

#[tokio::test]
async fn an_imported_ticket_stood_as_its_past_says() {
    let step = |kind: &str, day: u64, team: &str| PastStep {
        kind: kind.into(),
        at: Some(to_proto(origin() + Days::new(day))),
        team_key: team.into(),
        ..PastStep::default()
    };
    let past = vec![
        step("ASSIGNED", 1, "a"),
        step("ASSIGNED", 2, "b"),
        step("CLOSED", 3, "b"),
        step("REOPENED", 5, "b"),
    ];
    let snapshot = TicketSnapshot {
        state: TicketState::Assigned.into(),
        team_key: "c".into(),
        created_at: Some(to_proto(origin())),
        ..ticket()
    };
    let imported = TicketImported { ticket: Some(snapshot), past, ..TicketImported::default() };
    for suite in Suite::everywhere().await {
        suite.deliver(&event(1, origin() + Days::new(10), &imported)).await;
        let mut days = backlog("2026-01-31T16:00:00Z", "2026-02-11T16:00:00Z", &["team"]);
        days.granularity = Granularity::Day.into();
        let rows = suite.report(days).await.rows;
        let open = |team: &str| -> Vec<_> {
            let of_team = rows.iter().filter(|row| row.group["team"] == team);
            of_team.map(|row| row.values["backlog"].to_string()).collect()
        };
        assert_eq!(open("").concat(), "10000000000");
        assert_eq!(open("a").concat(), "01000000000");
        assert_eq!(open("b").concat(), "00100111110");
        assert_eq!(open("c").concat(), "00000000001");
    }
}
