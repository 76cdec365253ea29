//! Files of every shape, and what comes out of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::super::findings::Findings;
use super::super::mapping::Mapping;
use super::super::record::Record;
use super::read;

const MESSAGES: &str = include_str!("../../../../../deploy/import/messages.toml");
const HEADER: &str = "message_id,user_id,subject,asked_at,body,reply,replied_at\n";

/// A file that was read.
struct Outcome {
    records: Vec<Record>,
    findings: Findings,
    listed: String,
}

fn outcome(folder: &Path, mapping: &str, bytes: &[u8]) -> anyhow::Result<Outcome> {
    let (file, list) = (folder.join("rows.csv"), folder.join("rejected.csv"));
    std::fs::write(&file, bytes)?;
    let mapping = Mapping::parse(mapping)?;
    let mut findings = Findings::into(list.clone());
    let (mut intake, _) = read(&file, &mapping, folder, &mut findings)?;
    let mut records = Vec::new();
    while let Some(batch) = intake.batch(&mut findings)? {
        records.extend(batch.records);
    }
    findings.flush()?;
    let listed = if list.exists() { std::fs::read_to_string(&list)? } else { String::new() };
    Ok(Outcome { records, findings, listed })
}

fn messages(text: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a temp folder");
    outcome(folder.path(), MESSAGES, text.as_bytes()).expect("is read")
}

#[test]
fn good_rows_are_read_and_bad_ones_listed_with_line_and_column() {
    let rows = "1,U1,问题,2019-04-25 09:32:09,\"两行\n正文\",答复,2019-05-10 14:56:53\n\
                2,U1,,2019-04-25 09:32:09,正文,,\n\
                3,U2,问题,yesterday,正文,,\n\
                4,U2,问题,2019-04-25 09:32:09,正文,答复,2019-04-24 09:32:09\n\
                ,U2,问题,2019-04-25 09:32:09,正文,,\n";
    let Outcome { records, findings, listed } = messages(&format!("{HEADER}{rows}"));
    assert_eq!((records.len(), findings.rows, findings.rejected), (1, 5, 4));
    assert_eq!(records[0].ticket.external_key, "citizen-messages/1");
    assert_eq!(records[0].ticket.description, "两行\n正文");
    assert_eq!(records[0].customer.external_key, "citizen-messages/U1");
    let listed: Vec<&str> = listed.lines().collect();
    assert_eq!(listed[..3], ["line,column,reason", "7,message_id,is empty", "4,subject,is empty"]);
    assert!(listed[3].starts_with("5,asked_at,") && listed[4].starts_with("6,replied_at,"), "{listed:?}");
}

#[test]
fn a_key_that_comes_twice_is_rejected_with_the_line_that_has_it() {
    let row = |key, time| format!("{key},U1,问题,{time},,,\n");
    let good = "2019-04-25 09:32:09";
    let text = [row("1", "never"), row("2", good), row("1", good), row("3", good), row("1", good)].concat();
    let Outcome { records, findings, listed } = messages(&format!("{HEADER}{text}"));
    assert_eq!((records.len(), findings.rejected), (3, 2));
    assert!(listed.contains("6,message_id,is the key of line 4 too"), "{listed}");
}

#[test]
fn lines_are_counted_alike_whatever_ends_them() {
    let rows = format!("{HEADER}1,U1,,2019-04-25 09:32:09,,,\n2,U1,,2019-04-25 09:32:09,,,\n");
    for text in [rows.clone(), rows.replace('\n', "\r\n")] {
        let Outcome { listed, .. } = messages(&text);
        assert_eq!(listed, "line,column,reason\n2,subject,is empty\n3,subject,is empty\n");
    }
}

#[test]
fn a_gzipped_file_is_known_by_its_bytes() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    writeln!(packed, "{HEADER}1,U1,问题,2019-04-25 09:32:09,,,").expect("is packed");
    let packed = packed.finish().expect("is packed");
    let read = outcome(folder.path(), MESSAGES, &packed).expect("is read");
    assert_eq!((read.records.len(), read.findings.rejected), (1, 0));
}

#[test]
fn a_row_that_is_no_text_is_listed_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(b"1,U1,\xff\xfe,2019-04-25 09:32:09,,,\n2,U1,x,2019-04-25 09:32:09,,,\n");
    let read = outcome(folder.path(), MESSAGES, &bytes).expect("is read");
    assert_eq!((read.records.len(), read.listed.as_str()), (1, "line,column,reason\n2,,is not UTF-8\n"));
}

#[test]
fn a_quote_that_is_never_closed_is_named_by_its_line_and_not_read_to_the_end_of_the_file() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let row = "1,U1,x,2019-04-25 09:32:09,正文,,\n";
    let open = format!("{HEADER}{row}2,U1,\"x,2019-04-25 09:32:09,,,\n{}", row.repeat(200_000));
    let error = outcome(folder.path(), MESSAGES, open.as_bytes()).err().expect("is refused");
    let error = format!("{error:#}");
    assert!(error.contains("line 3 is longer than 4 MiB: is a quote in it not closed?"), "{error}");
    let open = format!("message_id,\"user_id\n{}", row.repeat(200_000));
    let error = outcome(folder.path(), MESSAGES, open.as_bytes()).err().expect("is refused");
    assert!(format!("{error:#}").contains("line 1 is longer than 4 MiB"), "{error:#}");
}

#[test]
fn tickets_sent_in_one_go_are_bounded_by_their_bytes_too() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let file = folder.path().join("rows.csv");
    let text = "长".repeat(20_000);
    let rows =
        (0..200).map(|key| format!("{key},U1,x,2019-04-25 09:32:09,{text},{text},2019-05-10 14:56:53\n"));
    std::fs::write(&file, format!("{HEADER}{}", rows.collect::<String>())).expect("is written");
    let mapping = Mapping::parse(MESSAGES).expect("is good");
    let mut findings = Findings::into(folder.path().join("rejected.csv"));
    let (mut intake, _) = read(&file, &mapping, folder.path(), &mut findings).expect("is read");
    let mut sent = Vec::new();
    while let Some(batch) = intake.batch(&mut findings).expect("is read") {
        let bytes: usize = batch.records.iter().map(|record| record.ticket.encoded_len()).sum();
        assert!(bytes < 9 << 20, "{bytes}");
        sent.push(batch.records.len());
    }
    assert_eq!((sent.iter().sum::<usize>(), sent.len()), (200, 3));
}

#[test]
fn a_ticket_whose_rows_are_too_long_together_keeps_those_that_fit() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let text = "x".repeat(3 << 20);
    let row = format!("1,U1,{text},2019-04-25 09:32:09,,,\n");
    let read = outcome(folder.path(), MESSAGES, format!("{HEADER}{}", row.repeat(12)).as_bytes());
    let listed = read.expect("is read").listed;
    assert_eq!(listed.matches("its ticket has more than 10000 rows or 32 MiB of them").count(), 2);
}

#[test]
fn a_missing_column_is_named_before_anything_is_read() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let error = outcome(folder.path(), MESSAGES, b"message_id,user_id,subject\n").err().expect("is refused");
    assert!(error.to_string().contains("`asked_at`"), "{error}");
}

#[test]
fn a_value_that_is_not_listed_is_rejected_or_taken_otherwise_and_told_of() {
    let with = |otherwise: &str| {
        format!(
            "{MESSAGES}\n[priority]\ncolumn = \"body\"\n{otherwise}\n[priority.values]\n\"urgent\" = \"PRIORITY_HIGH\"\n"
        )
    };
    let text = format!(
        "{HEADER}1,U1,x,2019-04-25 09:32:09,urgent,,\n2,U1,x,2019-04-25 09:32:09,soon,,\n3,U1,x,2019-04-25 09:32:09,,,\n"
    );
    let folder = tempfile::tempdir().expect("a temp folder");
    let path: PathBuf = folder.path().into();
    let strict = outcome(&path, &with(""), text.as_bytes()).expect("is read");
    assert_eq!(strict.records.len(), 2);
    assert!(
        strict.listed.contains("3,body,`soon` is not among the values of the mapping"),
        "{}",
        strict.listed
    );
    let lax = outcome(&path, &with("otherwise = \"PRIORITY_MEDIUM\""), text.as_bytes()).expect("is read");
    assert_eq!((lax.records.len(), lax.findings.rejected), (3, 0));
    let told: Vec<String> = lax.findings.values().collect();
    assert!(told.len() == 1 && told[0].contains("`soon`") && told[0].contains("1 rows"), "{told:?}");
}
