//! Reads a report: whole months, days and quarters of an hour from rollups, the rest from facts.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_core::db::Db;
use hotline_core::error::Error as CoreError;
use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, IsolationLevel, TransactionOptions, TransactionTrait,
};

use tracing::Instrument;

use super::{book, counting, facts, rollups};
use crate::domain::backlog::{Ages, Balance, Instants};
use crate::domain::calendar::Span;
use crate::domain::cell::Level;
use crate::domain::dimension::Grouping;
use crate::domain::fact::Measure;
use crate::domain::metrics;
use crate::domain::plan::Plan;
use crate::domain::report::{Question, Row, Sheet};
use crate::domain::standing::AGED;
use crate::domain::tally::Tally;
use crate::error::Error;

/// Answers a question, with all events that have come.
///
/// # Errors
/// [`Error::TooLarge`], or when the database fails.
pub(crate) async fn read(db: &Db, question: &Question) -> Result<Vec<Row>, Error> {
    let counting = {
        let db = db.clone();
        // In a task of its own: what is counted for a caller who goes away need not be counted again.
        tokio::spawn(async move { counting::catch_up(&db).await }.in_current_span())
    };
    counting.await.map_err(|error| CoreError::Internal(error.into()))??;
    let tx = picture(db).await?;
    let zone = book::zone(&tx).await?;
    let slices = question.slices(zone)?;
    let measures = metrics::measures(&question.metrics);
    let (standing, happening): (BTreeSet<_>, BTreeSet<_>) = measures.into_iter().partition(stands);
    let mut sheet = Sheet::new(slices.clone(), question);
    if !happening.is_empty() {
        read_happening(&tx, zone, question.grouping, &slices, &happening, &mut sheet).await?;
    }
    if !standing.is_empty() {
        read_standing(&tx, zone, question.grouping, &slices, &standing, &mut sheet).await?;
    }
    tx.commit().await?;
    Ok(sheet.rows(&question.metrics))
}

/// Begins a transaction that sees the database as it is now, whatever is counted meanwhile.
async fn picture(db: &Db) -> Result<DatabaseTransaction, CoreError> {
    let options = match db.backend() {
        DbBackend::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
        // Its transactions always do.
        _ => TransactionOptions::default(),
    };
    Ok(db.reader().begin_with_options(options).await?)
}

/// Tells whether a measure is a balance: not what happened in a slice, but how things stood at its end.
fn stands(measure: &Measure) -> bool {
    *measure == Measure::OPEN || AGED.contains(measure)
}

async fn read_happening(
    tx: &DatabaseTransaction,
    zone: Tz,
    grouping: Grouping,
    slices: &[Span],
    measures: &BTreeSet<Measure>,
    sheet: &mut Sheet,
) -> Result<(), Error> {
    let plan = Plan::of(slices, Level::of(grouping.kept()), zone);
    for (level, spans) in plan.cells {
        for span in spans {
            let take =
                |read: rollups::Read| Ok(sheet.add(read.start, read.group, read.measure, &read.tally)?);
            rollups::read(tx, (level, span), measures, grouping, take).await?;
        }
    }
    for span in plan.facts {
        let take = |read: facts::Read| {
            let mut tally = Tally::default();
            tally.add(read.times, read.amount, metrics::are_spread(read.measure));
            Ok(sheet.add(read.at, read.group, read.measure, &tally)?)
        };
        facts::read(tx, span, measures, grouping, take).await?;
    }
    Ok(())
}

async fn read_standing(
    tx: &DatabaseTransaction,
    zone: Tz,
    grouping: Grouping,
    slices: &[Span],
    measures: &BTreeSet<Measure>,
    sheet: &mut Sheet,
) -> Result<(), Error> {
    let kept = grouping.kept();
    let ages = match (measures.iter().any(|measure| AGED.contains(measure)), kept.is_small()) {
        (false, _) => Ages::Unasked,
        (true, true) => Ages::Cells,
        (true, false) => Ages::Facts,
    };
    let instants = Instants { slices, levels: Level::of(kept), ages, zone };
    let mut balance = Balance::default();
    let open = BTreeSet::from([Measure::OPEN]);
    for (level, span) in instants.stretches() {
        match level {
            Some(level) => {
                let take = |read: rollups::Read| {
                    balance.add(Some(level), read.start, read.group, read.measure, read.tally.count);
                    Ok(())
                };
                rollups::read(tx, (level, span), &instants.measures(), grouping, take).await?;
            }
            None => {
                let take = |read: facts::Read| {
                    instants.add_fact(&mut balance, instants_of(&read), &read.group, read.times);
                    Ok(())
                };
                facts::read(tx, span, &open, grouping, take).await?;
            }
        }
    }
    if let Some(span) = instants.moves() {
        let take = |read: facts::Read| {
            let (at, registered) = instants_of(&read);
            balance.add_move(at, registered, read.group, read.times);
            Ok(())
        };
        facts::read(tx, span, &open, grouping, take).await?;
    }
    Ok(instants.write(&balance, sheet)?)
}

/// Returns when an open ticket came to a group or left it, and when it was registered.
fn instants_of(read: &facts::Read) -> (DateTime<Utc>, DateTime<Utc>) {
    (read.at, read.at - TimeDelta::microseconds(read.amount.unwrap_or(0)))
}
