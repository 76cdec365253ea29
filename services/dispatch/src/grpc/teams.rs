//! Teams (D1).

use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_core::{etag, id, mask};
use hotline_proto::dispatch::v1::{
    CreateTeamRequest, GetTeamRequest, ListTeamsRequest, ListTeamsResponse, MemberChoice, Selector, Team,
    TeamMode, UpdateTeamRequest, WorkCost,
};
use prost_types::Duration;

use super::confirmations;
use super::wire::{made_on, missing};
use crate::domain::team;
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{
    Budgets, Chain, Cost, Costs, Selector as StoredSelector, Selectors, TeamRow, Texts, teams,
};
use crate::work::Work;

/// What can be changed of a team.
const CHANGEABLE: &[&str] = &[
    "name_zh",
    "name_en",
    "kind",
    "skills",
    "regions",
    "calendar",
    "capacity",
    "mode",
    "choice",
    "sticky",
    "offer_time",
    "wrap_up",
    "selectors",
    "costs",
    "escalation",
    "budgets",
];

pub(super) async fn create(work: &Work, request: CreateTeamRequest) -> Result<Team, Error> {
    let given = request.team.unwrap_or_default();
    team::check(&given.key, given.kind())?;
    let times = confirmations::read(&given)?;
    let fresh = TeamRow {
        id: id::new(),
        key: given.key.clone(),
        created_at: work.clock.now(),
        version: 1,
        announced: true,
        ..changed(TeamRow::default(), given, times)
    };
    let tx = work.db.begin().await?;
    if !teams::insert(&tx, fresh.clone()).await? {
        return Err(Error::TeamKeyTaken(fresh.key));
    }
    outgoing::team_changed(&tx, &fresh, fresh.created_at)?;
    work.times.changed(&tx, fresh.clone());
    let reply = message(fresh);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(work: &Work, request: &ListTeamsRequest) -> Result<ListTeamsResponse, Error> {
    let page = Page::of(request)?;
    let (rows, next_page_token) = teams::list(work.db.reader(), &page).await?;
    Ok(ListTeamsResponse { teams: rows.into_iter().map(message).collect(), next_page_token })
}

pub(super) async fn get(work: &Work, request: GetTeamRequest) -> Result<Team, Error> {
    let found = teams::find(work.db.reader(), &request.id).await?;
    Ok(message(found.ok_or_else(|| missing("team", &request.id))?))
}

pub(super) async fn update(work: &Work, request: UpdateTeamRequest) -> Result<Team, Error> {
    let patch = request.team.unwrap_or_default();
    let name = if patch.id.is_empty() { &patch.key } else { &patch.id };
    let tx = work.db.begin().await?;
    let row = teams::lock(&tx, name).await?.ok_or_else(|| missing("team", name))?;
    etag::check(made_on(&request.etag, &patch.etag), row.version)?;
    let merged = mask::apply(&message(row.clone()), &patch, request.update_mask.as_ref(), CHANGEABLE)?;
    team::check_kind(merged.kind())?;
    let times = confirmations::read(&merged)?;
    let works_otherwise = merged.calendar != row.calendar;
    let next = TeamRow { version: row.version + 1, ..changed(row, merged, times) };
    teams::save(&tx, next.clone()).await?;
    let (this, key) = (work.clone(), next.key.clone());
    work.times.changed(&tx, next.clone());
    tx.after_commit(async move { this.kick(&key, None) });
    if works_otherwise {
        outgoing::team_changed(&tx, &next, work.clock.now())?;
    }
    let reply = message(next);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

fn changed(row: TeamRow, team: Team, (escalation, budgets): (Option<Chain>, Budgets)) -> TeamRow {
    let mode = if team.mode() == TeamMode::Push { TeamMode::Push } else { TeamMode::Pull };
    let choice = match team.choice() {
        MemberChoice::Unspecified => MemberChoice::LeastLoaded,
        choice => choice,
    };
    TeamRow {
        name_zh: team.name_zh,
        name_en: team.name_en,
        kind: team.kind,
        skills: Texts(team.skills),
        regions: Texts(team.regions),
        calendar: team.calendar,
        capacity: team.capacity,
        mode: mode.into(),
        choice: choice.into(),
        sticky: team.sticky,
        offer_seconds: seconds(team.offer_time),
        wrap_up_seconds: seconds(team.wrap_up),
        selectors: Selectors(team.selectors.into_iter().map(stored_selector).collect()),
        costs: Costs(team.costs.into_iter().map(stored_cost).collect()),
        escalation,
        budgets,
        ..row
    }
}

/// Whole seconds of a time whose bounds have been checked, rounded up; 0 where none is given.
fn seconds(time: Option<Duration>) -> i32 {
    time.map_or(0, |time| i32::try_from(time.seconds + i64::from(time.nanos > 0)).unwrap_or(i32::MAX))
}

fn time(seconds: i32) -> Option<Duration> {
    (seconds > 0).then(|| Duration { seconds: seconds.into(), nanos: 0 })
}

fn stored_selector(given: Selector) -> StoredSelector {
    StoredSelector {
        category_code: given.category_code,
        level: given.level,
        relax_after_seconds: given.relax_after.map(|time| i64::from(seconds(Some(time)))),
    }
}

fn stored_cost(given: WorkCost) -> Cost {
    Cost { types: given.types, category_code: given.category_code, cost: given.cost }
}

fn message(row: TeamRow) -> Team {
    Team {
        id: row.id.to_string(),
        key: row.key,
        name_zh: row.name_zh,
        name_en: row.name_en,
        kind: row.kind,
        skills: row.skills.0,
        regions: row.regions.0,
        calendar: row.calendar,
        capacity: row.capacity,
        mode: row.mode,
        choice: row.choice,
        sticky: row.sticky,
        offer_time: time(row.offer_seconds),
        wrap_up: time(row.wrap_up_seconds),
        selectors: row.selectors.0.into_iter().map(selector).collect(),
        costs: row.costs.0.into_iter().map(cost).collect(),
        created_at: Some(to_proto(row.created_at)),
        etag: etag::of(row.version),
        escalation: row.escalation.map(confirmations::chain),
        budgets: confirmations::budgets(row.budgets),
    }
}

fn selector(stored: StoredSelector) -> Selector {
    Selector {
        category_code: stored.category_code,
        level: stored.level,
        relax_after: stored.relax_after_seconds.map(|seconds| Duration { seconds, nanos: 0 }),
    }
}

fn cost(stored: Cost) -> WorkCost {
    WorkCost { types: stored.types, category_code: stored.category_code, cost: stored.cost }
}
