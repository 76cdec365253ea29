//! No search is endless and no amount is too strange to be answered.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Calendar, Calendars, EndOf, Error, HolidayRegions, Reason, Span};

const START: &str = "2026-03-02T01:00:00Z";

fn start() -> DateTime<Utc> {
    START.parse().expect("a time")
}

fn calendar(text: &str) -> Calendar {
    let calendars = Calendars::parse(text, &HolidayRegions::default()).expect("a valid calendar");
    Calendar::clone(calendars.iter().next().expect("one calendar"))
}

/// A calendar that opens on Mondays and is closed by way of exception for over two years.
fn closed_for_years() -> Calendar {
    calendar(
        r#"
        [[calendar]]
        key = "mondays"
        name = "Mondays"
        zone = "Asia/Shanghai"
        hours.mon = ["09:00-12:00", "13:00-18:00"]

        [[calendar.exceptions]]
        name = "rebuilding"
        dates = "2026-03-03 to 2027-03-02"

        [[calendar.exceptions]]
        name = "rebuilding goes on"
        dates = "2027-03-03 to 2028-03-02"
        "#,
    )
}

#[test]
fn a_calendar_that_stays_closed_says_so_instead_of_searching_on() {
    let calendar = closed_for_years();
    let no_opening = Error::NoOpening { calendar: "mondays".to_owned(), after: start() };
    assert_eq!(calendar.add_working(start(), TimeDelta::hours(8), &[]), Ok(start() + TimeDelta::hours(9)));
    assert_eq!(calendar.add_working(start(), TimeDelta::hours(9), &[]), Err(no_opening.clone()));
    assert_eq!(calendar.add_working_days(start(), 1, EndOf::Day, &[]), Err(no_opening));
    let evening = start() + TimeDelta::hours(10);
    assert!(matches!(calendar.next_open(evening), Err(Error::NoOpening { after, .. }) if after == evening));
}

#[test]
fn an_opening_nearly_a_year_away_is_found() {
    let calendar = calendar(
        r#"
        [[calendar]]
        key = "fair"
        name = "Fair"
        zone = "Asia/Shanghai"
        hours.mon = ["09:00-18:00"]

        [[calendar.exceptions]]
        name = "between two fairs"
        dates = "2026-03-03 to 2027-03-02"
        "#,
    );
    let deadline = calendar.add_working(start(), TimeDelta::hours(10), &[]);
    assert_eq!(deadline, Ok("2027-03-08T02:00:00Z".parse().expect("a time")));
}

#[test]
fn an_exception_opens_a_closed_day_with_hours_of_its_own() {
    let calendar = calendar(
        r#"
        [[calendar]]
        key = "shop"
        name = "Shop"
        zone = "Asia/Shanghai"
        hours.mon = ["09:00-18:00"]

        [[calendar.exceptions]]
        name = "开放日"
        dates = "2026-03-07"
        hours = ["10:00-12:00"]
        "#,
    );
    let saturday = "2026-03-07".parse().expect("a date");
    assert_eq!(calendar.is_working_day(saturday), Ok(true));
    assert_eq!(calendar.open_spans(saturday).map(|spans| spans[0].duration()), Ok(TimeDelta::hours(2)));
    assert_eq!(calendar.day_kind(saturday).map(|kind| kind.is_working()), Ok(true));
}

#[test]
fn a_closed_exception_is_named_in_the_explanation() {
    let lines = closed_for_years().explain(start() + TimeDelta::days(7), start() + TimeDelta::days(8), &[]);
    let lines = lines.expect("no year needed");
    assert_eq!(lines[0].reason, Reason::ClosedByException { name: "rebuilding".to_owned() });
}

#[test]
fn the_lunch_break_is_not_counted() {
    let calendar = closed_for_years();
    let end = start() + TimeDelta::hours(9);
    assert_eq!(calendar.working_between(start(), end), Ok(TimeDelta::hours(8)));
    let noon = calendar.add_working(start(), TimeDelta::minutes(181), &[]);
    assert_eq!(noon, Ok(start() + TimeDelta::minutes(241)));
}

#[test]
fn time_is_exact_below_the_minute() {
    let calendar = closed_for_years();
    let begin = start() + TimeDelta::milliseconds(1_500);
    let amount = TimeDelta::milliseconds(90_250);
    assert_eq!(calendar.add_working(begin, amount, &[]), Ok(begin + amount));
    assert_eq!(calendar.working_between(begin, begin + amount), Ok(amount));
}

#[test]
fn an_amount_below_zero_or_out_of_reach_is_refused() {
    let always = Calendar::always_open(Tz::UTC);
    let negative = Error::NegativeAmount { calendar: "always".to_owned(), seconds: -1 };
    assert_eq!(always.add_working(start(), TimeDelta::seconds(-1), &[]), Err(negative));
    let out_of_reach = Error::OutOfReach { calendar: "always".to_owned() };
    assert_eq!(always.add_working(start(), TimeDelta::MAX, &[]), Err(out_of_reach.clone()));
    assert_eq!(always.add_working_days(start(), u32::MAX, EndOf::Day, &[]), Err(out_of_reach.clone()));
    assert_eq!(always.elapsed(start(), DateTime::<Utc>::MAX_UTC, &[]), Err(out_of_reach.clone()));
    let for_ever = [Span::new(start(), DateTime::<Utc>::MAX_UTC)];
    assert_eq!(always.add_working(start(), TimeDelta::seconds(1), &for_ever), Err(out_of_reach));
}

#[test]
fn a_pause_over_an_unknown_year_needs_no_data_of_it() {
    let calendars = Calendars::shipped().expect("shipped data is valid");
    let office = calendars.get("office").expect("shipped");
    let time = |text: &str| -> DateTime<Utc> { text.parse().expect("a time") };
    let before_the_data = [Span::new(time("2009-06-01T00:00:00Z"), time("2011-03-01T01:00:00Z"))];
    let deadline = office.add_working(time("2009-06-01T00:00:00Z"), TimeDelta::hours(1), &before_the_data);
    assert_eq!(deadline, Ok(time("2011-03-01T02:00:00Z")));
}

#[test]
fn a_wall_time_that_the_clock_change_leaves_out_or_repeats_gets_one_deadline() {
    let berlin = Calendar::always_open(Tz::Europe__Berlin);
    let time = |text: &str| -> DateTime<Utc> { text.parse().expect("a time") };
    let next_day = |start: &str| berlin.add_working_days(time(start), 1, EndOf::SameTime, &[]);
    assert_eq!(next_day("2026-03-28T01:30:00Z"), Ok(time("2026-03-29T01:30:00Z")));
    assert_eq!(next_day("2026-10-24T00:30:00Z"), Ok(time("2026-10-25T00:30:00Z")));
    let long_day = berlin.open_spans("2026-10-25".parse().expect("a date")).expect("no year needed");
    assert_eq!(long_day.iter().map(Span::duration).collect::<Vec<_>>(), [TimeDelta::hours(25)]);
}

#[test]
fn a_calendar_in_another_zone_counts_its_own_dates() {
    let samoa = Calendar::always_open(Tz::Pacific__Pago_Pago);
    let shanghai = Calendar::always_open(Tz::Asia__Shanghai);
    assert_eq!(samoa.local_date(start()).to_string(), "2026-03-01");
    assert_eq!(shanghai.local_date(start()).to_string(), "2026-03-02");
    let end = |calendar: &Calendar| calendar.add_working_days(start(), 0, EndOf::Day, &[]);
    assert_eq!(end(&samoa), Ok("2026-03-02T11:00:00Z".parse().expect("a time")));
    assert_eq!(end(&shanghai), Ok("2026-03-02T16:00:00Z".parse().expect("a time")));
}
