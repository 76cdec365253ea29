//! Settings from one documented default file, a file of the operator's, and the environment.

use std::fmt;
use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Reads settings: `T`'s defaults, then `file`, then variables `HOTLINE__SECTION__KEY`.
///
/// # Errors
/// One sentence that names the key: unknown, missing or of the wrong kind.
pub fn load<T: Default + Serialize + DeserializeOwned>(file: Option<&Path>) -> anyhow::Result<T> {
    let mut figment = Figment::from(Serialized::defaults(T::default()));
    if let Some(file) = file {
        anyhow::ensure!(file.exists(), "the configuration file {} does not exist", file.display());
        figment = figment.merge(Toml::file_exact(file));
    }
    figment = figment.merge(Env::prefixed("HOTLINE__").split("__"));
    figment.extract().map_err(|error| anyhow::anyhow!("the configuration can't be used: {error}"))
}

/// A setting that is never shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Returns the value, where it is needed.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Tells whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "(empty)" } else { "***" })
    }
}
