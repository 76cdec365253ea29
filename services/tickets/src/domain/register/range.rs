//! From when to when: dates or times, as people and programs write them.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use hotline_core::error::Field;

use crate::error::Error;

/// Reads one end of a range: a date is its first instant in the zone, a time is itself; nothing is no end.
///
/// # Errors
/// [`Error::Fields`] that names the field.
pub(crate) fn instant(text: &str, field: &str, zone: Tz) -> Result<Option<DateTime<Utc>>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let date = text.parse::<NaiveDate>().ok().and_then(|date| first_instant(date, zone));
    let time = || DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    date.or_else(time).map(Some).ok_or_else(|| {
        Error::Fields(vec![Field {
            path: field.to_owned(),
            en: "is neither a date such as 2026-03-02 nor a time such as 2026-03-02T09:00:00+08:00".into(),
            zh: "既不是日期（如 2026-03-02），也不是时间（如 2026-03-02T09:00:00+08:00）".into(),
        }])
    })
}

/// Checks that a range does not end before it begins.
///
/// # Errors
/// [`Error::Fields`] that names its end.
pub(crate) fn check(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<(), Error> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Err(Error::Fields(vec![Field {
            path: "to".into(),
            en: "lies before `from`".into(),
            zh: "早于 `from`".into(),
        }])),
        _ => Ok(()),
    }
}

/// Returns when a date begins; where clocks jump over its midnight that is the first hour after.
fn first_instant(date: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let midnight = date.and_time(NaiveTime::MIN);
    let hours = (0..24).filter_map(|hour| midnight.checked_add_signed(chrono::TimeDelta::hours(hour)));
    let mut instants = hours.filter_map(|wall| zone.from_local_datetime(&wall).earliest());
    // A date that was left out altogether begins with the next.
    let next = || date.checked_add_days(Days::new(1)).and_then(|date| first_instant(date, zone));
    instants.next().map(|time| time.to_utc()).or_else(next)
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Asia, Pacific};

    use super::*;

    fn read(text: &str, zone: Tz) -> Option<String> {
        let time = instant(text, "from", zone).expect("is read");
        time.map(|time| time.format("%Y-%m-%dT%H:%M").to_string())
    }

    #[test]
    fn a_date_is_its_first_instant_in_the_zone_and_a_time_is_itself() {
        assert_eq!(read("2026-03-02", Asia::Shanghai).as_deref(), Some("2026-03-01T16:00"));
        assert_eq!(read("2026-03-02T09:00:00+08:00", Tz::UTC).as_deref(), Some("2026-03-02T01:00"));
        assert_eq!(read(" ", Tz::UTC), None);
    }

    #[test]
    fn a_midnight_that_no_clock_shows_is_the_hour_after_it() {
        assert_eq!(read("2018-11-04", America::Sao_Paulo).as_deref(), Some("2018-11-04T03:00"));
        assert_eq!(read("2011-12-30", Pacific::Apia).as_deref(), Some("2011-12-30T10:00"));
    }

    #[test]
    fn anything_else_is_refused_by_its_name() {
        for text in ["yesterday", "2026-02-30", "02/03/2026", "2026-03-02T09:00:00"] {
            let Err(Error::Fields(fields)) = instant(text, "from", Tz::UTC) else { panic!("{text} is read") };
            assert_eq!(fields[0].path, "from");
        }
        let (early, late) = (instant("2026-03-01", "from", Tz::UTC), instant("2026-03-02", "to", Tz::UTC));
        let (early, late) = (early.expect("is read"), late.expect("is read"));
        assert!(check(early, late).is_ok() && check(early, early).is_ok() && check(None, early).is_ok());
        assert!(check(late, early).is_err());
    }
}
