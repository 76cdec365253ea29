//! The dates of a target in working days: which counted, as which, and why the others did not (T8, T9).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hotline_calendar::{Calendar, DayKind, ExplainedDay, Span, Standing};

use crate::domain::clock::Clock;
use crate::domain::target::Amount;
use crate::error::Error;

/// One date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// The date, as the calendar's zone shows it.
    pub(crate) date: NaiveDate,
    /// As which working day it counts, from 1; none where it does not.
    pub(crate) number: Option<u32>,
    /// Why.
    pub(crate) why: Why,
}

/// Why a date counts or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A working day.
    Working,
    /// A make-up working day of this holiday.
    MakeUp(String),
    /// The start's own date.
    Start,
    /// A weekend.
    Weekend,
    /// This holiday.
    Holiday(String),
    /// This exception of the calendar, which makes it a working day or none.
    Exception(String),
    /// The ticket waited through all its opening hours.
    Paused,
    /// The start's own date, which was over by then.
    Over,
    /// The ticket waited at the due time, which moved to the day on which work went on.
    MovedOn,
    /// An extension gave it.
    Extended,
}

/// Returns the dates from the start's own to the due one; none for a target in minutes. `promised` is the due time
/// without extensions.
///
/// # Errors
/// [`Error::Calendar`].
pub(super) fn of(
    calendar: &Calendar,
    clock: &Clock,
    pauses: &[Span],
    promised: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Result<Vec<Day>, Error> {
    let Amount::WorkingDays(working_days, end_of) = clock.target.amount else { return Ok(Vec::new()) };
    let counted = calendar.explain_working_days(clock.started_at, working_days, end_of, pauses)?;
    let mut days: Vec<Day> = counted.into_iter().map(day).collect();
    let Some(last) = days.last().map(|day| day.date) else { return Ok(days) };
    // A calendar that never closes is due at midnight, which is the end of the date before.
    let date_of = |due: DateTime<Utc>| calendar.local_date(due - TimeDelta::nanoseconds(1));
    let (promised, due) = (date_of(promised), date_of(due_at));
    for date in last.iter_days().skip(1).take_while(|date| *date <= due) {
        let why = match of_kind(calendar.day_kind(date)?) {
            (false, why) => why,
            _ if calendar.is_paused_all_day(date, pauses)? => Why::Paused,
            _ if date <= promised => Why::MovedOn,
            _ => Why::Extended,
        };
        days.push(Day { date, number: None, why });
    }
    Ok(days)
}

fn day(ExplainedDay { date, kind, standing }: ExplainedDay) -> Day {
    let (number, why) = match standing {
        Standing::Counts(number) => (Some(number), of_kind(kind).1),
        Standing::Off => (None, of_kind(kind).1),
        Standing::Start => (None, Why::Start),
        Standing::Paused => (None, Why::Paused),
        Standing::Over => (None, Why::Over),
    };
    Day { date, number, why }
}

/// Returns whether such a date is a working day, and why.
fn of_kind(kind: DayKind) -> (bool, Why) {
    let works = kind.is_working();
    let why = match kind {
        DayKind::Working => Why::Working,
        DayKind::Weekend => Why::Weekend,
        DayKind::Holiday { name } => Why::Holiday(name),
        DayKind::MakeUp { name } => Why::MakeUp(name),
        DayKind::Exception { name, .. } => Why::Exception(name),
    };
    (works, why)
}
