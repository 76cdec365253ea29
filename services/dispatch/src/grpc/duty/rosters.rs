//! Rosters (D7).

use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::{id, mask};
use hotline_proto::dispatch::v1::{
    CreateRosterRequest, DeleteRosterRequest, DrawRosterRequest, GetRosterRequest, ListRostersRequest,
    ListRostersResponse, PublishRosterRequest, Roster, UpdateRosterRequest, WithdrawRosterRequest,
};
use hotline_roster::Quarter;

use super::super::wire::{made_on, missing};
use super::wire::{self, Framed};
use crate::domain::duty;
use crate::error::Error;
use crate::store::{self, Holidays, RosterRow, Texts, teams};
use crate::work::Work;
use crate::work::rosters::{Frame, Lots, fresh};

/// What can be changed of a draft.
const CHANGEABLE: &[&str] =
    &["first_date", "last_date", "time_zone", "calendar", "hours", "turns", "holidays"];

pub(super) async fn create(work: &Work, request: CreateRosterRequest) -> Result<Roster, Error> {
    let caller = caller::required()?;
    let given = request.roster.unwrap_or_default();
    let team = work.team_in_sight(&caller, &given.team_key).await?;
    work.check_in_charge(&caller, &team.key).await?;
    let frame = frame_of(work, &given)?;
    let row = filled(fresh(&caller, team.key, frame, work.clock.now()), given)?;
    let tx = work.db.begin().await?;
    store::rosters::insert(&tx, row.clone()).await?;
    let reply = wire::roster(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn draw(work: &Work, request: DrawRosterRequest) -> Result<Roster, Error> {
    let caller = caller::required()?;
    let team = work.team_in_sight(&caller, &request.team_key).await?;
    work.check_in_charge(&caller, &team.key).await?;
    let dates = if request.quarter.is_empty() {
        let first = duty::date(&request.first_date, "firstDate")?;
        (first, duty::date(&request.last_date, "lastDate")?)
    } else if let Ok(quarter) = request.quarter.parse::<Quarter>() {
        (quarter.0.first(), quarter.0.last())
    } else {
        let (en, zh) = ("is no quarter, as in `2026-Q1`", "不是有效季度，例如 `2026-Q1`");
        return Err(Core::Field { field: "quarter", en, zh }.into());
    };
    duty::check_dates(dates.0, dates.1, "lastDate")?;
    let framed = Framed {
        time_zone: ("timeZone", request.time_zone),
        calendar: ("calendar", request.calendar),
        hours: ("hours", request.hours),
    };
    let lots = Lots { most: usize::try_from(request.most).unwrap_or_default(), seed: request.seed };
    let frame = framed.read(work, dates)?;
    let (tx, row) = work.draw_roster(&caller, team.key, frame, lots).await?;
    let reply = wire::roster(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(work: &Work, request: &ListRostersRequest) -> Result<ListRostersResponse, Error> {
    let caller = caller::required()?;
    let page = Page::of(request)?;
    let team_key = teams::key_of(work.db.reader(), &request.team_key).await?;
    if !team_key.is_empty() {
        work.check_sees(&caller, &team_key).await?;
    }
    let sight = work.sight(&caller).await?;
    let whose = (&*team_key, &sight);
    let (rows, next_page_token) =
        store::rosters::list(work.db.reader(), whose, request.state(), &page).await?;
    Ok(ListRostersResponse { rosters: rows.into_iter().map(wire::roster).collect(), next_page_token })
}

pub(super) async fn get(work: &Work, request: &GetRosterRequest) -> Result<Roster, Error> {
    Ok(wire::roster(seen(work, &request.id).await?))
}

/// Returns a roster that the caller may see.
pub(super) async fn seen(work: &Work, roster: &str) -> Result<RosterRow, Error> {
    let found = store::rosters::find(work.db.reader(), id::parse(roster, "id")?).await?;
    let row = found.ok_or_else(|| missing("roster", roster))?;
    work.check_sees(&caller::required()?, &row.team_key).await?;
    Ok(row)
}

pub(super) async fn update(work: &Work, request: UpdateRosterRequest) -> Result<Roster, Error> {
    let caller = caller::required()?;
    let patch = request.roster.unwrap_or_default();
    let roster = id::parse(&patch.id, "roster.id")?;
    let tx = work.db.begin().await?;
    let row = work.locked_draft(&tx, &caller, roster, made_on(&request.etag, &patch.etag)).await?;
    let merged = mask::apply(&wire::roster(row.clone()), &patch, request.update_mask.as_ref(), CHANGEABLE)?;
    let Frame { dates, time_zone, calendar, hours } = frame_of(work, &merged)?;
    let row = RosterRow {
        first_date: dates.0,
        last_date: dates.1,
        time_zone,
        calendar,
        hours,
        version: row.version + 1,
        ..row
    };
    let row = filled(row, merged)?;
    store::rosters::save(&tx, row.clone()).await?;
    let reply = wire::roster(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn delete(work: &Work, request: &DeleteRosterRequest) -> Result<(), Error> {
    let roster = id::parse(&request.id, "id")?;
    let tx = work.db.begin().await?;
    work.locked_draft(&tx, &caller::required()?, roster, &request.etag).await?;
    store::rosters::delete(&tx, roster).await?;
    tx.commit_reply(&()).await?;
    Ok(())
}

pub(super) async fn publish(work: &Work, request: &PublishRosterRequest) -> Result<Roster, Error> {
    let roster = id::parse(&request.id, "id")?;
    let (tx, row) = work.publish_roster(&caller::required()?, roster, &request.etag).await?;
    let reply = wire::roster(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn withdraw(work: &Work, request: &WithdrawRosterRequest) -> Result<Roster, Error> {
    let roster = id::parse(&request.id, "id")?;
    let given = (request.reason.as_str(), request.etag.as_str());
    let (tx, row) = work.withdraw_roster(&caller::required()?, roster, given).await?;
    let reply = wire::roster(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

fn frame_of(work: &Work, given: &Roster) -> Result<Frame, Error> {
    let first = duty::date(&given.first_date, "roster.firstDate")?;
    let last = duty::date(&given.last_date, "roster.lastDate")?;
    duty::check_dates(first, last, "roster.lastDate")?;
    let framed = Framed {
        time_zone: ("roster.timeZone", given.time_zone.clone()),
        calendar: ("roster.calendar", given.calendar.clone()),
        hours: ("roster.hours", given.hours.clone()),
    };
    framed.read(work, (first, last))
}

fn filled(row: RosterRow, given: Roster) -> Result<RosterRow, Core> {
    if given.turns.is_empty() {
        let (en, zh) = ("must name who is on turn", "必须指定轮值人员");
        return Err(Core::Field { field: "roster.turns", en, zh });
    }
    let holidays = given.holidays.into_iter().map(|holiday| (holiday.name, holiday.subject)).collect();
    Ok(RosterRow { turns: Texts(given.turns), holidays: Holidays(holidays), ..row })
}
