//! What people did, stay by stay and added up (D6).

use chrono::TimeDelta;
use hotline_core::caller::{self, Caller};
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    ListPresenceHistoryRequest, ListPresenceHistoryResponse, PresenceStay, PresenceSum, PresenceTime,
    SumPresenceRequest, SumPresenceResponse,
};

use crate::domain::presence::from_number;
use crate::domain::presence::sum::{Spell, Sum, sums};
use crate::error::Error;
use crate::grpc::period;
use crate::grpc::wire::missing;
use crate::store::{StayRow, members, presence, stays, teams};
use crate::work::Work;

/// The period where none is named.
const USUAL: TimeDelta = TimeDelta::days(1);

pub(in crate::grpc) async fn history(
    work: &Work,
    request: &ListPresenceHistoryRequest,
) -> Result<ListPresenceHistoryResponse, Error> {
    let caller = caller::required()?;
    let page = Page::of(request)?;
    let subjects = whose(work, &caller, request).await?;
    let (rows, next_page_token) = stays::list(work.db.reader(), &subjects, &page).await?;
    Ok(ListPresenceHistoryResponse { stays: rows.into_iter().map(message).collect(), next_page_token })
}

pub(in crate::grpc) async fn sum(
    work: &Work,
    request: &SumPresenceRequest,
) -> Result<SumPresenceResponse, Error> {
    let caller = caller::required()?;
    let now = work.clock.now();
    let (from, to) = period::read(request.from.as_ref(), request.to.as_ref(), USUAL, now)?;
    let people = people_of(work, &caller, &request.team_key).await?;
    let subjects: Vec<String> = people.iter().map(|(_, subject)| subject.clone()).collect();
    let spells = stays::between(work.db.reader(), &subjects, (from, to)).await?.into_iter().map(spell);
    let mut sums = sums(spells, (from, to), now);
    let row = |(name, subject): (String, String)| {
        let sum = sums.remove(&subject).unwrap_or_default();
        told(subject, name, sum)
    };
    Ok(SumPresenceResponse {
        people: people.into_iter().map(row).collect(),
        from: Some(to_proto(from)),
        to: Some(to_proto(to)),
    })
}

/// Returns whose history the caller asks for and may see: their own, and those in charge that of their people.
async fn whose(
    work: &Work,
    caller: &Caller,
    request: &ListPresenceHistoryRequest,
) -> Result<Vec<String>, Error> {
    if !request.team_key.is_empty() {
        let people = people_of(work, caller, &request.team_key).await?;
        let asked = |subject: &String| request.subject.is_empty() || *subject == request.subject;
        return Ok(people.into_iter().map(|(_, subject)| subject).filter(asked).collect());
    }
    let subject = if request.subject.is_empty() { &caller.subject } else { &request.subject };
    if *subject != caller.subject && !is_above(caller) {
        let sight = work.sight(caller).await?;
        let theirs = members::teams_of(work.db.reader(), subject).await?;
        if !(caller.has(Role::TeamLead) && theirs.iter().any(|team| sight.covers(team))) {
            return Err(not_yours());
        }
    }
    Ok(vec![subject.clone()])
}

/// Returns name and subject of a team's people, by name, to those in charge of them.
async fn people_of(work: &Work, caller: &Caller, team: &str) -> Result<Vec<(String, String)>, Error> {
    let db = work.db.reader();
    let found = teams::find(db, team).await?.ok_or_else(|| missing("team", team))?;
    let leads = caller.has(Role::TeamLead) && work.is_in_sight(caller, &found.key).await?;
    if !leads && !is_above(caller) {
        return Err(not_yours());
    }
    let listed = members::of_team(db, &found.key).await?;
    let mut people: Vec<_> = listed.into_iter().map(|member| (member.name, member.subject)).collect();
    for (_, subject) in presence::by_token(db, &found.key).await? {
        if !people.iter().any(|(_, known)| *known == subject) {
            people.push((String::new(), subject));
        }
    }
    people.sort_unstable();
    Ok(people)
}

fn is_above(caller: &Caller) -> bool {
    caller.is_above_teams() || caller.has(Role::Quality)
}

fn not_yours() -> Error {
    let (en, zh) = ("you are not in charge of these people", "您不是这些人员的负责人");
    Core::Forbidden(en, zh).into()
}

fn spell(row: StayRow) -> Spell {
    Spell {
        subject: row.subject,
        state: from_number(row.state),
        from: row.began_at,
        to: row.ended_at,
        begun_by: row.begun_by,
    }
}

fn told(subject: String, name: String, sum: Sum) -> PresenceSum {
    let time = |(state, (time, times)): (i32, (TimeDelta, i32))| PresenceTime {
        state,
        seconds: time.num_seconds(),
        times,
    };
    PresenceSum {
        subject,
        name,
        times: sum.times.into_iter().map(time).collect(),
        went_away: sum.went_away,
        logged_out: sum.logged_out,
    }
}

fn message(row: StayRow) -> PresenceStay {
    PresenceStay {
        subject: row.subject,
        state: from_number(row.state).into(),
        reason: row.reason,
        began_at: Some(to_proto(row.began_at)),
        ended_at: to_proto_optional(row.ended_at),
        begun_by: row.begun_by,
        ended_by: row.ended_by,
    }
}
