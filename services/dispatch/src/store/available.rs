//! Who is there to take work on.

use chrono::{DateTime, Utc};
use hotline_calendar::Calendars;
use hotline_core::error::Error;
use sea_orm::ConnectionTrait;

use super::{PresenceRow, duty, members, offering, presence, teams};
use crate::domain::flow::Flow;
use crate::domain::presence::from_number;
use crate::domain::presence::standby::Standing;

/// Tells whether anybody of a team may be given work: its queue gives work out, and it has people, of whom somebody is ready
/// or stands by where it pushes.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn anybody(
    db: &impl ConnectionTrait,
    team_key: &str,
    (calendars, now): (&Calendars, DateTime<Utc>),
) -> Result<bool, Error> {
    let Some(team) = teams::find(db, team_key).await? else { return Ok(false) };
    if !Flow::from_number(team.flow).gives_out() {
        return Ok(false);
    }
    if team.ways().pushes {
        return Ok(offering::anybody_ready(db, &team.key).await?
            || anybody_on_duty(db, &team.key, (calendars, now)).await?);
    }
    Ok(!members::all_of(db, &team.key).await?.is_empty()
        || !presence::by_token(db, &team.key).await?.is_empty())
}

async fn anybody_on_duty(
    db: &impl ConnectionTrait,
    team_key: &str,
    (calendars, now): (&Calendars, DateTime<Utc>),
) -> Result<bool, Error> {
    let Some(shift) = duty::watch(db, calendars, team_key, now).await?.shift else { return Ok(false) };
    let known = presence::of(db, std::slice::from_ref(&shift.person)).await?;
    Ok(known.first().is_none_or(|row| standing(row).stands_by(shift.span.from)))
}

/// Returns what somebody does, as far as it decides whether their duty brings them work.
pub(crate) fn standing(row: &PresenceRow) -> Standing<'_> {
    Standing {
        subject: &row.subject,
        state: from_number(row.state),
        since: row.since,
        changed_by: &row.changed_by,
    }
}
