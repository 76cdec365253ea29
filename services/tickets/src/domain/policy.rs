//! Promises of time: which targets apply to which ticket (T8–T10).

use hotline_calendar::Calendars;
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::tickets::v1::WaitReason;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Which;
use crate::domain::target::{Amount, Target};
use crate::domain::ticket::Ticket;
use crate::error::Error;

/// The shipped policies.
const SHIPPED: &str = include_str!("../../data/sla.toml");

/// Targets, and the tickets they are for. `data/sla.toml` explains each key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The name that tickets and categories show.
    pub key: String,
    /// What people call it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Ticket types it is for, such as `FAULT`; none = any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Priorities it is for, such as `HIGH`; none = any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<String>,
    /// Channels it is for, such as `PHONE`; none = any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Categories it is for, by code, each with its subtree; none = any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// For key accounts only, or for others only; none = any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_account: Option<bool>,
    /// Until the first response; none = no promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Target>,
    /// Until the solution, of each round; none = no promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Target>,
    /// From registration to the last solution, with the time after a reopening; none = no promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_resolution: Option<Target>,
    /// From the first response to a word to the customer, and from each to the next; none = no promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Target>,
}

/// A ticket as far as policies look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Traits<'a> {
    /// Kind of trouble.
    pub(crate) kind: TicketType,
    /// Urgency × impact.
    pub(crate) priority: Priority,
    /// How it came in.
    pub(crate) channel: Channel,
    /// Code in the catalogue.
    pub(crate) category_code: &'a str,
    /// The customer is a key account.
    pub(crate) key_account: bool,
}

impl Ticket {
    /// Returns what policies look at.
    pub(crate) fn traits(&self) -> Traits<'_> {
        Traits {
            kind: self.kind,
            priority: self.priority,
            channel: self.channel,
            category_code: &self.category_code,
            key_account: self.key_account,
        }
    }
}

impl Policy {
    /// Tells whether the policy is for such a ticket.
    pub(crate) fn covers(&self, ticket: &Traits<'_>) -> bool {
        self.mismatches(ticket).next().is_none()
    }

    /// Names what of such a ticket the policy is not for, as in the contract.
    pub(crate) fn mismatches(&self, ticket: &Traits<'_>) -> impl Iterator<Item = &'static str> {
        let named = |names: &[String], prefix: &str, value: &'static str| {
            names.is_empty() || names.iter().any(|name| value.strip_prefix(prefix) == Some(name))
        };
        let categories = self.categories.is_empty()
            || self.categories.iter().any(|code| within(ticket.category_code, code));
        let fits = [
            ("types", named(&self.types, "TICKET_TYPE_", ticket.kind.as_str_name())),
            ("priorities", named(&self.priorities, "PRIORITY_", ticket.priority.as_str_name())),
            ("channels", named(&self.channels, "CHANNEL_", ticket.channel.as_str_name())),
            ("categoryCodes", categories),
            ("keyAccount", self.key_account.is_none_or(|wanted| wanted == ticket.key_account)),
        ];
        fits.into_iter().filter(|(_, fits)| !fits).map(|(name, _)| name)
    }

    /// Returns the target of a clock; a promised answer has its own.
    pub(crate) fn target(&self, which: Which) -> Option<&Target> {
        match which {
            Which::Response => self.response.as_ref(),
            Which::Resolution => self.resolution.as_ref(),
            Which::Total => self.total_resolution.as_ref(),
            Which::Update => self.update.as_ref(),
            Which::Answer => None,
        }
    }

    /// Names what in it means nothing, with why; the path is that of the contract.
    pub(crate) fn wrong(&self, calendars: &Calendars) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let names: [Names<'_>; 3] = [
            ("types", "TICKET_TYPE_", &self.types, |name| TicketType::from_str_name(name).is_some()),
            ("priorities", "PRIORITY_", &self.priorities, |name| Priority::from_str_name(name).is_some()),
            ("channels", "CHANNEL_", &self.channels, |name| Channel::from_str_name(name).is_some()),
        ];
        for (path, prefix, given, known) in names {
            let unknown = given.iter().filter(|name| !known(&format!("{prefix}{name}")));
            wrong.extend(
                unknown.map(|name| (path.to_owned(), format!("names `{name}`, which does not exist"))),
            );
        }
        for which in Which::ALL {
            let Some(target) = self.target(which) else { continue };
            let path = which.goal_name();
            if let Err(error) = target.calendar(calendars) {
                wrong.push((format!("{path}.calendar"), format!("can't be used: {error}")));
            }
            if matches!(target.amount, Amount::Minutes(0) | Amount::Hours(0)) {
                wrong.push((path.to_owned(), "is a target of no time".to_owned()));
            }
            for reason in target.pauses.iter().flatten() {
                if WaitReason::from_str_name(&format!("WAIT_REASON_{reason}")).is_none() {
                    wrong.push((
                        format!("{path}.pauses"),
                        format!("names `{reason}`, which is no reason to wait"),
                    ));
                }
            }
        }
        wrong
    }
}

/// Path in the contract, prefix of the contract's names, names given, and whether one is known.
type Names<'a> = (&'a str, &'a str, &'a [String], fn(&str) -> bool);

/// Tells whether a category is another one or below it.
fn within(code: &str, above: &str) -> bool {
    code.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Reads policies as they are written in a file like the shipped one.
///
/// # Errors
/// What can't be read, and where.
pub(crate) fn written(text: &str) -> Result<Vec<Policy>, toml::de::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        policy: Vec<Policy>,
    }
    Ok(toml::from_str::<File>(text)?.policy)
}

/// Returns the policies to begin with: the configured ones, or the shipped ones where none are configured.
///
/// # Errors
/// [`Error::Settings`] for one that names what does not exist, or two of one key.
pub(crate) fn policies(configured: Vec<Policy>, calendars: &Calendars) -> Result<Vec<Policy>, Error> {
    let policies = if configured.is_empty() {
        written(SHIPPED).map_err(|error| Error::Settings(error.to_string()))?
    } else {
        configured
    };
    for (index, policy) in policies.iter().enumerate() {
        let key = &policy.key;
        if let Some((path, why)) = policy.wrong(calendars).into_iter().next() {
            return Err(Error::Settings(format!("policy `{key}`: {path} {why}")));
        }
        if key.is_empty() || policies[..index].iter().any(|other| other.key == *key) {
            return Err(Error::Settings(format!("policy `{key}`: every policy needs a key of its own")));
        }
    }
    Ok(policies)
}

#[cfg(test)]
mod tests;
