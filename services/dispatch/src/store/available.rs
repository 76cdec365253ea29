//! Who is there to take work on.

use hotline_core::error::Error;
use sea_orm::ConnectionTrait;

use super::{members, offering, presence, teams};
use crate::domain::flow::Flow;

/// Tells whether anybody of a team may be given work: its queue gives work out, and it has people, of whom somebody is ready
/// where it pushes.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn anybody(db: &impl ConnectionTrait, team_key: &str) -> Result<bool, Error> {
    let Some(team) = teams::find(db, team_key).await? else { return Ok(false) };
    if !Flow::from_number(team.flow).gives_out() {
        return Ok(false);
    }
    if team.ways().pushes {
        return offering::anybody_ready(db, &team.key).await;
    }
    Ok(!members::all_of(db, &team.key).await?.is_empty()
        || !presence::by_token(db, &team.key).await?.is_empty())
}
