//! Teams (D1).

use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_core::{etag, id, mask};
use hotline_proto::dispatch::v1::{
    CreateTeamRequest, GetTeamRequest, ListTeamsRequest, ListTeamsResponse, Team, UpdateTeamRequest,
};

use super::wire::{made_on, missing};
use crate::domain::team;
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{TeamRow, Texts, teams};
use crate::work::Work;

/// What can be changed of a team.
const CHANGEABLE: &[&str] = &["name_zh", "name_en", "kind", "skills", "regions", "calendar", "capacity"];

pub(super) async fn create(work: &Work, request: CreateTeamRequest) -> Result<Team, Error> {
    let given = request.team.unwrap_or_default();
    team::check(&given.key, given.kind())?;
    let fresh = TeamRow {
        id: id::new(),
        key: given.key.clone(),
        created_at: work.clock.now(),
        version: 1,
        announced: true,
        ..changed(TeamRow::default(), given)
    };
    let tx = work.db.begin().await?;
    if !teams::insert(&tx, fresh.clone()).await? {
        return Err(Error::TeamKeyTaken(fresh.key));
    }
    outgoing::team_changed(&tx, &fresh, fresh.created_at)?;
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
    let works_otherwise = merged.calendar != row.calendar;
    let next = TeamRow { version: row.version + 1, ..changed(row, merged) };
    teams::save(&tx, next.clone()).await?;
    if works_otherwise {
        outgoing::team_changed(&tx, &next, work.clock.now())?;
    }
    let reply = message(next);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

fn changed(row: TeamRow, team: Team) -> TeamRow {
    TeamRow {
        name_zh: team.name_zh,
        name_en: team.name_en,
        kind: team.kind,
        skills: Texts(team.skills),
        regions: Texts(team.regions),
        calendar: team.calendar,
        capacity: team.capacity,
        ..row
    }
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
        created_at: Some(to_proto(row.created_at)),
        etag: etag::of(row.version),
    }
}
