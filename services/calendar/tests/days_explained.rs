//! What each date was to a target in working days, by hand from the State Council's notices.

use chrono::{DateTime, NaiveDate, Utc};
use hotline_calendar::{Calendar, Calendars, DayKind, EndOf, ExplainedDay, Span, Standing};

fn office() -> Calendar {
    let calendars = Calendars::shipped().expect("shipped data is valid");
    Calendar::clone(calendars.get("office").expect("a shipped calendar"))
}

/// Reads wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time")
}

fn days(start: &str, days: u32, pauses: &[Span]) -> Vec<ExplainedDay> {
    office().explain_working_days(at(start), days, EndOf::Day, pauses).expect("a known year")
}

fn standings(days: &[ExplainedDay]) -> Vec<Standing> {
    days.iter().map(|day| day.standing).collect()
}

#[test]
fn spring_festival_is_left_out_and_its_make_up_saturday_counts() {
    let told = days("2026-02-13 10:00", 3, &[]);
    assert_eq!(told.first().map(|day| day.date), NaiveDate::from_ymd_opt(2026, 2, 13));
    assert_eq!(told.last().map(|day| day.date), NaiveDate::from_ymd_opt(2026, 2, 25));
    assert_eq!((told[0].standing, told[1].standing), (Standing::Start, Standing::Counts(1)));
    assert_eq!(told[1].kind, DayKind::MakeUp { name: "春节".into() });
    for day in &told[2..11] {
        assert_eq!((&day.kind, day.standing), (&DayKind::Holiday { name: "春节".into() }, Standing::Off));
    }
    assert_eq!(standings(&told[11..]), [Standing::Counts(2), Standing::Counts(3)]);
}

#[test]
fn a_day_paused_from_end_to_end_is_left_out_and_an_afternoon_is_not() {
    let pauses = [
        Span::new(at("2026-03-03 08:00"), at("2026-03-03 18:00")),
        Span::new(at("2026-03-04 12:00"), at("2026-03-04 18:00")),
    ];
    let expected = [Standing::Start, Standing::Paused, Standing::Counts(1), Standing::Counts(2)];
    assert_eq!(standings(&days("2026-03-02 10:00", 2, &pauses)), expected);
    let paused = |date: &str| office().is_paused_all_day(date.parse().expect("a date"), &pauses);
    assert_eq!((paused("2026-03-03"), paused("2026-03-04")), (Ok(true), Ok(false)));
}

#[test]
fn a_target_of_no_days_ends_today_unless_today_is_over() {
    assert_eq!(standings(&days("2026-03-02 10:00", 0, &[])), [Standing::Counts(1)]);
    let evening = [Standing::Over, Standing::Off, Standing::Off, Standing::Counts(1)];
    assert_eq!(standings(&days("2026-03-06 19:00", 0, &[])), evening);
}
