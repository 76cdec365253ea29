//! Comma-separated values.

use crate::{Cell, Error, Table};

/// The byte order mark.
const MARK: &str = "\u{feff}";

/// What begins a formula in some spreadsheet, wide forms among them, and what such a beginning may hide behind.
const BEGINS_FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

pub(crate) struct Writer {
    /// The heading, until it is handed out with the first rows.
    heading: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(table: Table, mark: bool) -> Result<Self, Error> {
        let mut heading = if mark { MARK.as_bytes().to_vec() } else { Vec::new() };
        let columns = table.columns.into_iter().map(|column| Cell::Text(column.heading));
        heading.extend(records([columns.collect()])?);
        Ok(Self { heading })
    }

    pub(crate) fn write(&mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, Error> {
        let mut ready = std::mem::take(&mut self.heading);
        ready.extend(records(rows)?);
        Ok(ready)
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.heading
    }
}

fn records(rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.into_iter().map(value))?;
    }
    writer.into_inner().map_err(|error| Error::Output(error.into_error()))
}

fn value(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Number(number) | Cell::Share(number) => number.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Time(time) => time.format("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// Returns a text that no spreadsheet runs: an apostrophe before what would begin a formula, as OWASP advises.
fn harmless(text: String) -> String {
    if text.starts_with(BEGINS_FORMULA) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::{Column, Kind};

    fn written(mark: bool, rows: Vec<Vec<Cell>>) -> Vec<u8> {
        let columns = vec![Column::new("姓名", Kind::Word), Column::new("内容", Kind::Prose)];
        let mut writer = Writer::new(Table { columns, ..Table::default() }, mark).expect("begins");
        let mut file = writer.write(rows).expect("is written");
        file.extend(writer.finish());
        file
    }

    fn texts(texts: [&str; 2]) -> Vec<Cell> {
        texts.map(|text| Cell::Text(text.into())).to_vec()
    }

    #[test]
    fn a_file_begins_with_the_mark_where_it_is_wished_for_and_with_its_heading_even_without_rows() {
        assert_eq!(written(true, Vec::new()), "\u{feff}姓名,内容\r\n".as_bytes());
        assert_eq!(written(false, Vec::new()), "姓名,内容\r\n".as_bytes());
    }

    #[test]
    fn what_would_be_run_as_a_formula_is_text() {
        for formula in
            ["=1+1", "+8613800138000", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠A"]
        {
            let file = written(false, vec![texts([formula, "x"])]);
            let mut reader = csv::Reader::from_reader(file.as_slice());
            let row = reader.records().next().expect("a row").expect("is read");
            assert_eq!(row[0], format!("'{formula}"));
        }
        let number = written(false, vec![vec![Cell::Number(-2.0), Cell::Empty]]);
        assert!(number.ends_with("\r\n-2,\r\n".as_bytes()), "a number is none");
    }

    #[test]
    fn times_shares_and_numbers_are_written_for_programs() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date");
        let time = day.and_hms_opt(9, 5, 0).expect("a time");
        let rows = vec![vec![Cell::Date(day), Cell::Time(time)], vec![Cell::Share(0.75), Cell::Number(3.0)]];
        let file = String::from_utf8(written(false, rows)).expect("text");
        assert!(file.ends_with("2026-03-02,2026-03-02 09:05:00\r\n0.75,3\r\n"), "{file}");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(rows in prop::collection::vec(("[^=+@＝＋－＠\\-\\t\\r]\\PC{0,30}", "[a-z\",;\n\r 中文]{0,30}"), 0..20)) {
            let cells = rows.iter().map(|(name, text)| texts([name, &format!("_{text}")])).collect();
            let file = written(false, cells);
            let mut reader = csv::Reader::from_reader(file.as_slice());
            let read: Vec<_> = reader.records().map(|row| row.expect("is read")).collect();
            prop_assert_eq!(read.len(), rows.len());
            for (read, (name, text)) in read.iter().zip(&rows) {
                prop_assert_eq!(&read[0], name);
                prop_assert_eq!(&read[1], format!("_{text}"));
            }
        }
    }
}
