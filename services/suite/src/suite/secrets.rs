//! Secrets from the settings, or made by `hotline up` for itself: that of internal tokens, and the key of webhooks.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use rand::RngExt;

use crate::config::Config;

/// Returns the secret. A process that speaks to no other shares it with nobody: it makes one at each start.
pub(super) fn internal(config: &Config) -> anyhow::Result<Vec<u8>> {
    let given = config.internal.secret.reveal();
    if !given.is_empty() {
        return Ok(given.as_bytes().to_vec());
    }
    ensure!(config.upstreams.is_empty(), "{MISSING}");
    let mut secret = vec![0; 32];
    rand::rng().fill(secret.as_mut_slice());
    Ok(secret)
}

/// Refuses to open a port for other processes without a secret that they share.
pub(super) fn demand(config: &Config) -> anyhow::Result<()> {
    ensure!(!config.internal.secret.is_empty(), "{MISSING}");
    Ok(())
}

/// The file of the key that encrypts the secrets of webhooks, in the data folder.
const WEBHOOKS_KEY: &str = "webhooks.key";

/// Returns the dispatch service's settings with the key of webhooks. Where none is set, a suite in one process keeps one in
/// its data folder, beside the databases that it is for; other processes would not know it.
pub(super) fn dispatch(config: &Config) -> anyhow::Result<hotline_dispatch::Config> {
    let mut dispatch = config.dispatch.clone();
    let shared = !config.storage.database_url.is_empty() && !config.internal.secret.is_empty();
    if dispatch.webhooks.key.is_empty() && config.upstreams.is_empty() && !shared {
        dispatch.webhooks.key = kept_in(&config.storage.data_dir.join(WEBHOOKS_KEY))?.into();
    }
    Ok(dispatch)
}

/// Returns the key in a file, which is made where it is missing: for its owner's eyes only, and whole or not at all.
fn kept_in(file: &Path) -> anyhow::Result<String> {
    let read = || std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()));
    if file.exists() {
        return Ok(read()?.trim().to_owned());
    }
    let mut bytes = [0_u8; 32];
    rand::rng().fill(&mut bytes);
    let key: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    }
    let draft = file.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut open| {
        open.write_all(key.as_bytes())?;
        open.sync_all()
    });
    // A link fails where another process was quicker, whose key then counts.
    let kept = written.and_then(|()| match std::fs::hard_link(&draft, file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    kept.with_context(|| format!("{} can't be written", file.display()))?;
    let _ = std::fs::remove_file(&draft);
    Ok(read()?.trim().to_owned())
}

const MISSING: &str =
    "internal.secret is empty: roles in several processes must share one of at least 32 bytes";

#[cfg(test)]
mod tests {
    use super::{WEBHOOKS_KEY, dispatch};
    use crate::config::Config;

    #[test]
    fn a_suite_in_one_process_keeps_its_key_of_webhooks() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::default();
        config.storage.data_dir = folder.path().to_owned();
        let key = |config: &Config| dispatch(config).expect("a key").webhooks.key.reveal().to_owned();
        let first = key(&config);
        assert!(first.len() >= 32);
        assert_eq!(key(&config), first, "the same after a restart");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = std::fs::metadata(folder.path().join(WEBHOOKS_KEY)).expect("is there");
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        config.dispatch.webhooks.key = "set by the operator, long enough".to_owned().into();
        assert_eq!(key(&config), "set by the operator, long enough");
    }

    #[test]
    fn replicas_make_no_keys_of_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::default();
        config.storage.data_dir = folder.path().to_owned();
        config.storage.database_url = "postgres://x".to_owned().into();
        config.internal.secret = "0123456789abcdef0123456789abcdef".to_owned().into();
        assert!(dispatch(&config).expect("settings").webhooks.key.is_empty());
        assert!(!folder.path().join(WEBHOOKS_KEY).exists());
    }
}
