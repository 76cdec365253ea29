//! What a table is made of.

use chrono::{NaiveDate, NaiveDateTime};

/// A table before its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The heading above it, and the name of its worksheet.
    pub title: String,
    /// The tag of the language it is in (BCP 47).
    pub language: String,
    /// What is to be known of it, a line each: which range, who made it and when.
    pub notes: Vec<String>,
    /// The columns, from the left.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub heading: String,
    /// What its cells hold; other cells are written all the same, in a width that may not fit them.
    pub kind: Kind,
}

impl Column {
    /// Returns a column.
    pub fn new(heading: impl Into<String>, kind: Kind) -> Self {
        Self { heading: heading.into(), kind }
    }
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word or two.
    Word,
    /// Sentences.
    Prose,
    /// A number.
    Number,
    /// A part of a whole.
    Share,
    /// A date.
    Date,
    /// A date and time of day.
    Time,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text; never taken for a formula, whatever it begins with.
    Text(String),
    /// A number.
    Number(f64),
    /// A part of a whole, 1 = all of it.
    Share(f64),
    /// A date.
    Date(NaiveDate),
    /// A date and time of day, as the clock on the wall shows it.
    Time(NaiveDateTime),
}

/// A line below the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Footer {
    /// What it tells.
    pub label: String,
    /// The value.
    pub value: Cell,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180) in UTF-8.
    Csv {
        /// Begins with a byte order mark, without which spreadsheets take Chinese for something else.
        mark: bool,
    },
    /// A workbook of Office Open XML.
    Xlsx,
    /// A page to read and print.
    Html,
}

impl Format {
    /// Returns the media type of its files.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv { .. } => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// Returns what the names of its files end with, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
        }
    }
}
