//! Calendars as they are written in files, on their way to the service.

use hotline_calendar::{Almanac, CalendarSpec, DayHours, ExceptionSpec, HolidayRegions, HoursSpec};
use hotline_proto::tickets::v1::{Calendar, CalendarException, CalendarHours};

/// Reads calendars: TOML like the shipped ones, or the JSON of one with the same keys.
///
/// # Errors
/// One sentence on what can't be read.
pub(in crate::administration) fn calendars_in(text: &str) -> anyhow::Result<Vec<Calendar>> {
    if text.trim_start().starts_with('{') {
        return Ok(vec![message(serde_json::from_str(text)?)]);
    }
    let almanac = Almanac::parse(text, HolidayRegions::default())?;
    Ok(almanac.editions().map(|edition| message(edition.spec.clone())).collect())
}

fn message(spec: CalendarSpec) -> Calendar {
    let CalendarSpec { key, name, zone, holidays, working_days, hours, exceptions } = spec;
    Calendar {
        key,
        name,
        time_zone: zone,
        holidays: holidays.unwrap_or_default(),
        working_days: working_days.iter().map(|day| day.to_string().to_lowercase()).collect(),
        hours: Some(week(&hours)),
        exceptions: exceptions.iter().map(exception).collect(),
        ..Calendar::default()
    }
}

fn week(hours: &HoursSpec) -> CalendarHours {
    CalendarHours {
        mon: intervals(&hours.mon),
        tue: intervals(&hours.tue),
        wed: intervals(&hours.wed),
        thu: intervals(&hours.thu),
        fri: intervals(&hours.fri),
        sat: intervals(&hours.sat),
        sun: intervals(&hours.sun),
        make_up: hours.make_up.as_ref().map(intervals).unwrap_or_default(),
        holiday: intervals(&hours.holiday),
    }
}

fn exception(exception: &ExceptionSpec) -> CalendarException {
    CalendarException {
        name: exception.name.clone(),
        dates: exception.dates().to_string(),
        hours: intervals(&exception.hours),
        working: exception.working,
    }
}

fn intervals(hours: &DayHours) -> Vec<String> {
    hours.intervals().iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::calendars_in;

    #[test]
    fn both_forms_of_a_file_say_the_same() {
        let toml = "[[calendar]]\nkey = \"shop\"\nname = \"门店\"\nzone = \"Europe/Berlin\"\n\
                    hours.mon = [\"09:00-12:00\", \"13:00-18:00\"]\n\
                    exceptions = [{ name = \"盘点\", dates = \"2026-06-29\" }]";
        let json = r#"{"key": "shop", "name": "门店", "zone": "Europe/Berlin",
            "hours": {"mon": ["09:00-12:00", "13:00-18:00"]},
            "exceptions": [{"name": "盘点", "dates": "2026-06-29"}]}"#;
        let read = calendars_in(toml).expect("readable");
        assert_eq!(calendars_in(json).expect("readable"), read);
        assert_eq!((read[0].time_zone.as_str(), read[0].working_days.len()), ("Europe/Berlin", 5));
        assert_eq!(read[0].exceptions[0].dates, "2026-06-29");
        assert!(calendars_in("[[calendar]]\nkey = \"shop\"").is_err());
    }
}
