//! Registers through the gateway: every imported message is in one of them, in every format, and who took a file with
//! names in it is on record (T3, K1, K5, C12).

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Range, Reader, Xlsx};
use hotline_tests::client::text;
use hotline_tests::stage::monday_morning;
use hotline_tests::{Client, Stage, program};
use serde_json::{Value, json};

const KINDS: [(&str, &str); 3] =
    [("consultation", "咨询登记表"), ("repair", "报修登记表"), ("complaint", "投诉登记表")];

/// The supervisor at a stage with what was imported.
struct Desk {
    stage: Stage,
    supervisor: String,
}

impl Desk {
    async fn on(stage: Stage) -> Self {
        let supervisor = stage.token("supervisor").await;
        Self { stage, supervisor }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    async fn registers(&self, category: &str) -> Value {
        let customer = json!({"name": "王芳", "phones": ["13800138000"]});
        let customer = self.client().post(&self.supervisor, "/v1/customers", &customer).await.ok();
        let body = json!({
            "channel": "CHANNEL_PHONE", "customerId": customer["id"], "subject": "一件事", "categoryCode": category,
            "description": "如来电所述", "project": "曲江一期",
            "fields": {"room": "3-1502", "complainedOf": "物业"},
        });
        self.client().post(&self.supervisor, "/v1/tickets", &body).await.ok()
    }

    /// Returns how many rows a register has in pages, and the next pages' rows are others.
    async fn counts(&self, kind: &str) -> usize {
        let (mut numbers, mut token) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/registers/{kind}?pageSize=500&pageToken={token}");
            let page = self.client().get(&self.supervisor, &path).await.ok();
            let rows = page["rows"].as_array().expect("rows");
            numbers.extend(rows.iter().map(|row| text(&row["values"], "number").to_owned()));
            token = text(&page, "nextPageToken").to_owned();
            if token.is_empty() {
                let all = numbers.len();
                numbers.sort_unstable();
                numbers.dedup();
                assert_eq!(numbers.len(), all);
                return all;
            }
        }
    }

    /// Returns how many tickets there are, of any type.
    async fn tickets(&self) -> usize {
        let (mut all, mut token) = (0, String::new());
        loop {
            let path = format!("/v1/tickets?pageSize=500&pageToken={token}");
            let page = self.client().get(&self.supervisor, &path).await.ok();
            all += page["tickets"].as_array().expect("tickets").len();
            token = text(&page, "nextPageToken").to_owned();
            if token.is_empty() {
                return all;
            }
        }
    }

    async fn file(&self, kind: &str, query: &str) -> hotline_tests::client::Reply {
        let path = format!("/v1/registers/{kind}:export?lang=zh&{query}");
        let reply = self.client().get(&self.supervisor, &path).await;
        assert!(reply.status.is_success(), "{}", reply.text);
        reply
    }

    async fn csv(&self, kind: &str, query: &str) -> Vec<BTreeMap<String, String>> {
        let file = self.file(kind, &format!("format=csv&{query}")).await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        let text = file.text.strip_prefix('\u{feff}').expect("a mark");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().map(|row| row.expect("a row")).collect()
    }

    async fn xlsx(&self, kind: &str, title: &str) -> Range<Data> {
        let file = self.file(kind, "format=xlsx").await;
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.bytes)).expect("a workbook");
        book.worksheet_range(title).expect("a worksheet of that name")
    }
}

fn import(folder: &Path, file: &Path, mapping: &Path) {
    let path = |path: &Path| path.display().to_string();
    let arguments =
        ["import", "tickets", &path(file), "--mapping", &path(mapping), "--data-dir", &path(folder)];
    let output = program::run(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.starts_with(b"1408 tickets imported"));
}

/// Exports from the command line, without a suite that runs.
fn rows_from_the_command_line(folder: &Path) -> usize {
    let file = folder.join("register.csv").display().to_string();
    let folder = folder.display().to_string();
    let arguments = ["registers", "export", "--kind", "consultation", "--out", &file, "--data-dir", &folder];
    let output = program::run(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let unnamed =
        program::run(&["registers", "export", "--kind", "repair", "--out", "x", "--data-dir", &folder]);
    assert!(String::from_utf8_lossy(&unnamed.stderr).contains("say which with --format"));
    let rows: Result<Vec<_>, _> = csv::Reader::from_path(file).expect("is there").records().collect();
    rows.expect("every row can be read").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_of_the_imported_messages_hold_every_row_in_every_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let messages = root.join("../shared/data/messages/messages_with_replies.csv");
    if !messages.exists() {
        return println!("skipped: {} is absent", messages.display());
    }
    let folder = tempfile::tempdir().expect("a temp folder");
    import(folder.path(), &messages, &root.join("deploy/import/messages.toml"));
    assert_eq!(rows_from_the_command_line(folder.path()), 1408);
    let desk = Desk::on(Stage::in_folder(folder, monday_morning()).await).await;
    for category in ["repair.private", "complaint.service", "housekeeping.glass"] {
        desk.registers(category).await;
    }
    let mut rows = 0;
    for (kind, title) in KINDS {
        let count = desk.counts(kind).await;
        let values = desk.csv(kind, "").await;
        assert_eq!(values.len(), count);
        let sheet = desk.xlsx(kind, title).await;
        let numbers: Vec<_> = sheet.rows().skip(1).take(count).map(|row| row[0].to_string()).collect();
        assert!(numbers.iter().eq(values.iter().map(|row| &row["工单号"])), "{kind}");
        assert_eq!(
            sheet.get_value((u32::try_from(count).expect("small") + 2, 0)),
            Some(&Data::String("登记数".into()))
        );
        let page = desk.file(kind, "format=html").await.text;
        assert_eq!(page.matches("<tr>").count(), count + 1, "{kind}");
        rows += count;
    }
    let others = 1;
    assert_eq!(rows, 1408 + 2);
    assert_eq!(desk.tickets().await, rows + others);
    the_words_are_those_of_the_file(&desk, &messages).await;
    desk.stage.end().await;
}

async fn the_words_are_those_of_the_file(desk: &Desk, messages: &Path) {
    let mut reader = csv::Reader::from_path(messages).expect("opens");
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.expect("a row")).collect();
    let of_april = |row: &&BTreeMap<String, String>| row["asked_at"].starts_with("2019-04-");
    let mut asked: Vec<_> = rows.iter().filter(of_april).map(|row| row["asked_at"].clone()).collect();
    asked.sort_unstable();
    let april = desk.csv("consultation", "from=2019-04-01&to=2019-05-01").await;
    let registered: Vec<_> = april.iter().map(|row| row["登记时间"].clone()).collect();
    assert_eq!(registered, asked);
    assert!(april.iter().all(|row| !row["答复内容"].is_empty() && !row["答复时间"].is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_names_is_for_those_who_may_and_is_on_record() {
    let desk = Desk::on(Stage::in_process().await).await;
    let ticket = desk.registers("repair.private").await;
    let masked = desk.csv("repair", "from=2026-03-02&to=2026-03-03").await;
    assert_eq!(masked[0]["工单号"], text(&ticket, "number"));
    assert_eq!(
        (&*masked[0]["姓名"], &*masked[0]["联系方式"], &*masked[0]["房号"]),
        ("王**", "138****8000", "***")
    );
    assert!(desk.csv("repair", "to=2026-03-02").await.is_empty());

    let reveal = "/v1/registers/repair:export?format=csv&reveal=true";
    let agent = desk.stage.token("agent").await;
    desk.client().get(&agent, &format!("{reveal}&reason=x")).await.refused(403);
    let silent = desk.client().get(&desk.supervisor, reveal).await;
    silent.refused(400);
    assert_eq!(silent.json["errors"][0]["field"], "reason");
    let shown = desk.csv("repair", "reveal=true&reason=核对").await;
    assert_eq!(
        (&*shown[0]["姓名"], &*shown[0]["联系方式"], &*shown[0]["房号"]),
        ("王芳", "13800138000", "3-1502")
    );

    desk.client().get(&agent, "/v1/register-exports").await.refused(403);
    let recorded = desk.client().get(&desk.supervisor, "/v1/register-exports").await.ok();
    let recorded = recorded["exports"].as_array().expect("exports").clone();
    let told: Vec<_> = recorded
        .iter()
        .map(|export| (&export["revealed"], text(export, "reason"), text(export, "rows")))
        .collect();
    assert_eq!(told, [(&json!(true), "核对", "1"), (&json!(false), "", "0"), (&json!(false), "", "1")]);

    let file = desk.file("repair", "format=html&from=2026-03-01").await;
    let called = file.headers["content-disposition"].to_str().expect("ASCII");
    assert!(
        called.starts_with("inline; filename=\"register-repair-2026-03-01.html\"; filename*=UTF-8''"),
        "{called}"
    );
    assert!(file.headers["content-security-policy"].to_str().expect("ASCII").contains("sandbox"));
    desk.stage.end().await;
}
