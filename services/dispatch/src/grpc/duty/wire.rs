//! Rosters, shifts and what is wrong with them as messages.

use chrono::NaiveDate;
use chrono_tz::Tz;
use hotline_calendar::DayHours;
use hotline_core::error::Error as Core;
use hotline_core::etag;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{
    DrawRank, DutyHours as HoursMessage, HolidayDuty, Roster, RosterFault, RosterFaultCause, RosterState,
    Shift as ShiftMessage, ShiftSource,
};
use hotline_roster::{Cause, Fault, Hours, Ranked, Shift, Source};

use crate::error::Error;
use crate::store::{DutyHours, RosterRow};
use crate::work::Work;
use crate::work::rosters::{CALENDAR, Frame};

/// What a request says of a roster's clocks, each with the field that says it.
pub(super) struct Framed {
    pub(super) time_zone: (&'static str, String),
    pub(super) calendar: (&'static str, String),
    pub(super) hours: (&'static str, Option<HoursMessage>),
}

impl Framed {
    /// Reads it; what is not said is as usual.
    ///
    /// # Errors
    /// [`Core::Field`].
    pub(super) fn read(self, work: &Work, dates: (NaiveDate, NaiveDate)) -> Result<Frame, Error> {
        let (field, named) = self.calendar;
        let calendar = if named.is_empty() { CALENDAR.to_owned() } else { named };
        let calendars = work.calendars.get();
        let unknown = |_| Core::Field { field, en: "names no calendar", zh: "没有这个日历" };
        let usual = calendars.get(&calendar).map_err(unknown)?.zone();
        let (field, named) = self.time_zone;
        let unknown = |_| Core::Field {
            field,
            en: "is not a time zone, as in `Asia/Shanghai`",
            zh: "不是有效的时区，例如 `Asia/Shanghai`",
        };
        let zone: Tz = if named.is_empty() { usual } else { named.parse().map_err(unknown)? };
        let (field, hours) = self.hours;
        let hours = hours.map_or_else(|| Ok(Hours::default()), |hours| read_hours(&hours, field))?;
        Ok(Frame { dates, time_zone: zone.to_string(), calendar, hours: DutyHours(hours) })
    }
}

fn read_hours(given: &HoursMessage, field: &'static str) -> Result<Hours, Core> {
    let day = |texts: &[String]| {
        let intervals = texts.iter().map(|text| text.parse()).collect::<Result<Vec<_>, _>>();
        intervals.and_then(DayHours::new).map_err(|_| Core::Field {
            field,
            en: "has hours that are none, as in `08:00-21:00`, or that overlap",
            zh: "含有无效（应如 `08:00-21:00`）或重叠的时段",
        })
    };
    let hours =
        Hours { working: day(&given.working)?, weekend: day(&given.weekend)?, holiday: day(&given.holiday)? };
    if [&hours.working, &hours.weekend, &hours.holiday].into_iter().all(DayHours::is_closed) {
        return Err(Core::Field {
            field,
            en: "must have hours on some kind of day",
            zh: "必须至少有一种日期的时段",
        });
    }
    Ok(hours)
}

/// Returns a roster as a message.
pub(super) fn roster(row: RosterRow) -> Roster {
    let state = if row.published_at.is_some() { RosterState::Published } else { RosterState::Draft };
    let holidays = row.holidays.0.into_iter().map(|(name, subject)| HolidayDuty { name, subject });
    Roster {
        id: row.id.to_string(),
        team_key: row.team_key,
        first_date: row.first_date.to_string(),
        last_date: row.last_date.to_string(),
        time_zone: row.time_zone,
        calendar: row.calendar,
        hours: Some(hours(&row.hours.0)),
        turns: row.turns.0,
        holidays: holidays.collect(),
        state: state.into(),
        seed: row.seed,
        ranking: row.ranking.0.into_iter().map(rank).collect(),
        created_by: row.created_by,
        created_at: Some(to_proto(row.created_at)),
        published_by: row.published_by,
        published_at: to_proto_optional(row.published_at),
        etag: etag::of(row.version),
    }
}

fn hours(hours: &Hours) -> HoursMessage {
    let texts = |day: &DayHours| day.intervals().iter().map(ToString::to_string).collect();
    HoursMessage {
        working: texts(&hours.working),
        weekend: texts(&hours.weekend),
        holiday: texts(&hours.holiday),
    }
}

fn rank(ranked: Ranked) -> DrawRank {
    DrawRank {
        subject: ranked.person,
        rank: i32::try_from(ranked.rank).unwrap_or(i32::MAX),
        satisfaction_thousandths: ranked.satisfaction.map(thousandths),
        closure_thousandths: ranked.closure_rate.map(thousandths),
        serves_from: ranked.serves_from.to_string(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a figure from 0 to 5")]
fn thousandths(figure: f64) -> i32 {
    (figure * 1000.0).round() as i32
}

/// Returns a shift as a message, with the name of its person.
pub(super) fn shift(shift: &Shift, name: Option<&String>) -> ShiftMessage {
    let (source, id, holiday) = match &shift.source {
        Source::Rotation => (ShiftSource::Rotation, None, None),
        Source::Holiday(name) => (ShiftSource::Holiday, None, Some(name)),
        Source::Override(id) => (ShiftSource::Override, Some(*id), None),
        Source::Leave(id) => (ShiftSource::Leave, Some(*id), None),
        Source::Swap(id) => (ShiftSource::Swap, Some(*id), None),
    };
    ShiftMessage {
        roster_id: shift.roster.to_string(),
        date: shift.date.to_string(),
        begins_at: Some(to_proto(shift.span.from)),
        ends_at: Some(to_proto(shift.span.to)),
        time_zone: shift.zone.to_string(),
        subject: shift.person.clone(),
        name: name.cloned().unwrap_or_default(),
        source: source.into(),
        source_id: hotline_core::id::text(id),
        holiday: holiday.cloned().unwrap_or_default(),
    }
}

/// Returns a fault as a team sees it; none where it is not the team's.
pub(super) fn fault(fault: Fault, team_key: &str) -> Option<RosterFault> {
    let (cause, other) = match fault.cause {
        Cause::Nobody => (RosterFaultCause::Nobody, String::new()),
        Cause::OnLeave => (RosterFaultCause::OnLeave, String::new()),
        Cause::Left => (RosterFaultCause::Left, String::new()),
        Cause::Elsewhere(other) if other == team_key => (RosterFaultCause::Twice, fault.team.clone()),
        Cause::Elsewhere(other) => (RosterFaultCause::Twice, other),
    };
    (fault.team == team_key || other == fault.team && !other.is_empty()).then(|| RosterFault {
        begins_at: Some(to_proto(fault.span.from)),
        ends_at: Some(to_proto(fault.span.to)),
        subject: fault.person,
        cause: cause.into(),
        other_team_key: other,
    })
}
