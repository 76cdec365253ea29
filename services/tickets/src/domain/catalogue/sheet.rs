//! A tree of categories in CSV, row by row (T1).

use csv::{ReaderBuilder, StringRecord};
use hotline_core::error::Field;
use hotline_proto::common::v1::{Priority, TicketType};

use crate::error::Error;

/// Columns beside those of levels.
const COLUMNS: [&str; 8] = ["code", "label_zh", "label_en", "type", "priority", "policy", "team", "active"];

/// What the header must be, in both languages.
const HEADER: (&str, &str) = (
    "needs a header of `level1`, `level2` and so on, or of `code` and `label_zh`; besides it takes `code`, `label_en`, \
     `type`, `priority`, `policy`, `team` and `active`, each once",
    "需要表头：`level1`、`level2` 等各级列，或 `code` 与 `label_zh`；另可有 `code`、`label_en`、`type`、`priority`、\
     `policy`、`team`、`active`，各一次",
);

/// A row: what it says of one category. What it leaves out is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line on which it begins; the header is on line 1.
    pub(crate) line: u64,
    /// Labels from the top down to the category's own.
    pub(crate) labels: Vec<String>,
    /// Code of the category.
    pub(crate) code: Option<String>,
    /// Label in English.
    pub(crate) label_en: Option<String>,
    /// Type of ticket.
    pub(crate) kind: Option<TicketType>,
    /// Priority.
    pub(crate) priority: Option<Priority>,
    /// Policy.
    pub(crate) policy: Option<String>,
    /// Team.
    pub(crate) team: Option<String>,
    /// Whether it is in use.
    pub(crate) active: Option<bool>,
}

/// A row that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// Its line.
    pub(crate) line: u64,
    /// Why.
    pub(crate) en: String,
    /// The same in Chinese.
    pub(crate) zh: String,
}

impl Rejected {
    /// Returns why a row can't be taken.
    pub(crate) fn new(line: u64, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { line, en: en.into(), zh: zh.into() }
    }
}

/// Reads a file.
///
/// # Errors
/// [`Error::Fields`] for a header that is none.
pub(crate) fn read(text: &str) -> Result<Vec<Result<Row, Rejected>>, Error> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().ok().and_then(Header::of).ok_or_else(no_header)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(record) => rows.push(header.row(&record, line(text, record.position()))),
            Err(error) => {
                let line = line(text, error.position());
                rows.push(Err(Rejected::new(line, "can't be read as CSV", "不是有效的 CSV 行")));
            }
        }
    }
    Ok(rows)
}

/// Where each column is.
struct Header {
    width: usize,
    levels: Vec<usize>,
    others: [Option<usize>; COLUMNS.len()],
}

impl Header {
    fn of(record: &StringRecord) -> Option<Self> {
        let names: Vec<String> = record.iter().map(|name| name.trim().to_lowercase()).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let levels: Vec<usize> =
            (1..=names.len()).map_while(|level| place(&format!("level{level}"))).collect();
        let others = COLUMNS.map(place);
        let known = levels.len() + others.iter().flatten().count();
        let [code, label_zh, ..] = others;
        // A label has its place in the levels, or in a column of its own beside the code.
        let has_shape = levels.is_empty() == label_zh.is_some() && (code.is_some() || label_zh.is_none());
        (has_shape && known == names.len()).then_some(Self { width: names.len(), levels, others })
    }

    fn row(&self, record: &StringRecord, line: u64) -> Result<Row, Rejected> {
        let cell = |index: usize| record.get(index).map(str::trim).filter(|cell| !cell.is_empty());
        let [code, label_zh, label_en, kind, priority, policy, team, active] =
            self.others.map(|place| place.and_then(cell));
        if record.len() > self.width {
            return Err(Rejected::new(line, "has more cells than the header", "单元格数多于表头"));
        }
        let labels: Vec<Option<&str>> = match label_zh {
            Some(label) => vec![Some(label)],
            None => self.levels.iter().map(|level| cell(*level)).collect(),
        };
        let depth = labels.iter().take_while(|label| label.is_some()).count();
        if depth == 0 || labels.iter().skip(depth).any(Option::is_some) {
            return Err(Rejected::new(line, "lacks the label of a level", "缺少某一级的名称"));
        }
        let owned = |cell: Option<&str>| cell.map(str::to_owned);
        Ok(Row {
            line,
            labels: labels.into_iter().flatten().map(str::to_owned).collect(),
            code: owned(code),
            label_en: owned(label_en),
            kind: named(line, "type", kind, |name| {
                TicketType::from_str_name(&format!("TICKET_TYPE_{name}"))
            })?,
            priority: named(line, "priority", priority, |name| {
                Priority::from_str_name(&format!("PRIORITY_{name}"))
            })?,
            policy: owned(policy),
            team: owned(team),
            active: named(line, "active", active, |name| name.to_lowercase().parse().ok())?,
        })
    }
}

/// Returns the line on which a record begins. The reader counts from where it went on reading, before empty lines.
fn line(text: &str, position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    position.line() + u64::try_from(empty.count()).unwrap_or_default()
}

/// Reads a cell that holds one of a few names, in either case, with the prefix of the contract or without.
fn named<T>(
    line: u64,
    column: &str,
    cell: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Rejected> {
    let Some(cell) = cell else { return Ok(None) };
    let upper = cell.to_uppercase();
    let name = upper.trim_start_matches("TICKET_TYPE_").trim_start_matches("PRIORITY_");
    let none = || {
        let en = format!("has the unknown {column} `{cell}`");
        Rejected::new(line, en, format!("{column} 列的值 `{cell}` 无效"))
    };
    read(name).map(Some).ok_or_else(none)
}

fn no_header() -> Error {
    Error::Fields(vec![Field { path: "csv".into(), en: HEADER.0.into(), zh: HEADER.1.into() }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_go_down_to_the_last_level_that_is_filled() {
        let rows = read("\u{feff}level1,level2,Level3,type\n城乡,安全,事故,fault\n城乡,安全,,\n\n,安全,,\n")
            .expect("a header");
        let labels: Vec<usize> = rows.iter().flatten().map(|row| row.labels.len()).collect();
        assert_eq!(labels, [3, 2]);
        assert_eq!(rows[0].as_ref().expect("is fine").kind, Some(TicketType::Fault));
        assert_eq!(rows[2].as_ref().expect_err("has no first level").line, 5);
    }

    #[test]
    fn codes_may_stand_in_the_place_of_levels() {
        let rows =
            read("code,label_zh,priority,active\nrepair.roof,屋顶,PRIORITY_HIGH,FALSE\n").expect("a header");
        let row = rows[0].as_ref().expect("is fine");
        assert_eq!(
            (row.code.as_deref(), row.labels.as_slice()),
            (Some("repair.roof"), &["屋顶".to_owned()][..])
        );
        assert_eq!((row.priority, row.active), (Some(Priority::High), Some(false)));
    }

    #[test]
    fn a_header_that_is_none_is_refused() {
        for text in ["", "a,b\nc,d", "level2\nx", "code\nx", "level1,label_zh\nx,y", "level1,level1\nx,y"] {
            assert!(matches!(read(text), Err(Error::Fields(_))), "{text}");
        }
    }

    #[test]
    fn a_row_that_can_not_be_read_is_told_by_its_line() {
        let rows = read("level1,type\n甲,TROUBLE\n乙,FAULT,more\n丙,FAULT\n").expect("a header");
        let lines: Vec<u64> = rows.iter().filter_map(|row| row.as_ref().err()).map(|row| row.line).collect();
        assert_eq!(lines, [2, 3]);
    }
}
