//! Days off and make-up working days of a region, from one file a year.

mod regions;
mod year_file;

pub use regions::HolidayRegions;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::Error;

/// A date on which the weekday does not decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialDay {
    /// The date.
    pub date: NaiveDate,
    /// Name of the holiday it belongs to, such as 春节.
    pub name: String,
    /// True for a day off, false for a make-up working day (调休).
    pub off: bool,
}

/// What is known of a region's holidays.
#[derive(Debug, Clone)]
pub struct Holidays {
    region: String,
    files: BTreeMap<i32, Vec<SpecialDay>>,
    days: BTreeMap<NaiveDate, SpecialDay>,
}

impl Holidays {
    /// Returns a region of which no year is known yet.
    #[must_use]
    pub fn new(region: impl Into<String>) -> Self {
        Self { region: region.into(), files: BTreeMap::new(), days: BTreeMap::new() }
    }

    /// Adds a year file, or replaces the one of the same year.
    ///
    /// The text is TOML as in `data/cn`, or the JSON of holiday-cn. It may hold days of the neighbouring years; where two
    /// files name one date the later year's wins. A file without days leaves its year unknown: not announced yet.
    ///
    /// # Errors
    /// [`Error::InvalidFile`] when the text cannot be read, is of another year, or names a date twice.
    pub fn merge(&mut self, year: i32, text: &str) -> Result<(), Error> {
        let days = year_file::parse(year, text).map_err(|reason| Error::InvalidFile {
            file: format!("year file {}/{year}", self.region),
            reason,
        })?;
        if days.is_empty() {
            self.files.remove(&year);
        } else {
            self.files.insert(year, days);
        }
        let in_order_of_years = self.files.values().flatten();
        self.days = in_order_of_years.map(|day| (day.date, day.clone())).collect();
        Ok(())
    }

    /// Returns the region's key, such as `cn`.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the years that have a file, in order.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.files.keys().copied()
    }

    /// Returns whether the year has a file.
    #[must_use]
    pub fn covers(&self, year: i32) -> bool {
        self.files.contains_key(&year)
    }

    /// Returns the days that the year's file names, in its order; none when it has no file.
    #[must_use]
    pub fn days_of(&self, year: i32) -> &[SpecialDay] {
        self.files.get(&year).map_or(&[], Vec::as_slice)
    }

    /// Returns the day off or make-up day on this date. None says nothing unless the year is covered.
    #[must_use]
    pub fn special_day(&self, date: NaiveDate) -> Option<&SpecialDay> {
        self.days.get(&date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn days_of_a_neighbouring_year_are_merged_by_date() {
        let mut holidays = Holidays::new("xx");
        holidays
            .merge(2023, "year = 2023\n[[holiday]]\nname = \"N\"\noff = [\"2022-12-31 to 2023-01-02\"]")
            .expect("valid");
        assert!(holidays.special_day(date("2022-12-31")).is_some_and(|day| day.off));
        assert_eq!(holidays.years().collect::<Vec<_>>(), [2023]);
        assert!(!holidays.covers(2022));
        assert_eq!((holidays.days_of(2022).len(), holidays.days_of(2023).len()), (0, 3));
    }

    #[test]
    fn the_later_years_notice_wins_whatever_the_order_of_loading() {
        let mut holidays = Holidays::new("xx");
        let later = "year = 2019\n[[holiday]]\nname = \"L\"\nwork = [\"2018-12-29\"]";
        let earlier = "year = 2018\n[[holiday]]\nname = \"E\"\noff = [\"2018-12-29\"]";
        holidays.merge(2019, later).expect("valid");
        holidays.merge(2018, earlier).expect("valid");
        assert!(holidays.special_day(date("2018-12-29")).is_some_and(|day| !day.off && day.name == "L"));
    }

    #[test]
    fn a_year_file_replaces_the_one_of_its_year() {
        let mut holidays = Holidays::new("xx");
        holidays
            .merge(2030, "year = 2030\n[[holiday]]\nname = \"A\"\noff = [\"2030-03-01\"]")
            .expect("valid");
        holidays
            .merge(2030, "year = 2030\n[[holiday]]\nname = \"A\"\noff = [\"2030-03-04\"]")
            .expect("valid");
        assert_eq!(holidays.special_day(date("2030-03-01")), None);
        assert!(holidays.special_day(date("2030-03-04")).is_some());
    }

    #[test]
    fn a_year_not_announced_stays_unknown() {
        let mut holidays = Holidays::new("cn");
        holidays.merge(2027, r#"{"year": 2027, "days": []}"#).expect("valid");
        assert!(!holidays.covers(2027));
    }
}
