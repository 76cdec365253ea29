//! One layer of agreements over what was to be.

use hotline_calendar::Span;

use crate::shift::{Shift, Source, in_order};

/// Somebody who is on duty instead, for some stretches of time.
pub(crate) struct Layer<'a> {
    /// When, in order.
    pub(crate) spans: Vec<Span>,
    /// Instead of whom; `None` is whoever it would be.
    pub(crate) instead_of: Option<&'a str>,
    /// Who.
    pub(crate) person: &'a str,
    /// Why they.
    pub(crate) source: Source,
}

impl Layer<'_> {
    /// Returns the shifts with this layer on top, in order.
    pub(crate) fn over(&self, shifts: Vec<Shift>) -> Vec<Shift> {
        in_order(shifts.into_iter().flat_map(|shift| self.over_one(shift)).collect())
    }

    fn over_one(&self, shift: Shift) -> Vec<Shift> {
        if self.instead_of.is_some_and(|person| person != shift.person) {
            return vec![shift];
        }
        let mut pieces = Vec::new();
        let mut rest = shift.span;
        for span in self.spans.iter().map(|span| span.clip(&shift.span)).filter(|span| !span.is_empty()) {
            pieces.extend(shift.clip(&Span::new(rest.from, span.from)));
            pieces.push(Shift {
                span,
                person: self.person.to_owned(),
                source: self.source.clone(),
                ..shift.clone()
            });
            rest.from = span.to;
        }
        pieces.extend(shift.clip(&rest));
        pieces
    }
}
