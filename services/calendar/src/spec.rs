//! A calendar as it is written down in a file.

use chrono::{NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::dates::Dates;
use crate::{DayHours, Error};

/// What a calendar is made from; `data/calendars.toml` explains each key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// The name other settings use.
    pub key: String,
    /// The label people see.
    pub name: String,
    /// IANA time zone of all hours.
    pub zone: String,
    /// Region of the year files; none = no holidays and no year data needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<String>,
    /// Weekdays that are working days. Default Monday to Friday.
    #[serde(default = "monday_to_friday")]
    pub working_days: Vec<Weekday>,
    /// Opening hours.
    pub hours: HoursSpec,
    /// Dates that break the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionSpec>,
}

impl CalendarSpec {
    /// Puts an exception in the place of those on its dates. One that reaches beyond them holds on the rest of its own.
    pub fn except(&mut self, exception: ExceptionSpec) {
        self.unexcept(exception.dates);
        self.exceptions.push(exception);
        self.exceptions.sort_by_key(|exception| exception.dates.first());
    }

    /// Takes away what is excepted on these dates; returns whether there was anything.
    pub fn unexcept(&mut self, dates: Dates) -> bool {
        let met = self.exceptions.iter().any(|exception| exception.dates.meets(dates));
        let all = std::mem::take(&mut self.exceptions).into_iter();
        let rest = all.flat_map(|exception| {
            let left = exception.dates.without(dates);
            left.map(move |dates| ExceptionSpec { dates, ..exception.clone() })
        });
        self.exceptions = rest.collect();
        met
    }
}

/// A calendar as it is from a date on, until a later edition of the same key takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// First date, in the calendar's zone, that it answers for; none = from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<NaiveDate>,
    /// All of its rules: nothing is carried over from the edition before.
    pub spec: CalendarSpec,
}

/// Opening hours by kind of day. What is left out is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoursSpec {
    /// Mondays.
    pub mon: DayHours,
    /// Tuesdays.
    pub tue: DayHours,
    /// Wednesdays.
    pub wed: DayHours,
    /// Thursdays.
    pub thu: DayHours,
    /// Fridays.
    pub fri: DayHours,
    /// Saturdays.
    pub sat: DayHours,
    /// Sundays.
    pub sun: DayHours,
    /// Make-up working days (调休); required when the calendar has holidays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make_up: Option<DayHours>,
    /// Days off.
    pub holiday: DayHours,
}

impl HoursSpec {
    /// Returns the same hours on every kind of day.
    #[must_use]
    pub fn every_day(hours: &DayHours) -> Self {
        let [mon, tue, wed, thu, fri, sat, sun] = std::array::from_fn(|_| hours.clone());
        Self { mon, tue, wed, thu, fri, sat, sun, make_up: Some(hours.clone()), holiday: hours.clone() }
    }
}

/// Dates on which a calendar does not follow its rule; they outrank holidays and weekdays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionSpec {
    /// Why, such as the name of the event.
    pub name: String,
    pub(crate) dates: Dates,
    /// Opening hours on each of the dates; none = closed.
    #[serde(default)]
    pub hours: DayHours,
    /// Whether each of the dates is a working day. Default: when it has hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<bool>,
}

impl ExceptionSpec {
    /// Returns an exception on `dates`, one date or `"<first> to <last>"`.
    ///
    /// # Errors
    /// [`Error::InvalidDates`] when the text is neither.
    pub fn new(name: impl Into<String>, dates: &str, hours: DayHours) -> Result<Self, Error> {
        Ok(Self::on(name, dates.parse()?, hours))
    }

    /// Returns an exception on these dates.
    pub fn on(name: impl Into<String>, dates: Dates, hours: DayHours) -> Self {
        Self { name: name.into(), dates, hours, working: None }
    }

    /// Returns the exception with its dates counted as working days, or not, whatever its hours.
    #[must_use]
    pub fn with_working(self, working: bool) -> Self {
        Self { working: Some(working), ..self }
    }

    /// Returns its dates, both ends included.
    #[must_use]
    pub const fn dates(&self) -> Dates {
        self.dates
    }
}

fn monday_to_friday() -> Vec<Weekday> {
    vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edition() -> Edition {
        let hours: DayHours = serde_json::from_str(r#"["09:00-12:00", "13:00-24:00"]"#).expect("valid");
        let run = ExceptionSpec::new("展会", "2026-05-20 to 2026-05-22", hours.clone()).expect("valid");
        let closed = ExceptionSpec::new("盘点", "2026-06-30", DayHours::default()).expect("valid");
        let spec = CalendarSpec {
            key: "shop".to_owned(),
            name: "门店".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            holidays: Some("cn".to_owned()),
            working_days: vec![Weekday::Mon, Weekday::Sun],
            hours: HoursSpec { tue: DayHours::default(), ..HoursSpec::every_day(&hours) },
            exceptions: vec![run.with_working(false), closed],
        };
        Edition { effective_from: NaiveDate::from_ymd_opt(2026, 7, 1), spec }
    }

    #[test]
    fn what_is_stored_as_json_is_read_back_alike() {
        let undated = Edition { effective_from: None, ..edition() };
        for edition in [edition(), undated] {
            let text = serde_json::to_string(&edition).expect("writable");
            assert_eq!(serde_json::from_str::<Edition>(&text).expect("readable"), edition);
        }
    }

    #[test]
    fn json_shows_dates_and_hours_as_people_write_them() {
        let json = serde_json::to_value(edition()).expect("writable");
        assert_eq!(json["effective_from"], "2026-07-01");
        assert_eq!(json["spec"]["hours"]["mon"], serde_json::json!(["09:00-12:00", "13:00-24:00"]));
        let exceptions = &json["spec"]["exceptions"];
        assert_eq!(exceptions[0]["dates"], "2026-05-20 to 2026-05-22");
        assert_eq!((&exceptions[0]["working"], &exceptions[1]["working"]), (&false.into(), &().into()));
    }

    #[test]
    fn an_exception_tells_its_dates_as_they_were_written() {
        let spec = edition().spec;
        let dates: Vec<String> = spec.exceptions.iter().map(|each| each.dates().to_string()).collect();
        assert_eq!(dates, ["2026-05-20 to 2026-05-22", "2026-06-30"]);
        for text in dates {
            let again = ExceptionSpec::new("x", &text, DayHours::default()).expect("its own text");
            assert_eq!(again.dates().to_string(), text);
        }
    }

    #[test]
    fn an_exception_takes_the_place_of_what_was_excepted_on_its_dates_only() {
        let mut spec = edition().spec;
        spec.except(ExceptionSpec::new("闭馆", "2026-05-21", DayHours::default()).expect("valid"));
        let told = |spec: &CalendarSpec| -> Vec<String> {
            let told = spec.exceptions.iter().map(|each| format!("{} {}", each.name, each.dates()));
            told.collect()
        };
        assert_eq!(told(&spec), ["展会 2026-05-20", "闭馆 2026-05-21", "展会 2026-05-22", "盘点 2026-06-30"]);
        assert_eq!(spec.exceptions[2].working, Some(false));
        assert!(spec.unexcept("2026-05-21 to 2026-06-30".parse().expect("valid")));
        assert_eq!(told(&spec), ["展会 2026-05-20"]);
        assert!(!spec.unexcept("2026-05-21".parse().expect("valid")));
    }

    #[test]
    fn a_key_that_means_nothing_is_refused() {
        let mut json = serde_json::to_value(edition()).expect("writable");
        json["spec"]["holiday"] = "cn".into();
        assert!(serde_json::from_value::<Edition>(json).is_err());
    }
}
