//! Where the call centre stands, as settings say it.

use serde::{Deserialize, Serialize};

/// How telephone numbers are read that do not say where they belong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbers {
    /// Where a number without a country code belongs, ISO 3166-1 alpha-2. Default `CN`.
    pub region: String,
    /// The area code of a local number of 7 or 8 digits, such as `029`. Default empty: local numbers are refused.
    pub area_code: String,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { region: "CN".into(), area_code: String::new() }
    }
}
