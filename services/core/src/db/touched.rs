//! Which records a commit has changed, for copies of them in this process that follow the truth: search indexes, caches.

use std::sync::{Arc, Mutex, Weak};

use uuid::Uuid;

use super::{Db, Tx};
use crate::caller;

/// Follows what is committed through one [`Db`] in this process; what other processes commit is not told.
pub trait Follower: Send + Sync {
    /// Is told of the records that one transaction has changed and of the subject who did it, before the commit returns:
    /// it has to be quick.
    fn changed(&self, ids: &[Uuid], by: &str);
}

/// Who follows.
#[derive(Default)]
pub(super) struct Followers(Mutex<Vec<Weak<dyn Follower>>>);

/// What a transaction has changed.
#[derive(Default)]
pub(super) struct Touched {
    ids: Vec<Uuid>,
    by: String,
}

impl std::fmt::Debug for Followers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Followers")
    }
}

impl Followers {
    pub(super) fn tell(&self, touched: &Touched) {
        if touched.ids.is_empty() {
            return;
        }
        let mut followers = self.0.lock().expect("no follower panics");
        followers.retain(|follower| {
            let Some(follower) = follower.upgrade() else { return false };
            follower.changed(&touched.ids, &touched.by);
            true
        });
    }
}

impl Db {
    /// Tells a follower of every commit from now on, as long as it lives.
    ///
    /// # Panics
    /// Where another follower has panicked.
    pub fn follow(&self, follower: &Arc<impl Follower + 'static>) {
        let follower: Weak<dyn Follower> = Arc::<_>::downgrade(follower) as Weak<dyn Follower>;
        self.followers.0.lock().expect("no follower panics").push(follower);
    }
}

impl Tx {
    /// Notes that this transaction changes a record, for those who follow.
    ///
    /// # Panics
    /// Never: nothing panics while it is locked.
    pub fn touch(&self, id: Uuid) {
        let mut touched = self.touched.lock().expect("nothing panics while it is locked");
        if touched.ids.is_empty() {
            touched.by = caller::current_actor();
        }
        if touched.ids.last() != Some(&id) {
            touched.ids.push(id);
        }
    }
}
