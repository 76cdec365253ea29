//! Many similar fault tickets at once: perhaps an outage that nobody has announced (T13).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hotline_proto::tickets::v1::{OutageKind, OutageState};

use super::scope::Place;
use super::{Notice, Outage};
use crate::domain::catalogue::Catalogue;

/// From how many similar tickets on a notice is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// Of one category in one project.
    pub(crate) project: usize,
    /// Of one category in several projects.
    pub(crate) category: usize,
}

/// A fault ticket that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Code in the catalogue.
    pub(crate) category: String,
    /// 所属项目; empty where it is not known.
    pub(crate) project: String,
    /// 区域 as it was said; empty where it was not.
    pub(crate) region: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

impl Report {
    fn place(&self) -> Place<'_> {
        Place { category: &self.category, project: &self.project, region: &self.region }
    }
}

/// Similar fault tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spike {
    /// Their category.
    pub(crate) category: String,
    /// Their project; none where they are of several.
    pub(crate) project: Option<String>,
    /// How many.
    pub(crate) tickets: usize,
    /// When the first came in.
    pub(crate) since: DateTime<Utc>,
}

impl Spike {
    /// Returns how many tickets it is of, as a notice tells it.
    pub(super) fn count(&self) -> i32 {
        i32::try_from(self.tickets).unwrap_or(i32::MAX)
    }

    /// Returns what the notice says that is proposed for it.
    pub(super) fn notice(&self, catalogue: &Catalogue) -> Notice {
        let label =
            catalogue.get(&self.category).map_or(self.category.as_str(), |category| &category.label_zh);
        let place = self.project.as_deref().unwrap_or("多个项目");
        Notice {
            kind: OutageKind::Unplanned,
            title: format!("疑似故障：{label}（{place}）"),
            cause: String::new(),
            progress: String::new(),
            category_codes: vec![self.category.clone()],
            projects: self.project.iter().cloned().collect(),
            regions: Vec::new(),
            begins_at: self.since,
            expected_recovery_at: None,
        }
    }
}

impl Outage {
    /// Tells whether it was proposed before a time and nobody has acted on it since.
    pub(crate) fn is_ignored(&self, quiet_since: DateTime<Utc>) -> bool {
        self.state == OutageState::Proposed && self.updated_at < quiet_since
    }

    /// Tells whether it concerns just what a spike is of.
    pub(crate) fn is_proposed_for(&self, spike: &Spike) -> bool {
        let Notice { category_codes, projects, regions, .. } = &self.notice;
        category_codes.iter().eq([&spike.category])
            && projects.iter().eq(&spike.project)
            && regions.is_empty()
    }

    /// Proposes it again, for a later spike of the same; what somebody has written meanwhile stays.
    pub(crate) fn propose_again(&mut self, spike: &Spike, at: DateTime<Utc>) {
        let notice = &mut self.notice;
        notice.begins_at = spike.since;
        notice.expected_recovery_at = notice.expected_recovery_at.filter(|expected| *expected >= spike.since);
        self.spike_tickets = spike.count();
        self.changed(at);
    }
}

/// Returns the spikes among reports. Those that a known notice concerns, whether it is open, proposed or was refused a
/// moment ago, make none.
pub(crate) fn spikes(
    reports: &[Report],
    known: &[Outage],
    catalogue: &Catalogue,
    thresholds: Thresholds,
) -> Vec<Spike> {
    let is_known = |report: &&Report| {
        let place = report.place();
        known.iter().any(|outage| outage.notice.closeness(&place, catalogue).is_some())
    };
    let mut by_category: BTreeMap<&str, Vec<&Report>> = BTreeMap::new();
    for report in reports.iter().filter(|report| !is_known(report)) {
        by_category.entry(&report.category).or_default().push(report);
    }
    by_category.into_values().flat_map(|similar| of_category(&similar, thresholds)).collect()
}

/// Returns the spikes of one category: one for all projects, or one each.
fn of_category(similar: &[&Report], thresholds: Thresholds) -> Vec<Spike> {
    let projects: BTreeSet<&str> = similar.iter().map(|report| report.project.as_str()).collect();
    // Reports of nobody knows where are of several places as far as anybody knows.
    let several = projects.len() > 1 || projects.contains("");
    if several && similar.len() >= thresholds.category {
        return spike(similar, None).into_iter().collect();
    }
    let of = |project: &str| {
        let near: Vec<_> = similar.iter().copied().filter(|report| report.project == project).collect();
        if near.len() < thresholds.project { None } else { spike(&near, Some(project)) }
    };
    projects.into_iter().filter(|project| !project.is_empty()).filter_map(of).collect()
}

fn spike(reports: &[&Report], project: Option<&str>) -> Option<Spike> {
    let first = reports.iter().min_by_key(|report| report.at)?;
    Some(Spike {
        category: first.category.clone(),
        project: project.map(str::to_owned),
        tickets: reports.len(),
        since: first.at,
    })
}
