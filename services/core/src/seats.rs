//! How many streams may be open: of one subject, and in all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who has how many streams. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Seats {
    most: usize,
    most_each: usize,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

/// One stream's place; free again with this value's end.
#[derive(Debug)]
pub struct Seat {
    subject: String,
    seats: Seats,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSeat {
    /// The house is full.
    #[error("as many streams are open as there may be in all")]
    Full,
    /// The subject has as many as it may.
    #[error("{limit} streams are open, which is as many as one may have: close one first")]
    Own {
        /// How many that is.
        limit: usize,
    },
}

impl Seats {
    /// Makes room for `most` streams, of which one subject may have `most_each`.
    pub fn new(most: usize, most_each: usize) -> Self {
        Self { most, most_each, taken: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub fn take(&self, subject: &str) -> Result<Seat, NoSeat> {
        let mut taken = self.lock();
        if taken.values().sum::<usize>() >= self.most {
            return Err(NoSeat::Full);
        }
        let own = taken.entry(subject.to_owned()).or_default();
        if *own >= self.most_each {
            return Err(NoSeat::Own { limit: self.most_each });
        }
        *own += 1;
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
    }
}

#[cfg(test)]
mod tests {
    use super::{NoSeat, Seats};

    #[test]
    fn a_subject_has_its_share_and_the_house_its_size() {
        let seats = Seats::new(3, 2);
        let first = seats.take("a").ok();
        let second = seats.take("a").ok();
        assert!(first.is_some() && second.is_some());
        assert_eq!(seats.take("a").err(), Some(NoSeat::Own { limit: 2 }));
        let other = seats.take("b").ok();
        assert_eq!(seats.take("c").err(), Some(NoSeat::Full));
        drop((first, other));
        assert!(seats.take("a").is_ok() && seats.take("c").is_ok());
    }
}
