//! Which year files have to be added, and how soon.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Datelike, Utc};

use crate::{Calendar, Calendars};

/// Next year's holidays are announced in autumn: nobody is told earlier.
const ANNOUNCED_FROM_MONTH: u32 = 10;
/// From this month on targets reach into the next year every day.
const NEEDED_FROM_MONTH: u32 = 12;

/// A year of which a region has no file, though calendars count by it (requirement T11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingYear {
    /// Region whose year file is missing.
    pub region: String,
    /// The missing year.
    pub year: i32,
    /// How soon it is wanted: by the calendar that wants it first.
    pub urgency: Urgency,
    /// Keys of the calendars that want it, in order.
    pub calendars: Vec<String>,
}

/// How soon a year file is wanted. The later variant is the more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// The next year, from 1 October: it is being announced about now.
    Announce,
    /// This year, or the next from 1 December: calculations fail for want of it.
    Needed,
}

impl fmt::Display for MissingYear {
    /// Tells what is missing and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, year, urgency, calendars } = self;
        let calendars = calendars.join(", ");
        let effect = match urgency {
            Urgency::Announce => "once it is announced; from 1 December on promises reach into it every day",
            Urgency::Needed => "promises that reach into it are refused until then",
        };
        write!(
            f,
            "the holidays of {year} in `{region}` are missing (calendars {calendars}): add the year file with \
             `PUT /v1/holidays/{region}/{year}` or `hotline calendars year {region} {year} <file>`, {effect}"
        )
    }
}

impl MissingYear {
    /// Tells in Chinese what is missing and what to do.
    #[must_use]
    pub fn zh(&self) -> String {
        let Self { region, year, urgency, calendars } = self;
        let effect = match urgency {
            Urgency::Announce => "公布后即可添加；12 月 1 日起每天都会用到",
            Urgency::Needed => "在此之前涉及该年的承诺将被拒绝",
        };
        format!(
            "缺少 `{region}` {year} 年的节假日（日历 {}）：请用 `PUT /v1/holidays/{region}/{year}` 或 \
             `hotline calendars year {region} {year} <文件>` 添加年度文件，{effect}",
            calendars.join("、")
        )
    }
}

impl Calendars {
    /// Returns the year files that are missing at this time, the earliest year first; before 1 October nothing is said of
    /// the next year. Every calendar with holidays wants its years, for working days need them where the hours do not.
    #[must_use]
    pub fn missing_years(&self, now: DateTime<Utc>) -> Vec<MissingYear> {
        let mut missing: BTreeMap<(i32, &str), MissingYear> = BTreeMap::new();
        for (calendar, region, year, urgency) in self.iter().flat_map(|calendar| missing_in(calendar, now)) {
            let told = missing.entry((year, region)).or_insert_with(|| MissingYear {
                region: region.to_owned(),
                year,
                urgency,
                calendars: Vec::new(),
            });
            told.urgency = told.urgency.max(urgency);
            told.calendars.push(calendar.to_owned());
            told.calendars.dedup();
        }
        missing.into_values().collect()
    }
}

/// Returns key of the calendar, region, year and urgency of what the calendar lacks.
fn missing_in(calendar: &Calendar, now: DateTime<Utc>) -> impl Iterator<Item = (&str, &str, i32, Urgency)> {
    wanted(calendar, now).flat_map(move |(year, urgency)| {
        let unknown = calendar.holidays_in(year).filter(move |holidays| !holidays.covers(year));
        unknown.map(move |holidays| (calendar.key(), holidays.region(), year, urgency))
    })
}

/// Returns the years that the calendar should know at this time.
fn wanted(calendar: &Calendar, now: DateTime<Utc>) -> impl Iterator<Item = (i32, Urgency)> {
    let today = calendar.local_date(now);
    let next = match today.month() {
        NEEDED_FROM_MONTH.. => Some(Urgency::Needed),
        ANNOUNCED_FROM_MONTH.. => Some(Urgency::Announce),
        _ => None,
    };
    let next = next.map(|urgency| (today.year() + 1, urgency));
    std::iter::once((today.year(), Urgency::Needed)).chain(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Almanac, Edition, HolidayRegions};

    fn missing(calendars: &Calendars, now: &str) -> Vec<(i32, String, Urgency)> {
        let missing = calendars.missing_years(now.parse().expect("a time"));
        missing.into_iter().map(|missing| (missing.year, missing.region, missing.urgency)).collect()
    }

    fn cn(year: i32, urgency: Urgency) -> (i32, String, Urgency) {
        (year, "cn".to_owned(), urgency)
    }

    #[test]
    fn the_next_year_is_asked_for_from_october_and_needed_from_december_by_the_local_date() {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let table = [
            ("2026-01-01T00:00:00Z", vec![]),
            ("2026-09-30T15:59:59Z", vec![]),
            ("2026-09-30T16:00:00Z", vec![cn(2027, Urgency::Announce)]),
            ("2026-11-30T15:59:59Z", vec![cn(2027, Urgency::Announce)]),
            ("2026-11-30T16:00:00Z", vec![cn(2027, Urgency::Needed)]),
            ("2026-12-31T16:00:00Z", vec![cn(2027, Urgency::Needed)]),
            ("2027-10-01T00:00:00Z", vec![cn(2027, Urgency::Needed), cn(2028, Urgency::Announce)]),
        ];
        for (now, expected) in table {
            assert_eq!(missing(&calendars, now), expected, "{now}");
        }
    }

    #[test]
    fn every_calendar_with_holidays_is_named_and_one_without_is_not() {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let missing = calendars.missing_years("2026-10-08T00:00:00Z".parse().expect("a time"));
        assert_eq!(missing[0].calendars, ["callback", "contact", "duty", "office"]);
        let what_to_do = "PUT /v1/holidays/cn/2027";
        assert!(missing[0].to_string().contains(what_to_do) && missing[0].zh().contains(what_to_do));
    }

    #[test]
    fn a_year_that_was_added_is_asked_for_no_more() {
        let mut almanac = Almanac::shipped().expect("shipped data is valid");
        let year = r#"{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}"#;
        almanac.merge_year("cn", 2027, year).expect("valid");
        assert_eq!(missing(&almanac.build().expect("valid"), "2026-12-08T00:00:00Z"), []);
    }

    #[test]
    fn the_edition_in_force_in_a_year_says_whose_holidays_it_needs() {
        let text = "[[calendar]]\nkey = \"a\"\nname = \"A\"\nzone = \"Asia/Shanghai\"\nholidays = \"old\"\n\
                    hours.mon = [\"09:00-18:00\"]\nhours.make_up = [\"09:00-18:00\"]\n";
        let mut regions = HolidayRegions::default();
        for region in ["old", "new"] {
            let notice = "year = 2026\n[[holiday]]\nname = \"N\"\noff = [\"2026-01-01\"]";
            regions.merge(region, 2026, notice).expect("valid");
        }
        let mut almanac = Almanac::parse(text, regions).expect("valid");
        let mut spec = almanac.editions().next().expect("one").spec.clone();
        spec.holidays = Some("new".to_owned());
        almanac.add(Edition { effective_from: "2027-07-01".parse().ok(), spec });
        let calendars = almanac.build().expect("valid");
        let of = |region: &str, year, urgency| (year, region.to_owned(), urgency);
        let turn = missing(&calendars, "2026-12-08T00:00:00Z");
        assert_eq!(turn, [of("new", 2027, Urgency::Needed), of("old", 2027, Urgency::Needed)]);
        let year_after = missing(&calendars, "2028-03-08T00:00:00Z");
        assert_eq!(year_after, [of("new", 2028, Urgency::Needed)]);
    }
}
