//! Members of teams (D1).

use chrono::NaiveDate;
use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_core::{etag, id, mask};
use hotline_proto::dispatch::v1::{
    CreateMemberRequest, DeleteMemberRequest, ListMembersRequest, ListMembersResponse, Member, SkillLevel,
    UpdateMemberRequest,
};

use super::wire::{made_on, missing};
use crate::domain::access;
use crate::error::Error;
use crate::store::{Levels, MemberRow, Texts, duty, members, teams};
use crate::work::Work;

/// What can be changed of a member.
const CHANGEABLE: &[&str] = &["name", "skills", "capacity", "levels", "in_service_since"];

pub(super) async fn create(work: &Work, request: CreateMemberRequest) -> Result<Member, Error> {
    let given = request.member.unwrap_or_default();
    if given.subject.is_empty() {
        return Err(Core::Field { field: "member.subject", en: "must be given", zh: "必须填写" }.into());
    }
    let team = teams::find(work.db.reader(), &given.team_key).await?;
    let team_key = team.ok_or_else(no_such_team)?.key;
    check_may_staff(work, &team_key).await?;
    let fresh = MemberRow {
        id: id::new(),
        team_key,
        subject: given.subject.clone(),
        created_at: work.clock.now(),
        version: 1,
        ..changed(MemberRow::default(), given)?
    };
    let tx = work.db.begin().await?;
    if !members::insert(&tx, fresh.clone()).await? {
        return Err(Error::MemberExists { subject: fresh.subject, team_key: fresh.team_key });
    }
    kick(work, &tx, &fresh);
    let reply = message(fresh);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// What waits may be for a member who is new or has more room.
fn kick(work: &Work, tx: &Tx, member: &MemberRow) {
    let (work, team) = (work.clone(), member.team_key.clone());
    tx.after_commit(async move { work.kick(&team, None) });
}

pub(super) async fn list(work: &Work, request: &ListMembersRequest) -> Result<ListMembersResponse, Error> {
    let page = Page::of(request)?;
    let filter = members::Filter {
        team_key: teams::key_of(work.db.reader(), &request.team_key).await?,
        subject: request.subject.clone(),
    };
    let (rows, next_page_token) = members::list(work.db.reader(), &filter, &page).await?;
    Ok(ListMembersResponse { members: rows.into_iter().map(message).collect(), next_page_token })
}

pub(super) async fn update(work: &Work, request: UpdateMemberRequest) -> Result<Member, Error> {
    let patch = request.member.unwrap_or_default();
    let member = id::parse(&patch.id, "member.id")?;
    let tx = work.db.begin().await?;
    let row = members::lock(&tx, member).await?;
    let row = row.ok_or_else(|| missing("member", &patch.id))?;
    check_may_staff(work, &row.team_key).await?;
    etag::check(made_on(&request.etag, &patch.etag), row.version)?;
    let merged = mask::apply(&message(row.clone()), &patch, request.update_mask.as_ref(), CHANGEABLE)?;
    let next = MemberRow { version: row.version + 1, ..changed(row, merged)? };
    members::save(&tx, next.clone()).await?;
    kick(work, &tx, &next);
    let reply = message(next);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn delete(work: &Work, request: DeleteMemberRequest) -> Result<(), Error> {
    let member = id::parse(&request.id, "id")?;
    let tx = work.db.begin().await?;
    // Before the look at the rosters, and before the member: whoever agrees duty does it in this order.
    duty::lock(&tx).await?;
    let row = members::lock(&tx, member).await?;
    let row = row.ok_or_else(|| missing("member", &request.id))?;
    check_may_staff(work, &row.team_key).await?;
    etag::check(&request.etag, row.version)?;
    work.check_no_duty(&tx, &row).await?;
    members::delete(&tx, member).await?;
    tx.commit_reply(&()).await?;
    Ok(())
}

async fn check_may_staff(work: &Work, team_key: &str) -> Result<(), Error> {
    let caller = caller::required()?;
    let sight = work.sight(&caller).await?;
    if access::may_staff(&caller, &sight, team_key) {
        return Ok(());
    }
    Err(Core::Forbidden("a lead staffs the own team only", "班组长只能管理本班组的成员").into())
}

fn no_such_team() -> Core {
    Core::Field { field: "member.teamKey", en: "names no team", zh: "没有这个班组" }
}

fn changed(row: MemberRow, member: Member) -> Result<MemberRow, Core> {
    let levels = member.levels.into_iter().map(|level| (level.skill, level.level)).collect();
    let (skills, levels) = (Texts(member.skills), Levels(levels));
    let in_service_since = match &*member.in_service_since {
        "" => None,
        date => Some(date.parse::<NaiveDate>().map_err(|_| no_such_date())?),
    };
    Ok(MemberRow { name: member.name, skills, capacity: member.capacity, levels, in_service_since, ..row })
}

fn no_such_date() -> Core {
    Core::Field { field: "member.inServiceSince", en: "is no date", zh: "不是有效日期" }
}

fn message(row: MemberRow) -> Member {
    Member {
        id: row.id.to_string(),
        team_key: row.team_key,
        subject: row.subject,
        name: row.name,
        skills: row.skills.0,
        capacity: row.capacity,
        levels: row.levels.0.into_iter().map(|(skill, level)| SkillLevel { skill, level }).collect(),
        created_at: Some(to_proto(row.created_at)),
        etag: etag::of(row.version),
        in_service_since: row.in_service_since.map(|date| date.to_string()).unwrap_or_default(),
    }
}
