//! Who is on turn, before anything was agreed otherwise.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;
use hotline_calendar::{Calendar, Dates, DayKind, Error, openings_on};
use uuid::Uuid;

use crate::Hours;
use crate::shift::{Shift, Source};

/// The roster of a team for some weeks, usually a quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub team: String,
    /// First date.
    pub first: NaiveDate,
    /// Last date, which belongs to it.
    pub last: NaiveDate,
    /// The zone of its hours and dates.
    pub zone: Tz,
    /// The calendar that tells working days from holidays.
    pub calendar: String,
    /// Hours of duty.
    pub hours: Hours,
    /// Who is on turn: the first in the week of the first date, then each a week from Monday, and round again.
    pub turns: Vec<String>,
    /// Who is on duty on which holiday, by its name.
    pub holidays: BTreeMap<String, String>,
}

impl Roster {
    /// Tells whether the date is one of the roster's.
    #[must_use]
    pub fn covers(&self, date: NaiveDate) -> bool {
        (self.first..=self.last).contains(&date)
    }

    /// Tells whether both have a date in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Returns who is on turn on a date of the roster; nobody where it names nobody.
    #[must_use]
    pub fn on_turn(&self, date: NaiveDate) -> Option<&str> {
        let weeks = (monday(date) - monday(self.first)).num_weeks();
        let turn = usize::try_from(weeks).ok()?.checked_rem(self.turns.len())?;
        self.turns.get(turn).map(String::as_str)
    }

    /// Returns all who may be on duty by it, each once.
    #[must_use]
    pub fn people(&self) -> Vec<&str> {
        let mut people: Vec<_> =
            self.turns.iter().chain(self.holidays.values()).map(String::as_str).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Returns the shifts of a date as they are before anything was agreed otherwise: of whoever is named for the holiday,
    /// else of who is on turn.
    ///
    /// # Errors
    /// [`Error::YearMissing`] where the calendar does not know the date's year.
    pub fn shifts_on(&self, calendar: &Calendar, date: NaiveDate) -> Result<Vec<Shift>, Error> {
        let kind = calendar.day_kind(date)?;
        let (person, source) = self.planned(&kind, date);
        let spans = openings_on(self.zone, date, self.hours.on(&kind));
        let shift = |span| Shift {
            team: self.team.clone(),
            roster: self.id,
            date,
            span,
            zone: self.zone,
            person: person.clone(),
            source: source.clone(),
        };
        Ok(spans.into_iter().map(shift).collect())
    }

    fn planned(&self, kind: &DayKind, date: NaiveDate) -> (String, Source) {
        if let DayKind::Holiday { name } = kind
            && let Some(person) = self.holidays.get(name)
        {
            return (person.clone(), Source::Holiday(name.clone()));
        }
        (self.on_turn(date).unwrap_or_default().to_owned(), Source::Rotation)
    }
}

fn monday(date: NaiveDate) -> NaiveDate {
    let days = u64::from(date.weekday().num_days_from_monday());
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

/// The dates of a quarter of a year, written `2026-Q1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter(pub Dates);

impl FromStr for Quarter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (year, quarter) = text.split_once("-Q").ok_or(())?;
        let quarter: u32 = quarter.parse().ok().filter(|quarter| (1..=4).contains(quarter)).ok_or(())?;
        let first = NaiveDate::from_ymd_opt(year.parse().map_err(drop)?, quarter * 3 - 2, 1).ok_or(())?;
        let last = first.checked_add_months(Months::new(3)).and_then(|next| next.pred_opt()).ok_or(())?;
        Dates::new(first, last).map(Self).ok_or(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use hotline_calendar::Calendars;

    use super::*;

    pub(crate) fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    pub(crate) fn roster(first: &str, last: &str, turns: &[&str]) -> Roster {
        Roster {
            id: Uuid::from_u128(1),
            team: "desk".into(),
            first: date(first),
            last: date(last),
            zone: Tz::Asia__Shanghai,
            calendar: "duty".into(),
            hours: Hours::default(),
            turns: turns.iter().map(|person| (*person).into()).collect(),
            holidays: BTreeMap::new(),
        }
    }

    fn shown(roster: &Roster, day: &str) -> String {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let shifts = roster.shifts_on(calendars.get("duty").expect("shipped"), date(day)).expect("known");
        let time = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&roster.zone).format("%H:%M");
        let shown = shifts
            .iter()
            .map(|shift| format!("{} {}-{}", shift.person, time(shift.span.from), time(shift.span.to)));
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn turns_change_on_mondays_and_go_round() {
        let roster = roster("2026-01-01", "2026-03-31", &["ann", "bob", "cyd"]);
        let turns = ["2026-01-01", "2026-01-04", "2026-01-05", "2026-01-12", "2026-01-19"];
        let turns = turns.map(|day| roster.on_turn(date(day)).expect("somebody"));
        assert_eq!(turns, ["ann", "ann", "bob", "cyd", "ann"]);
    }

    /// Spring Festival 2026: off from 15 to 23 February; the 14th and the 28th, Saturdays, are worked.
    #[test]
    fn spring_festival_has_its_own_person_and_make_up_days_the_hours_of_working_days() {
        let mut roster = roster("2026-02-02", "2026-03-31", &["ann", "bob", "cyd", "dan"]);
        roster.holidays.insert("春节".into(), "eve".into());
        assert_eq!(shown(&roster, "2026-02-13"), "bob 08:00-21:00");
        assert_eq!(shown(&roster, "2026-02-14"), "bob 08:00-21:00", "a Saturday that is worked");
        assert_eq!(shown(&roster, "2026-02-15"), "eve 09:00-20:00");
        assert_eq!(shown(&roster, "2026-02-23"), "eve 09:00-20:00");
        assert_eq!(shown(&roster, "2026-02-24"), "dan 08:00-21:00", "the turns went on beneath");
        assert_eq!(shown(&roster, "2026-02-28"), "dan 08:00-21:00");
        assert_eq!(shown(&roster, "2026-03-01"), "dan 09:00-20:00", "a Sunday");
    }

    #[test]
    fn quarters_are_read_and_nothing_else() {
        let quarter: Quarter = "2026-Q4".parse().expect("a quarter");
        assert_eq!((quarter.0.first(), quarter.0.last()), (date("2026-10-01"), date("2026-12-31")));
        for text in ["2026-Q0", "2026-Q5", "2026Q1", "Q1", "x-Q1", "2026-Q"] {
            assert!(text.parse::<Quarter>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_year_that_nobody_announced_is_an_error() {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let roster = roster("2030-01-01", "2030-03-31", &["ann"]);
        let duty = calendars.get("duty").expect("shipped");
        assert!(matches!(roster.shifts_on(duty, date("2030-01-01")), Err(Error::YearMissing { .. })));
    }
}
