//! What there is to offer and whom to: read under the lock of the team, so that one process at a time matches.

use std::collections::{HashMap, HashSet};

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_proto::dispatch::v1::PresenceState;
use sea_orm::sea_query::{DynIden, Expr, IntoCondition, IntoIden};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::assignments::{in_order, in_state};
use super::entity::assignment::{self, Column, Entity};
use super::entity::{decline, member, presence, presence_team};
use super::{MemberRow, PresenceRow, TeamRow};
use crate::domain::assignment::Assignment;
use crate::domain::matching::{Ready, Waiting};
use crate::domain::state::{HELD, LOAD, State};
use crate::domain::team::{Budget, Ways};

/// Returns the people of a team who are ready, members and those of whom their token says so, with what they have room
/// for.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn ready(tx: &Tx, team: &TeamRow, ways: &Ways) -> Result<Vec<Ready>, Error> {
    let rows: Vec<(PresenceRow, Option<MemberRow>)> =
        ready_of(&team.key).select_also(member::Entity).all(&**tx).await?;
    let subjects: Vec<&str> = rows.iter().map(|(person, _)| person.subject.as_str()).collect();
    let loads = loads(&**tx, &team.key, &subjects).await?;
    let ready = |(person, member): (PresenceRow, Option<MemberRow>)| {
        let held = loads.get(&person.subject).copied().unwrap_or_default();
        taker(person, member.unwrap_or_default(), (team, ways), held)
    };
    Ok(rows.into_iter().map(ready).collect())
}

/// Returns a member who stands by because of duty, with what they have room for; none where the person is no member.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn standing_by(
    tx: &Tx,
    team: &TeamRow,
    ways: &Ways,
    person: PresenceRow,
) -> Result<Option<Ready>, Error> {
    let Some(member) = super::members::of(&**tx, &team.key, &person.subject).await? else { return Ok(None) };
    let held = loads(&**tx, &team.key, &[&person.subject]).await?;
    let held = held.get(&person.subject).copied().unwrap_or_default();
    Ok(Some(taker(person, member, (team, ways), held)))
}

fn taker(person: PresenceRow, member: MemberRow, (team, ways): (&TeamRow, &Ways), held: u64) -> Ready {
    Ready {
        budget: Budget { capacity: ways.capacity(member.capacity, team.capacity), held },
        idle_since: person.idle_since,
        subject: person.subject,
        skills: member.skills.0,
        levels: member.levels.0,
    }
}

/// Tells whether any of a team's work waits.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn anything_waits(db: &impl ConnectionTrait, team_key: &str) -> Result<bool, Error> {
    let first = in_state(team_key, State::Queued).select_only().column(Column::Id).limit(1);
    Ok(first.into_tuple::<Uuid>().one(db).await?.is_some())
}

/// Tells whether anybody of a team is ready.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn anybody_ready(db: &impl ConnectionTrait, team_key: &str) -> Result<bool, Error> {
    let first = ready_of(team_key).select_only().column(presence::Column::Subject).limit(1);
    Ok(first.into_tuple::<String>().one(db).await?.is_some())
}

fn ready_of(team_key: &str) -> Select<presence::Entity> {
    let by_token: RelationDef = presence::Entity::belongs_to(presence_team::Entity)
        .from(presence::Column::Subject)
        .to(presence_team::Column::Subject)
        .on_condition(of_team(team_key, presence_team::Column::TeamKey))
        .into();
    let member: RelationDef = presence::Entity::belongs_to(member::Entity)
        .from(presence::Column::Subject)
        .to(member::Column::Subject)
        .on_condition(of_team(team_key, member::Column::TeamKey))
        .into();
    let somehow = Condition::any()
        .add(member::Column::Subject.is_not_null())
        .add(presence_team::Column::Subject.is_not_null());
    presence::Entity::find()
        .join(JoinType::LeftJoin, by_token)
        .join(JoinType::LeftJoin, member)
        .filter(presence::Column::State.eq(i32::from(PresenceState::Ready)))
        .filter(somehow)
}

fn of_team<C: ColumnTrait + IntoIden + Copy + Send + Sync + 'static>(
    team_key: &str,
    column: C,
) -> impl Fn(DynIden, DynIden) -> Condition + Send + Sync + 'static {
    let team_key = team_key.to_owned();
    move |_, other| Expr::col((other, column)).eq(team_key.clone()).into_condition()
}

/// Returns what members hold of a team's work, in cost.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn loads(
    db: &impl ConnectionTrait,
    team_key: &str,
    subjects: &[&str],
) -> Result<HashMap<String, u64>, Error> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Holder)
        .column_as(Column::Cost.sum(), "load")
        .filter(Column::Holder.is_in(subjects.iter().copied()))
        .filter(Column::State.is_in(LOAD.map(State::number)))
        .filter(Column::TeamKey.eq(team_key))
        .group_by(Column::Holder)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(holder, load)| (holder, u64::try_from(load).unwrap_or_default())).collect())
}

/// Returns up to `limit` pieces of a team's waiting work behind `after`, most urgent first, with what matching asks of each.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn waiting(
    tx: &Tx,
    team_key: &str,
    ways: &Ways,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<(Assignment, Waiting)>, Error> {
    let mut select = in_state(team_key, State::Queued);
    if let Some((order, id)) = after {
        let same = Condition::all().add(Column::OrderValue.eq(order)).add(Column::Id.gt(id));
        select = select.filter(Condition::any().add(Column::OrderValue.gt(order)).add(same));
    }
    let rows =
        select.order_by_asc(Column::OrderValue).order_by_asc(Column::Id).limit(limit).all(&**tx).await?;
    let work: Vec<Assignment> = rows.into_iter().map(Assignment::try_from).collect::<Result<_, _>>()?;
    let mut declined = declined(tx, &work).await?;
    let mut solvers = if ways.sticky { solvers(tx, team_key, &work).await? } else { HashMap::new() };
    let waiting = |work: Assignment| {
        let waiting = Waiting {
            id: work.id,
            category_code: work.ticket.category_code.clone(),
            cost: work.cost(),
            queued_at: work.queued_at,
            declined: declined.remove(&work.id).unwrap_or_default(),
            solver: solvers.remove(&work.ticket.id),
        };
        (work, waiting)
    };
    Ok(work.into_iter().map(waiting).collect())
}

/// Returns those of `ids` that there are, locked.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_all(tx: &Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Assignment>, Error> {
    let rows = in_order(super::assignments::of(ids)).all(&**tx).await?;
    rows.into_iter().map(|row| Ok((row.id, row.try_into()?))).collect()
}

/// Returns what somebody has in hand, taken on or not, locked; not what is laid aside or being wrapped up.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_in_hand(tx: &Tx, subject: &str) -> Result<Vec<Assignment>, Error> {
    let in_hand = [State::Leased, State::Accepted].map(State::number);
    let select = Entity::find().filter(Column::Holder.eq(subject)).filter(Column::State.is_in(in_hand));
    let rows = in_order(select).all(&**tx).await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Returns what was offered to somebody and not answered, locked: all of it, or what no claim of theirs has brought yet
/// from one team.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_offered(
    tx: &Tx,
    subject: &str,
    undelivered_of: Option<&str>,
) -> Result<Vec<Assignment>, Error> {
    let mut select = offered(subject);
    if let Some(team_key) = undelivered_of {
        select = select.filter(Column::TeamKey.eq(team_key)).filter(Column::OfferDelivered.eq(false));
    }
    let rows = in_order(select).all(&**tx).await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Tells whether something was offered to somebody that no claim of theirs has brought yet.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn has_undelivered(
    db: &impl ConnectionTrait,
    subject: &str,
    team_key: &str,
) -> Result<bool, Error> {
    let first =
        offered(subject).filter(Column::TeamKey.eq(team_key)).filter(Column::OfferDelivered.eq(false));
    Ok(first.select_only().column(Column::Id).into_tuple::<Uuid>().one(db).await?.is_some())
}

/// Returns those to whom something was offered that no claim of theirs has brought yet.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn undelivered_to(db: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let holders = Entity::find()
        .select_only()
        .column(Column::Holder)
        .distinct()
        .filter(Column::State.eq(State::Leased.number()))
        .filter(Column::OfferSecret.is_not_null())
        .filter(Column::OfferDelivered.eq(false));
    Ok(holders.into_tuple().all(db).await?)
}

/// Returns what somebody holds of any team's work: what is offered first, then by age.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn held_by(db: &impl ConnectionTrait, subject: &str) -> Result<Vec<Assignment>, Error> {
    let rows = Entity::find()
        .filter(Column::Holder.eq(subject))
        .filter(Column::State.is_in(HELD.map(State::number)))
        .order_by_asc(Column::State)
        .order_by_asc(Column::QueuedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

fn offered(subject: &str) -> Select<Entity> {
    Entity::find()
        .filter(Column::Holder.eq(subject))
        .filter(Column::State.eq(State::Leased.number()))
        .filter(Column::OfferSecret.is_not_null())
}

async fn declined(tx: &Tx, work: &[Assignment]) -> Result<HashMap<Uuid, HashSet<String>>, Error> {
    let ids: Vec<Uuid> = work.iter().map(|work| work.id).collect();
    let rows: Vec<(Uuid, String)> = decline::Entity::find()
        .select_only()
        .columns([decline::Column::AssignmentId, decline::Column::Subject])
        .filter(decline::Column::AssignmentId.is_in(ids))
        .into_tuple()
        .all(&**tx)
        .await?;
    let mut by_work: HashMap<Uuid, HashSet<String>> = HashMap::new();
    for (id, subject) in rows {
        by_work.entry(id).or_default().insert(subject);
    }
    Ok(by_work)
}

/// Returns who solved each ticket last in this team.
async fn solvers(tx: &Tx, team_key: &str, work: &[Assignment]) -> Result<HashMap<Uuid, String>, Error> {
    let tickets: Vec<Uuid> = work.iter().map(|work| work.ticket.id).collect();
    let done: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::TicketId, Column::Holder])
        .filter(Column::TicketId.is_in(tickets))
        .filter(Column::TeamKey.eq(team_key))
        .filter(Column::State.is_in([State::Completed, State::Wrapping].map(State::number)))
        .order_by_asc(assignment::Column::EndedAt)
        .into_tuple()
        .all(&**tx)
        .await?;
    Ok(done.into_iter().collect())
}
