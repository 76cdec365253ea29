//! Whom a notice concerns: as the definition says, tried one place after the other.

use proptest::prelude::*;

use super::super::scope::{Place, closest, lineage};
use super::*;

const CATEGORIES: [&str; 5] = ["repair", "repair.private", "repair.public", "housekeeping.glass", "gone"];
const PROJECTS: [&str; 5] = ["", "曲江", "曲江/一期", "曲江/一期·东区", "碧水湾"];
const REGIONS: [&str; 4] = ["", "曲江", "曲江/一期", "碧"];

/// Tells by the definition whether a notice concerns a place.
fn concerns(notice: &Notice, place: &Place<'_>) -> bool {
    let in_category = |code: &String| {
        place.category == code
            || place.category.strip_prefix(code.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    let in_region = |region: &String| {
        if place.region.is_empty() {
            place.project.strip_prefix(region.as_str()).is_some_and(|rest| rest.starts_with(['/', '·']))
        } else {
            place.region == region
        }
    };
    (notice.category_codes.is_empty() || notice.category_codes.iter().any(in_category))
        && (notice.projects.is_empty() || notice.projects.iter().any(|project| project == place.project))
        && (notice.regions.is_empty() || notice.regions.iter().any(in_region))
}

fn some_of(all: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let named: Vec<String> = all.iter().filter(|one| !one.is_empty()).map(|one| (*one).to_owned()).collect();
    prop::sample::subsequence(named, 0..=2)
}

fn any_notice() -> impl Strategy<Value = Notice> {
    (some_of(&CATEGORIES), some_of(&PROJECTS), some_of(&REGIONS), -2_i64..2).prop_map(
        |(category_codes, projects, regions, hours)| Notice {
            category_codes,
            projects,
            regions,
            begins_at: noon() + TimeDelta::hours(hours),
            ..notice()
        },
    )
}

fn outage(number: u128, notice: Notice) -> Outage {
    let begins_at = Some(notice.begins_at);
    let created = noon() + TimeDelta::minutes(i64::try_from(number).expect("small"));
    let catalogue = catalogue();
    let known = Notice { category_codes: Vec::new(), ..notice.clone() };
    let published =
        Outage::publish(Uuid::from_u128(number), known, begins_at, &catalogue, created, String::new());
    Outage { notice, ..published.expect("is published") }
}

proptest! {
    #[test]
    fn a_notice_concerns_whom_its_scope_says_and_nobody_else(
        notice in any_notice(),
        category in prop::sample::select(&CATEGORIES[..]),
        project in prop::sample::select(&PROJECTS[..]),
        region in prop::sample::select(&REGIONS[..]),
    ) {
        let place = Place { category, project, region };
        prop_assert_eq!(notice.closeness(&place, &catalogue()).is_some(), concerns(&notice, &place));
    }

    #[test]
    fn of_all_that_have_begun_and_concern_a_place_none_is_closer_than_the_one_taken(
        notices in prop::collection::vec(any_notice(), 0..6),
        category in prop::sample::select(&CATEGORIES[..]),
        project in prop::sample::select(&PROJECTS[..]),
    ) {
        let (catalogue, place) = (catalogue(), Place { category, project, region: "" });
        let open: Vec<Outage> = (1..).zip(notices).map(|(number, notice)| outage(number, notice)).collect();
        let taken = closest(&open, &place, &catalogue, noon());
        let fit: Vec<&Outage> =
            open.iter().filter(|one| one.notice.begins_at <= noon() && concerns(&one.notice, &place)).collect();
        prop_assert_eq!(taken.is_some(), !fit.is_empty());
        if let Some(taken) = taken {
            let rank = |one: &Outage| (one.notice.closeness(&place, &catalogue), one.created_at);
            prop_assert!(fit.iter().all(|other| rank(other) <= rank(taken)));
        }
    }
}

#[test]
fn a_project_counts_more_than_a_region_and_a_region_more_than_a_category() {
    let place = Place { category: "repair.private", project: "曲江/一期", region: "" };
    let all = || Notice { category_codes: Vec::new(), projects: Vec::new(), ..notice() };
    let open = [
        outage(1, Notice { projects: vec!["曲江/一期".into()], ..all() }),
        outage(2, Notice { regions: vec!["曲江".into()], ..all() }),
        outage(3, Notice { category_codes: vec!["repair.private".into()], ..all() }),
        outage(4, Notice { category_codes: vec!["repair".into()], ..all() }),
        outage(5, all()),
        outage(6, all()),
    ];
    let ranked: Vec<u128> = (0..open.len())
        .scan(open.to_vec(), |left, _| {
            let taken = closest(left, &place, &catalogue(), noon()).map(|outage| outage.id)?;
            left.retain(|outage| outage.id != taken);
            Some(taken.as_u128())
        })
        .collect();
    assert_eq!(ranked, [1, 2, 3, 4, 6, 5]);
}

#[test]
fn the_line_of_a_category_ends_also_in_a_catalogue_that_goes_round() {
    let mut catalogue = catalogue();
    for category in &mut catalogue.0 {
        if category.code == "repair" {
            category.parent_code = "repair.private".into();
        }
    }
    assert!(lineage(&catalogue, "repair.private").len() < 100);
    assert_eq!(lineage(&catalogue, "gone"), ["gone"]);
}
