//! The serials of the day's tickets. A process takes them from the counter in blocks: a counter raised by each
//! registration would let only one registration commit at a time. What is left of a block when the process ends is
//! skipped; a number says which ticket, not how many there were.

use std::ops::Range;

use chrono::NaiveDate;
use hotline_core::db::Db;
use tokio::sync::Mutex;

use crate::error::Error;
use crate::store::counter;

/// Serials of a block.
const BLOCK: i64 = 16;

/// The block in use. Share it among all who register in this process.
#[derive(Debug, Default)]
pub(crate) struct Serials(Mutex<Option<(NaiveDate, Range<i64>)>>);

impl Serials {
    /// Returns the next serial of a day. Opens a transaction of its own now and then: none may be open.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn next(&self, db: &Db, day: NaiveDate) -> Result<i64, Error> {
        let mut block = self.0.lock().await;
        if let Some((of, left)) = block.as_mut()
            && *of == day
            && let Some(serial) = left.next()
        {
            return Ok(serial);
        }
        let tx = db.begin().await?;
        let first = counter::next(&tx, &counter::of_day(day), BLOCK).await?;
        tx.commit().await?;
        *block = Some((day, first + 1..first + BLOCK));
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hotline_core::testing::databases;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn two_processes_never_give_out_the_same_serial_and_each_day_starts_anew() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
        for test in databases::<Migrator>(NAME).await {
            let (here, there) = (Serials::default(), Serials::default());
            let mut given = BTreeSet::new();
            let before = test.db.statements();
            for _ in 0..2 * BLOCK {
                assert!(given.insert(here.next(&test.db, day(2)).await.expect("is given")));
                assert!(given.insert(there.next(&test.db, day(2)).await.expect("is given")));
            }
            assert_eq!(test.db.statements() - before, 4, "one a block");
            assert_eq!(given, (1..=4 * BLOCK).collect());
            assert_eq!(here.next(&test.db, day(3)).await.expect("is given"), 1);
        }
    }
}
