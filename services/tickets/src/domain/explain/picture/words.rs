//! Texts of a picture: what reasons are called, and how much room texts need.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use hotline_calendar::Reason;

use crate::domain::explain::intervals::Interval;
use crate::domain::explain::summary;

/// Returns what an interval is called, in Chinese and in both languages.
pub(super) fn reason(interval: &Interval) -> (String, String) {
    let (zh, en) = match &interval.reason {
        Reason::Open => ("计入".to_owned(), "Counted".to_owned()),
        Reason::MakeUp { name } => (format!("调休上班（{name}）"), "Make-up day".to_owned()),
        Reason::Paused => {
            let party = summary::party(&interval.waiting_for);
            (party.zh, party.en)
        }
        Reason::OutsideHours => ("非工作时间".to_owned(), "Closed".to_owned()),
        Reason::Weekend => ("周末".to_owned(), "Weekend".to_owned()),
        Reason::Holiday { name } => (name.clone(), "Holiday".to_owned()),
        Reason::ClosedByException { name } => (name.clone(), "Closed by exception".to_owned()),
    };
    let both = format!("{zh} {en}");
    (zh, both)
}

/// Returns a wall time that needs no language; with the year where it is not that of `now`.
pub(super) fn time(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let format = if at.year() == now.year() { "%m-%d %H:%M" } else { "%Y-%m-%d %H:%M" };
    at.format(format).to_string()
}

/// Estimates how wide a text is, in pixels: Chinese letters are square, others about half as wide.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|letter| if letter.is_ascii() { 0.56 } else { 1.0 }).sum::<f64>() * size
}

/// Cuts a text that is wider than the room there is.
pub(super) fn shortened(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if width(&short, size) + 2.0 * size > room {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

/// Breaks a text into lines that fit: after a space, or after any letter that is not ASCII.
pub(super) fn lines(text: &str, size: f64, room: f64) -> Vec<String> {
    let pieces = text.split_inclusive(|letter: char| letter == ' ' || !letter.is_ascii());
    let mut lines = vec![String::new()];
    for piece in pieces {
        let last = lines.len() - 1;
        if lines[last].is_empty() || width(&lines[last], size) + width(piece.trim_end(), size) <= room {
            lines[last].push_str(piece);
        } else {
            lines.push(piece.to_owned());
        }
    }
    lines
}
