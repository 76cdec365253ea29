//! A value in a register, as files show it and as programs read it.

use chrono::{DateTime, SecondsFormat, Utc};
use hotline_sheets::Cell;

use crate::domain::register::View;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Nobody said.
    Unknown,
    /// Words.
    Text(String),
    /// A time.
    Time(DateTime<Utc>),
    /// Yes or no.
    Flag(bool),
    /// How often.
    Count(u32),
    /// A part of a whole, 1 = all of it.
    Share(f64),
}

impl Value {
    /// Returns words; blank ones are nothing.
    pub(crate) fn text(text: &str) -> Self {
        match text.trim() {
            "" => Self::Unknown,
            text => Self::Text(text.to_owned()),
        }
    }

    /// Returns a time, where there is one.
    pub(crate) fn time(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Unknown, Self::Time)
    }

    /// Returns yes or no, where it is known.
    pub(crate) fn flag(known: Option<bool>) -> Self {
        known.map_or(Self::Unknown, Self::Flag)
    }

    /// Returns what a program reads; `None` for what is not known.
    pub(crate) fn plain(&self) -> Option<String> {
        match self {
            Self::Unknown => None,
            Self::Text(text) => Some(text.clone()),
            Self::Time(at) => Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Count(count) => Some(count.to_string()),
            Self::Share(share) => Some(share.to_string()),
        }
    }

    /// Returns what a file shows.
    pub(crate) fn cell(self, view: &View) -> Cell {
        match self {
            Self::Unknown => Cell::Empty,
            Self::Text(text) => Cell::Text(text),
            Self::Time(at) => Cell::Time(at.with_timezone(&view.zone).naive_local()),
            Self::Flag(true) => Cell::Text(view.locale.pick("yes", "是").into()),
            Self::Flag(false) => Cell::Text(view.locale.pick("no", "否").into()),
            Self::Count(count) => Cell::Number(count.into()),
            Self::Share(share) => Cell::Share(share),
        }
    }
}
