//! Settings of the customer service.

use serde::{Deserialize, Serialize};

/// Settings of the customer service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where a telephone number without a country code belongs, ISO 3166-1 alpha-2.
    pub region: String,
    /// The area code of a local number of 7 or 8 digits, such as `029`; empty refuses local numbers.
    pub area_code: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { region: "CN".into(), area_code: String::new() }
    }
}
