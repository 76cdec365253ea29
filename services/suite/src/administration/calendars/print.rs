//! Calendars on the screen.

use hotline_proto::tickets::v1::{
    Calendar, CalendarDay, CalendarDayKind, CalendarHours, ListCalendarsResponse,
};

/// Prints calendars, a line each, and the years that are missing.
pub(super) fn list(listed: &ListCalendarsResponse) {
    for Calendar { key, name, time_zone, holidays, version, .. } in &listed.calendars {
        let holidays = if holidays.is_empty() { "-" } else { holidays };
        println!("{key:<16} {time_zone:<20} holidays {holidays:<6} version {version:<4} {name}");
    }
    for missing in &listed.missing_years {
        println!("{} {}", if missing.urgent { "WRONG" } else { "note " }, missing.message);
    }
}

/// Prints one calendar.
pub(super) fn calendar(calendar: &Calendar) {
    let Calendar { key, name, time_zone, holidays, effective_from, version, .. } = calendar;
    println!("{key}  {name}");
    println!("  version       {version}, {}", by(calendar));
    println!("  holds from    {}", if effective_from.is_empty() { "always" } else { effective_from });
    println!("  time zone     {time_zone}");
    println!("  holidays      {}", if holidays.is_empty() { "none" } else { holidays });
    println!("  working days  {}", calendar.working_days.join(", "));
    for (day, hours) in days_of(calendar.hours.as_ref().unwrap_or(&CalendarHours::default())) {
        println!("  {day:<13} {}", or_closed(hours));
    }
    for exception in &calendar.exceptions {
        println!("  except        {}  {}  {}", exception.dates, or_closed(&exception.hours), exception.name);
    }
}

/// Prints what each date is.
pub(super) fn days(days: &[CalendarDay]) {
    for day in days {
        let kind = match day.kind() {
            CalendarDayKind::Weekend => "weekend",
            CalendarDayKind::Holiday => "holiday",
            CalendarDayKind::MakeUp => "make-up",
            CalendarDayKind::Exception => "exception",
            CalendarDayKind::Working | CalendarDayKind::Unspecified => "",
        };
        let working = if day.working { "working" } else { "off" };
        println!("{}  {working:<8} {kind:<10} {:<24} {}", day.date, or_closed(&day.hours), day.name);
    }
}

/// Prints which version was made.
pub(super) fn changed(calendar: &Calendar) {
    let from = &calendar.effective_from;
    let from = if from.is_empty() { String::new() } else { format!(", holds from {from}") };
    println!("{}: version {}{from}", calendar.key, calendar.version);
}

fn by(calendar: &Calendar) -> String {
    match calendar.recorded_by.as_str() {
        "" => "as shipped or configured".to_owned(),
        by => format!("by {by} {}", calendar.note).trim_end().to_owned(),
    }
}

fn days_of(hours: &CalendarHours) -> [(&str, &[String]); 9] {
    [
        ("mon", &hours.mon),
        ("tue", &hours.tue),
        ("wed", &hours.wed),
        ("thu", &hours.thu),
        ("fri", &hours.fri),
        ("sat", &hours.sat),
        ("sun", &hours.sun),
        ("make-up days", &hours.make_up),
        ("holidays", &hours.holiday),
    ]
}

fn or_closed(hours: &[String]) -> String {
    if hours.is_empty() { "closed".to_owned() } else { hours.join(", ") }
}
