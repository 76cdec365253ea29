//! Reads a CSV file row by row into records; a row that can't be one is listed and passed over.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, Utc};
use csv::{Reader, ReaderBuilder, StringRecord};
use hotline_core::time::to_proto;
use hotline_proto::customers::v1::ImportedCustomer;
use hotline_proto::tickets::v1::ImportedTicket;

use super::mapping::Mapping;
use super::rejects::Rejects;

/// Characters of a subject, as in the contract.
const SUBJECT: usize = 200;
/// Characters of a description or solution, as in the contract.
const TEXT: usize = 20_000;

/// One row, read.
pub(super) struct Record {
    /// Where it begins in the file, from 1.
    pub(super) line: u64,
    /// Whose it is.
    pub(super) customer: ImportedCustomer,
    /// What it is; its customer's id is still missing.
    pub(super) ticket: ImportedTicket,
}

/// Why a row can't be a record.
struct Refusal {
    column: String,
    reason: String,
}

/// The rows of a file.
pub(super) struct Rows<'a> {
    reader: Reader<File>,
    /// Lines that the reader is behind at the start of a row: it counts a `\r\n` when it meets the next row.
    behind: u64,
    header: StringRecord,
    mapping: &'a Mapping,
}

impl<'a> Rows<'a> {
    /// Opens a file and checks that it has every column the mapping names.
    pub(super) fn open(file: &Path, mapping: &'a Mapping) -> anyhow::Result<Self> {
        let unread = || format!("{} can't be read", file.display());
        let opened = File::open(file).with_context(unread)?;
        let mut first = Vec::new();
        BufReader::new(&opened).read_until(b'\n', &mut first).with_context(unread)?;
        let behind = u64::from(first.ends_with(b"\r\n"));
        (&opened).rewind().with_context(unread)?;
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(opened);
        let header =
            reader.headers().with_context(|| format!("{} has no header line", file.display()))?.clone();
        let columns = &mapping.columns;
        let optional = [
            &columns.customer_name,
            &columns.phone,
            &columns.description,
            &columns.resolution,
            &columns.resolved_at,
        ];
        let named = [&columns.key, &columns.customer, &columns.subject, &columns.created_at]
            .into_iter()
            .chain(optional.into_iter().flatten())
            .chain(mapping.fields.values());
        for column in named {
            anyhow::ensure!(
                header.iter().any(|name| name == column),
                "{} has no column `{column}`; it has {}",
                file.display(),
                header.iter().collect::<Vec<_>>().join(", ")
            );
        }
        Ok(Self { reader, behind, header, mapping })
    }

    /// Returns the byte up to which the file has been read.
    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Reads the next good rows, at most `size`; `None` at the end.
    pub(super) fn batch(
        &mut self,
        size: usize,
        rejects: &mut Rejects,
    ) -> anyhow::Result<Option<Vec<Record>>> {
        let mut batch = Vec::with_capacity(size);
        let mut row = StringRecord::new();
        while batch.len() < size {
            let line = self.reader.position().line() + self.behind;
            match self.reader.read_record(&mut row) {
                Ok(false) => break,
                Ok(true) => {
                    let line = row.position().map_or(line, |position| position.line() + self.behind);
                    match self.record(line, &row) {
                        Ok(record) => batch.push(record),
                        Err(refusal) => rejects.add(line, &refusal.column, &refusal.reason)?,
                    }
                }
                Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                    rejects.add(line, "", "is not UTF-8")?;
                }
                Err(error) => return Err(error).context("the file can't be read on"),
            }
        }
        Ok((!batch.is_empty()).then_some(batch))
    }

    fn record(&self, line: u64, row: &StringRecord) -> Result<Record, Refusal> {
        let columns = &self.mapping.columns;
        let source = &self.mapping.source;
        let created_at = self.time(row, &columns.created_at)?;
        let resolution = self.optional(row, columns.resolution.as_ref(), TEXT)?;
        let resolved_at = match &columns.resolved_at {
            Some(column) if !self.cell(row, column).is_empty() => Some(self.time(row, column)?),
            _ => None,
        };
        if let Some(resolved_at) = resolved_at.filter(|at| *at < created_at) {
            let column = columns.resolved_at.clone().unwrap_or_default();
            return Err(Refusal {
                column,
                reason: format!("{resolved_at} is before the ticket was registered"),
            });
        }
        let customer = ImportedCustomer {
            external_key: format!("{source}/{}", self.required(row, &columns.customer, 150)?),
            name: self.optional(row, columns.customer_name.as_ref(), 100)?,
            phone: self.optional(row, columns.phone.as_ref(), 40)?,
            created_at: Some(to_proto(created_at)),
        };
        let mut fields = std::collections::BTreeMap::new();
        for (field, column) in &self.mapping.fields {
            fields.insert(field.clone(), self.optional(row, Some(column), 2000)?);
        }
        let constant = |error: anyhow::Error| Refusal { column: String::new(), reason: error.to_string() };
        let ticket = ImportedTicket {
            external_key: format!("{source}/{}", self.required(row, &columns.key, 150)?),
            customer_id: String::new(),
            r#type: self.mapping.ticket_type().map_err(constant)?.into(),
            category_code: self.mapping.defaults.category_code.clone(),
            channel: self.mapping.channel().map_err(constant)?.into(),
            subject: self.required(row, &columns.subject, SUBJECT)?,
            description: self.optional(row, columns.description.as_ref(), TEXT)?,
            priority: self.mapping.priority().map_err(constant)?.into(),
            created_at: Some(to_proto(created_at)),
            resolved_at: resolved_at.map(to_proto),
            resolution,
            fields,
        };
        Ok(Record { line, customer, ticket })
    }

    fn cell<'r>(&self, row: &'r StringRecord, column: &str) -> &'r str {
        let index = self.header.iter().position(|name| name == column);
        index.and_then(|index| row.get(index)).unwrap_or_default().trim()
    }

    fn required(&self, row: &StringRecord, column: &str, most: usize) -> Result<String, Refusal> {
        let text = self.optional(row, Some(&column.to_owned()), most)?;
        if text.is_empty() {
            Err(Refusal { column: column.into(), reason: "is empty".into() })
        } else {
            Ok(text)
        }
    }

    fn optional(&self, row: &StringRecord, column: Option<&String>, most: usize) -> Result<String, Refusal> {
        let Some(column) = column else { return Ok(String::new()) };
        let text = self.cell(row, column);
        let length = text.chars().count();
        if length > most {
            return Err(Refusal {
                column: column.clone(),
                reason: format!("has {length} characters; at most {most} fit"),
            });
        }
        Ok(text.to_owned())
    }

    fn time(&self, row: &StringRecord, column: &str) -> Result<DateTime<Utc>, Refusal> {
        let text = self.cell(row, column);
        self.mapping.time(text).ok_or_else(|| Refusal {
            column: column.to_owned(),
            reason: format!("`{text}` is not a time like {}", self.mapping.time_format),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::mapping::Mapping;
    use super::super::rejects::Rejects;
    use super::Rows;

    #[test]
    fn good_rows_are_read_and_bad_ones_listed_with_line_and_column() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let map = folder.path().join("map.toml");
        std::fs::write(&map, include_str!("../../../../deploy/import/messages.toml")).unwrap();
        let mapping = Mapping::read(&map).unwrap();
        let file = folder.path().join("rows.csv");
        let mut out = std::fs::File::create(&file).unwrap();
        writeln!(out, "message_id,user_id,subject,asked_at,body,reply,replied_at").unwrap();
        writeln!(out, "1,U1,问题,2019-04-25 09:32:09,\"两行\n正文\",答复,2019-05-10 14:56:53").unwrap();
        writeln!(out, "2,U1,,2019-04-25 09:32:09,正文,,").unwrap();
        writeln!(out, "3,U2,问题,yesterday,正文,,").unwrap();
        writeln!(out, "4,U2,问题,2019-04-25 09:32:09,正文,答复,2019-04-24 09:32:09").unwrap();
        let listed = folder.path().join("rejected.csv");
        let mut rejects = Rejects::into(listed.clone());
        let batch = Rows::open(&file, &mapping).unwrap().batch(10, &mut rejects).unwrap().expect("rows");
        assert_eq!(batch.len(), 1);
        assert_eq!(batch[0].ticket.external_key, "citizen-messages/1");
        assert_eq!(batch[0].ticket.description, "两行\n正文");
        drop(rejects);
        let listed = std::fs::read_to_string(listed).unwrap();
        let listed: Vec<&str> = listed.lines().collect();
        assert_eq!(listed[0], "line,column,reason");
        assert_eq!(listed[1], "4,subject,is empty");
        assert!(listed[2].starts_with("5,asked_at,") && listed[3].starts_with("6,replied_at,"), "{listed:?}");
    }

    #[test]
    fn lines_are_counted_alike_whatever_ends_them() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let map = folder.path().join("map.toml");
        std::fs::write(&map, include_str!("../../../../deploy/import/messages.toml")).unwrap();
        let mapping = Mapping::read(&map).unwrap();
        let rows = "message_id,user_id,subject,asked_at,body,reply,replied_at\n1,U1,,2019-04-25 09:32:09,,,\n2,U1,,2019-04-25 09:32:09,,,\n";
        for (name, text) in [("lf", rows.to_owned()), ("crlf", rows.replace('\n', "\r\n"))] {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            let listed = folder.path().join(format!("{name}.rejected"));
            let mut rejects = Rejects::into(listed.clone());
            assert!(Rows::open(&file, &mapping).unwrap().batch(10, &mut rejects).unwrap().is_none());
            let listed = std::fs::read_to_string(listed).unwrap();
            assert_eq!(listed, "line,column,reason\n2,subject,is empty\n3,subject,is empty\n", "{name}");
        }
    }

    #[test]
    fn a_missing_column_is_named_before_anything_is_read() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let map = folder.path().join("map.toml");
        std::fs::write(&map, include_str!("../../../../deploy/import/messages.toml")).unwrap();
        let mapping = Mapping::read(&map).unwrap();
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, "message_id,user_id,subject\n").unwrap();
        let error = Rows::open(&file, &mapping).err().expect("refused").to_string();
        assert!(error.contains("`asked_at`"), "{error}");
    }
}
