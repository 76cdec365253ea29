//! Workbooks: rows go to a temporary file as they come, so that memory does not grow with them.

use std::io::Write;

use rust_xlsxwriter::{DocProperties, Format, FormatAlign, FormatBorder, Workbook, Worksheet};

use crate::{Cell, Column, Error, Footer, Kind, Table};

/// Rows of a worksheet at most, its heading among them. Excel takes 1,048,576: what is left over is for footers.
const ROWS: u32 = 1_000_000;
/// Characters of a cell at most; Excel takes no more.
const CHARACTERS: usize = 32_767;
/// Characters of a worksheet's name at most.
const NAME: usize = 31;
/// What the name of a worksheet can't hold.
const NOT_IN_NAMES: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];

pub(crate) struct Writer {
    book: Workbook,
    table: Table,
    formats: Formats,
    /// Rows of a worksheet at most.
    most: u32,
    /// The worksheet that is written, from 0.
    sheet: usize,
    /// The next row of it.
    row: u32,
}

struct Formats {
    heading: Format,
    plain: Format,
    prose: Format,
    share: Format,
    date: Format,
    time: Format,
}

impl Formats {
    fn new() -> Self {
        let plain = Format::new().set_align(FormatAlign::Top);
        Self {
            heading: Format::new()
                .set_bold()
                .set_background_color("DDE6F0")
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap(),
            prose: plain.clone().set_text_wrap(),
            share: plain.clone().set_num_format("0.0%"),
            date: plain.clone().set_num_format("yyyy-mm-dd"),
            time: plain.clone().set_num_format("yyyy-mm-dd hh:mm"),
            plain,
        }
    }
}

impl Writer {
    pub(crate) fn new(table: Table) -> Result<Self, Error> {
        Self::of(table, ROWS)
    }

    fn of(table: Table, most: u32) -> Result<Self, Error> {
        let mut book = Workbook::new();
        book.set_properties(&DocProperties::new().set_title(&table.title));
        let mut writer = Self { book, table, formats: Formats::new(), most, sheet: 0, row: 0 };
        writer.begin_sheet()?;
        Ok(writer)
    }

    pub(crate) fn row(&mut self, cells: &[Cell]) -> Result<(), Error> {
        if self.row == self.most {
            self.end_sheet()?;
            self.sheet += 1;
            self.begin_sheet()?;
        }
        let sheet = self.book.worksheet_from_index(self.sheet)?;
        for ((column, cell), place) in self.table.columns.iter().zip(cells).zip(0..) {
            put(sheet, (self.row, place), cell, column.kind, &self.formats)?;
        }
        self.row += 1;
        Ok(())
    }

    pub(crate) fn finish(mut self, footers: &[Footer], output: &mut (dyn Write + Send)) -> Result<(), Error> {
        self.end_sheet()?;
        let sheet = self.book.worksheet_from_index(self.sheet)?;
        let mut row = self.row + 1;
        for Footer { label, value } in footers {
            put(sheet, (row, 0), &Cell::Text(label.clone()), Kind::Word, &self.formats)?;
            put(sheet, (row, 1), value, Kind::Word, &self.formats)?;
            row += 1;
        }
        for note in &self.table.notes {
            put(sheet, (row, 0), &Cell::Text(note.clone()), Kind::Word, &self.formats)?;
            row += 1;
        }
        Ok(self.book.save_to_writer(output)?)
    }

    fn begin_sheet(&mut self) -> Result<(), Error> {
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name(&self.table.title, self.sheet))?;
        sheet.set_freeze_panes(1, 0)?.set_landscape().set_repeat_rows(0, 0)?.set_print_fit_to_pages(1, 0);
        for (column, place) in self.table.columns.iter().zip(0..) {
            sheet.set_column_width(place, width(column))?;
            sheet.write_string_with_format(0, place, fitting(&column.heading), &self.formats.heading)?;
        }
        self.row = 1;
        Ok(())
    }

    /// Lets people filter the rows that the worksheet has.
    fn end_sheet(&mut self) -> Result<(), Error> {
        let columns = u16::try_from(self.table.columns.len()).unwrap_or(u16::MAX);
        if let Some(last) = columns.checked_sub(1) {
            let sheet = self.book.worksheet_from_index(self.sheet)?;
            sheet.autofilter(0, 0, self.row - 1, last)?;
        }
        Ok(())
    }
}

fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    kind: Kind,
    formats: &Formats,
) -> Result<(), Error> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            let format = if kind == Kind::Prose { &formats.prose } else { &formats.plain };
            sheet.write_string_with_format(row, column, fitting(text), format)?;
        }
        Cell::Number(number) => {
            sheet.write_number_with_format(row, column, *number, &formats.plain)?;
        }
        Cell::Share(share) => {
            sheet.write_number_with_format(row, column, *share, &formats.share)?;
        }
        Cell::Date(date) => {
            sheet.write_datetime_with_format(row, column, date, &formats.date)?;
        }
        Cell::Time(time) => {
            sheet.write_datetime_with_format(row, column, time, &formats.time)?;
        }
    }
    Ok(())
}

/// Returns a text that fits into a cell; one that is cut says so.
fn fitting(text: &str) -> String {
    // Excel counts as UTF-16 does.
    if text.encode_utf16().count() <= CHARACTERS {
        return text.to_owned();
    }
    let mut left = CHARACTERS - 1;
    let kept = text.chars().take_while(|letter| match left.checked_sub(letter.len_utf16()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    kept.chain(['…']).collect()
}

/// Returns the name of a worksheet, from 0: the title, with a number from the second on.
fn name(title: &str, sheet: usize) -> String {
    let number = if sheet == 0 { String::new() } else { format!(" {}", sheet + 1) };
    let title: String =
        title.chars().map(|letter| if NOT_IN_NAMES.contains(&letter) { '-' } else { letter }).collect();
    let title = if title.trim().is_empty() { "Sheet" } else { title.trim().trim_matches('\'') };
    title.chars().take(NAME - number.len()).chain(number.chars()).collect()
}

/// Returns the width of a column in characters: wide enough for what it holds and for its heading, where Chinese takes
/// two.
fn width(column: &Column) -> f64 {
    let heading: u16 = column.heading.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum();
    let cells = match column.kind {
        Kind::Word => 14,
        Kind::Prose => 48,
        Kind::Number => 8,
        Kind::Share => 9,
        Kind::Date => 12,
        Kind::Time => 17,
    };
    // The arrow of the filter takes room too.
    f64::from(cells.max(heading + 3))
}

#[cfg(test)]
mod tests;
