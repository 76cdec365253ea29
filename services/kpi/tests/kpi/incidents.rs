//! The history of another service desk, 4,984 real incidents with 28,240 updates: the report equals the figures
//! that were computed over the log itself.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;
use flate2::read::GzDecoder;
use hotline_core::testing::sqlite;
use hotline_core::time::{from_proto, to_proto};
use hotline_kpi::{Config, Migrator, NAME};
use hotline_proto::common::v1::{Channel, Priority, TicketState};
use hotline_proto::events::v1::{PastStep, TicketImported, TicketSnapshot};
use hotline_proto::kpi::v1::{GetReportRequest, Granularity, Report};
use serde_json::Value;
use uuid::Uuid;

use crate::suite::{Suite, ask, event, ticket, time, values};

type Row = HashMap<String, String>;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/incidents").join(name)
}

/// Returns the updates of each incident in order, or None with a line that says so where the data is absent.
fn incidents() -> Option<BTreeMap<String, Vec<Row>>> {
    let Ok(file) = File::open(data("incident_events.csv.gz")) else {
        println!("skipped: the incidents are absent");
        return None;
    };
    let mut incidents: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in csv::Reader::from_reader(GzDecoder::new(file)).deserialize::<Row>() {
        let row = row.expect("a row");
        incidents.entry(row["number"].clone()).or_default().push(row);
    }
    Some(incidents)
}

fn reference() -> Value {
    serde_json::from_reader(File::open(data("reference_kpis.json")).expect("the figures")).expect("JSON")
}

/// Reads a column; `?` is nothing.
fn known<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    Some(row[column].as_str()).filter(|text| *text != "?")
}

fn instant(row: &Row, column: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(known(row, column)?, "%d/%m/%Y %H:%M").expect("a time");
    Some(Shanghai.from_local_datetime(&local).earliest().expect("a time there").to_utc())
}

fn channel(contact_type: &str) -> Channel {
    match contact_type {
        "Phone" => Channel::Phone,
        "Email" => Channel::Email,
        "IVR" => Channel::Ivr,
        "Self service" => Channel::Portal,
        other => panic!("{other} is new"),
    }
}

fn priority(priority: &str) -> Priority {
    match priority.as_bytes()[0] {
        b'1' => Priority::Critical,
        b'2' => Priority::High,
        b'3' => Priority::Medium,
        _ => Priority::Low,
    }
}

/// Returns the steps that an update tells beyond the one before.
fn steps(before: Option<&Row>, row: &Row) -> Vec<PastStep> {
    let at = if before.is_none() { instant(row, "opened_at") } else { instant(row, "sys_updated_at") };
    let team = |row: &Row| known(row, "assignment_group").unwrap_or_default().to_owned();
    let step = |kind: &str| PastStep {
        kind: kind.into(),
        at: at.map(to_proto),
        team_key: team(row),
        assignee: known(row, "assigned_to").unwrap_or_default().into(),
        ..PastStep::default()
    };
    let grown = |column: &str| {
        let count = |row: &Row| row[column].parse::<usize>().expect("a count");
        count(row) - before.map_or(0, count)
    };
    let mut steps = Vec::new();
    steps.extend(before.is_none().then(|| step("ASSIGNED")));
    let from_team_key = before.map(team).unwrap_or_default();
    let again = PastStep { from_team_key, ..step("ASSIGNED") };
    steps.extend(std::iter::repeat_n(again, grown("reassignment_count")));
    steps.extend(std::iter::repeat_n(step("REOPENED"), grown("reopen_count")));
    if before.is_none_or(|before| before["incident_state"] != row["incident_state"]) {
        let waiting = |reason: &str| PastStep { reason: reason.into(), ..step("WAITING") };
        steps.extend(match row["incident_state"].as_str() {
            "Awaiting User Info" => Some(waiting("CUSTOMER")),
            state if state.starts_with("Awaiting") => Some(waiting("THIRD_PARTY")),
            "Resolved" => Some(step("RESOLVED")),
            _ => None,
        });
    }
    steps
}

fn imported(number: u128, rows: &[Row]) -> TicketImported {
    let last = rows.last().expect("a row");
    let befores = [None].into_iter().chain(rows.iter().map(Some));
    let mut past: Vec<_> = befores.zip(rows).flat_map(|(before, row)| steps(before, row)).collect();
    let closed_at = instant(last, "closed_at").map(to_proto);
    past.push(PastStep { kind: "CLOSED".into(), at: closed_at, ..PastStep::default() });
    past.sort_by_key(|step| step.at.map(|at| at.seconds));
    let snapshot = TicketSnapshot {
        id: Uuid::from_u128(number).to_string(),
        state: TicketState::Closed.into(),
        priority: priority(&last["priority"]).into(),
        channel: channel(&last["contact_type"]).into(),
        team_key: known(last, "assignment_group").unwrap_or_default().into(),
        assignee: known(last, "assigned_to").unwrap_or_default().into(),
        created_at: instant(last, "opened_at").map(to_proto),
        resolved_at: instant(last, "resolved_at").map(to_proto),
        closed_at,
        reopen_count: last["reopen_count"].parse().expect("a count"),
        ..ticket()
    };
    let within_target = Some(last["made_sla"] == "true");
    TicketImported { ticket: Some(snapshot), past, within_target, ..TicketImported::default() }
}

/// Starts the service and brings all incidents in.
async fn suite_of(incidents: &BTreeMap<String, Vec<Row>>) -> (Suite, hotline_core::testing::TestDb) {
    let database = sqlite::<Migrator>(NAME).await;
    let suite = Suite::start(database.db.clone(), Config::default()).await;
    let events = (1..)
        .zip(incidents.values())
        .map(|(number, rows)| event(number, time("2026-03-02T00:00:00Z"), &imported(number, rows)));
    suite.deliver_all(&events.collect::<Vec<_>>()).await;
    (suite, database)
}

/// Asks for metrics over all that time, by one dimension where it is named.
async fn report(suite: &Suite, metrics: &[&str], group_by: &str) -> Report {
    let group_by = Some(group_by.to_owned()).filter(|name| !name.is_empty()).into_iter().collect();
    let range = ask("2015-12-31T16:00:00Z", "2018-12-31T16:00:00Z", metrics);
    suite.report(GetReportRequest { group_by, ..range }).await
}

/// Returns one metric by the values of one dimension.
async fn by(suite: &Suite, metric: &str, dimension: &str) -> BTreeMap<String, f64> {
    let report = report(suite, &[metric], dimension).await;
    let rows = report.rows.iter().map(|row| (row.group[dimension].clone(), row.values[metric]));
    rows.filter(|(_, count)| *count > 0.0).collect()
}

#[tokio::test]
async fn the_report_equals_the_figures_of_the_log() {
    let Some(incidents) = incidents() else { return };
    let (suite, _database) = suite_of(&incidents).await;
    totals_equal(&suite).await;
    groups_equal(&suite).await;
    months_equal(&suite).await;
    backlog_equals(&suite, &incidents).await;
    let recomputed = hotline_kpi::recompute(&suite.db).await.expect("recomputes");
    assert_eq!(recomputed.changed, 0);
    totals_equal(&suite).await;
}

async fn totals_equal(suite: &Suite) {
    let reference = reference();
    let report = report(suite, &[], "").await;
    let values = values(&report, 0);
    let equal = [
        ("tickets_created", "incidents"),
        ("tickets_reassigned", "reassigned_incidents"),
        ("reassignments", "reassignments"),
        ("tickets_reopened", "reopened_incidents"),
        ("tickets_resolved", "resolved"),
        ("tickets_waited_customer", "wait_user_incidents"),
    ];
    for (metric, figure) in equal {
        assert_eq!(Some(values[metric]), reference[figure].as_f64(), "{metric}");
    }
    assert_eq!(values["tickets_closed"], values["tickets_created"]);
    assert_eq!(values["reopenings"], 77.0);
    assert_eq!(values["backlog"], 0.0);
    let attainment = reference["sla_made_share"].as_f64().expect("a share");
    assert!((values["sla_attainment"] - attainment).abs() < 5e-7);
    for (metric, figure) in [("mean", "mean"), ("p50", "median"), ("p90", "p90")] {
        let expected = reference["resolution_minutes"][figure].as_f64().expect("minutes");
        let error = (values[&*format!("resolution_minutes_{metric}")] / expected - 1.0).abs();
        assert!(error <= 0.01, "{metric}: off by {error}");
    }
}

async fn groups_equal(suite: &Suite) {
    let reference = reference();
    let counts = |figure: &str, name: fn(&str) -> &'static str| -> BTreeMap<String, f64> {
        let counts = reference[figure].as_object().expect("counts").iter();
        counts.map(|(key, count)| (name(key).to_owned(), count.as_f64().expect("a count"))).collect()
    };
    let priorities = counts("by_priority", |name| priority(name).as_str_name());
    assert_eq!(by(suite, "tickets_created", "priority").await, priorities);
    let channels = counts("by_contact_type", |name| channel(name).as_str_name());
    assert_eq!(by(suite, "tickets_created", "channel").await, channels);
    let teams = by(suite, "tickets_resolved", "team").await;
    for top in reference["resolved_by_group_top10"].as_array().expect("ten") {
        let group = Some(top[0].as_str().expect("a name")).filter(|name| *name != "?").unwrap_or_default();
        assert_eq!(Some(teams[group]), top[1].as_f64(), "{group}");
    }
}

async fn months_equal(suite: &Suite) {
    let mut months = ask("2016-01-31T16:00:00Z", "2017-02-28T16:00:00Z", &["tickets_created"]);
    months.granularity = Granularity::Month.into();
    let report = suite.report(months).await;
    let month = |at: Option<_>| {
        from_proto(at.as_ref()).expect("a time").with_timezone(&Shanghai).format("%Y-%m").to_string()
    };
    let counted: BTreeMap<_, _> =
        report.rows.iter().map(|row| (month(row.from), row.values["tickets_created"])).collect();
    for (name, count) in reference()["opened_by_month"].as_object().expect("months") {
        assert_eq!(Some(counted[name]), count.as_f64(), "{name}");
    }
}

/// Of every day of another zone.
async fn backlog_equals(suite: &Suite, incidents: &BTreeMap<String, Vec<Row>>) {
    let mut days = ask("2016-02-28T18:30:00Z", "2016-06-30T18:30:00Z", &["backlog"]);
    days.granularity = Granularity::Day.into();
    days.time_zone = "Asia/Kolkata".into();
    let lives: Vec<_> = incidents
        .values()
        .map(|rows| rows.last().expect("a row"))
        .map(|last| {
            (instant(last, "opened_at").expect("always"), instant(last, "closed_at").expect("always"))
        })
        .collect();
    for row in suite.report(days).await.rows {
        let to = from_proto(row.to.as_ref()).expect("a time");
        let open = lives.iter().filter(|(opened, closed)| *opened < to && *closed >= to).count();
        assert_eq!(row.values["backlog"].to_string(), open.to_string(), "{to}");
    }
}
