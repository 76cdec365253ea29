//! All calendars of an installation, by key.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Almanac, Calendar, Error, HolidayRegions, shipped};

/// Named calendars. A copy is cheap and shares them.
#[derive(Debug, Clone)]
pub struct Calendars(Arc<BTreeMap<String, Arc<Calendar>>>);

impl Calendars {
    /// Returns the calendars that ship with the suite: `office`, `duty`, `callback`, `contact`, `always`.
    ///
    /// # Errors
    /// Any of [`Self::parse`] when the shipped data is broken.
    pub fn shipped() -> Result<Self, Error> {
        Self::shipped_with(&HolidayRegions::shipped()?)
    }

    /// Returns the calendars that ship with the suite, on holidays of your own.
    ///
    /// # Errors
    /// Any of [`Self::parse`], such as [`Error::UnknownRegion`] when `regions` lacks `cn`.
    pub fn shipped_with(regions: &HolidayRegions) -> Result<Self, Error> {
        Self::parse(&shipped::calendars(), regions)
    }

    /// Returns the calendars written in a file like `data/calendars.toml`.
    ///
    /// # Errors
    /// [`Error::InvalidFile`] when the text cannot be read, [`Error::DuplicateCalendar`], or what [`Calendar::new`] refuses.
    pub fn parse(text: &str, regions: &HolidayRegions) -> Result<Self, Error> {
        Almanac::parse(text, regions.clone())?.build()
    }

    pub(crate) fn new(calendars: impl IntoIterator<Item = Calendar>) -> Self {
        let by_key = |calendar: Calendar| (calendar.key().to_owned(), Arc::new(calendar));
        Self(Arc::new(calendars.into_iter().map(by_key).collect()))
    }

    /// Returns the calendar of this key.
    ///
    /// # Errors
    /// [`Error::UnknownCalendar`], which names the known ones.
    pub fn get(&self, key: &str) -> Result<&Arc<Calendar>, Error> {
        self.0.get(key).ok_or_else(|| Error::UnknownCalendar {
            key: key.to_owned(),
            known: self.0.keys().cloned().collect(),
        })
    }

    /// Returns every calendar, in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Calendar>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;

    #[test]
    fn the_shipped_calendars_are_known_by_key() {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let keys: Vec<&str> = calendars.iter().map(|calendar| calendar.key()).collect();
        assert_eq!(keys, ["always", "callback", "contact", "duty", "office"]);
    }

    #[test]
    fn an_unknown_calendar_is_refused_with_the_known_ones() {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let refused = calendars.get("night").expect_err("there is no such calendar");
        assert_eq!(
            refused.to_string(),
            "calendar `night` is not known: there are always, callback, contact, duty, office"
        );
    }

    #[test]
    fn the_shipped_always_is_the_built_in_one() {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let shipped = calendars.get("always").expect("shipped");
        let built_in = Calendar::always_open(shipped.zone());
        let start: DateTime<Utc> = "2040-01-01T00:00:00Z".parse().expect("a time");
        let later = start + TimeDelta::days(3650);
        for calendar in [shipped.as_ref(), &built_in] {
            assert_eq!(calendar.add_working(start, later - start, &[]), Ok(later));
            assert_eq!(
                calendar.working_days_between(calendar.local_date(start), calendar.local_date(later)),
                Ok(3650)
            );
        }
        assert_eq!((shipped.key(), shipped.name()), (built_in.key(), built_in.name()));
    }

    fn refused(text: &str) -> Error {
        Calendars::parse(text, &HolidayRegions::default()).expect_err("the file is wrong")
    }

    const DAY: &str =
        "[[calendar]]\nkey = \"a\"\nname = \"A\"\nzone = \"Asia/Shanghai\"\nhours.mon = [\"09:00-18:00\"]\n";

    #[test]
    fn a_calendar_written_wrongly_is_refused_with_the_cause() {
        assert_eq!(refused(&format!("{DAY}{DAY}")), Error::DuplicateCalendar { key: "a".to_owned() });
        let zone = refused(&DAY.replace("Asia/Shanghai", "Asia/Nowhere"));
        assert_eq!(
            zone.to_string(),
            "calendar `a` uses time zone `Asia/Nowhere`, which is not in the IANA database"
        );
        let closed = refused(&DAY.replace("\"09:00-18:00\"", ""));
        assert_eq!(closed, Error::NeverOpen { calendar: "a".to_owned() });
        let region = refused(&format!("{DAY}holidays = \"xx\"\n"));
        assert!(matches!(region, Error::UnknownRegion { .. }));
        let overlap = refused(&DAY.replace("\"09:00-18:00\"", "\"09:00-13:00\", \"12:00-18:00\""));
        assert!(overlap.to_string().contains("hours 09:00-13:00 and 12:00-18:00 of one day overlap"));
    }

    #[test]
    fn holidays_need_hours_for_make_up_days() {
        let regions = HolidayRegions::shipped().expect("shipped data is valid");
        let refused = Calendars::parse(&format!("{DAY}holidays = \"cn\"\n"), &regions);
        assert_eq!(refused.err(), Some(Error::MakeUpHoursMissing { calendar: "a".to_owned() }));
    }

    #[test]
    fn two_exceptions_on_one_date_are_refused() {
        let exception = "[[calendar.exceptions]]\nname = \"x\"\ndates = \"2026-05-20 to 2026-05-21\"\n";
        let twice = refused(&format!("{DAY}{exception}{exception}"));
        assert!(matches!(twice, Error::DuplicateException { date, .. } if date.to_string() == "2026-05-20"));
    }
}
