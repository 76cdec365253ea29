//! What stands below the rows of a register: how many there are, how complete they are, what they lack (K1).

use std::collections::BTreeMap;

use hotline_proto::locale::Locale;
use hotline_sheets::{Cell, Footer};

use crate::domain::register::row::Row;
use crate::domain::register::{Column, Kind};

/// Sums of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    rows: u32,
    completeness: f64,
    lacking: BTreeMap<Column, u32>,
}

impl Tally {
    /// Counts a row.
    pub(crate) fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.completeness += row.completeness;
        for column in &row.lacking {
            *self.lacking.entry(*column).or_default() += 1;
        }
    }

    /// Returns the sums as lines below the rows.
    pub(crate) fn footers(&self, kind: Kind, locale: Locale) -> Vec<Footer> {
        let rows = Cell::Number(self.rows.into());
        let mean = match self.rows {
            0 => Cell::Empty,
            rows => Cell::Share(self.completeness / f64::from(rows)),
        };
        let footer = |label: String, value| Footer { label, value };
        let mut footers = vec![
            footer(locale.pick("Records", "登记数").into(), rows),
            footer(locale.pick("Mean record completeness", "平均记录完整率").into(), mean),
        ];
        footers.extend(kind.columns().iter().filter(|column| column.is_asked()).map(|column| {
            let lacking = self.lacking.get(column).copied().unwrap_or_default();
            let label = format!("{}{}", locale.pick("Lacking: ", "缺项："), column.label(locale));
            footer(label, Cell::Number(lacking.into()))
        }));
        footers
    }
}
