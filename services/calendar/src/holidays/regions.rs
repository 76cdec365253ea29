//! The regions whose holidays are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Holidays;
use crate::{Error, shipped};

/// Holidays by region key.
#[derive(Debug, Clone, Default)]
pub struct HolidayRegions(BTreeMap<String, Arc<Holidays>>);

impl HolidayRegions {
    /// Returns the regions and years compiled in: `cn` from 2011 to the last year announced at the time of the release.
    ///
    /// # Errors
    /// [`Error::InvalidFile`] when a shipped file is broken.
    pub fn shipped() -> Result<Self, Error> {
        let mut regions = Self::default();
        for (region, year, text) in shipped::year_files() {
            regions.merge(&region, year, &text)?;
        }
        Ok(regions)
    }

    /// Adds a year file to a region, as [`Holidays::merge`] does; a region not seen before begins with it.
    ///
    /// Calendars made earlier keep what they had: load the files first, then make the calendars.
    ///
    /// # Errors
    /// [`Error::InvalidFile`] as for [`Holidays::merge`]; nothing has changed then.
    pub fn merge(&mut self, region: &str, year: i32, text: &str) -> Result<(), Error> {
        let mut holidays =
            self.0.get(region).map_or_else(|| Holidays::new(region), |known| (**known).clone());
        holidays.merge(year, text)?;
        self.0.insert(region.to_owned(), Arc::new(holidays));
        Ok(())
    }

    /// Returns the holidays of a region.
    #[must_use]
    pub fn get(&self, region: &str) -> Option<&Holidays> {
        self.0.get(region).map(Arc::as_ref)
    }

    /// Returns every region, in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = &Holidays> {
        self.0.values().map(Arc::as_ref)
    }

    /// Returns the holidays that a calendar names.
    pub(crate) fn of_calendar(&self, calendar: &str, region: String) -> Result<Arc<Holidays>, Error> {
        self.0.get(&region).cloned().ok_or_else(|| Error::UnknownRegion {
            calendar: calendar.to_owned(),
            region,
            known: self.0.keys().cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_year_follows_the_one_before() {
        let regions = HolidayRegions::shipped().expect("shipped data is valid");
        let years: Vec<i32> = regions.get("cn").expect("shipped").years().collect();
        assert_eq!(years, (2011..=2026).collect::<Vec<_>>());
    }

    #[test]
    fn a_region_not_seen_before_begins_with_its_first_year() {
        let mut regions = HolidayRegions::shipped().expect("shipped data is valid");
        let year = "year = 2026\n[[holiday]]\nname = \"N\"\noff = [\"2026-01-01\"]";
        regions.merge("hk", 2026, year).expect("valid");
        let known: Vec<_> =
            regions.iter().map(|holidays| (holidays.region(), holidays.years().count())).collect();
        assert_eq!(known, [("cn", 16), ("hk", 1)]);
    }

    #[test]
    fn a_broken_file_changes_nothing() {
        let mut regions = HolidayRegions::shipped().expect("shipped data is valid");
        assert!(regions.merge("cn", 2026, "year = 2025").is_err());
        assert!(regions.get("cn").is_some_and(|cn| cn.covers(2026)));
    }
}
