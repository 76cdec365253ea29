//! A calendar whose rules change from a date on: every date keeps the rules that were in force on it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hotline_calendar::{
    Almanac, Calendar, CalendarSpec, DayKind, Edition, EndOf, Error, ExceptionSpec, HolidayRegions, Reason,
};

/// Reads wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Open from Monday to Friday at the same hours, without holidays.
fn spec(hours: &str) -> CalendarSpec {
    let text = format!(
        r#"
        [[calendar]]
        key = "desk"
        name = "{hours}"
        zone = "Asia/Shanghai"
        hours = {{ mon = ["{hours}"], tue = ["{hours}"], wed = ["{hours}"], thu = ["{hours}"], fri = ["{hours}"] }}
        "#
    );
    let almanac = Almanac::parse(&text, HolidayRegions::default()).expect("a valid calendar");
    almanac.editions().next().expect("one calendar").spec.clone()
}

fn edition(from: Option<&str>, spec: CalendarSpec) -> Edition {
    Edition { effective_from: from.map(date), spec }
}

fn calendar(editions: Vec<Edition>) -> Calendar {
    Calendar::of_editions(editions, &HolidayRegions::default()).expect("valid editions")
}

fn refused(editions: Vec<Edition>) -> String {
    let refused = Calendar::of_editions(editions, &HolidayRegions::default());
    refused.expect_err("editions that do not belong together").to_string()
}

/// Shorter hours from Wednesday 4 March 2026 on.
fn shorter_from_wednesday() -> Calendar {
    calendar(vec![edition(None, spec("09:00-18:00")), edition(Some("2026-03-04"), spec("10:00-12:00"))])
}

#[test]
fn each_date_is_counted_by_the_hours_in_force_on_it() {
    let desk = shorter_from_wednesday();
    let table = [
        ("2026-03-02 09:00", 9 * 60, "2026-03-02 18:00"),
        ("2026-03-03 17:00", 60, "2026-03-03 18:00"),
        ("2026-03-03 17:00", 61, "2026-03-04 10:01"),
        ("2026-03-03 17:00", 60 + 2 * 120 + 1, "2026-03-06 10:01"),
        ("2026-03-04 09:00", 1, "2026-03-04 10:01"),
    ];
    for (start, minutes, due) in table {
        let amount = TimeDelta::minutes(minutes);
        assert_eq!(desk.add_working(at(start), amount, &[]), Ok(at(due)), "{start} + {minutes}");
        assert_eq!(desk.elapsed(at(start), at(due), &[]), Ok(amount), "{start} to {due}");
    }
    let evening = |start| desk.add_working_days(at(start), 1, EndOf::Day, &[]);
    assert_eq!(evening("2026-03-02 10:00"), Ok(at("2026-03-03 18:00")));
    assert_eq!(evening("2026-03-03 10:00"), Ok(at("2026-03-04 12:00")));
}

#[test]
fn what_was_promised_under_the_old_hours_is_not_counted_again_by_the_new() {
    let before = calendar(vec![edition(None, spec("09:00-18:00"))]);
    let (start, due) = (at("2026-03-02 10:00"), at("2026-03-03 17:30"));
    assert_eq!(before.elapsed(start, due, &[]), shorter_from_wednesday().elapsed(start, due, &[]));
}

#[test]
fn working_days_and_exceptions_are_those_of_the_edition_in_force() {
    let closed = |day| ExceptionSpec::new("盘点", day, spec("09:00-18:00").hours.sat).expect("a date");
    let exceptions = vec![closed("2026-03-03"), closed("2026-03-10")];
    let usual = CalendarSpec { exceptions: exceptions.clone(), ..spec("09:00-18:00") };
    let without = CalendarSpec { working_days: vec![chrono::Weekday::Sat], ..spec("09:00-18:00") };
    let desk = calendar(vec![edition(None, usual), edition(Some("2026-03-05"), without)]);
    let kinds = ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-07", "2026-03-10"].map(|day| {
        let kind = desk.day_kind(date(day)).expect("no year needed");
        assert_eq!(desk.is_working_day(date(day)), Ok(kind.is_working()), "{day}");
        kind
    });
    let exception = DayKind::Exception { name: "盘点".into(), working: false };
    let expected = [exception, DayKind::Working, DayKind::Weekend, DayKind::Working, DayKind::Weekend];
    assert_eq!(kinds, expected);
    assert_eq!(desk.working_days_between(date("2026-03-02"), date("2026-03-14")), Ok(3));
}

#[test]
fn a_correction_of_the_same_date_holds_whatever_the_order_of_the_others() {
    let april = edition(Some("2026-04-01"), spec("10:00-12:00"));
    let wrong = edition(Some("2026-03-04"), spec("06:00-07:00"));
    let right = edition(Some("2026-03-04"), spec("10:00-16:00"));
    let first = edition(None, spec("09:00-18:00"));
    let desk = calendar(vec![april, wrong, right, first]);
    let hours = ["2026-03-03", "2026-03-04", "2026-03-31", "2026-04-01"].map(|day| {
        let intervals = desk.day_hours(date(day)).expect("no year needed").intervals();
        intervals.iter().map(ToString::to_string).collect::<String>()
    });
    assert_eq!(hours, ["09:00-18:00", "10:00-16:00", "10:00-16:00", "10:00-12:00"]);
    assert_eq!(desk.name(), "10:00-12:00");
}

#[test]
fn the_first_edition_answers_for_dates_before_its_own() {
    let desk = calendar(vec![edition(Some("2026-03-04"), spec("09:00-18:00"))]);
    assert_eq!(desk.is_open(at("2025-03-04 10:00")), Ok(true));
}

#[test]
fn an_edition_changes_at_midnight_of_the_calendars_zone() {
    let night = |hours| edition(Some("2026-03-04"), spec(hours));
    let desk = calendar(vec![edition(None, spec("00:00-24:00")), night("01:00-24:00")]);
    let start = at("2026-03-03 23:00");
    assert_eq!(desk.add_working(start, TimeDelta::minutes(61), &[]), Ok(at("2026-03-04 01:01")));
    let lines = desk.explain(start, at("2026-03-04 02:00"), &[]).expect("no year needed");
    let told: Vec<_> = lines.iter().map(|line| (line.to, &line.reason)).collect();
    let expected = [
        (at("2026-03-04 00:00"), &Reason::Open),
        (at("2026-03-04 01:00"), &Reason::OutsideHours),
        (at("2026-03-04 02:00"), &Reason::Open),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_missing_year_is_that_of_the_edition_in_force_on_the_date() {
    let mut regions = HolidayRegions::default();
    for region in ["north", "south"] {
        let year = "year = 2026\n[[holiday]]\nname = \"N\"\noff = [\"2026-01-01\"]";
        regions.merge(region, 2026, year).expect("valid");
    }
    let of_region = |region: &str| {
        let mut spec = CalendarSpec { holidays: Some(region.to_owned()), ..spec("09:00-18:00") };
        spec.hours.make_up = Some(spec.hours.mon.clone());
        spec
    };
    let editions = vec![
        edition(None, spec("09:00-18:00")),
        edition(Some("2026-06-01"), of_region("north")),
        edition(Some("2027-06-01"), of_region("south")),
    ];
    let desk = Calendar::of_editions(editions, &regions).expect("valid editions");
    let missing = |region: &str, year| {
        Err(Error::YearMissing { calendar: "desk".to_owned(), region: region.to_owned(), year })
    };
    assert_eq!(desk.is_working_day(date("2025-03-03")), Ok(true));
    assert_eq!(desk.is_working_day(date("2026-12-31")), Ok(true));
    assert_eq!(desk.is_working_day(date("2027-05-31")), missing("north", 2027));
    assert_eq!(desk.is_working_day(date("2027-06-01")), missing("south", 2027));
    assert_eq!(desk.holidays().map(hotline_calendar::Holidays::region), Some("south"));
}

#[test]
fn editions_that_do_not_belong_together_are_refused_with_what_to_do() {
    let first = || edition(None, spec("09:00-18:00"));
    let other_zone = CalendarSpec { zone: "Europe/Berlin".to_owned(), ..spec("09:00-18:00") };
    assert_eq!(
        refused(vec![first(), edition(Some("2026-03-04"), other_zone)]),
        "calendar `desk` is in time zone `Asia/Shanghai` and an edition of it in `Europe/Berlin`: \
         make a new calendar for another time zone"
    );
    let other_key = CalendarSpec { key: "shop".to_owned(), ..spec("09:00-18:00") };
    assert_eq!(
        refused(vec![first(), edition(Some("2026-03-04"), other_key)]),
        "an edition of calendar `desk` has the key `shop`: the editions of a calendar share one key"
    );
    assert_eq!(refused(Vec::new()), "a calendar needs at least one edition");
    let never_open = CalendarSpec { hours: hotline_calendar::HoursSpec::default(), ..spec("09:00-18:00") };
    let never_open = refused(vec![first(), edition(Some("2026-03-04"), never_open)]);
    assert_eq!(never_open, "calendar `desk` is closed on every day of the week");
}
