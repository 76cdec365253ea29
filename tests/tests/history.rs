//! The history of an old service desk: in after one import with its past, its figures equal to those of the old system,
//! whole after a kill in the middle, and nothing added by a second run (T18).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use hotline_tests::client::text;
use hotline_tests::stage::monday_morning;
use hotline_tests::{Stage, program};
use serde_json::Value;

/// Incidents of the part of the log that the test with the kill imports.
const PART: usize = 600;

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_the_old_system_are_ours_after_one_import_and_a_second_adds_nothing() {
    let Some(log) = Log::find() else { return };
    let folder = tempfile::tempdir().expect("a temp folder");
    let rehearsed = log.import(&log.file, folder.path(), &["--dry-run"]);
    assert!(
        rehearsed.starts_with("4984 tickets would be imported, 0 are there already, 0 rows rejected"),
        "{rehearsed}"
    );
    assert_eq!(folder.path().read_dir().expect("is there").count(), 0);
    let first = log.import(&log.file, folder.path(), &[]);
    assert!(
        first.starts_with("4984 tickets imported, 0 were there already, 0 rows rejected; 28240 rows read"),
        "{first}"
    );
    assert!(
        first.contains("incident_state `-100` is not in the mapping: taken as `noted` in 3 rows"),
        "{first}"
    );
    let again = log.import(&log.file, folder.path(), &[]);
    assert!(
        again.starts_with("0 tickets imported, 4984 were there already, 0 rows rejected; 28240 rows read"),
        "{again}"
    );
    assert!(again.contains("0 teams made"), "{again}");
    let rehearsed = log.import(&log.file, folder.path(), &["--dry-run"]);
    assert!(rehearsed.starts_with("0 tickets would be imported, 4984 are there already"), "{rehearsed}");

    let stage = Stage::in_folder(folder, monday_morning()).await;
    the_figures_equal_the_reference(&stage, &log.reference()).await;
    nobody_is_called_and_nothing_waits(&stage).await;
    a_ticket_tells_its_past(&stage).await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_is_whole_after_the_next_run() {
    let Some(log) = Log::find() else { return };
    let (whole, killed) =
        (tempfile::tempdir().expect("a temp folder"), tempfile::tempdir().expect("a temp folder"));
    let part = log.part(whole.path());
    log.import(&part, whole.path(), &[]);
    for pause in [400, 150, 50] {
        log.import_and_kill(&part, killed.path(), Duration::from_millis(pause)).await;
    }
    let rest = log.import(&part, killed.path(), &[]);
    let counted: Vec<usize> = rest.split_whitespace().filter_map(|word| word.parse().ok()).take(2).collect();
    assert_eq!(counted.iter().sum::<usize>(), PART, "{rest}");
    let (whole, killed) = (figures_of(whole).await, figures_of(killed).await);
    assert_eq!(whole["tickets_created"].as_f64(), Some(600.0), "{whole}");
    assert_eq!(whole, killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_incident_is_routed_with_its_clocks_and_a_bad_row_is_listed() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let file = folder.path().join("log.csv");
    let row = |number: &str, state: &str, minute: u32| {
        format!(
            "{number},{state},0,0,{minute},true,Caller 1,?,26/2/2026 09:00,26/2/2026 10:{minute:02},Phone,?,\
             Category 1,?,?,2 - Medium,2 - Medium,3 - Moderate,Group 7,?,?,?,?,?"
        )
    };
    let rows = [
        row("I1", "New", 0),
        row("I1", "Active", 1),
        row("I2", "Active", 99),
        row("I1", "Awaiting User Info", 3),
    ];
    let rows = [COLUMNS.to_owned(), rows.join("\n"), row("I1", "Active", 33)].join("\n");
    std::fs::write(&file, rows).expect("is written");
    let log = Log::of(file.clone());
    let output = log.run(&file, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(
        said.starts_with("1 tickets imported, 0 were there already, 1 rows rejected (listed in"),
        "{said}"
    );
    let listed = std::fs::read_to_string(folder.path().with_extension("rejected.csv")).expect("is there");
    assert!(
        listed.starts_with("line,column,reason\n4,sys_updated_at,`26/2/2026 10:99` is not a time"),
        "{listed}"
    );

    let stage = Stage::in_folder(folder, monday_morning()).await;
    let supervisor = stage.token("supervisor").await;
    let found = stage.client.get(&supervisor, "/v1/tickets?externalKey=servicenow/I1").await.ok();
    let ticket = &found["tickets"][0];
    assert!(ticket["sla"]["resolutionDueAt"].is_string(), "{ticket}");
    assert_eq!((ticket["waitCount"].as_i64(), ticket["customerWaitCount"].as_i64()), (Some(1), Some(1)));
    let path = format!("/v1/assignments?ticketId={}", text(ticket, "number"));
    let work = stage.client.get(&supervisor, &path).await.ok();
    assert_eq!(work["assignments"].as_array().map(Vec::len), Some(1), "{work}");
    stage.end().await;
}

#[test]
fn a_rehearsal_writes_nowhere_but_where_the_data_would_be_and_leaves_nothing_there() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let (data, elsewhere) = (folder.path().join("data"), folder.path().join("no-such-folder"));
    let file = folder.path().join("log.csv");
    let row = "I1,New,0,0,0,true,Caller 1,?,26/2/2026 09:00,26/2/2026 10:00,Direct opening,?,Category 1,?,?,\
               2 - Medium,2 - Medium,3 - Moderate,Group 7,?,?,?,?,?";
    std::fs::write(&file, format!("{COLUMNS}\n{row}\n")).expect("is written");
    let log = Log::of(file.clone());
    let mut command = Command::new(program::binary());
    command.args(log.arguments(&file, &data, &["--dry-run"])).env("TMPDIR", elsewhere);
    let output = command.output().expect("starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("1 tickets would be imported"), "{said}");
    let there: Vec<_> = folder.path().read_dir().expect("is there").flatten().collect();
    assert_eq!(there.len(), 1, "the log alone: {there:?}");
}

const COLUMNS: &str = "number,incident_state,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_by,\
                       opened_at,sys_updated_at,contact_type,location,category,subcategory,u_symptom,impact,urgency,\
                       priority,assignment_group,assigned_to,closed_code,resolved_by,resolved_at,closed_at";

/// The log and the mapping that is shipped for it.
struct Log {
    file: PathBuf,
    mapping: PathBuf,
}

impl Log {
    /// Finds the log; says where it is absent.
    fn find() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let file = root.join("../shared/data/incidents/incident_events.csv.gz");
        if !file.exists() {
            println!("skipped: {} is absent", file.display());
            return None;
        }
        Some(Self::of(file))
    }

    /// Names a file of that shape.
    fn of(file: PathBuf) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Self { file, mapping: root.join("deploy/import/servicenow-incidents.toml") }
    }

    fn reference(&self) -> Value {
        let file = self.file.with_file_name("reference_kpis.json");
        serde_json::from_str(&std::fs::read_to_string(file).expect("is there")).expect("is JSON")
    }

    /// Writes the first incidents of the log, their rows torn apart: by state, not by incident.
    fn part(&self, folder: &Path) -> PathBuf {
        let opened = std::fs::File::open(&self.file).expect("opens");
        let mut reader = csv::Reader::from_reader(GzDecoder::new(opened));
        let header = reader.headers().expect("a header").clone();
        let (mut rows, mut seen) = (Vec::new(), BTreeMap::new());
        for row in reader.records().map(|row| row.expect("a row")) {
            let serial = seen.len();
            seen.entry(row[0].to_owned()).or_insert(serial);
            if seen.len() > PART {
                break;
            }
            rows.push(row);
        }
        rows.sort_by(|one, other| one[1].cmp(&other[1]));
        let path = folder.join("part.csv");
        let mut writer = csv::Writer::from_path(&path).expect("is made");
        writer.write_record(&header).expect("is written");
        rows.iter().for_each(|row| writer.write_record(row).expect("is written"));
        writer.flush().expect("is written");
        path
    }

    fn arguments(&self, file: &Path, folder: &Path, more: &[&str]) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        let rejects = path(&folder.with_extension("rejected.csv"));
        let mut all =
            vec!["import".into(), "tickets".into(), path(file), "--mapping".into(), path(&self.mapping)];
        all.extend(["--rejects".into(), rejects, "--data-dir".into(), path(folder)]);
        all.extend(more.iter().map(|more| (*more).to_owned()));
        all
    }

    fn run(&self, file: &Path, folder: &Path, more: &[&str]) -> Output {
        let arguments = self.arguments(file, folder, more);
        program::run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Imports and returns what it says; every row must be taken.
    fn import(&self, file: &Path, folder: &Path, more: &[&str]) -> String {
        let output = self.run(file, folder, more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Starts an import and kills it some time after its first ticket is stored, or lets it end before.
    async fn import_and_kill(&self, file: &Path, folder: &Path, pause: Duration) {
        let mut child = Command::new(program::binary())
            .args(self.arguments(file, folder, &[]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let end = Instant::now() + Duration::from_mins(2);
        while Instant::now() < end && child.try_wait().expect("is ours").is_none() {
            if has_tickets(folder) {
                tokio::time::sleep(pause).await;
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // One that has ended by itself is as good.
        let _ = child.kill();
        child.wait().expect("is ours");
    }
}

/// Tells whether a batch of tickets has been written, by the log of their database: the empty tables need far less.
fn has_tickets(folder: &Path) -> bool {
    folder.join("tickets.db-wal").metadata().is_ok_and(|log| log.len() > 1_000_000)
}

async fn report(stage: &Stage, query: &str) -> Vec<Value> {
    let supervisor = stage.token("supervisor").await;
    let path =
        format!("/v1/kpi/report?from=2016-01-01T00:00:00Z&to=2018-01-01T00:00:00Z&timeZone=UTC{query}");
    let report = stage.client.get(&supervisor, &path).await.ok();
    report["rows"].as_array().expect("rows").clone()
}

async fn figures_of(folder: tempfile::TempDir) -> Value {
    let stage = Stage::in_folder(folder, monday_morning()).await;
    let rows = report(
        &stage,
        "&metrics=tickets_created&metrics=tickets_resolved&metrics=tickets_closed&metrics=reassignments\
         &metrics=tickets_reopened&metrics=resolution_minutes_mean",
    )
    .await;
    stage.end().await;
    rows[0]["values"].clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is a figure"))
}

/// Returns a metric by one dimension.
async fn by(stage: &Stage, metric: &str, dimension: &str) -> BTreeMap<String, f64> {
    let rows = report(stage, &format!("&metrics={metric}&groupBy={dimension}")).await;
    let value = |row: &Value| (row["values"][metric].clone(), row["group"].clone());
    let rows = rows.iter().map(value).filter(|(value, _)| !value.is_null());
    rows.map(|(value, dims)| {
        let name = dims.as_object().and_then(|dims| dims.values().next()).and_then(Value::as_str);
        (name.unwrap_or_default().to_owned(), number(&value))
    })
    .collect()
}

async fn the_figures_equal_the_reference(stage: &Stage, reference: &Value) {
    let rows = report(
        stage,
        "&metrics=tickets_created&metrics=tickets_resolved&metrics=tickets_reassigned&metrics=reassignments\
         &metrics=tickets_reopened&metrics=tickets_waited_customer&metrics=sla_attainment\
         &metrics=resolution_minutes_mean&metrics=resolution_minutes_p50&metrics=resolution_minutes_p90",
    )
    .await;
    let values = &rows[0]["values"];
    let exact = [
        ("tickets_created", "incidents"),
        ("tickets_resolved", "resolved"),
        ("tickets_reassigned", "reassigned_incidents"),
        ("reassignments", "reassignments"),
        ("tickets_reopened", "reopened_incidents"),
        ("tickets_waited_customer", "wait_user_incidents"),
    ];
    for (ours, theirs) in exact {
        assert_eq!(number(&values[ours]), number(&reference[theirs]), "{ours}: {values}");
    }
    let minutes = &reference["resolution_minutes"];
    for (ours, theirs) in [("mean", "mean"), ("p50", "median"), ("p90", "p90")] {
        let (ours, theirs) =
            (number(&values[format!("resolution_minutes_{ours}")]), number(&minutes[theirs]));
        assert!((ours / theirs - 1.0).abs() <= 0.01, "{ours} is not {theirs}: {values}");
    }
    let kept = number(&values["sla_attainment"]);
    assert!((kept - number(&reference["sla_made_share"])).abs() < 1e-5, "{kept}");
    for (metric, dimension, theirs, names) in [
        ("tickets_created", "channel", "by_contact_type", CHANNELS),
        ("tickets_created", "priority", "by_priority", PRIORITIES),
    ] {
        let ours = by(stage, metric, dimension).await;
        for (name, ours_name) in names {
            assert_eq!(ours.get(*ours_name), reference[theirs][name].as_f64().as_ref(), "{name}: {ours:?}");
        }
    }
    let by_team = by(stage, "tickets_resolved", "team").await;
    for group in reference["resolved_by_group_top10"].as_array().expect("a list") {
        let name = group[0].as_str().expect("a name").to_lowercase().replace(' ', "-");
        let key = if name == "?" { "" } else { &name };
        assert_eq!(by_team.get(key), Some(&number(&group[1])), "{name}: {by_team:?}");
    }
    by_month(stage, reference).await;
}

async fn by_month(stage: &Stage, reference: &Value) {
    let rows = report(stage, "&metrics=tickets_created&granularity=GRANULARITY_MONTH").await;
    let ours: BTreeMap<String, f64> = rows
        .iter()
        .filter(|row| !row["values"]["tickets_created"].is_null())
        .map(|row| (text(row, "from")[..7].to_owned(), number(&row["values"]["tickets_created"])))
        .filter(|(_, opened)| *opened > 0.0)
        .collect();
    let theirs: BTreeMap<String, f64> =
        serde_json::from_value(reference["opened_by_month"].clone()).expect("figures by month");
    assert_eq!(ours, theirs);
}

const CHANNELS: &[(&str, &str)] = &[
    ("Phone", "CHANNEL_PHONE"),
    ("Email", "CHANNEL_EMAIL"),
    ("IVR", "CHANNEL_IVR"),
    ("Self service", "CHANNEL_PORTAL"),
];

const PRIORITIES: &[(&str, &str)] = &[
    ("1 - Critical", "PRIORITY_CRITICAL"),
    ("2 - High", "PRIORITY_HIGH"),
    ("3 - Moderate", "PRIORITY_MEDIUM"),
    ("4 - Low", "PRIORITY_LOW"),
];

async fn nobody_is_called_and_nothing_waits(stage: &Stage) {
    let supervisor = stage.token("supervisor").await;
    let callbacks = stage.client.get(&supervisor, "/v1/callbacks").await.ok();
    assert!(callbacks["callbacks"].as_array().is_none_or(Vec::is_empty), "{callbacks}");
    let assignments = stage.client.get(&supervisor, "/v1/assignments").await.ok();
    assert!(assignments["assignments"].as_array().is_none_or(Vec::is_empty), "{assignments}");
}

async fn a_ticket_tells_its_past(stage: &Stage) {
    let supervisor = stage.token("supervisor").await;
    let found = stage.client.get(&supervisor, "/v1/tickets?externalKey=servicenow/INC0000045").await.ok();
    let ticket = &found["tickets"][0];
    assert_eq!(text(ticket, "state"), "TICKET_STATE_CLOSED");
    assert_eq!((text(ticket, "createdAt"), text(ticket, "teamKey")), ("2016-02-29T01:16:00Z", "group-56"));
    let team = stage.client.get(&supervisor, "/v1/teams/group-56").await.ok();
    assert_eq!(text(&team, "nameZh"), "Group 56");
    let path = format!("/v1/tickets/{}/timeline", text(ticket, "number"));
    let timeline = stage.client.get(&supervisor, &path).await.ok();
    let entries = timeline["entries"].as_array().expect("entries");
    let told: Vec<(&str, &str)> =
        entries.iter().map(|entry| (text(entry, "kind"), text(entry, "at"))).collect();
    assert_eq!(
        told[..4],
        [
            ("CREATED", "2016-02-29T01:16:00Z"),
            ("ASSIGNED", "2016-02-29T01:16:00Z"),
            ("RESOLVED", "2016-02-29T11:29:00Z"),
            ("CLOSED", "2016-03-05T12:00:00Z"),
        ]
    );
}
