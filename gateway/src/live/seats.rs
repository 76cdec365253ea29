//! How many streams may be open: of one subject, and in all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::measures;
use crate::error::Error;

/// Who has how many streams.
#[derive(Clone)]
pub(super) struct Seats {
    most: usize,
    most_each: usize,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

/// One stream's place; free again with this value's end.
pub(super) struct Seat {
    subject: String,
    seats: Seats,
}

impl Seats {
    pub(super) fn new(most: usize, most_each: usize) -> Self {
        Self { most, most_each, taken: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Error::TooManyStreams`] for a subject that has as many as it may; [`Error::Overloaded`] for a full house.
    pub(super) fn take(&self, subject: &str) -> Result<Seat, Error> {
        let mut taken = self.lock();
        if taken.values().sum::<usize>() >= self.most {
            return Err(Error::Overloaded);
        }
        let own = taken.entry(subject.to_owned()).or_default();
        if *own >= self.most_each {
            return Err(Error::TooManyStreams { limit: self.most_each });
        }
        *own += 1;
        measures::opened();
        Ok(Seat { subject: subject.to_owned(), seats: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        if let Some(own) = taken.get_mut(&self.subject) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.subject);
            }
        }
        measures::closed();
    }
}

#[cfg(test)]
mod tests {
    use super::Seats;
    use crate::error::Error;

    #[test]
    fn a_subject_has_its_share_and_the_house_its_size() {
        let seats = Seats::new(3, 2);
        let first = seats.take("a").ok();
        let second = seats.take("a").ok();
        assert!(first.is_some() && second.is_some());
        assert!(matches!(seats.take("a"), Err(Error::TooManyStreams { limit: 2 })));
        let other = seats.take("b").ok();
        assert!(matches!(seats.take("c"), Err(Error::Overloaded)));
        drop((first, other));
        assert!(seats.take("a").is_ok() && seats.take("c").is_ok());
    }
}
