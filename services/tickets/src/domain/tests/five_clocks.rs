//! Rules under which all five clocks run, in every unit and with pauses of their own; and others to repair by.

use hotline_calendar::{Almanac, DayHours, ExceptionSpec};

use super::*;
use crate::domain::policy::Policy;
use crate::domain::rule_version::{Record, RuleKind, RuleVersion};
use crate::domain::rules::Base;

/// Who promises what to whom. No policy is for consultations of low priority.
const POLICIES: &str = r#"
[[policies]]
key = "gold"
key_account = true
response = { minutes = 30, calendar = "office", pauses = ["THIRD_PARTY"] }
resolution = { hours = 20, pauses = [] }
total_resolution = { working_days = 2, calendar = "office", same_time = true }
update = { hours = 6, pauses = ["CUSTOMER", "APPROVAL"] }

[[policies]]
key = "urgent-repairs"
types = ["FAULT"]
categories = ["repair"]
priorities = ["CRITICAL", "HIGH"]
response = { minutes = 15, calendar = "duty" }
resolution = { minutes = 240, calendar = "office", pauses = ["CUSTOMER"] }
total_resolution = { minutes = 2000, calendar = "duty", pauses = ["CUSTOMER", "THIRD_PARTY"] }
update = { minutes = 120, calendar = "office" }

[[policies]]
key = "repairs"
categories = ["repair"]
response = { hours = 3 }
resolution = { working_days = 1, calendar = "office" }
total_resolution = { working_days = 4, calendar = "office", pauses = [] }
update = { working_days = 1, calendar = "duty", same_time = true }

[[policies]]
key = "urgent"
priorities = ["CRITICAL", "HIGH", "MEDIUM"]
resolution = { minutes = 600, calendar = "duty", pauses = ["APPROVAL"] }

[[policies]]
key = "complaints"
types = ["COMPLAINT"]
total_resolution = { hours = 72 }
update = { minutes = 540, calendar = "office", pauses = [] }

[[policies]]
key = "glass"
types = ["OTHER"]
response = { minutes = 60, calendar = "office" }
resolution = { working_days = 3, calendar = "office", same_time = true }
"#;

/// The policies of above; one of them gets another version in the middle of the histories.
pub(super) static USUAL: LazyLock<Rules> = LazyLock::new(|| {
    let tighter = "key = 'repairs'\ncategories = ['repair']\n\
        resolution = { minutes = 900, calendar = 'office' }\nupdate = { hours = 30 }";
    let version = RuleVersion { effective_from: Some(at("2026-02-26 00:00")), ..policy(tighter, 300) };
    rules(POLICIES, vec![version])
});

/// The same, corrected: another day off, other hours from a date on, another promise.
pub(super) static CORRECTED: LazyLock<Rules> = LazyLock::new(|| {
    let urgent = "key = 'urgent-repairs'\ncategories = ['repair']\npriorities = ['CRITICAL', 'HIGH']\n\
        response = { minutes = 45, calendar = 'office', pauses = [] }\n\
        resolution = { minutes = 300, calendar = 'duty' }\n\
        total_resolution = { working_days = 2, calendar = 'office' }";
    let almanac = Almanac::shipped().expect("shipped data is valid");
    let office = almanac.editions().find(|edition| edition.spec.key == "office").expect("shipped");
    let (mut off, mut later) = (office.clone(), office.clone());
    off.spec.except(ExceptionSpec::new("停电", "2026-02-26", DayHours::default()).expect("a date"));
    later.effective_from = chrono::NaiveDate::from_ymd_opt(2026, 3, 5);
    later.spec.hours.thu = serde_json::from_str(r#"["08:00-12:00", "13:30-17:00"]"#).expect("hours");
    let editions = [off, later].map(|edition| RuleVersion {
        kind: RuleKind::Calendar,
        key: "office".into(),
        effective_on: edition.effective_from,
        content: serde_json::to_string(&edition.spec).expect("written"),
        ..policy(urgent, 0)
    });
    rules(POLICIES, editions.into_iter().chain([policy(urgent, 200)]).collect())
});

/// The shipped catalogue, of which one category names its policy.
pub(super) static NAMING: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = CATALOGUE.clone();
    let glass = catalogue.0.iter_mut().find(|category| category.code == "housekeeping.glass");
    glass.expect("a leaf").policy = "glass".into();
    catalogue
});

/// Returns rules with these policies over the shipped calendars; team `a` works by day, team `b` until the evening.
pub(super) fn rules(policies: &str, versions: Vec<RuleVersion>) -> Rules {
    let config: Config = toml::from_str(policies).expect("settings");
    let almanac = Almanac::shipped().expect("shipped data is valid");
    let base = Base::new(config, almanac).expect("it makes sense");
    let mut rules = base.rules(1, versions).expect("versions that make sense");
    let teams = [("a", "office"), ("b", "duty"), ("lift", "always")];
    rules.set_teams(teams.map(|(team, calendar)| (team.to_owned(), calendar.to_owned())));
    rules
}

/// Returns a version of a policy, made at run time.
pub(super) fn policy(text: &str, position: i32) -> RuleVersion {
    let policy: Policy = toml::from_str(text).expect("a policy");
    RuleVersion {
        kind: RuleKind::Policy,
        key: policy.key.clone(),
        revision: 1,
        position,
        effective_from: None,
        effective_on: None,
        retired: false,
        content: serde_json::to_string(&policy).expect("written"),
        record: Record { version: 1, by: "supervisor".into(), at: None, note: "更正".into() },
    }
}
