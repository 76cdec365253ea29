//! Policies are made, replaced and ended: what is refused, and which version comes of it (T10).

use chrono::{DateTime, Utc};
use hotline_calendar::Calendars;
use hotline_core::error::{Error as Core, Field};

use crate::domain::catalogue::Catalogue;
use crate::domain::policy::Policy;
use crate::domain::policy_book::PolicyVersion;
use crate::domain::registration::unknown_category;
use crate::domain::rule_version::{Change, RuleKind, RuleVersion};
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

/// Makes a policy; one that has ended begins anew.
///
/// # Errors
/// [`Error::PolicyExists`] for one that is in force or to come; [`Error::Fields`] for what means nothing.
pub(crate) fn create(
    rules: &Rules,
    catalogue: &Catalogue,
    given: Given,
    change: Change,
) -> Result<PolicyVersion, Error> {
    if rules.policies.in_force_or_to_come(&given.policy.key, change.at).is_some() {
        return Err(Error::PolicyExists(given.policy.key));
    }
    version(rules, catalogue, given, change)
}

/// Puts a new version in the place of a policy.
///
/// # Errors
/// [`Core::NotFound`] for none, or one that has ended; [`Error::Fields`] for what means nothing.
pub(crate) fn replace(
    rules: &Rules,
    catalogue: &Catalogue,
    given: Given,
    change: Change,
) -> Result<PolicyVersion, Error> {
    let last = latest(rules, &given.policy.key, change.at)?;
    let position = given.position.unwrap_or(last.position);
    version(rules, catalogue, Given { position: Some(position), ..given }, change)
}

/// Ends a policy; what of it was to come then or later comes no more.
///
/// # Errors
/// [`Core::NotFound`] for none, or one that has ended; [`Error::PolicyNeeded`] where a category names it;
/// [`Error::Fields`] for a time at which it will have ended already.
pub(crate) fn retire(
    rules: &Rules,
    catalogue: &Catalogue,
    key: &str,
    effective_from: Option<DateTime<Utc>>,
    change: Change,
) -> Result<PolicyVersion, Error> {
    let last = latest(rules, key, change.at)?;
    let naming = catalogue.0.iter().filter(|category| category.policy == key);
    let by: Vec<String> = naming.map(|category| format!("category {}", category.code)).collect();
    if !by.is_empty() {
        return Err(Error::PolicyNeeded { key: key.to_owned(), by });
    }
    let from = effective_from.unwrap_or(change.at);
    if rules.policies.in_force_or_to_come(key, from).is_none() {
        let en = "is later than the end that is set: replace the policy first to put that off";
        let zh = "晚于已设定的终止时间：如需推迟，请先替换该策略";
        return Err(Error::Fields(vec![Field {
            path: "effectiveFrom".into(),
            en: en.into(),
            zh: zh.into(),
        }]));
    }
    Ok(PolicyVersion {
        policy: last.policy.clone(),
        position: last.position,
        effective_from: Some(from),
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

/// Names what in a policy means nothing; the paths are those of the contract.
pub(crate) fn wrong(policy: &Policy, calendars: &Calendars, catalogue: &Catalogue) -> Vec<Field> {
    let mut wrong: Vec<Field> = policy.wrong(calendars).into_iter().map(field).collect();
    for (code, index) in policy.categories.iter().zip(0..) {
        if catalogue.get(code).is_none() {
            wrong.push(Field { path: format!("categoryCodes[{index}]"), ..unknown_category(code) });
        }
    }
    if policy.key.is_empty() {
        wrong.push(Field { path: "key".into(), en: "is required".into(), zh: "必填".into() });
    }
    wrong
}

/// Returns the version of a policy that was recorded last, where the policy is in force or to come.
fn latest<'a>(rules: &'a Rules, key: &str, now: DateTime<Utc>) -> Result<&'a PolicyVersion, Error> {
    let stands = rules.policies.in_force_or_to_come(key, now).is_some();
    let last = rules.policies.versions(key).last().filter(|_| stands);
    Ok(last.ok_or_else(|| Core::NotFound { what: "policy", id: key.to_owned() })?)
}

fn version(
    rules: &Rules,
    catalogue: &Catalogue,
    given: Given,
    change: Change,
) -> Result<PolicyVersion, Error> {
    let wrong = wrong(&given.policy, &rules.calendars, catalogue);
    if !wrong.is_empty() {
        return Err(Error::Fields(wrong));
    }
    let versions = rules.policies.versions(&given.policy.key);
    let latest = versions.last().map_or(0, |last| last.record.version);
    Ok(PolicyVersion {
        position: given.position.unwrap_or_else(|| rules.policies.last_place()),
        effective_from: Some(given.effective_from.unwrap_or(change.at)),
        retired: false,
        record: change.record(latest + 1),
        policy: given.policy,
    })
}

fn field((path, why): (String, String)) -> Field {
    Field { path, zh: format!("无效：{why}"), en: why }
}
