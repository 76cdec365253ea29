//! A register as a file: sent while it is written, so that neither its time nor its memory is bounded by one answer.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use hotline_core::caller::{self, Caller};
use hotline_core::error::{Error as Core, Field};
use hotline_core::id;
use hotline_proto::auth::v1::Role;
use hotline_proto::google::api::HttpBody;
use hotline_proto::locale::Locale;
use hotline_sheets::{Column as Heading, Format, Table, Writer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::mpsc;
use tonic::Status;
use tracing::Instrument;
use uuid::Uuid;

use super::{Known, Registers};
use crate::domain::register::row::Row;
use crate::domain::register::tally::Tally;
use crate::domain::register::{Order, View};
use crate::error::Error;
use crate::store::Exported;

/// Bytes of a piece at most: what waits is a few of them, whatever the file.
const PIECE: usize = 256 << 10;
/// Pieces that wait for whoever takes them.
const WAITING: usize = 4;

/// Roles that may see names, contacts and rooms in a file.
const MAY_REVEAL: [Role; 3] = [Role::Supervisor, Role::Admin, Role::Quality];

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
        let count = self.store.register_count(&order, self.most.into()).await?;
        if count > self.most.into() {
            return Err(too_many(self.most));
        }
        let mut known = self.known().await?;
        // Read before anything is promised: what is out of reach now is said so, not broken off.
        let first = self.batch(&order, &manner.view, String::new(), &mut known).await?;
        let now = self.store.clock.now();
        self.store.record_export(exported(&order, &manner, &caller, count, now)).await?;
        let table = table(&order, &manner, &caller, now);
        let writer = Writer::new(manner.format, table).map_err(|error| Core::Internal(error.into()))?;
        let disposition = disposition(&order, &manner);
        let (pieces, taken) = mpsc::channel(WAITING);
        let run = Run { registers: self.clone(), order, manner, known, pieces };
        // The task outlives the call: whose it is, in which language, is told to the services that it asks.
        let locale = Locale::current();
        tokio::spawn(caller.scope(locale.scope(run.all(writer, first))).in_current_span());
        Ok(Export { disposition, pieces: taken })
    }
}

impl Run {
    async fn all(mut self, writer: Writer, first: (Vec<(Uuid, Row)>, String)) {
        let pieces = self.pieces.clone();
        if let Err(error) = self.write(writer, first).await {
            tracing::warn!(%error, "the export of a register broke off");
            // Who has gone away is not told.
            let _ = pieces.send(Err(error.into())).await;
        }
    }

    async fn write(&mut self, mut writer: Writer, first: (Vec<(Uuid, Row)>, String)) -> Result<(), Error> {
        let (view, kind) = (self.manner.view, self.order.kind);
        let mut tally = Tally::default();
        let (mut rows, mut next) = first;
        if self.send(Vec::new()).await.is_none() {
            return Ok(());
        }
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
        let (pieces, format) = (self.pieces.clone(), self.manner.format);
        let footers = tally.footers(kind, view.locale);
        // Packing a workbook takes a processor for itself: others are served meanwhile.
        let packed = tokio::task::spawn_blocking(move || {
            let mut rest = io::BufWriter::with_capacity(PIECE, Rest { pieces, format });
            writer.finish(&footers, &mut rest).map_err(internal)?;
            rest.flush().map_err(internal)
        });
        packed.await.map_err(internal)?
    }

    /// Sends what is ready; `None` where nobody takes it any more.
    async fn send(&self, ready: Vec<u8>) -> Option<()> {
        if ready.is_empty() {
            return self.pieces.send(Ok(piece(self.manner.format, &[]))).await.ok();
        }
        for part in ready.chunks(PIECE) {
            self.pieces.send(Ok(piece(self.manner.format, part))).await.ok()?;
        }
        Some(())
    }
}

/// Sends what is written to it.
struct Rest {
    pieces: Pieces,
    format: Format,
}

impl Write for Rest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = &bytes[..bytes.len().min(PIECE)];
        let sent = self.pieces.blocking_send(Ok(piece(self.format, part)));
        sent.map(|()| part.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn piece(format: Format, data: &[u8]) -> HttpBody {
    HttpBody { content_type: format.media_type().into(), data: data.to_vec(), extensions: Vec::new() }
}

fn internal(error: impl Into<anyhow::Error>) -> Error {
    Core::Internal(error.into()).into()
}

fn check_reveal(manner: &Manner, caller: &Caller) -> Result<(), Error> {
    if !manner.view.revealed {
        return Ok(());
    }
    if !MAY_REVEAL.iter().any(|role| caller.has(*role)) {
        let refusal = Core::Forbidden(
            "only supervisors, administrators and quality inspectors may export names, contacts and rooms",
            "仅主管、管理员和质管可导出未脱敏的姓名、联系方式和房号",
        );
        return Err(refusal.into());
    }
    if manner.reason.trim().is_empty() {
        let field = Field {
            path: "reason".into(),
            en: "is required with `reveal`: it is recorded who saw them and why".into(),
            zh: "与 `reveal` 同时必填：将记录何人因何查看".into(),
        };
        return Err(Error::Fields(vec![field]));
    }
    Ok(())
}

fn too_many(most: u32) -> Error {
    Error::Fields(vec![Field {
        path: "to".into(),
        en: format!("leaves more than {most} rows: choose a shorter range and export it in parts"),
        zh: format!("所选范围超过 {most} 行：请缩短范围，分次导出"),
    }])
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

/// Returns the head of the file: what it is, of when, and who made it.
fn table(order: &Order, manner: &Manner, caller: &Caller, now: DateTime<Utc>) -> Table {
    let View { locale, zone, revealed } = manner.view;
    let shown = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    let end = |at: Option<DateTime<Utc>>| at.map_or_else(|| "…".to_owned(), shown);
    let range = format!("{}{} – {}", locale.pick("Range: ", "范围："), end(order.from), end(order.to));
    let filters = [
        (locale.pick("Team: ", "班组："), &order.team_key),
        (locale.pick("Project: ", "项目："), &order.project),
        (locale.pick("Category: ", "类别："), &order.category_code),
    ];
    let filters = filters.into_iter().filter(|(_, value)| !value.is_empty());
    let made = format!("{}{} {}", locale.pick("Exported: ", "导出："), caller.subject, shown(now));
    let masked = if revealed {
        locale.pick(
            "Names, contacts and rooms are shown: confidential.",
            "含未脱敏的姓名、联系方式和房号，注意保密。",
        )
    } else {
        locale.pick("Names, contacts and rooms are masked.", "姓名、联系方式和房号已脱敏。")
    };
    let notes = [range].into_iter().chain(filters.map(|(label, value)| format!("{label}{value}")));
    let columns = order.kind.columns().iter();
    Table {
        title: order.kind.title(locale).into(),
        language: locale.tag().into(),
        notes: notes.chain([made, masked.to_owned()]).collect(),
        columns: columns.map(|column| Heading::new(column.label(locale), column.holds())).collect(),
    }
}

/// Returns how the file is called: by letters that any program takes, and by its title for those that read all of them.
fn disposition(order: &Order, manner: &Manner) -> String {
    let View { locale, zone, .. } = manner.view;
    let date = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive().to_string();
    let range: String =
        [order.from, order.to].into_iter().flatten().map(|at| format!(" {}", date(at))).collect();
    let extension = manner.format.extension();
    let title = format!("{}{range}.{extension}", order.kind.title(locale));
    let plain = format!("register-{}{}.{extension}", order.kind.name(), range.replace(' ', "-"));
    let kept = if manner.format == Format::Html { "inline" } else { "attachment" };
    let title = utf8_percent_encode(&title, NON_ALPHANUMERIC);
    format!("{kept}; filename=\"{plain}\"; filename*=UTF-8''{title}")
}
