//! Reads a report: whole months, days and hours from rollups, the rest from facts.

use hotline_core::db::Db;

use super::{book, facts, rollups};
use crate::domain::metrics;
use crate::domain::plan::Plan;
use crate::domain::report::{Question, Row, Sheet};
use crate::error::Error;

/// Answers a question.
///
/// # Errors
/// [`Error::TooLarge`], or when the database fails.
pub(crate) async fn read(db: &Db, question: &Question) -> Result<Vec<Row>, Error> {
    let zone = book::zone(db.reader()).await?;
    let slices = question.slices(zone)?;
    let plan = Plan::of(&slices, zone);
    let measures = metrics::measures(&question.metrics);
    let mut sheet = Sheet::new(slices, question);
    for (level, spans) in plan.cells {
        for span in spans {
            rollups::read(db, (level, span), &measures, question.grouping, &mut sheet).await?;
        }
    }
    for span in plan.facts {
        facts::read(db, span, &measures, question.grouping, &mut sheet).await?;
    }
    Ok(sheet.rows(&question.metrics))
}
