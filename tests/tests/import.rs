//! Messages of another system: in after one import, nothing added by a second, found, read and reported (T18).

use std::path::{Path, PathBuf};

use hotline_tests::client::text;
use hotline_tests::stage::monday_morning;
use hotline_tests::{Stage, program};

#[tokio::test(flavor = "multi_thread")]
async fn messages_with_replies_are_in_after_one_import_and_a_second_adds_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = root.join("../shared/data/messages/messages_with_replies.csv");
    if !file.exists() {
        return println!("skipped: {} is absent", file.display());
    }
    let folder = tempfile::tempdir().expect("a temp folder");
    let mapping = root.join("deploy/import/messages.toml");
    assert!(
        import(&file, &mapping, folder.path())
            .starts_with("1408 tickets imported, 0 were there already, 0 rows rejected")
    );
    assert!(
        import(&file, &mapping, folder.path())
            .starts_with("0 tickets imported, 1408 were there already, 0 rows rejected")
    );

    let stage = Stage::in_folder(folder, monday_morning()).await;
    let agent = stage.token("agent").await;
    let found = stage.client.get(&agent, "/v1/tickets?externalKey=citizen-messages/2549").await.ok();
    let ticket = &found["tickets"][0];
    assert_eq!(text(ticket, "subject"), "A2区景蓉华苑物业管理有问题");
    assert_eq!(text(ticket, "createdAt"), "2019-04-25T01:32:09Z");
    assert_eq!(text(ticket, "state"), "TICKET_STATE_CLOSED");
    let read = stage.client.get(&agent, &format!("/v1/tickets/{}", text(ticket, "number"))).await.ok();
    assert!(text(&read, "resolution").starts_with("现将网友"), "{read}");
    the_figures_equal_the_files(&stage, &file).await;
    stage.end().await;
}

async fn the_figures_equal_the_files(stage: &Stage, file: &Path) {
    let supervisor = stage.token("supervisor").await;
    let path = "/v1/kpi/report?from=2000-01-01T00:00:00Z&to=2030-01-01T00:00:00Z\
                &metrics=tickets_created&metrics=tickets_closed&metrics=reply_natural_days_p50&metrics=reply_working_days_p50";
    let report = stage.client.get(&supervisor, path).await.ok();
    let values = &report["rows"][0]["values"];
    assert_eq!(
        (values["tickets_created"].as_f64(), values["tickets_closed"].as_f64()),
        (Some(1408.0), Some(1408.0))
    );
    let mut reader = csv::Reader::from_path(file).expect("opens");
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let median = |column: &str| {
        let index = header.iter().position(|name| name == column).expect("a column");
        let mut days: Vec<f64> = rows.iter().map(|row| row[index].parse().expect("a number")).collect();
        days.sort_by(f64::total_cmp);
        days[days.len().div_ceil(2) - 1]
    };
    let working = values["reply_working_days_p50"].as_f64().expect("a figure");
    assert!((working - median("working_days")).abs() < 1e-9, "{working}");
    // Percentiles of what is measured, not counted, are right to 1 %.
    let (natural, expected) =
        (values["reply_natural_days_p50"].as_f64().expect("a figure"), median("natural_days"));
    assert!((natural / expected - 1.0).abs() <= 0.01, "{natural} is not {expected}");
}

fn import(file: &Path, mapping: &Path, folder: &Path) -> String {
    let path = |path: &Path| PathBuf::from(path).display().to_string();
    let arguments =
        ["import", "tickets", &path(file), "--mapping", &path(mapping), "--data-dir", &path(folder)];
    let output = program::run(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
