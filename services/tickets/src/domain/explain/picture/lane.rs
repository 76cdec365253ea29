//! The lane of a clock: what it promises, its axis, its bar, its marks, its sentence.

use chrono::{DateTime, Utc};
use hotline_calendar::Span;
use svg::node::Node;
use svg::node::element::{Circle, Group, Line};

use super::axis::Scale;
use super::{LEFT, RIGHT, bar, px, text, words};
use crate::domain::explain::{Explained, summary};

/// Heights in a lane, in pixels from its top.
const NAME: f64 = 16.0;
const AXIS: f64 = 40.0;
const BAR: f64 = 68.0;
const BAR_BOTTOM: f64 = 88.0;
const MARKS: f64 = 108.0;
/// Heights of a row of marks and of a line of the sentence, and room below a lane.
const ROW: f64 = 17.0;
const LINE: f64 = 18.0;
const GAP: f64 = 16.0;
/// A date that is narrower has no room for its number.
const NUMBERED: f64 = 22.0;

/// A time that matters.
struct Mark {
    at: DateTime<Utc>,
    class: &'static str,
    name: &'static str,
}

/// Draws a lane from the height `y` on; returns it with its own height.
pub(super) fn draw(clock: &Explained, as_of: DateTime<Utc>, y: f64) -> (Group, f64) {
    let marks = marks(clock, as_of);
    let end = marks.iter().map(|mark| mark.at).max().unwrap_or(as_of);
    let scale = Scale::of(Span::new(clock.clock.started_at, end), clock.zone);
    let mut lane = Group::new().add(name(clock, as_of, y)).add(ticks(&scale, y));
    lane.append(bar::draw(clock, as_of, &scale, y + BAR));
    lane.append(numbers(clock, &scale, y));
    let (marks, rows) = labelled(&marks, clock, as_of, &scale, y);
    lane.append(marks);
    let mut bottom = MARKS + rows as f64 * ROW + 6.0;
    let sentence = summary::of(clock, as_of);
    for (content, class) in [(&sentence.zh, ""), (&sentence.en, "quiet")] {
        for line in words::lines(content, 12.0, RIGHT - LEFT) {
            lane.append(text(LEFT, y + bottom, &line, class));
            bottom += LINE;
        }
    }
    (lane, bottom + GAP)
}

fn name(clock: &Explained, as_of: DateTime<Utc>, y: f64) -> Group {
    let (name, amount) = (summary::name(clock.which), summary::amount(&clock.clock.target));
    let (zh, en, calendar) = (amount.zh, amount.en, &clock.calendar_name);
    let promise = format!("{} {} · {zh} {en} · {calendar} {}", name.zh, name.en, clock.zone.name());
    let state = text(RIGHT, y + NAME, state(clock, as_of), "h2 e");
    Group::new().add(text(LEFT, y + NAME, &promise, "h2")).add(state)
}

fn state(clock: &Explained, as_of: DateTime<Utc>) -> &'static str {
    match (clock.stopped_at, clock.clock.met) {
        (Some(_), Some(true)) => "按时完成 Met",
        (Some(_), Some(false)) => "超时完成 Missed",
        (Some(_), None) => "已取消 Cancelled",
        (None, _) if clock.clock.breached || clock.due_at <= as_of => "已超时 Breached",
        (None, _) if !clock.waiting_for.is_empty() => "暂停中 Paused",
        (None, _) if clock.clock.warned => "已预警 Warned",
        (None, _) => "进行中 Running",
    }
}

fn ticks(scale: &Scale, y: f64) -> Group {
    let mut axis = Group::new();
    for tick in scale.ticks() {
        let class = if tick.is_midnight { "midnight" } else { "tick" };
        axis.append(upright(tick.x, y + AXIS + 4.0, y + BAR_BOTTOM, class));
        if !tick.label.is_empty() {
            let half = words::width(&tick.label, 12.0) / 2.0;
            let x = tick.x.clamp(LEFT + half, RIGHT - half);
            axis.append(text(x, y + AXIS, &tick.label, "m quiet"));
        }
    }
    axis
}

/// Puts its number on each working day that counts.
fn numbers(clock: &Explained, scale: &Scale, y: f64) -> Group {
    let mut numbers = Group::new();
    for day in &clock.days {
        let Some((number, x)) = day.number.zip(scale.middle_of(day.date, NUMBERED)) else { continue };
        let circle = Circle::new().set("cx", px(x)).set("cy", px(y + BAR)).set("r", 10);
        numbers.append(circle.set("class", "number"));
        numbers.append(text(x, y + BAR + 4.0, &number.to_string(), "m"));
    }
    numbers
}

fn marks(clock: &Explained, as_of: DateTime<Utc>) -> Vec<Mark> {
    let mark = |at, class, name| Mark { at, class, name };
    let mut marks = vec![
        mark(clock.clock.started_at, "start", "开始 Start"),
        mark(clock.warn_at, "warn", "预警 Warning"),
        mark(clock.due_at, "due", "到期 Due"),
    ];
    marks.extend(clock.unextended_due_at.map(|at| mark(at, "old", "原到期 Due before extension")));
    marks.push(match clock.stopped_at {
        Some(at) if clock.clock.met.is_none() => mark(at, "stop", "取消 Cancelled"),
        Some(at) => mark(at, "stop", "完成 Done"),
        None => mark(as_of, "now", "现在 Now"),
    });
    marks.sort_by_key(|mark| mark.at);
    marks
}

/// Draws the marks with their labels, in as many rows as keep labels apart; returns how many those are.
fn labelled(
    marks: &[Mark],
    clock: &Explained,
    as_of: DateTime<Utc>,
    scale: &Scale,
    y: f64,
) -> (Group, usize) {
    let (mut lines, mut labels) = (Group::new(), Group::new());
    let mut rows: Vec<f64> = Vec::new();
    for mark in marks {
        let label = format!("{} {}", mark.name, words::time(mark.at, as_of, clock.zone));
        let (x, half) = (scale.x(mark.at), words::width(&label, 12.0) / 2.0);
        let middle = x.clamp(LEFT + half, RIGHT - half);
        let free = rows.iter().position(|end| *end + 10.0 < middle - half);
        let row = free.unwrap_or(rows.len());
        if free.is_none() {
            rows.push(0.0);
        }
        rows[row] = middle + half;
        let baseline = y + MARKS + row as f64 * ROW;
        lines.append(upright(x, y + AXIS + 4.0, baseline - 11.0, &format!("mark {}", mark.class)));
        labels.append(text(middle, baseline, &label, "m halo"));
    }
    // Labels lie above lines, so that a line that passes one leaves it readable.
    (Group::new().add(lines).add(labels), rows.len())
}

fn upright(x: f64, from: f64, to: f64, class: &str) -> Line {
    let line = Line::new().set("x1", px(x)).set("x2", px(x)).set("y1", px(from)).set("y2", px(to));
    line.set("class", class)
}
