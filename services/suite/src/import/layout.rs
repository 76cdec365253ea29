//! Which cell of a row is which column: only the columns that a mapping names are kept.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use csv::StringRecord;

use super::findings::Refusal;
use super::mapping::{Mapping, Words};

/// See the module.
pub(super) struct Layout {
    /// Place of each column among the cells that are kept.
    places: HashMap<String, usize>,
    /// Place in the file of each cell that is kept.
    kept: Vec<usize>,
    missing: Vec<String>,
}

/// The cells of one row that are kept.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    layout: &'a Layout,
    cells: &'a [String],
}

impl Layout {
    /// Finds the columns in a header line.
    pub(super) fn of(mapping: &Mapping, header: &StringRecord, file: &Path) -> anyhow::Result<Self> {
        let (mut places, mut kept) = (HashMap::new(), Vec::new());
        for column in mapping.columns().into_iter().collect::<BTreeSet<_>>() {
            let Some(place) = header.iter().position(|name| name.trim() == column) else {
                let there = header.iter().collect::<Vec<_>>().join(", ");
                anyhow::bail!("{} has no column `{column}`; it has {there}", file.display());
            };
            places.insert(column.to_owned(), kept.len());
            kept.push(place);
        }
        Ok(Self { places, kept, missing: mapping.missing.clone() })
    }

    /// Returns the cells of a row that are kept.
    pub(super) fn keep(&self, row: &StringRecord) -> Vec<String> {
        let cell = |place: &usize| row.get(*place).unwrap_or_default().trim().to_owned();
        self.kept.iter().map(cell).collect()
    }

    /// Names kept cells.
    pub(super) fn cells<'a>(&'a self, cells: &'a [String]) -> Cells<'a> {
        Cells { layout: self, cells }
    }
}

impl<'a> Cells<'a> {
    /// Returns a cell; empty where the file says that it is not known.
    pub(super) fn get(&self, column: &str) -> &'a str {
        let place = self.layout.places.get(column);
        let text = place.and_then(|place| self.cells.get(*place)).map_or("", String::as_str);
        if self.layout.missing.iter().any(|missing| missing == text) { "" } else { text }
    }

    /// Returns a text of at most so many characters; without a column it is empty.
    pub(super) fn text(&self, column: Option<&str>, most: usize) -> Result<String, Refusal> {
        let text = column.map_or("", |column| self.get(column));
        fitting(text, column.unwrap_or_default(), most)
    }

    /// Returns the texts of columns, one after the other.
    pub(super) fn texts(&self, columns: Option<&Words>, most: usize) -> Result<String, Refusal> {
        let columns = columns.map_or(&[][..], Words::all);
        let parts = columns.iter().map(|column| self.get(column)).filter(|text| !text.is_empty());
        let text = parts.collect::<Vec<_>>().join(" · ");
        fitting(&text, columns.first().map_or("", String::as_str), most)
    }
}

/// Refuses a text that the contract has no room for.
fn fitting(text: &str, column: &str, most: usize) -> Result<String, Refusal> {
    let length = text.chars().count();
    if length > most {
        return Err(Refusal::of(column, format!("has {length} characters; at most {most} fit")));
    }
    Ok(text.to_owned())
}
