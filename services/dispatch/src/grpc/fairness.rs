//! Who of a team got how much of what.

use std::collections::HashSet;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::time::to_proto;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    CategoryCount, FairnessReport, MemberShare, PriorityCount, ReportFairnessRequest,
};

use super::period;
use super::wire::missing;
use crate::domain::assignment::Assignment;
use crate::domain::fairness::{Days, Holding, Outcome, Person, Share, report, top};
use crate::domain::team;
use crate::error::Error;
use crate::store::{HoldingRow, MemberRow, TeamRow, holdings, members, teams};
use crate::work::Work;

/// The period where none is named.
const USUAL: TimeDelta = TimeDelta::days(30);
/// Categories of a member that are told.
const CATEGORIES: usize = 50;

pub(super) async fn tell(work: &Work, request: ReportFairnessRequest) -> Result<FairnessReport, Error> {
    let caller = caller::required()?;
    let found = teams::find(work.db.reader(), &request.team_key).await?;
    let team = found.ok_or_else(|| missing("team", &request.team_key))?;
    let sees_all = caller.is_above_teams() || caller.has(Role::Quality);
    if !sees_all && !work.is_in_sight(&caller, &team.key).await? {
        return Err(Core::Forbidden("you are not in charge of this team", "您不是该班组的负责人").into());
    }
    let now = work.clock.now();
    let (from, to) = period::read(request.from.as_ref(), request.to.as_ref(), USUAL, now)?;
    let held = held(work, &team.key, (from, to)).await?;
    let people = members::of_team(work.db.reader(), &team.key).await?;
    let people = people.into_iter().map(|member| person(&team, member)).collect();
    let fairness = &work.config.fairness;
    let hours = Hours {
        zone: fairness.zone().map_err(Core::from)?,
        from: fairness.day_begins,
        to: fairness.day_ends,
    };
    let report = report(&people, &held, &hours);
    Ok(FairnessReport {
        team_key: team.key,
        from: Some(to_proto(from)),
        to: Some(to_proto(to)),
        members: report.shares.into_iter().map(message).collect(),
        gini: report.gini,
        most_to_mean: report.most_to_mean,
        hard_categories: report.hard.into_iter().collect(),
    })
}

async fn held(
    work: &Work,
    team_key: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Holding>, Core> {
    let over = holdings::of_team(work.db.reader(), team_key, (from, to)).await?;
    let now = holdings::held_now(work.db.reader(), team_key).await?;
    // What ended between the two looks is in both.
    let known: HashSet<_> = over.iter().map(|row| (row.assignment_id, row.epoch)).collect();
    let now = now.into_iter().filter(|held| !known.contains(&(held.id, held.epoch))).filter_map(still);
    let now = now.filter(|held| from <= held.leased_at && held.leased_at < to);
    Ok(over.into_iter().map(past).chain(now).collect())
}

fn past(row: HoldingRow) -> Holding {
    Holding {
        subject: row.subject,
        priority: row.priority.try_into().unwrap_or_default(),
        category_code: row.category_code,
        leased_at: row.leased_at,
        accepted_at: row.accepted_at,
        ended_at: Some(row.ended_at),
        outcome: Outcome::from_number(row.outcome),
    }
}

fn still(held: Assignment) -> Option<Holding> {
    Some(Holding {
        leased_at: held.leased_at.or(held.accepted_at)?,
        subject: held.holder,
        priority: held.ticket.priority,
        category_code: held.ticket.category_code,
        accepted_at: held.accepted_at,
        ended_at: None,
        outcome: Outcome::Held,
    })
}

fn person(team: &TeamRow, member: MemberRow) -> (String, Person) {
    let capacity = team::capacity(member.capacity, team.capacity).unwrap_or_default();
    let capacity = i32::try_from(capacity).unwrap_or(i32::MAX);
    (member.subject, Person { name: member.name, capacity })
}

fn message(share: Share) -> MemberShare {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let of_accepted = |part: u64| {
        let (part, whole) = (u32::try_from(part).ok()?, u32::try_from(share.accepted).ok()?);
        (whole > 0).then(|| f64::from(part) / f64::from(whole))
    };
    MemberShare {
        leased: number(share.leased),
        accepted: number(share.accepted),
        declined: number(share.declined),
        expired: number(share.expired),
        returned: number(share.returned),
        completed: number(share.completed),
        left: number(share.left),
        held: number(share.held),
        urgent_share: of_accepted(share.urgent),
        hard_share: of_accepted(share.hard),
        median_accept_seconds: share.median_accept.map(|wait| wait.num_seconds()),
        night: number(share.night),
        longest_idle_seconds: share.longest_idle.map(|idle| idle.num_seconds()),
        by_priority: share
            .by_priority
            .into_iter()
            .map(|(priority, count)| PriorityCount { priority, count: number(count) })
            .collect(),
        by_category: top(share.by_category, CATEGORIES)
            .into_iter()
            .map(|(category_code, count)| CategoryCount { category_code, count: number(count) })
            .collect(),
        subject: share.subject,
        name: share.name,
        capacity: share.capacity,
    }
}

/// The hours of each day in a zone.
struct Hours {
    zone: Tz,
    from: NaiveTime,
    to: NaiveTime,
}

impl Days for Hours {
    fn end_of(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = at.with_timezone(&self.zone);
        if !(self.from..self.to).contains(&local.time()) {
            return None;
        }
        let end = self.zone.from_local_datetime(&local.date_naive().and_time(self.to)).latest()?;
        Some(end.with_timezone(&Utc))
    }
}
