//! The mapping file: which column is which field, and how times are written.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// How one file's rows become tickets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    /// Name of the other system: first part of every key.
    pub(super) source: String,
    /// Zone of the file's times.
    #[serde(deserialize_with = "zone")]
    pub(super) time_zone: Tz,
    /// How times are written, in strftime's letters.
    pub(super) time_format: String,
    /// Columns by field.
    pub(super) columns: Columns,
    /// What every ticket gets where no column says otherwise.
    pub(super) defaults: Defaults,
    /// Columns that are kept as the ticket's own fields: field = column.
    #[serde(default)]
    pub(super) fields: BTreeMap<String, String>,
}

/// Which column holds which field.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    pub(super) key: String,
    pub(super) customer: String,
    pub(super) subject: String,
    pub(super) created_at: String,
    #[serde(default)]
    pub(super) customer_name: Option<String>,
    #[serde(default)]
    pub(super) phone: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) resolution: Option<String>,
    #[serde(default)]
    pub(super) resolved_at: Option<String>,
}

/// Values for fields that the file does not have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    /// As in `TICKET_TYPE_CONSULTATION`.
    pub(super) r#type: String,
    /// Leaf of the catalogue.
    pub(super) category_code: String,
    /// As in `CHANNEL_PORTAL`.
    pub(super) channel: String,
    /// As in `PRIORITY_LOW`; empty is the category's.
    #[serde(default)]
    pub(super) priority: String,
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(|_| D::Error::custom(format!("`{name}` is not a time zone")))
}

impl Mapping {
    /// Reads and checks a mapping file.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
        Self::parse(&text).with_context(|| format!("the mapping {} can't be used", file.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mapping: Self = toml::from_str(text)?;
        ensure!(!mapping.source.is_empty(), "source must name the other system");
        mapping.ticket_type()?;
        mapping.channel()?;
        mapping.priority()?;
        Ok(mapping)
    }

    pub(super) fn ticket_type(&self) -> anyhow::Result<TicketType> {
        let name = &self.defaults.r#type;
        TicketType::from_str_name(name).with_context(|| format!("defaults.type: `{name}` is no ticket type"))
    }

    pub(super) fn channel(&self) -> anyhow::Result<Channel> {
        let name = &self.defaults.channel;
        Channel::from_str_name(name).with_context(|| format!("defaults.channel: `{name}` is no channel"))
    }

    pub(super) fn priority(&self) -> anyhow::Result<Priority> {
        match self.defaults.priority.as_str() {
            "" => Ok(Priority::Unspecified),
            name => Priority::from_str_name(name)
                .with_context(|| format!("defaults.priority: `{name}` is no priority")),
        }
    }

    /// Reads a time as the file writes it. A wall-clock time that occurs twice is the first; one that does not occur
    /// is none.
    pub(super) fn time(&self, text: &str) -> Option<DateTime<Utc>> {
        let wall = NaiveDateTime::parse_from_str(text.trim(), &self.time_format).ok()?;
        self.time_zone.from_local_datetime(&wall).earliest().map(|time| time.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::Mapping;

    const SHIPPED: &str = include_str!("../../../../deploy/import/messages.toml");

    #[test]
    fn the_shipped_mapping_reads_times_in_its_zone() {
        let mapping = Mapping::parse(SHIPPED).expect("is good");
        assert_eq!(
            mapping.time("2019-04-25 09:32:09").expect("a time").to_rfc3339(),
            "2019-04-25T01:32:09+00:00"
        );
        assert_eq!(mapping.time("25/4/2019"), None);
    }

    #[test]
    fn a_wrong_word_is_named() {
        let wrong = SHIPPED.replace("TICKET_TYPE_CONSULTATION", "TICKET_TYPE_CHAT");
        assert!(format!("{:#}", Mapping::parse(&wrong).unwrap_err()).contains("TICKET_TYPE_CHAT"));
        let wrong = SHIPPED.replace("[columns]", "[columns]\ncolour = \"x\"");
        assert!(format!("{:#}", Mapping::parse(&wrong).unwrap_err()).contains("colour"));
    }
}
