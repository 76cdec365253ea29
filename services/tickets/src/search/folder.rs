//! Where an index lives: in a folder that one process has to itself, or in memory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::TantivyError;

use super::index::{Error, Index};
use super::mark::Mark;

/// Processes of one machine that may each have an index under the same folder.
const MOST: usize = 16;

/// The place of one index. Nobody else has it while this value lives, or the index that is there.
pub(crate) struct Home(Option<(PathBuf, Arc<File>)>);

impl Home {
    /// Returns a home in memory.
    pub(crate) fn in_memory() -> Self {
        Self(None)
    }

    /// Takes the first place under a folder that no other process has.
    ///
    /// # Errors
    /// When the folder can't be written, or every place in it is taken.
    pub(crate) fn take(folder: &Path) -> Result<Self, Error> {
        for place in 0..MOST {
            let place = folder.join(format!("replica-{place}"));
            fs::create_dir_all(&place)?;
            let lock = File::options().create(true).append(true).open(place.join("lock"))?;
            match lock.try_lock() {
                Ok(()) => return Ok(Self(Some((place.join("index"), Arc::new(lock))))),
                Err(fs::TryLockError::WouldBlock) => {}
                Err(fs::TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Err(std::io::Error::other(format!("{MOST} processes have an index in {}", folder.display())).into())
    }

    /// Opens the index that is there, with how far it has followed; what can't be read or is of other rules is made anew.
    ///
    /// # Errors
    /// When none can be made.
    pub(crate) fn open(&self) -> Result<(Index, Option<Mark>), Error> {
        let Some((folder, lock)) = &self.0 else { return Ok((Index::in_memory()?, None)) };
        match Index::in_folder(folder, lock).and_then(|index| index.mark().map(|mark| (index, mark))) {
            Ok((index, Some(mark))) => Ok((index, Some(mark))),
            Ok((_, None)) => self.open_new(),
            // The index that was open here before has not ended yet.
            Err(Error::Index(TantivyError::LockFailure(busy, about))) => {
                Err(TantivyError::LockFailure(busy, about).into())
            }
            Err(error) => {
                if folder.exists() {
                    tracing::warn!(%error, "the search index can't be read and is made anew");
                }
                self.open_new()
            }
        }
    }

    /// Makes an empty index in place of whatever is there.
    ///
    /// # Errors
    /// When it can't be made.
    fn open_new(&self) -> Result<(Index, Option<Mark>), Error> {
        let Some((folder, lock)) = &self.0 else { return Ok((Index::in_memory()?, None)) };
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        Ok((Index::in_folder(folder, lock)?, None))
    }
}
