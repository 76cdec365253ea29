//! Stretches of absolute time, and a set of pauses made of them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A half-open stretch of time: `from` belongs to it, `to` does not. One that ends before it begins is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First instant inside.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
}

impl Span {
    /// Returns the span between two instants.
    #[must_use]
    pub const fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { from, to }
    }

    /// Returns whether it holds no time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to <= self.from
    }

    /// Returns its length, zero when empty.
    #[must_use]
    pub fn duration(&self) -> TimeDelta {
        (self.to - self.from).max(TimeDelta::zero())
    }

    /// Returns the part shared with `other`, possibly empty.
    #[must_use]
    pub fn clip(&self, other: &Self) -> Self {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }
}

/// Sorts the spans, drops empty ones and joins those that overlap or touch.
pub(crate) fn joined(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
    sorted.sort_unstable_by_key(|span| span.from);
    sorted.dedup_by(|later, kept| {
        let joins = later.from <= kept.to;
        if joins {
            kept.to = kept.to.max(later.to);
        }
        joins
    });
    sorted
}

/// Pauses in order, none touching another, so that time paused twice is taken out once.
#[derive(Debug)]
pub(crate) struct Pauses(Vec<Span>);

impl Pauses {
    pub(crate) fn new(spans: &[Span]) -> Self {
        Self(joined(spans.iter().copied()))
    }

    /// Returns the pause that holds the whole span, if one does.
    pub(crate) fn covering(&self, span: &Span) -> Option<Span> {
        let pause = self.ending_after(span.from).first()?;
        (pause.from <= span.from && pause.to >= span.to).then_some(*pause)
    }

    /// Cuts the span where pauses begin and end; each piece says whether it is paused.
    pub(crate) fn split(&self, span: Span) -> impl Iterator<Item = (Span, bool)> + '_ {
        let mut cursor = span.from;
        let end = Span::new(span.to, span.to);
        let touching = self.ending_after(span.from).iter().take_while(move |pause| pause.from < span.to);
        touching
            .copied()
            .chain([end])
            .flat_map(move |pause| {
                let free = Span::new(cursor, pause.from);
                let paused = pause.clip(&span);
                cursor = pause.to;
                [(free, false), (paused, true)]
            })
            .filter(|(piece, _)| !piece.is_empty())
    }

    /// Returns the pieces of the span that are not paused.
    pub(crate) fn free(&self, span: Span) -> impl Iterator<Item = Span> + '_ {
        self.split(span).filter_map(|(piece, paused)| (!paused).then_some(piece))
    }

    /// Returns the pauses that end after `at`.
    fn ending_after(&self, at: DateTime<Utc>) -> &[Span] {
        let first = self.0.partition_point(|pause| pause.to <= at);
        &self.0[first..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("a small timestamp");
        Span::new(at(from), at(to))
    }

    #[test]
    fn overlapping_and_touching_spans_are_joined_and_empty_ones_dropped() {
        let spans = [span(50, 60), span(10, 20), span(15, 30), span(30, 40), span(45, 45), span(90, 80)];
        assert_eq!(joined(spans), [span(10, 40), span(50, 60)]);
    }

    #[test]
    fn a_span_is_cut_at_every_pause() {
        let pauses = Pauses::new(&[span(0, 12), span(15, 16), span(18, 30)]);
        let pieces: Vec<_> = pauses.split(span(10, 20)).collect();
        let expected = [
            (span(10, 12), true),
            (span(12, 15), false),
            (span(15, 16), true),
            (span(16, 18), false),
            (span(18, 20), true),
        ];
        assert_eq!(pieces, expected);
        assert!(pauses.free(span(20, 25)).next().is_none());
        assert_eq!(pauses.free(span(40, 50)).collect::<Vec<_>>(), [span(40, 50)]);
    }

    #[test]
    fn a_pause_covers_only_what_it_holds_whole() {
        let pauses = Pauses::new(&[span(10, 20), span(30, 40)]);
        assert_eq!(pauses.covering(&span(12, 20)), Some(span(10, 20)));
        assert_eq!(pauses.covering(&span(19, 31)), None);
        assert_eq!(pauses.covering(&span(20, 25)), None);
    }
}
