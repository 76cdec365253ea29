//! The streams that are open, counted.

use hotline_core::seats::{NoSeat, Seat as Place, Seats as Places};

use super::measures;
use crate::error::Error;

/// Who has how many streams.
#[derive(Clone)]
pub(super) struct Seats(Places);

/// One stream's place; free again with this value's end.
pub(super) struct Seat {
    #[expect(dead_code, reason = "it is free again when the stream ends")]
    place: Place,
}

impl Seats {
    pub(super) fn new(most: usize, most_each: usize) -> Self {
        Self(Places::new(most, most_each))
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Error::TooManyStreams`] for a subject that has as many as it may; [`Error::Overloaded`] for a full house.
    pub(super) fn take(&self, subject: &str) -> Result<Seat, Error> {
        let place = self.0.take(subject).map_err(|none| match none {
            NoSeat::Full => Error::Overloaded,
            NoSeat::Own { limit } => Error::TooManyStreams { limit },
        })?;
        measures::opened();
        Ok(Seat { place })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        measures::closed();
    }
}
