//! The last events in memory, for readers that each go at their own pace: nothing is kept for a reader, so that one that
//! is too slow costs nothing and is told.

use std::collections::VecDeque;

use super::feed::{Place, Position};

/// The last events.
#[derive(Debug)]
pub struct Ring<T> {
    most: usize,
    /// After what was dropped last: from here on everything is there.
    base: Position,
    head: Position,
    /// How many came before the first that is there.
    dropped: u64,
    /// How often it was begun anew.
    restarts: u64,
    events: VecDeque<(Place, T)>,
}

/// How far one reader is.
#[derive(Clone, Debug)]
pub struct Cursor {
    next: u64,
    restarts: u64,
    position: Position,
}

/// Why a reader can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The ring was begun anew: events are missing for everybody.
    Gap,
    /// The reader was too slow: its next event is no longer there.
    Behind,
}

impl<T: Clone> Ring<T> {
    /// Makes an empty ring that keeps at most `most` events, with what comes after `position`.
    pub fn new(most: usize, position: Position) -> Self {
        let head = position.clone();
        Self { most, base: position, head, dropped: 0, restarts: 0, events: VecDeque::new() }
    }

    /// Begins anew after a gap, with what comes after `position`.
    pub fn restart(&mut self, position: Position) {
        self.restarts += 1;
        self.dropped += self.events.len() as u64;
        self.events.clear();
        self.head = position.clone();
        self.base = position;
    }

    /// Adds an event; drops the oldest where there are too many.
    pub fn push(&mut self, place: Place, event: T) {
        self.head.advance(place);
        self.events.push_back((place, event));
        while self.events.len() > self.most {
            if let Some((place, _)) = self.events.pop_front() {
                self.base.advance(place);
                self.dropped += 1;
            }
        }
    }

    /// Returns the place of a reader of what comes from now on.
    pub fn now(&self) -> Cursor {
        let next = self.dropped + self.events.len() as u64;
        Cursor { next, restarts: self.restarts, position: self.head.clone() }
    }

    /// Returns the place of a reader of all that is there.
    pub fn oldest(&self) -> Cursor {
        Cursor { next: self.dropped, restarts: self.restarts, position: self.base.clone() }
    }

    /// Returns the place of a reader who has heard everything up to `position`; none where something after it is gone.
    /// A position of another process that is further ahead is good: what it has heard is passed over when it comes.
    pub fn after(&self, position: Position) -> Option<Cursor> {
        if !position.reaches(&self.base) {
            return None;
        }
        // What is heard already may be dropped before the first read: that is no loss.
        let heard = self.events.iter().take_while(|(place, _)| position.covers(*place)).count();
        Some(Cursor { next: self.dropped + heard as u64, restarts: self.restarts, position })
    }

    /// Returns the reader's next event, where it has come already.
    ///
    /// # Errors
    /// [`Lost`]: the reader must take a new place.
    pub fn next(&self, cursor: &mut Cursor) -> Result<Option<(Place, T)>, Lost> {
        if cursor.restarts != self.restarts {
            return Err(Lost::Gap);
        }
        loop {
            let ahead = cursor.next.checked_sub(self.dropped).ok_or(Lost::Behind)?;
            let index = usize::try_from(ahead).unwrap_or(usize::MAX);
            let Some((place, event)) = self.events.get(index) else { return Ok(None) };
            cursor.next += 1;
            if !cursor.position.covers(*place) {
                cursor.position.advance(*place);
                return Ok(Some((*place, event.clone())));
            }
        }
    }
}

impl Cursor {
    /// Returns the position after the reader's last event.
    pub fn position(&self) -> &Position {
        &self.position
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Lost, Ring};
    use crate::bus::{Mark, Place, Position};

    fn place(source: &'static str, number: u64) -> Place {
        Place { source, mark: Mark(number, 0) }
    }

    fn start(life: &str) -> Position {
        Position::new(life, [place("tickets", 10), place("kpi", 20)])
    }

    /// Returns a ring of three with `tickets` 11 to 14: the first is dropped.
    fn ring() -> Ring<u64> {
        let mut ring = Ring::new(3, start("a"));
        (11..15).for_each(|number| ring.push(place("tickets", number), number));
        ring
    }

    fn rest(ring: &Ring<u64>, cursor: &mut Cursor) -> Vec<u64> {
        std::iter::from_fn(|| ring.next(cursor).expect("not lost")).map(|(_, event)| event).collect()
    }

    #[test]
    fn a_reader_goes_on_after_what_it_has_heard() {
        let mut ring = ring();
        let mut heard = start("a");
        assert!(ring.after(heard.clone()).is_none(), "the eleventh is gone");
        heard.advance(place("tickets", 11));
        assert_eq!(rest(&ring, &mut ring.after(heard.clone()).expect("all there")), [12, 13, 14]);
        heard.advance(place("tickets", 13));
        let mut cursor = ring.after(heard).expect("all there");
        assert_eq!(rest(&ring, &mut cursor), [14]);
        ring.push(place("kpi", 21), 21);
        assert_eq!(rest(&ring, &mut cursor), [21]);
        assert_eq!(cursor.position().mark("tickets"), Some(Mark(14, 0)));
        assert_eq!(rest(&ring, &mut ring.oldest()), [13, 14, 21]);
    }

    #[test]
    fn a_reader_from_a_process_that_was_ahead_hears_nothing_twice() {
        let mut ring = ring();
        let mut ahead = start("a");
        ahead.advance(place("tickets", 16));
        let mut cursor = ring.after(ahead).expect("all there");
        (15..18).for_each(|number| ring.push(place("tickets", number), number));
        assert_eq!(rest(&ring, &mut cursor), [17]);
    }

    #[test]
    fn a_reader_that_is_too_slow_is_told() {
        let mut ring = ring();
        let mut cursor = ring.now();
        (15..19).for_each(|number| ring.push(place("tickets", number), number));
        assert_eq!(ring.next(&mut cursor), Err(Lost::Behind));
    }

    #[test]
    fn after_a_gap_every_reader_is_told_and_old_positions_are_worth_nothing() {
        let mut ring = ring();
        let (mut cursor, old) = (ring.now(), ring.now().position().clone());
        ring.restart(Position::new("b", [place("tickets", 1)]));
        ring.push(place("tickets", 2), 2);
        assert_eq!(ring.next(&mut cursor), Err(Lost::Gap));
        assert!(ring.after(old).is_none());
        assert_eq!(rest(&ring, &mut ring.oldest()), [2]);
    }
}
