//! The two forms of a year file: the project's TOML and the JSON of holiday-cn.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::SpecialDay;
use crate::dates::Dates;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i32,
    #[serde(default)]
    holiday: Vec<Holiday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: String,
    #[serde(default)]
    off: Vec<Dates>,
    #[serde(default)]
    work: Vec<Dates>,
}

#[derive(Deserialize)]
struct HolidayCn {
    year: i32,
    days: Vec<HolidayCnDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HolidayCnDay {
    name: String,
    date: NaiveDate,
    is_off_day: bool,
}

/// Returns the days of the file, or what is wrong with it.
pub(super) fn parse(year: i32, text: &str) -> Result<Vec<SpecialDay>, String> {
    let is_json = text.trim_start().starts_with('{');
    let (declared, days) = if is_json { from_json(text)? } else { from_toml(text)? };
    if declared != year {
        return Err(format!("it is of the year {declared}"));
    }
    let mut seen = BTreeSet::new();
    for SpecialDay { date, .. } in &days {
        if date.year().abs_diff(year) > 1 {
            return Err(format!("{date} is neither of {year} nor of a neighbouring year"));
        }
        if !seen.insert(date) {
            return Err(format!("{date} is named twice"));
        }
    }
    Ok(days)
}

fn from_toml(text: &str) -> Result<(i32, Vec<SpecialDay>), String> {
    let file: YearFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let days = file.holiday.iter().flat_map(|holiday| {
        let off = holiday.off.iter().flat_map(|dates| dates.iter()).map(|date| (date, true));
        let work = holiday.work.iter().flat_map(|dates| dates.iter()).map(|date| (date, false));
        off.chain(work).map(|(date, off)| SpecialDay { date, name: holiday.name.clone(), off })
    });
    Ok((file.year, days.collect()))
}

fn from_json(text: &str) -> Result<(i32, Vec<SpecialDay>), String> {
    let file: HolidayCn = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let days = file.days.into_iter();
    let days = days.map(|day| SpecialDay { date: day.date, name: day.name, off: day.is_off_day });
    Ok((file.year, days.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let toml = "year = 2026\n[[holiday]]\nname = \"元旦\"\noff = [\"2026-01-01 to 2026-01-02\"]\nwork = [\"2026-01-04\"]";
        let json = r#"{"year": 2026, "days": [
            {"name": "元旦", "date": "2026-01-01", "isOffDay": true},
            {"name": "元旦", "date": "2026-01-02", "isOffDay": true},
            {"name": "元旦", "date": "2026-01-04", "isOffDay": false}]}"#;
        assert_eq!(parse(2026, toml), parse(2026, json));
        assert_eq!(parse(2026, toml).map(|days| days.len()), Ok(3));
    }

    #[test]
    fn a_file_of_another_year_is_refused() {
        assert_eq!(parse(2027, "year = 2026"), Err("it is of the year 2026".to_owned()));
    }

    #[test]
    fn a_date_far_away_or_named_twice_is_refused() {
        let far = "year = 2026\n[[holiday]]\nname = \"A\"\noff = [\"2062-01-01\"]";
        assert!(parse(2026, far).is_err_and(|reason| reason.starts_with("2062-01-01 is neither")));
        let twice = "year = 2026\n[[holiday]]\nname = \"A\"\noff = [\"2026-01-01\"]\nwork = [\"2026-01-01\"]";
        assert_eq!(parse(2026, twice), Err("2026-01-01 is named twice".to_owned()));
    }

    #[test]
    fn an_unknown_key_or_a_bad_date_is_refused() {
        assert!(parse(2026, "year = 2026\nholidays = []").is_err());
        let bad = parse(2026, "year = 2026\n[[holiday]]\nname = \"A\"\noff = [\"2026-02-30\"]");
        assert!(bad.is_err_and(|reason| reason.contains("`2026-02-30` is not a date")));
    }
}
