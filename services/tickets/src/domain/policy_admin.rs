//! Policies are made, replaced and ended: what is refused, and which version comes of it (T10).

use chrono::{DateTime, Utc};
use hotline_core::error::{Error as Core, Field};

use crate::domain::catalogue::Catalogue;
use crate::domain::policy::Policy;
use crate::domain::policy_book::PolicyVersion;
use crate::domain::registration::unknown_category;
use crate::domain::rule_version::{Change, Record, RuleKind, RuleVersion};
use crate::domain::rules::Rules;
use crate::error::Error;

/// A policy as somebody gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// The policy.
    pub(crate) policy: Policy,
    /// Its place; none is where it was, or after all others.
    pub(crate) position: Option<i32>,
    /// Since when it holds; none is now.
    pub(crate) effective_from: Option<DateTime<Utc>>,
}

/// Makes a policy.
///
/// # Errors
/// [`Error::PolicyExists`]; [`Error::Fields`] for what means nothing.
pub(crate) fn create(
    rules: &Rules,
    catalogue: &Catalogue,
    given: Given,
    change: Change,
) -> Result<PolicyVersion, Error> {
    let versions = rules.policies.versions(&given.policy.key);
    if versions.last().is_some_and(|last| !last.retired) {
        return Err(Error::PolicyExists(given.policy.key));
    }
    version(rules, catalogue, given, change)
}

/// Puts a new version in the place of a policy.
///
/// # Errors
/// [`Core::NotFound`]; [`Error::Fields`] for what means nothing.
pub(crate) fn replace(
    rules: &Rules,
    catalogue: &Catalogue,
    given: Given,
    change: Change,
) -> Result<PolicyVersion, Error> {
    let versions = rules.policies.versions(&given.policy.key);
    let Some(last) = versions.last() else {
        return Err(Core::NotFound { what: "policy", id: given.policy.key }.into());
    };
    let position = given.position.unwrap_or(last.position);
    version(rules, catalogue, Given { position: Some(position), ..given }, change)
}

/// Ends a policy.
///
/// # Errors
/// [`Core::NotFound`] for none, or one that has ended; [`Error::PolicyNeeded`] where a category names it.
pub(crate) fn retire(
    rules: &Rules,
    catalogue: &Catalogue,
    key: &str,
    effective_from: Option<DateTime<Utc>>,
    change: Change,
) -> Result<PolicyVersion, Error> {
    let last = rules.policies.versions(key).last().filter(|last| !last.retired);
    let last = last.ok_or_else(|| Core::NotFound { what: "policy", id: key.to_owned() })?;
    let naming = catalogue.0.iter().filter(|category| category.policy == key);
    let by: Vec<String> = naming.map(|category| format!("category {}", category.code)).collect();
    if !by.is_empty() {
        return Err(Error::PolicyNeeded { key: key.to_owned(), by });
    }
    Ok(PolicyVersion {
        policy: last.policy.clone(),
        position: last.position,
        effective_from: Some(effective_from.unwrap_or(change.at)),
        retired: true,
        record: change.record(last.record.version + 1),
    })
}

/// Returns a version as it is stored.
///
/// # Errors
/// [`Core::Internal`].
pub(crate) fn stored(version: &PolicyVersion) -> Result<RuleVersion, Error> {
    Ok(RuleVersion {
        kind: RuleKind::Policy,
        key: version.policy.key.clone(),
        revision: 0,
        position: version.position,
        effective_from: version.effective_from,
        effective_on: None,
        retired: version.retired,
        content: serde_json::to_string(&version.policy).map_err(|error| Core::Internal(error.into()))?,
        record: version.record.clone(),
    })
}

fn version(
    rules: &Rules,
    catalogue: &Catalogue,
    given: Given,
    change: Change,
) -> Result<PolicyVersion, Error> {
    let mut wrong: Vec<Field> = given.policy.wrong(&rules.calendars).into_iter().map(field).collect();
    for (code, index) in given.policy.categories.iter().zip(0..) {
        if catalogue.get(code).is_none() {
            wrong.push(Field { path: format!("categoryCodes[{index}]"), ..unknown_category(code) });
        }
    }
    if given.policy.key.is_empty() {
        wrong.push(Field { path: "key".into(), en: "is required".into(), zh: "必填".into() });
    }
    if !wrong.is_empty() {
        return Err(Error::Fields(wrong));
    }
    let first = PolicyVersion {
        policy: Policy::default(),
        position: 0,
        effective_from: None,
        retired: false,
        record: Record::default(),
    };
    let last = rules.policies.versions(&given.policy.key).last().unwrap_or(&first);
    Ok(PolicyVersion {
        position: given.position.unwrap_or_else(|| rules.policies.last_place()),
        effective_from: Some(given.effective_from.unwrap_or(change.at)),
        retired: false,
        record: change.record(last.record.version + 1),
        policy: given.policy,
    })
}

fn field((path, why): (String, String)) -> Field {
    Field { path, zh: format!("无效：{why}"), en: why }
}
