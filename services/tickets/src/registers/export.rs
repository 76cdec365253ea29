//! A register as a file: sent while it is written, so that neither its time nor its memory is bounded by one answer.

use std::io::{self, Write};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::caller::{self, Caller};
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_proto::google::api::HttpBody;
use hotline_proto::locale::Locale;
use hotline_sheets::{Format, Table, Writer};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::Status;
use tracing::Instrument;
use uuid::Uuid;

use super::limits::{check_reveal, check_size};
use super::{Known, Registers, head};
use crate::domain::register::row::Row;
use crate::domain::register::tally::Tally;
use crate::domain::register::{Order, View};
use crate::error::Error;
use crate::store::Exported;

/// Bytes of a piece at most: what waits is a few of them, whatever the file.
const PIECE: usize = 256 << 10;
/// Pieces that wait for whoever takes them.
const WAITING: usize = 4;
/// How long a piece waits at most: one who takes none any more keeps others from their workbooks.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a register is exported.
pub(crate) struct Manner {
    /// As what.
    pub(crate) format: Format,
    /// How rows are shown.
    pub(crate) view: View,
    /// Why names, contacts and rooms are shown, where they are.
    pub(crate) reason: String,
}

/// An export that runs.
pub(crate) struct Export {
    /// How the file is called, and whether it is shown or kept (RFC 6266).
    pub(crate) disposition: String,
    /// The file, piece by piece; the first is empty and there at once.
    pub(crate) pieces: mpsc::Receiver<Result<HttpBody, Status>>,
}

type Pieces = mpsc::Sender<Result<HttpBody, Status>>;

/// A file on its way.
struct Run {
    registers: Registers,
    order: Order,
    manner: Manner,
    known: Known,
    pieces: Pieces,
}

impl Registers {
    /// Begins an export and writes it down; the file follows as it is taken.
    ///
    /// # Errors
    /// [`Error::Fields`] for a range of too many rows, or where names are to be shown without a reason;
    /// [`Core::Forbidden`] for whoever may not see them; [`Core::Database`], or what the customer service answers.
    pub(crate) async fn export(&self, order: Order, manner: Manner) -> Result<Export, Error> {
        let caller = caller::required()?;
        check_reveal(&manner, &caller)?;
        let size = self.store.register_size(&order, self.limits.export_rows).await?;
        check_size(size, manner.format, &self.limits)?;
        let mut known = self.known().await?;
        // Read before anything is promised: what is out of reach now is said so, not broken off.
        let first = self.batch(&order, &manner.view, String::new(), &mut known).await?;
        let now = self.store.clock.now();
        self.store.record_export(exported(&order, &manner, &caller, size.rows, now)).await?;
        let table = head::table(&order, &manner, &caller, now);
        let disposition = head::disposition(&order, &manner);
        let (pieces, taken) = mpsc::channel(WAITING);
        let run = Run { registers: self.clone(), order, manner, known, pieces };
        // The task outlives the call: whose it is, in which language, is told to the services that it asks.
        let locale = Locale::current();
        tokio::spawn(caller.scope(locale.scope(run.all(table, first))).in_current_span());
        Ok(Export { disposition, pieces: taken })
    }
}

impl Run {
    async fn all(mut self, table: Table, first: (Vec<(Uuid, Row)>, String)) {
        let pieces = self.pieces.clone();
        if let Err(error) = self.write(table, first).await {
            tracing::warn!(%error, "the export of a register broke off");
            // Who has gone away is not told.
            let _ = timeout(PATIENCE, pieces.send(Err(error.into()))).await;
        }
    }

    async fn write(&mut self, table: Table, first: (Vec<(Uuid, Row)>, String)) -> Result<(), Error> {
        let (view, kind, format) = (self.manner.view, self.order.kind, self.manner.format);
        let mut tally = Tally::default();
        let (mut rows, mut next) = first;
        if self.send(Vec::new()).await.is_none() {
            return Ok(());
        }
        let workbooks = self.registers.workbooks.clone();
        let turn = if format == Format::Xlsx {
            Some(workbooks.acquire_owned().await.map_err(internal)?)
        } else {
            None
        };
        let mut writer = Writer::new(format, table).map_err(internal)?;
        loop {
            rows.iter().for_each(|(_, row)| tally.add(row));
            let cells = rows.into_iter().map(|(_, row)| {
                row.values.into_iter().map(|(_, value)| value.cell(&view)).collect::<Vec<_>>()
            });
            let ready = writer.write(cells).map_err(internal)?;
            if self.send(ready).await.is_none() {
                return Ok(());
            }
            if next.is_empty() {
                break;
            }
            (rows, next) = self.registers.batch(&self.order, &view, next, &mut self.known).await?;
        }
        let (pieces, runtime) = (self.pieces.clone(), Handle::current());
        let footers = tally.footers(kind, view.locale);
        // Packing a workbook takes a processor for itself: others are served meanwhile.
        let packed = tokio::task::spawn_blocking(move || {
            let mut rest = io::BufWriter::with_capacity(PIECE, Rest { pieces, format, runtime });
            writer.finish(&footers, &mut rest).map_err(internal)?;
            drop(turn);
            rest.flush().map_err(internal)
        });
        packed.await.map_err(internal)?
    }

    /// Sends what is ready; `None` where nobody takes it any more.
    async fn send(&self, ready: Vec<u8>) -> Option<()> {
        let format = self.manner.format;
        if ready.is_empty() {
            return hand_over(&self.pieces, piece(format, &[])).await;
        }
        for part in ready.chunks(PIECE) {
            hand_over(&self.pieces, piece(format, part)).await?;
        }
        Some(())
    }
}

/// Sends what is written to it, from a thread that may wait.
struct Rest {
    pieces: Pieces,
    format: Format,
    runtime: Handle,
}

impl Write for Rest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = &bytes[..bytes.len().min(PIECE)];
        let sent = self.runtime.block_on(hand_over(&self.pieces, piece(self.format, part)));
        sent.map(|()| part.len()).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hands a piece over; `None` where nobody takes it any more.
async fn hand_over(pieces: &Pieces, piece: HttpBody) -> Option<()> {
    timeout(PATIENCE, pieces.send(Ok(piece))).await.ok()?.ok()
}

fn piece(format: Format, data: &[u8]) -> HttpBody {
    HttpBody { content_type: format.media_type().into(), data: data.to_vec(), extensions: Vec::new() }
}

fn internal(error: impl Into<anyhow::Error>) -> Error {
    Core::Internal(error.into()).into()
}

fn exported(order: &Order, manner: &Manner, caller: &Caller, rows: u64, now: DateTime<Utc>) -> Exported {
    let reason = if manner.view.revealed { manner.reason.trim() } else { "" };
    Exported {
        id: id::new(),
        kind: order.kind.name().into(),
        format: manner.format.extension().into(),
        range_from: order.from,
        range_to: order.to,
        team_key: order.team_key.clone(),
        project: order.project.clone(),
        category_code: order.category_code.clone(),
        revealed: manner.view.revealed,
        reason: reason.into(),
        row_count: i64::try_from(rows).unwrap_or(i64::MAX),
        exported_by: caller.subject.clone(),
        exported_at: now,
    }
}
