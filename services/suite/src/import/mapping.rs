//! The mapping file: which column is which field, what values mean, and how times are written.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::dispatch::v1::TeamKind;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::lookup::Lookup;
use super::record::{CODE, SUBJECT};
use super::state::State;
use super::teams;

/// Characters of a system's name: with it and a slash before them, keys have 200.
const SOURCE: usize = 49;
/// Characters of a field's name, and how many fields there are at most, as in the contract.
const FIELD_NAME: usize = 50;
const FIELDS: usize = 50;

/// How one file's rows become tickets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    /// Name of the other system: first part of every key.
    pub(super) source: String,
    /// Zone of the file's times.
    #[serde(deserialize_with = "zone")]
    pub(super) time_zone: Tz,
    /// How times are written, in strftime's letters; several are tried in turn.
    pub(super) time_format: Words,
    /// What is written where nothing is known.
    #[serde(default)]
    pub(super) missing: Vec<String>,
    /// Columns by field.
    pub(super) columns: Columns,
    /// What every ticket gets where no column says otherwise.
    pub(super) defaults: Defaults,
    /// Columns that are kept as the ticket's own fields: field = column.
    #[serde(default)]
    pub(super) fields: BTreeMap<String, String>,
    /// The ticket's type.
    #[serde(default)]
    pub(super) r#type: Option<Lookup>,
    /// The leaf of the catalogue.
    #[serde(default)]
    pub(super) category: Option<Lookup>,
    /// How it came in.
    #[serde(default)]
    pub(super) channel: Option<Lookup>,
    /// Its priority.
    #[serde(default)]
    pub(super) priority: Option<Lookup>,
    /// Whether the promise of the old system was kept.
    #[serde(default)]
    pub(super) within_target: Option<Lookup>,
    /// The team.
    #[serde(default)]
    pub(super) team: Option<Team>,
    /// Where a ticket has a row an update.
    #[serde(default)]
    pub(super) updates: Option<Updates>,
}

/// One word or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Words {
    /// Returns them all.
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Which column holds which field.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    pub(super) key: String,
    pub(super) customer: String,
    pub(super) subject: Words,
    pub(super) created_at: String,
    #[serde(default)]
    pub(super) customer_name: Option<String>,
    #[serde(default)]
    pub(super) phone: Option<String>,
    #[serde(default)]
    pub(super) description: Option<Words>,
    #[serde(default)]
    pub(super) resolution: Option<String>,
    #[serde(default)]
    pub(super) resolved_at: Option<String>,
    #[serde(default)]
    pub(super) closed_at: Option<String>,
    #[serde(default)]
    pub(super) assignee: Option<String>,
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
    /// Where the columns of the subject are empty; empty is a rejected row.
    #[serde(default)]
    pub(super) subject: String,
    /// Key of the customer where the column is empty; empty is a rejected row.
    #[serde(default)]
    pub(super) customer: String,
}

/// Where the team stands and what is made of one that is missing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Team {
    /// The column of its name.
    pub(super) column: String,
    /// Keys by name, where the key is not the name's slug.
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    /// Which line a team is that is made, as in `TEAM_KIND_SECOND_LINE`.
    #[serde(default = "second_line")]
    pub(super) kind: String,
    /// The calendar it works by.
    #[serde(default = "office")]
    pub(super) calendar: String,
}

/// How the rows of one ticket tell its past.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Updates {
    /// The column of the update's time, by which a ticket's rows are ordered.
    pub(super) at: String,
    /// A column of whole numbers that orders rows of one time.
    #[serde(default)]
    pub(super) order: Option<String>,
    /// The state after the update.
    pub(super) state: Lookup,
    /// A count of hand-overs so far; without it each change of the team is one.
    #[serde(default)]
    pub(super) reassignments: Option<String>,
    /// A count of reopenings so far; without it each way back from solved or closed is one.
    #[serde(default)]
    pub(super) reopenings: Option<String>,
}

fn second_line() -> String {
    TeamKind::SecondLine.as_str_name().to_owned()
}

fn office() -> String {
    "office".to_owned()
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

    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mapping: Self = toml::from_str(text)?;
        mapping.check_sizes()?;
        mapping.check_words()?;
        Ok(mapping)
    }

    /// Checks that what the mapping itself says fits into the contract.
    fn check_sizes(&self) -> anyhow::Result<()> {
        let defaults = &self.defaults;
        let codes = self.category.iter().flat_map(Lookup::words).chain([defaults.category_code.as_str()]);
        let sized = codes.map(|code| ("a category's code", code, 1, CODE)).chain([
            ("source", self.source.as_str(), 1, SOURCE),
            ("defaults.subject", defaults.subject.as_str(), 0, SUBJECT),
            ("defaults.customer", defaults.customer.as_str(), 0, CODE),
        ]);
        let fields = self.fields.keys().map(|field| ("the name of a field", field.as_str(), 1, FIELD_NAME));
        for (what, text, least, most) in sized.chain(fields) {
            let length = text.chars().count();
            ensure!((least..=most).contains(&length), "{what} has {least} to {most} characters: `{text}`");
        }
        ensure!(self.fields.len() <= FIELDS, "at most {FIELDS} fields fit");
        let keys = self.team.iter().flat_map(|team| team.values.values());
        for key in keys {
            ensure!(teams::is_key(key), "team.values: `{key}` is no key of a team");
        }
        Ok(())
    }

    /// Checks every word that stands for a value of ours, so that no row meets one that is none.
    fn check_words(&self) -> anyhow::Result<()> {
        let defaults = &self.defaults;
        let lookups = [&self.r#type, &self.channel, &self.priority, &self.within_target];
        for lookup in lookups.into_iter().flatten() {
            let lists = lookup.otherwise.is_none() || !lookup.values.is_empty();
            ensure!(lists, "{}: `otherwise` needs `values` to be other than", lookup.column);
        }
        let known = |is: bool, word: &str, what: &str| {
            ensure!(is, "`{word}` is no {what}");
            Ok(())
        };
        let is_type = |word: &str| known(TicketType::from_str_name(word).is_some(), word, "ticket type");
        let is_channel = |word: &str| known(Channel::from_str_name(word).is_some(), word, "channel");
        let is_priority = |word: &str| known(Priority::from_str_name(word).is_some(), word, "priority");
        let is_answer = |word: &str| known(["true", "false"].contains(&word), word, "true or false");
        let is_state = |word: &str| known(State::named(word).is_some(), word, "state");
        is_type(&defaults.r#type).context("defaults.type")?;
        is_channel(&defaults.channel).context("defaults.channel")?;
        if !defaults.priority.is_empty() {
            is_priority(&defaults.priority).context("defaults.priority")?;
        }
        check(self.r#type.as_ref(), is_type).context("type")?;
        check(self.channel.as_ref(), is_channel).context("channel")?;
        check(self.priority.as_ref(), is_priority).context("priority")?;
        check(self.within_target.as_ref(), is_answer).context("within_target")?;
        check(self.updates.as_ref().map(|updates| &updates.state), is_state).context("updates.state")?;
        if let Some(team) = &self.team {
            known(TeamKind::from_str_name(&team.kind).is_some(), &team.kind, "team kind")
                .context("team.kind")?;
        }
        Ok(())
    }

    /// Returns every column that the mapping names.
    pub(super) fn columns(&self) -> Vec<&str> {
        let columns = &self.columns;
        let one = [&columns.key, &columns.customer, &columns.created_at];
        let optional = [
            &columns.customer_name,
            &columns.phone,
            &columns.resolution,
            &columns.resolved_at,
            &columns.closed_at,
            &columns.assignee,
        ];
        let lookups = [&self.r#type, &self.category, &self.channel, &self.priority, &self.within_target];
        let description = columns.description.iter().flat_map(Words::all);
        let mut named: Vec<&String> =
            one.into_iter().chain(columns.subject.all()).chain(description).collect();
        named.extend(optional.into_iter().flatten());
        named.extend(lookups.into_iter().flatten().map(|lookup| &lookup.column));
        named.extend(self.team.iter().map(|team| &team.column));
        named.extend(self.fields.values());
        if let Some(updates) = &self.updates {
            named.extend([&updates.at, &updates.state.column]);
            let counts = [&updates.order, &updates.reassignments, &updates.reopenings];
            named.extend(counts.into_iter().flatten());
        }
        named.into_iter().map(String::as_str).collect()
    }

    /// Reads a time as the file writes it. A wall-clock time that occurs twice is the first; one that does not occur
    /// is none.
    pub(super) fn time(&self, text: &str) -> Option<DateTime<Utc>> {
        let text = text.trim();
        self.time_format.all().iter().find_map(|format| {
            if format.contains("%z") || format.contains("%:z") {
                return DateTime::parse_from_str(text, format).ok().map(|time| time.to_utc());
            }
            let wall = NaiveDateTime::parse_from_str(text, format).ok()?;
            self.time_zone.from_local_datetime(&wall).earliest().map(|time| time.to_utc())
        })
    }
}

fn check(lookup: Option<&Lookup>, is: impl Fn(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    lookup.into_iter().flat_map(Lookup::words).try_for_each(is)
}

#[cfg(test)]
mod tests;
