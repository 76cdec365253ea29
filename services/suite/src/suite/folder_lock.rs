//! One `hotline up` a data folder: two would each have queues and a clock of their own over the same databases. Tools
//! such as `hotline import` work beside it.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, bail};

/// Takes the folder until the file is dropped or the process ends, however it ends.
pub(super) fn take(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("up.lock");
    let file = File::create(&path).with_context(|| format!("{} can't be made", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another `hotline up` runs on {}: end it, or choose another --data-dir", folder.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} can't be locked", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_folder_is_taken_once() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let first = super::take(folder.path()).expect("free");
        assert!(super::take(folder.path()).unwrap_err().to_string().contains("--data-dir"));
        drop(first);
        super::take(folder.path()).expect("free again");
    }
}
