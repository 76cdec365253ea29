//! What the calendars of an installation are made from, to be changed and built anew at run time.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Calendar, CalendarSpec, Calendars, Edition, Error, HolidayRegions, shipped};

/// Year files by region and editions by calendar. It is data: nothing of it is checked against the rest before
/// [`Self::build`].
#[derive(Debug, Clone, Default)]
pub struct Almanac {
    regions: HolidayRegions,
    editions: BTreeMap<String, Vec<Edition>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarsFile {
    #[serde(default)]
    calendar: Vec<CalendarSpec>,
}

impl Almanac {
    /// Returns the shipped year files and calendars.
    ///
    /// # Errors
    /// Any of [`Self::parse`] when the shipped data is broken.
    pub fn shipped() -> Result<Self, Error> {
        Self::parse(&shipped::calendars(), HolidayRegions::shipped()?)
    }

    /// Returns the calendars written in a file like `data/calendars.toml`, each in one edition from the beginning.
    ///
    /// # Errors
    /// [`Error::InvalidFile`] when the text cannot be read, or [`Error::DuplicateCalendar`].
    pub fn parse(text: &str, regions: HolidayRegions) -> Result<Self, Error> {
        let file: CalendarsFile = toml::from_str(text).map_err(|error| Error::InvalidFile {
            file: "the file of calendars".to_owned(),
            reason: error.to_string(),
        })?;
        let mut editions = BTreeMap::new();
        for spec in file.calendar {
            let key = spec.key.clone();
            let edition = Edition { effective_from: None, spec };
            if editions.insert(key.clone(), vec![edition]).is_some() {
                return Err(Error::DuplicateCalendar { key });
            }
        }
        Ok(Self { regions, editions })
    }

    /// Adds a year file to a region, or replaces the one of that year, as [`HolidayRegions::merge`] does.
    ///
    /// # Errors
    /// [`Error::InvalidFile`]; nothing has changed then.
    pub fn merge_year(&mut self, region: &str, year: i32, text: &str) -> Result<(), Error> {
        self.regions.merge(region, year, text)
    }

    /// Adds an edition to the calendar of its key, a new one where there is none. It replaces what was added before for
    /// the same date.
    pub fn add(&mut self, edition: Edition) {
        let editions = self.editions.entry(edition.spec.key.clone()).or_default();
        editions.retain(|known| known.effective_from != edition.effective_from);
        editions.push(edition);
    }

    /// Takes a calendar out with all its editions; returns whether there was one.
    pub fn remove(&mut self, key: &str) -> bool {
        self.editions.remove(key).is_some()
    }

    /// Returns the year files by region.
    #[must_use]
    pub const fn regions(&self) -> &HolidayRegions {
        &self.regions
    }

    /// Returns every edition, by key of the calendar and, within it, as added.
    pub fn editions(&self) -> impl Iterator<Item = &Edition> {
        self.editions.values().flatten()
    }

    /// Returns the calendars as they are now; those built earlier stay as they were.
    ///
    /// # Errors
    /// What [`Calendar::of_editions`] refuses in any of them.
    pub fn build(&self) -> Result<Calendars, Error> {
        let calendars = self.editions.values();
        let built = calendars.map(|editions| Calendar::of_editions(editions.clone(), &self.regions));
        Ok(Calendars::new(built.collect::<Result<Vec<_>, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn office(almanac: &Almanac) -> Edition {
        almanac.editions().find(|edition| edition.spec.key == "office").expect("shipped").clone()
    }

    fn opens(almanac: &Almanac, day: &str) -> String {
        let calendars = almanac.build().expect("valid");
        let hours = calendars.get("office").expect("there").day_hours(date(day)).expect("a known year");
        hours.intervals().iter().map(ToString::to_string).collect()
    }

    fn closing_at(edition: &Edition, from: Option<&str>, hours: &str) -> Edition {
        let mut edition = Edition { effective_from: from.map(date), spec: edition.spec.clone() };
        edition.spec.hours.mon = serde_json::from_value(serde_json::json!([hours])).expect("hours");
        edition
    }

    #[test]
    fn an_edition_added_at_run_time_changes_what_is_built_next_and_nothing_built_before() {
        let mut almanac = Almanac::shipped().expect("shipped data is valid");
        let before = almanac.build().expect("valid");
        almanac.add(closing_at(&office(&almanac), Some("2026-07-01"), "08:00-16:00"));
        assert_eq!(opens(&almanac, "2026-06-29"), "09:00-18:00");
        assert_eq!(opens(&almanac, "2026-07-06"), "08:00-16:00");
        let old = before.get("office").expect("shipped").day_hours(date("2026-07-06"));
        assert_eq!(old.map(|hours| hours.intervals()[0].to_string()), Ok("09:00-18:00".to_owned()));
    }

    #[test]
    fn an_edition_without_a_date_replaces_the_shipped_calendar() {
        let mut almanac = Almanac::shipped().expect("shipped data is valid");
        let count = almanac.editions().count();
        almanac.add(closing_at(&office(&almanac), None, "10:00-17:00"));
        assert_eq!(almanac.editions().count(), count);
        assert_eq!(opens(&almanac, "2026-06-29"), "10:00-17:00");
    }

    #[test]
    fn a_year_file_added_at_run_time_is_known_to_every_calendar_built_next() {
        let mut almanac = Almanac::shipped().expect("shipped data is valid");
        let year = "year = 2027\n[[holiday]]\nname = \"元旦\"\noff = [\"2027-01-01 to 2027-01-04\"]";
        almanac.merge_year("cn", 2027, year).expect("valid");
        let calendars = almanac.build().expect("valid");
        for key in ["office", "duty"] {
            let calendar = calendars.get(key).expect("shipped");
            assert_eq!(calendar.is_working_day(date("2027-01-04")), Ok(false), "{key}");
        }
    }

    #[test]
    fn a_broken_year_file_leaves_everything_as_it_was() {
        let mut almanac = Almanac::shipped().expect("shipped data is valid");
        assert!(almanac.merge_year("cn", 2026, "year = 2026\n[[holiday]]").is_err());
        assert!(almanac.regions().get("cn").is_some_and(|cn| cn.covers(2026)));
    }

    #[test]
    fn a_calendar_taken_out_is_no_longer_built() {
        let mut almanac = Almanac::shipped().expect("shipped data is valid");
        assert!(almanac.remove("contact"));
        assert!(!almanac.remove("contact"));
        assert!(matches!(almanac.build().expect("valid").get("contact"), Err(Error::UnknownCalendar { .. })));
    }

    #[test]
    fn a_calendar_that_names_an_unknown_region_is_refused_when_built() {
        let mut almanac = Almanac::shipped().expect("shipped data is valid");
        let mut edition = office(&almanac);
        edition.spec.holidays = Some("hk".to_owned());
        almanac.add(edition);
        assert!(matches!(almanac.build(), Err(Error::UnknownRegion { region, .. }) if region == "hk"));
    }
}
