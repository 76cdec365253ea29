//! Overrides: somebody else by name (D7).

use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_core::{caller, id};
use hotline_proto::dispatch::v1::{
    CreateDutyOverrideRequest, DeleteDutyOverrideRequest, DutyOverride, ListDutyOverridesRequest,
    ListDutyOverridesResponse,
};

use crate::domain::duty::{stretch, wall_text};
use crate::error::Error;
use crate::store::agreements::{self, Filter};
use crate::store::{OverrideRow, teams};
use crate::work::Work;

pub(super) async fn create(work: &Work, request: CreateDutyOverrideRequest) -> Result<DutyOverride, Error> {
    let caller = caller::required()?;
    let given = request.duty_override.unwrap_or_default();
    let team = work.team_in_sight(&caller, &given.team_key).await?;
    work.check_in_charge(&caller, &team.key).await?;
    let times = stretch((&given.from, &given.to), ["dutyOverride.from", "dutyOverride.to"])?;
    let wall = work.wall(&team.key, times).await?;
    let row = OverrideRow {
        id: id::new(),
        team_key: team.key,
        from_wall: wall.from,
        to_wall: wall.to,
        time_zone: wall.zone.to_string(),
        subject: given.subject,
        reason: given.reason,
        made_by: caller.subject,
        made_at: work.clock.now(),
        agreed: 0,
    };
    let (tx, row) = work.put_on_duty(row).await?;
    let reply = message(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(
    work: &Work,
    request: &ListDutyOverridesRequest,
) -> Result<ListDutyOverridesResponse, Error> {
    let page = Page::of(request)?;
    let filter = filter(work, &request.team_key, "").await?;
    let (rows, next_page_token) = agreements::list_overrides(work.db.reader(), &filter, &page).await?;
    Ok(ListDutyOverridesResponse { duty_overrides: rows.into_iter().map(message).collect(), next_page_token })
}

/// Returns whose agreements the caller asks for, who may see the team that is named.
pub(super) async fn filter(work: &Work, team: &str, subject: &str) -> Result<Filter, Error> {
    let caller = caller::required()?;
    let team_key = teams::key_of(work.db.reader(), team).await?;
    if !team_key.is_empty() {
        work.check_sees(&caller, &team_key).await?;
    }
    Ok(Filter { team_key, sight: work.sight(&caller).await?, subject: subject.to_owned() })
}

pub(super) async fn delete(work: &Work, request: &DeleteDutyOverrideRequest) -> Result<(), Error> {
    let tx = work.put_off_duty(&caller::required()?, id::parse(&request.id, "id")?).await?;
    tx.commit_reply(&()).await?;
    Ok(())
}

fn message(row: OverrideRow) -> DutyOverride {
    DutyOverride {
        id: row.id.to_string(),
        team_key: row.team_key,
        from: wall_text(row.from_wall),
        to: wall_text(row.to_wall),
        time_zone: row.time_zone,
        subject: row.subject,
        reason: row.reason,
        made_by: row.made_by,
        made_at: Some(to_proto(row.made_at)),
    }
}
