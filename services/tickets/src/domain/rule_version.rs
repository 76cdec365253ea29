//! A version of a rule that was made at run time: of a policy, a calendar or a year file (T10, T11).

use chrono::{DateTime, NaiveDate, Utc};
use hotline_calendar::{Almanac, CalendarSpec, Edition};
use hotline_core::error::Error as Core;

use crate::domain::policy::Policy;
use crate::domain::policy_book::PolicyVersion;
use crate::error::Error;

/// What a version is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleKind {
    /// A policy.
    Policy,
    /// A calendar.
    Calendar,
    /// The holidays of a region in a year.
    YearFile,
}

/// A version of a rule. Versions are added, never changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleVersion {
    /// Of what.
    pub(crate) kind: RuleKind,
    /// Key of the policy or calendar; of a year file `<region>/<year>`.
    pub(crate) key: String,
    /// Grows with every version of every rule.
    pub(crate) revision: i64,
    /// The place of a policy among the others.
    pub(crate) position: i32,
    /// Since when a policy holds; none is always.
    pub(crate) effective_from: Option<DateTime<Utc>>,
    /// Since which date a calendar holds; none is always.
    pub(crate) effective_on: Option<NaiveDate>,
    /// It ends the policy; it takes every version of the calendar back.
    pub(crate) retired: bool,
    /// JSON of the policy or calendar; the text of the year file.
    pub(crate) content: String,
    /// Who made it when and why.
    pub(crate) record: Record,
}

/// Who made a version of a rule, when and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Which version, from 1; 0 is as shipped or configured.
    pub(crate) version: i32,
    /// Who made it; empty for version 0.
    pub(crate) by: String,
    /// When; none for version 0.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Why.
    pub(crate) note: String,
}

/// Who changes something, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Who.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Why.
    pub(crate) note: String,
}

impl Change {
    /// Returns the record of the version that comes of it.
    pub(crate) fn record(self, version: i32) -> Record {
        Record { version, by: self.by, at: Some(self.at), note: self.note }
    }
}

impl RuleKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Policy, Self::Calendar, Self::YearFile];

    /// Returns the name under which it is stored.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Calendar => "calendar",
            Self::YearFile => "holidays",
        }
    }
}

impl RuleVersion {
    /// Returns the version of the policy it is; none of another kind.
    ///
    /// # Errors
    /// [`Core::Internal`] for one that this release can't read.
    pub(crate) fn policy(&self) -> Result<Option<PolicyVersion>, Error> {
        if self.kind != RuleKind::Policy {
            return Ok(None);
        }
        Ok(Some(PolicyVersion {
            policy: read::<Policy>(&self.content)?,
            position: self.position,
            effective_from: self.effective_from,
            retired: self.retired,
            record: self.record.clone(),
        }))
    }

    /// Returns the calendar as it is written down.
    ///
    /// # Errors
    /// [`Core::Internal`] for one that this release can't read.
    pub(crate) fn edition(&self) -> Result<Edition, Error> {
        Ok(Edition { effective_from: self.effective_on, spec: read::<CalendarSpec>(&self.content)? })
    }

    /// Returns region and year of a year file.
    pub(crate) fn region_and_year(&self) -> Option<(&str, i32)> {
        let (region, year) = self.key.split_once('/')?;
        Some((region, year.parse().ok()?))
    }
}

/// Returns what calendars are made from with the versions laid over it, the later last. A calendar that was taken back
/// is as it was before any version.
///
/// # Errors
/// [`Error::Calendar`] for a year file that can't be read; [`Core::Internal`] for a calendar that this release can't.
pub(crate) fn laid_over(almanac: &Almanac, versions: &[RuleVersion]) -> Result<Almanac, Error> {
    let mut almanac = almanac.clone();
    for (index, version) in versions.iter().enumerate() {
        let taken_back = |version: &RuleVersion| {
            let later =
                |other: &RuleVersion| other.kind == version.kind && other.key == version.key && other.retired;
            version.retired || versions[index + 1..].iter().any(later)
        };
        match version.kind {
            RuleKind::Policy => {}
            RuleKind::Calendar if taken_back(version) => {}
            RuleKind::Calendar => almanac.add(version.edition()?),
            RuleKind::YearFile => {
                if let Some((region, year)) = version.region_and_year() {
                    almanac.merge_year(region, year, &version.content)?;
                }
            }
        }
    }
    Ok(almanac)
}

fn read<T: serde::de::DeserializeOwned>(content: &str) -> Result<T, Error> {
    serde_json::from_str(content).map_err(|error| Core::Internal(error.into()).into())
}
