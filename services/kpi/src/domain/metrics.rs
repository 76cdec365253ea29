//! The metrics there are, each with its definition (K2). A new figure is a line in one of the tables.

mod backlog;
mod budget;
mod contacts;
mod matters;
mod outages;
mod people;
mod plans;
mod promises;
mod stages;
mod tickets;

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::fact::Measure;
use super::metric::{Formula, Metric, Unit};

/// Seconds of a minute, and of a day.
const MINUTE: u32 = 60;
const DAY: u32 = 86_400;

/// Returns every metric, by name.
pub(crate) fn all() -> &'static [Metric] {
    static ALL: LazyLock<Vec<Metric>> = LazyLock::new(|| {
        let mut all = [
            tickets::metrics(),
            budget::metrics(),
            backlog::metrics(),
            matters::metrics(),
            promises::metrics(),
            people::metrics(),
            stages::metrics(),
            plans::metrics(),
            outages::metrics(),
            contacts::metrics(),
        ]
        .concat();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    });
    &ALL
}

/// Returns the metric of this name.
pub(crate) fn find(name: &str) -> Option<&'static Metric> {
    let place = all().binary_search_by(|metric| metric.name.as_str().cmp(name)).ok()?;
    all().get(place)
}

/// Returns the metrics of this name: one, or the figures of a family; none where there is no such name.
pub(crate) fn named(name: &str) -> Vec<&'static Metric> {
    match find(name) {
        Some(metric) => vec![metric],
        None => all().iter().filter(|metric| metric.is_of(name)).collect(),
    }
}

/// Tells whether some figure asks how the amounts of a measure are spread.
pub(crate) fn are_spread(measure: Measure) -> bool {
    static SPREAD: LazyLock<HashSet<Measure>> = LazyLock::new(|| {
        let spread = all().iter().filter_map(|metric| match metric.formula {
            Formula::Percentile(of, ..) => Some(of),
            _ => None,
        });
        spread.collect()
    });
    SPREAD.contains(&measure)
}

/// Returns the measures from which these metrics follow.
pub(crate) fn measures(metrics: &[&Metric]) -> BTreeSet<Measure> {
    metrics.iter().flat_map(|metric| metric.formula.measures()).collect()
}

/// A metric, from what it is called and means, in English and Chinese.
fn metric(name: &str, unit: Unit, formula: Formula, definition: &str, zh: &str) -> Metric {
    Metric {
        name: name.to_owned(),
        definition: definition.to_owned(),
        definition_zh: zh.to_owned(),
        unit,
        version: 1,
        formula,
    }
}

fn count(name: &str, of: Measure, definition: &str, zh: &str) -> Metric {
    metric(name, Unit::Count, Formula::Count(of), definition, zh)
}

fn ratio(name: &str, part: Measure, whole: Measure, definition: &str, zh: &str) -> Metric {
    metric(name, Unit::Ratio, Formula::Ratio(part, whole), definition, zh)
}

/// Mean, median and upper percentiles of one measure: `<stem>_mean`, `<stem>_p50` and so on.
fn spread(stem: &str, unit: Unit, parts: u32, of: Measure, definition: &str, zh: &str) -> Vec<Metric> {
    let mean = metric(
        &format!("{stem}_mean"),
        unit,
        Formula::Mean(of, parts),
        &format!("{definition} Arithmetic mean."),
        &format!("{zh}算术平均值。"),
    );
    let percentile = |percent: u8| {
        metric(
            &format!("{stem}_p{percent}"),
            unit,
            Formula::Percentile(of, percent, parts),
            &format!("{definition} {percent}th percentile (nearest rank), right to 1 %."),
            &format!("{zh}第 {percent} 百分位（最近秩），误差不超过 1%。"),
        )
    };
    let mut metrics = vec![mean];
    metrics.extend([50, 90, 95].map(percentile));
    metrics
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::fact::Measure;
    use super::super::standing::AGING;
    use super::{all, find, measures, named};

    #[test]
    fn every_metric_is_defined_in_both_languages_under_a_name_of_its_own() {
        let names: HashSet<_> = all().iter().map(|metric| &metric.name).collect();
        assert_eq!(names.len(), all().len());
        for metric in all() {
            assert!(
                metric
                    .name
                    .chars()
                    .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_')
            );
            assert!(
                metric.definition.ends_with('.') && metric.definition_zh.ends_with('。'),
                "{}",
                metric.name
            );
            assert_eq!(find(&metric.name).map(|found| &found.name), Some(&metric.name));
        }
    }

    #[test]
    fn every_measure_is_part_of_a_metric() {
        let used = measures(&all().iter().collect::<Vec<_>>());
        // That open tickets age by the day is read together with how they came and went at that age.
        let read = |measure: &&Measure| used.contains(measure) || AGING.contains(measure);
        let unused: Vec<_> = Measure::ALL.iter().filter(|measure| !read(measure)).collect();
        assert_eq!(unused, Vec::<&Measure>::new());
    }

    #[test]
    fn the_promised_names_exist() {
        for name in [
            "tickets_created",
            "tickets_resolved",
            "tickets_closed",
            "tickets_reopened",
            "reopenings",
            "tickets_reassigned",
            "reassignments",
            "tickets_waited",
            "tickets_waited_customer",
            "waits",
            "resolution_minutes",
            "resolution_minutes_p50",
            "resolution_working_minutes",
            "sla_attainment",
            "first_response_minutes",
            "backlog",
            "backlog_age",
            "csat_mean",
            "callbacks_completed",
            "contacts",
        ] {
            assert!(!named(name).is_empty(), "{name}");
        }
        assert_eq!(named("resolution_minutes").len(), 4);
        assert_eq!(named("backlog_age").len(), 5);
        assert!(named("resolution").is_empty());
        assert!(find("tickets_invented").is_none());
    }
}
