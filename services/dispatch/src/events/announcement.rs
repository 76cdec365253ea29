//! Teams that were there before anyone wanted to hear of them.

use chrono::{DateTime, Utc};
use hotline_core::db::Db;
use hotline_core::error::Error;

use super::outgoing;
use crate::store::teams;

/// Tells of every team that nobody was told of yet, and keeps in mind that it did: of processes that start together,
/// one tells.
///
/// # Errors
/// [`Error::Database`]; then the next start tells.
pub(crate) async fn announce(db: &Db, now: DateTime<Utc>) -> Result<(), Error> {
    let tx = db.begin().await?;
    for team in teams::mark_announced(&tx).await? {
        outgoing::team_changed(&tx, &team, now)?;
    }
    tx.commit().await
}
