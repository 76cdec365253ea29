//! From times to places, and the marks that say which is where.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use hotline_calendar::Span;

use super::{LEFT, RIGHT};

/// As many marks have room for their labels.
const MOST: i64 = 10;
/// So many days can be told apart.
const DAYS_SHOWN: i64 = 100;
/// Room beside the first and the last time.
const MARGIN: f64 = 12.0;

/// Where the times of a span lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    span: Span,
    zone: Tz,
}

/// A mark on the axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Where.
    pub(super) x: f64,
    /// What it says; empty for the days between.
    pub(super) label: String,
    /// A day begins there.
    pub(super) is_midnight: bool,
}

/// How far marks are apart.
#[derive(Clone, Copy, Debug)]
enum Step {
    Minutes(u32),
    Days(i32),
    Weeks,
    Months(u32),
    Years(i32),
}

/// Steps with about how many minutes they take, the finest first.
const STEPS: [(Step, i64); 16] = [
    (Step::Minutes(1), 1),
    (Step::Minutes(5), 5),
    (Step::Minutes(15), 15),
    (Step::Minutes(30), 30),
    (Step::Minutes(60), 60),
    (Step::Minutes(120), 120),
    (Step::Minutes(180), 180),
    (Step::Minutes(360), 360),
    (Step::Minutes(720), 720),
    (Step::Days(1), 1440),
    (Step::Days(2), 2 * 1440),
    (Step::Weeks, 7 * 1440),
    (Step::Months(1), 30 * 1440),
    (Step::Months(3), 91 * 1440),
    (Step::Years(1), 365 * 1440),
    (Step::Years(10), 3653 * 1440),
];

impl Scale {
    /// Returns a scale that has room for all of the span.
    pub(super) fn of(span: Span, zone: Tz) -> Self {
        // Even a moment has a before and an after.
        let to = span.to.max(span.from + TimeDelta::minutes(1));
        Self { span: Span::new(span.from, to), zone }
    }

    /// Returns where a time lies, in pixels from the left; within the picture whatever the time.
    pub(super) fn x(&self, at: DateTime<Utc>) -> f64 {
        let share = (at - self.span.from).as_seconds_f64() / self.span.duration().as_seconds_f64();
        let (left, right) = (LEFT + MARGIN, RIGHT - MARGIN);
        (left + share * (right - left)).clamp(left, right)
    }

    /// Returns where the middle of a date lies, where the date is wide enough to be told apart.
    pub(super) fn middle_of(&self, date: NaiveDate, room: f64) -> Option<f64> {
        let begin = self.x(self.instant(date, NaiveTime::MIN)?);
        let end = self.x(self.instant(date.succ_opt()?, NaiveTime::MIN)?);
        (end - begin >= room).then_some(f64::midpoint(begin, end))
    }

    /// Returns the marks, in order.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let minutes = self.span.duration().num_minutes();
        let step = STEPS.iter().find(|(_, length)| minutes / length <= MOST);
        let step = step.map_or(Step::Years(100), |(step, _)| *step);
        let shows_days = self.span.duration().num_days() <= DAYS_SHOWN;
        let mut ticks = Vec::new();
        for date in self.dates() {
            for time in times_of(step) {
                let Some(at) = self.instant(date, time).filter(|at| self.holds(*at)) else { continue };
                let labelled = step.meets(date);
                if labelled || shows_days {
                    let label = if labelled { step.label(date, time) } else { String::new() };
                    ticks.push(Tick { x: self.x(at), label, is_midnight: time == NaiveTime::MIN });
                }
            }
        }
        ticks
    }

    fn dates(&self) -> impl Iterator<Item = NaiveDate> {
        let date = |at: DateTime<Utc>| at.with_timezone(&self.zone).date_naive();
        let last = date(self.span.to);
        date(self.span.from).iter_days().take_while(move |date| *date <= last)
    }

    fn holds(&self, at: DateTime<Utc>) -> bool {
        self.span.from <= at && at <= self.span.to
    }

    /// A wall time that clocks leave out has no place.
    fn instant(&self, date: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
        self.zone.from_local_datetime(&date.and_time(time)).earliest().map(|at| at.to_utc())
    }
}

impl Step {
    /// Tells whether a mark of the date gets a label.
    fn meets(self, date: NaiveDate) -> bool {
        match self {
            Self::Minutes(_) => true,
            Self::Days(days) => date.num_days_from_ce() % days == 0,
            Self::Weeks => date.weekday() == Weekday::Mon,
            Self::Months(months) => date.day() == 1 && date.month0().is_multiple_of(months),
            Self::Years(years) => date.ordinal() == 1 && date.year() % years == 0,
        }
    }

    fn label(self, date: NaiveDate, time: NaiveTime) -> String {
        match self {
            Self::Minutes(_) if time != NaiveTime::MIN => time.format("%H:%M").to_string(),
            Self::Minutes(_) | Self::Days(_) | Self::Weeks => {
                format!("{} {} {}", date.format("%m-%d"), zh(date.weekday()), date.format("%a"))
            }
            Self::Months(_) => date.format("%Y-%m").to_string(),
            Self::Years(_) => date.format("%Y").to_string(),
        }
    }
}

/// Returns the wall times of a date that have a mark.
fn times_of(step: Step) -> impl Iterator<Item = NaiveTime> {
    let minutes = if let Step::Minutes(minutes) = step { minutes } else { 1440 };
    let times = (0..1440 / minutes).map(move |number| number * minutes);
    times.filter_map(|minute| NaiveTime::MIN.with_hour(minute / 60)?.with_minute(minute % 60))
}

const fn zh(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "周一",
        Weekday::Tue => "周二",
        Weekday::Wed => "周三",
        Weekday::Thu => "周四",
        Weekday::Fri => "周五",
        Weekday::Sat => "周六",
        Weekday::Sun => "周日",
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{Asia::Shanghai, Europe::Berlin};

    use super::*;

    fn scale(from: &str, to: &str, zone: Tz) -> Scale {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        Scale::of(Span::new(at(from), at(to)), zone)
    }

    fn labels(scale: &Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|tick| tick.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn marks_are_wall_times_also_where_clocks_change() {
        let night = scale("2026-03-28T23:00:00Z", "2026-03-29T03:30:00Z", Berlin);
        let expected = [
            "03-29 周日 Sun",
            "00:30",
            "01:00",
            "01:30",
            "03:00",
            "03:30",
            "04:00",
            "04:30",
            "05:00",
            "05:30",
        ];
        assert_eq!(labels(&night), expected);
        let places: Vec<f64> = night.ticks().iter().map(|tick| tick.x).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
    }

    #[test]
    fn there_is_room_for_every_label_whatever_the_span() {
        for minutes in [0, 1, 7, 90, 600, 1440, 9_000, 40_000, 300_000, 2_000_000, 5_000_000] {
            let from: DateTime<Utc> = "2016-02-29T01:00:00Z".parse().expect("a time");
            let scale = Scale::of(Span::new(from, from + TimeDelta::minutes(minutes)), Shanghai);
            let shown = labels(&scale);
            assert!(shown.len() <= 12, "{minutes} minutes: {shown:?}");
            assert!(minutes < 60 || shown.len() > 1, "{minutes} minutes: {shown:?}");
        }
    }

    #[test]
    fn a_date_has_a_middle_only_where_it_is_wide_enough() {
        let week = scale("2026-03-01T16:00:00Z", "2026-03-08T16:00:00Z", Shanghai);
        let date = NaiveDate::from_ymd_opt(2026, 3, 5).expect("a date");
        let middle = week.middle_of(date, 20.0).expect("wide enough");
        assert!((middle - f64::midpoint(LEFT, RIGHT)).abs() < 1.0, "{middle}");
        assert_eq!(week.middle_of(date, 500.0), None);
    }
}
