//! The secret of internal tokens: from the settings, or made by `hotline up` for itself.

use anyhow::ensure;
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

const MISSING: &str =
    "internal.secret is empty: roles in several processes must share one of at least 32 bytes";
