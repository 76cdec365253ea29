//! Dates and wall times of rosters as people write them.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use hotline_core::error::Error;

/// How a wall time is written.
const WALL: &str = "%Y-%m-%dT%H:%M";
/// The longest stretch that is agreed at once.
const LONGEST_STRETCH: TimeDelta = TimeDelta::days(200);
/// The longest roster.
const LONGEST_ROSTER: TimeDelta = TimeDelta::days(400);

/// Returns a wall time as it is written: `2026-03-07T09:00`.
pub(crate) fn wall_text(at: NaiveDateTime) -> String {
    at.format(WALL).to_string()
}

/// Reads a stretch of wall time.
///
/// # Errors
/// [`Error::Field`] with the one of `fields` (begin, end) that is no time, or an end that is not after the begin or more
/// than 200 days later.
pub(crate) fn stretch(
    (from, to): (&str, &str),
    fields: [&'static str; 2],
) -> Result<(NaiveDateTime, NaiveDateTime), Error> {
    let read = |text: &str, field| {
        let (en, zh) =
            ("is no time on a wall, as in `2026-03-07T09:00`", "不是有效时间，例如 `2026-03-07T09:00`");
        NaiveDateTime::parse_from_str(text, WALL).map_err(|_| Error::Field { field, en, zh })
    };
    let (from, to) = (read(from, fields[0])?, read(to, fields[1])?);
    if from < to && to - from <= LONGEST_STRETCH {
        return Ok((from, to));
    }
    let (en, zh) =
        ("must be after the first minute, by 200 days at most", "必须晚于开始时间，且不超过 200 天");
    Err(Error::Field { field: fields[1], en, zh })
}

/// Reads a date.
///
/// # Errors
/// [`Error::Field`].
pub(crate) fn date(text: &str, field: &'static str) -> Result<NaiveDate, Error> {
    let (en, zh) = ("is no date, as in `2026-03-02`", "不是有效日期，例如 `2026-03-02`");
    text.parse().map_err(|_| Error::Field { field, en, zh })
}

/// Refuses a roster that ends before it begins, or is longer than 400 days.
///
/// # Errors
/// [`Error::Field`] with `field`, the last date's.
pub(crate) fn check_dates(first: NaiveDate, last: NaiveDate, field: &'static str) -> Result<(), Error> {
    if first <= last && last - first <= LONGEST_ROSTER {
        return Ok(());
    }
    let (en, zh) = (
        "must not be before the first date, and 400 days after it at most",
        "不能早于首日，且不超过首日后 400 天",
    );
    Err(Error::Field { field, en, zh })
}

#[cfg(test)]
mod tests {
    use super::{check_dates, date, stretch, wall_text};

    #[test]
    fn a_stretch_is_read_and_written_alike_and_never_ends_before_it_begins() {
        let fields = ["from", "to"];
        let (from, to) = stretch(("2026-03-07T09:00", "2026-03-08T00:00"), fields).expect("valid");
        assert_eq!((wall_text(from), wall_text(to)), ("2026-03-07T09:00".into(), "2026-03-08T00:00".into()));
        for (from, to, wrong) in [
            ("2026-02-30T09:00", "2026-03-08T00:00", "from"),
            ("2026-03-07T09:00", "2026-03-07T24:00", "to"),
            ("2026-03-07T09:00", "2026-03-07T09:00", "to"),
            ("2026-03-07T09:00", "2026-12-07T09:00", "to"),
        ] {
            let refused = stretch((from, to), fields).expect_err("refused").to_string();
            assert!(refused.starts_with(&format!("`{wrong}`")), "{refused}");
        }
    }

    #[test]
    fn a_roster_has_a_day_at_least_and_400_days_at_most() {
        let day = |text| date(text, "f").expect("valid");
        assert!(check_dates(day("2026-01-01"), day("2026-01-01"), "f").is_ok());
        assert!(check_dates(day("2026-01-02"), day("2026-01-01"), "f").is_err());
        assert!(check_dates(day("2026-01-01"), day("2027-02-06"), "f").is_err());
        assert!(date("2026-02-29", "f").is_err());
    }
}
