//! Tables as files: comma-separated values, workbooks and pages to print (K5).
//!
//! A table is written piece by piece, so that memory does not grow with its rows: what is ready of the file is handed
//! out with every piece. Nothing here knows what a table is about.
//!
//! ```
//! use hotline_sheets::{Cell, Column, Format, Kind, Table, Writer};
//!
//! let columns = vec![Column::new("工单号", Kind::Word), Column::new("次数", Kind::Number)];
//! let table = Table { title: "登记表".into(), columns, ..Table::default() };
//! let mut writer = Writer::new(Format::Csv { mark: false }, table)?;
//! let mut file = writer.write([vec![Cell::Text("2603020017".into()), Cell::Number(2.0)]])?;
//! writer.finish(&[], &mut file)?;
//! assert_eq!(String::from_utf8_lossy(&file), "工单号,次数\r\n2603020017,2\r\n");
//! # Ok::<(), hotline_sheets::Error>(())
//! ```

use std::io::Write;

mod page;
mod table;
mod text;
mod workbook;

pub use table::{Cell, Column, Footer, Format, Kind, Table};

/// What can go wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The values can't be written.
    #[error("the values can't be written")]
    Text(#[from] csv::Error),
    /// The workbook can't be written.
    #[error("the workbook can't be written")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// Where it goes does not take it.
    #[error("the file can't be written")]
    Output(#[from] std::io::Error),
}

/// Writes one table as a file.
pub struct Writer(Inner);

enum Inner {
    Text(text::Writer),
    Workbook(Box<workbook::Writer>),
    Page(page::Writer),
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// [`Error::Workbook`] where no temporary file can be made: a workbook waits there until it is whole.
    pub fn new(format: Format, table: Table) -> Result<Self, Error> {
        Ok(Self(match format {
            Format::Csv { mark } => Inner::Text(text::Writer::new(table, mark)?),
            Format::Xlsx => Inner::Workbook(Box::new(workbook::Writer::new(table)?)),
            Format::Html => Inner::Page(page::Writer::new(&table)),
        }))
    }

    /// Writes rows, each with a cell a column; returns what is ready of the file. Of a workbook that is nothing before
    /// its end.
    ///
    /// # Errors
    /// [`Error::Text`] or [`Error::Workbook`].
    pub fn write(&mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, Error> {
        match &mut self.0 {
            Inner::Text(writer) => writer.write(rows),
            Inner::Workbook(writer) => {
                rows.into_iter().try_for_each(|row| writer.row(&row))?;
                Ok(Vec::new())
            }
            Inner::Page(writer) => Ok(writer.write(rows)),
        }
    }

    /// Ends the file: writes what has not been handed out to `output`, with footers below the rows. Comma-separated
    /// values have no place for footers: programs read them.
    ///
    /// # Errors
    /// [`Error::Output`] or [`Error::Workbook`].
    pub fn finish(self, footers: &[Footer], output: &mut (dyn Write + Send)) -> Result<(), Error> {
        match self.0 {
            Inner::Text(writer) => Ok(output.write_all(&writer.finish())?),
            Inner::Workbook(writer) => writer.finish(footers, output),
            Inner::Page(writer) => Ok(output.write_all(&writer.finish(footers))?),
        }
    }
}
