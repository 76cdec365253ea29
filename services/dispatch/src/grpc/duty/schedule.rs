//! Who is on duty when: the final schedule, as a list, for an instant, judged, and for calendar programs.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use hotline_calendar::Span;
use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::time::{from_proto, to_proto};
use hotline_proto::dispatch::v1::{
    Duty, DutyLoad, ExportRosterRequest, GetDutyRequest, GetRosterQualityRequest, ListShiftsRequest,
    ListShiftsResponse, RosterQuality,
};
use hotline_proto::google::api::HttpBody;
use hotline_roster::{Load, Shift, Wall, feed, on_duty, quality};
use prost_types::Duration;

use super::{contacts, rosters, wire};
use crate::domain::duty;
use crate::error::Error;
use crate::store::{members, teams};
use crate::work::Work;

/// Days of a list of shifts, where its request does not say.
const USUAL_DAYS: u64 = 27;
/// Days after the first of a list of shifts, at most.
const MOST_DAYS: i64 = 99;
/// How far is looked for who is next.
const AHEAD: TimeDelta = TimeDelta::days(120);
/// How far back the roster may have ended by whose hours a gap after it is measured, and how far ahead quality looks.
const YEAR: TimeDelta = TimeDelta::days(400);
/// Gaps that are told.
const MOST_GAPS: usize = 500;

pub(super) async fn shifts(work: &Work, request: &ListShiftsRequest) -> Result<ListShiftsResponse, Error> {
    let team = work.team_in_sight(&caller::required()?, &request.team_key).await?;
    let now = work.clock.now();
    let first = match &*request.from_date {
        "" => now.with_timezone(&work.zone(&team.key, now.date_naive()).await?).date_naive(),
        date => duty::date(date, "fromDate")?,
    };
    let last = match &*request.to_date {
        "" => first.checked_add_days(Days::new(USUAL_DAYS)).unwrap_or(first),
        date => duty::date(date, "toDate")?,
    };
    if first > last || (last - first).num_days() > MOST_DAYS {
        let (en, zh) = ("must be the first date or up to 99 days after it", "须为首日或其后 99 天之内");
        return Err(Core::Field { field: "toDate", en, zh }.into());
    }
    let Some(span) = span_of(work, &team.key, (first, last)).await? else {
        return Ok(ListShiftsResponse::default());
    };
    let book = work.book(work.db.reader(), (first, last)).await?;
    let names = names(work, &team.key).await?;
    let shifts = book.shifts(&team.key, span)?;
    let faults = book.faults(span)?;
    Ok(ListShiftsResponse {
        shifts: shifts.iter().map(|shift| wire::shift(shift, names.get(&shift.person))).collect(),
        faults: faults.into_iter().filter_map(|fault| wire::fault(fault, &team.key)).collect(),
    })
}

/// Returns the time of some dates on the team's clocks; none for dates that its zone skips.
async fn span_of(
    work: &Work,
    team_key: &str,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Option<Span>, Error> {
    let to = last.checked_add_days(Days::new(1)).unwrap_or(last);
    let zone = work.zone(team_key, first).await?;
    let spans = Wall { from: first.and_time(NaiveTime::MIN), to: to.and_time(NaiveTime::MIN), zone }.spans();
    Ok(spans.first().zip(spans.last()).map(|(first, last)| Span::new(first.from, last.to)))
}

pub(super) async fn duty(work: &Work, request: &GetDutyRequest) -> Result<Duty, Error> {
    let team = work.team_in_sight(&caller::required()?, &request.team_key).await?;
    let at = from_proto(request.at.as_ref()).unwrap_or_else(|| work.clock.now());
    let (from, to) = reach(at, TimeDelta::days(1), AHEAD)?;
    let book = work.book_between(from, to).await?;
    let shifts = book.shifts(&team.key, Span::new(from, to))?;
    let names = names(work, &team.key).await?;
    let told = |shift: Option<&Shift>| shift.map(|shift| wire::shift(shift, names.get(&shift.person)));
    let found = on_duty(&shifts, at);
    Ok(Duty {
        team_key: team.key,
        at: Some(to_proto(at)),
        current: told(found.current),
        next: told(found.next),
        relief: told(found.relief),
        contacts: contacts::hours(work, found, at),
    })
}

fn reach(
    at: DateTime<Utc>,
    back: TimeDelta,
    ahead: TimeDelta,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Core> {
    let reached = at.checked_sub_signed(back).zip(at.checked_add_signed(ahead));
    reached.ok_or(Core::Field { field: "at", en: "is too far away", zh: "时间过远" })
}

pub(super) async fn quality_of(
    work: &Work,
    request: &GetRosterQualityRequest,
) -> Result<RosterQuality, Error> {
    let team = work.team_in_sight(&caller::required()?, &request.team_key).await?;
    let now = work.clock.now();
    let (from, to) = reach(now, YEAR, YEAR)?;
    let told = quality(&work.book_between(from, to).await?, &team.key, now)?;
    let gaps = told.gaps.into_iter().take(MOST_GAPS);
    Ok(RosterQuality {
        score: i32::try_from(told.score).unwrap_or(i32::MAX),
        from: Some(to_proto(told.span.from)),
        to: Some(to_proto(told.span.to)),
        duty: Some(time(told.duty)),
        gaps: gaps.filter_map(|gap| wire::fault(gap, &team.key)).collect(),
        balance: told.balance,
        loads: told.loads.into_iter().map(load).collect(),
        team_key: team.key,
    })
}

fn load(load: Load) -> DutyLoad {
    let Load { person, time: amount, of_mean, overloaded } = load;
    DutyLoad { subject: person, time: Some(time(amount)), of_mean, overloaded }
}

fn time(amount: TimeDelta) -> Duration {
    Duration { seconds: amount.num_seconds(), nanos: 0 }
}

pub(super) async fn export(work: &Work, request: &ExportRosterRequest) -> Result<HttpBody, Error> {
    let row = rosters::seen(work, &request.id).await?;
    let roster = row.roster().map_err(Core::from)?;
    let (first, last) = (row.first_date, row.last_date);
    let mut book = work.book(work.db.reader(), (first, last)).await?;
    if row.published_at.is_none() {
        // What it would be, whatever else is published for its dates.
        book.rosters.retain(|other| other.team != roster.team);
        book.rosters.push(roster.clone());
    }
    let mut shifts = match span_of(work, &row.team_key, (first, last)).await? {
        Some(span) => book.shifts(&row.team_key, span)?,
        None => Vec::new(),
    };
    let wanted = |shift: &Shift| request.subject.is_empty() || shift.person == request.subject;
    shifts.retain(|shift| shift.roster == roster.id && wanted(shift));
    let team = teams::find(work.db.reader(), &row.team_key).await?;
    let name = team.map_or(row.team_key, |team| team.name_zh);
    Ok(HttpBody {
        content_type: "text/calendar; charset=utf-8".into(),
        data: feed(&format!("{name} 值班"), &shifts, work.clock.now()).into_bytes(),
        extensions: Vec::new(),
    })
}

async fn names(work: &Work, team_key: &str) -> Result<HashMap<String, String>, Error> {
    let members = members::of_team(work.db.reader(), team_key).await?;
    Ok(members.into_iter().map(|member| (member.subject, member.name)).collect())
}
