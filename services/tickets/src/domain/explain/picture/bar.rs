//! The bar of a clock: its intervals as coloured pieces, those too short to be seen in one.

use chrono::{DateTime, Utc};
use hotline_calendar::Span;
use svg::node::element::path::Data;
use svg::node::element::{Group, Path, Title};
use svg::node::{Node, Value};

use super::axis::Scale;
use super::{clean, px, text, words};
use crate::domain::explain::Explained;
use crate::domain::explain::intervals::Interval;

/// What is narrower can't be seen by itself, in pixels.
const VISIBLE: f64 = 1.0;
/// What is narrower has no room for a pointer, and needs no explanation of its own.
const POINTABLE: f64 = 8.0;

/// How a piece looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Closed,
    Paused,
    Good,
    Warned,
    Late,
}

const LOOKS: [Look; 5] = [Look::Closed, Look::Paused, Look::Good, Look::Warned, Look::Late];

/// A piece of the bar.
#[derive(Clone, Debug)]
pub(super) struct Piece<'a> {
    pub(super) x: f64,
    pub(super) width: f64,
    pub(super) look: Look,
    pub(super) ahead: bool,
    /// What it is a part of; none for several in one.
    pub(super) interval: Option<&'a Interval>,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Paused => "paused",
            Self::Good => "good",
            Self::Warned => "warned",
            Self::Late => "late",
        }
    }
}

/// Draws the bar of a clock round the height `y`.
pub(super) fn draw(clock: &Explained, as_of: DateTime<Utc>, scale: &Scale, y: f64) -> Group {
    let pieces = pieces(clock, scale);
    let mut bar = Group::new();
    for ahead in [false, true] {
        for look in LOOKS {
            let alike = pieces.iter().filter(|piece| piece.look == look && piece.ahead == ahead);
            let (wide, narrow): (Vec<_>, Vec<_>) = alike.partition(|piece| piece.width >= POINTABLE);
            let class = format!("bar {}{}", look.class(), if ahead { " ahead" } else { "" });
            for piece in &wide {
                let path = stroke(&[(piece.x, piece.width)], y).set("class", class.as_str());
                let told = piece.interval.map(|interval| told(interval, clock, as_of));
                bar.append(told.into_iter().fold(path, |path, told| path.add(Title::new(clean(&told)))));
            }
            let places: Vec<_> = narrow.iter().map(|piece| (piece.x, piece.width)).collect();
            if !places.is_empty() {
                bar.append(stroke(&places, y).set("class", class));
            }
        }
    }
    for piece in &pieces {
        if let Some(label) = label(piece) {
            let class = if piece.look == Look::Paused { "m halo" } else { "m quiet" };
            bar.append(text(piece.x + piece.width / 2.0, y + 4.0, &label, class));
        }
    }
    bar
}

/// Returns one line for all these places, each with its width: the shortest way to write many pieces.
pub(super) fn stroke(places: &[(f64, f64)], y: f64) -> Path {
    let data = places.iter().fold(Data::new(), |data, (x, width)| {
        data.move_to((px(*x), px(y))).horizontal_line_by(px(width.max(VISIBLE)))
    });
    Path::new().set("d", Value::from(data))
}

/// Says what a pointer is on.
fn told(interval: &Interval, clock: &Explained, as_of: DateTime<Utc>) -> String {
    let time = |at| words::time(at, as_of, clock.zone);
    let Span { from, to } = interval.span;
    format!("{} {} – {}", words::reason(interval).1, time(from), time(to))
}

/// Names what was left out, where there is room for it; what counts is seen by its colour.
fn label(piece: &Piece<'_>) -> Option<String> {
    if !matches!(piece.look, Look::Closed | Look::Paused) {
        return None;
    }
    let (zh, both) = words::reason(piece.interval?);
    [both, zh].into_iter().find(|label| words::width(label, 12.0) + 8.0 <= piece.width)
}

/// Returns the pieces in order.
pub(super) fn pieces<'a>(clock: &'a Explained, scale: &Scale) -> Vec<Piece<'a>> {
    let mut all = Pieces::default();
    for interval in &clock.intervals {
        for (span, look) in looks(clock, interval) {
            let (x, end) = (scale.x(span.from), scale.x(span.to));
            let piece = Piece { x, width: end - x, look, ahead: interval.ahead, interval: Some(interval) };
            all.add(piece);
        }
    }
    all.finish()
}

/// Cuts what counted at the warning and at the due time.
fn looks(clock: &Explained, interval: &Interval) -> Vec<(Span, Look)> {
    if !interval.counted() {
        return vec![(interval.span, if interval.is_paused() { Look::Paused } else { Look::Closed })];
    }
    let Span { from, to } = interval.span;
    let (warn, due) = (clock.warn_at.min(clock.due_at), clock.due_at);
    let parts = [
        (Span::new(from, to.min(warn)), Look::Good),
        (Span::new(from.max(warn), to.min(due)), Look::Warned),
        (Span::new(from.max(due), to), Look::Late),
    ];
    parts.into_iter().filter(|(span, _)| !span.is_empty()).collect()
}

/// Pieces, and those that are gathered until they can be seen.
#[derive(Default)]
struct Pieces<'a> {
    done: Vec<Piece<'a>>,
    gathered: Vec<Piece<'a>>,
}

impl<'a> Pieces<'a> {
    fn add(&mut self, piece: Piece<'a>) {
        if piece.width >= VISIBLE {
            self.flush();
            self.push(piece);
            return;
        }
        self.gathered.push(piece);
        let width: f64 = self.gathered.iter().map(|piece| piece.width).sum();
        if width >= VISIBLE {
            self.flush();
        }
    }

    /// Of many in one, working time shows: what is looked for between years of nights is what was done when.
    fn flush(&mut self) {
        let gathered = std::mem::take(&mut self.gathered);
        let (Some(first), Some(last)) = (gathered.first(), gathered.last()) else { return };
        let width_of = |look: Look| -> f64 {
            gathered.iter().filter(|piece| piece.look == look).map(|piece| piece.width).sum()
        };
        let working = LOOKS[1..].iter().copied().filter(|look| width_of(*look) > 0.0);
        let widest = working.max_by(|one, other| width_of(*one).total_cmp(&width_of(*other)));
        let piece = Piece {
            x: first.x,
            width: last.x + last.width - first.x,
            look: widest.unwrap_or(Look::Closed),
            ahead: first.ahead,
            interval: None,
        };
        self.push(piece);
    }

    fn push(&mut self, piece: Piece<'a>) {
        let alike = |last: &&mut Piece<'_>| {
            last.interval.is_none()
                && piece.interval.is_none()
                && (last.look, last.ahead) == (piece.look, piece.ahead)
        };
        match self.done.last_mut().filter(alike) {
            Some(last) => last.width = piece.x + piece.width - last.x,
            None => self.done.push(piece),
        }
    }

    fn finish(mut self) -> Vec<Piece<'a>> {
        self.flush();
        self.done
    }
}
