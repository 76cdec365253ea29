//! The secret of internal tokens: from the settings, or made by `hotline up` for itself.

use anyhow::ensure;
use rand::RngExt;

use crate::config::Config;
use crate::roles::Role;

/// Returns the secret. A process that plays every role needs to share it with nobody: it makes one at each start.
pub(super) fn internal(config: &Config, roles: &[Role]) -> anyhow::Result<Vec<u8>> {
    let given = config.internal.secret.reveal();
    if !given.is_empty() {
        return Ok(given.as_bytes().to_vec());
    }
    ensure!(
        Role::ALL.iter().all(|role| roles.contains(role)),
        "internal.secret is empty: roles in several processes must share one of at least 32 bytes"
    );
    let mut secret = vec![0; 32];
    rand::rng().fill(secret.as_mut_slice());
    Ok(secret)
}
