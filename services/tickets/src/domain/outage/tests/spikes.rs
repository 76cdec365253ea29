//! When an outage is suspected that nobody has announced.

use super::super::spike::{Report, Thresholds, spikes};
use super::*;

const FEW: Thresholds = Thresholds { project: 3, category: 6 };

fn reports(category: &str, project: &str, number: i64) -> Vec<Report> {
    let report = |minute| Report {
        category: category.into(),
        project: project.into(),
        region: String::new(),
        at: noon() + TimeDelta::minutes(minute),
    };
    (0..number).map(report).collect()
}

fn found(reports: &[Report], known: &[Outage]) -> Vec<(String, Option<String>, usize)> {
    let spikes = spikes(reports, known, &catalogue(), FEW);
    spikes.into_iter().map(|spike| (spike.category, spike.project, spike.tickets)).collect()
}

#[test]
fn similar_faults_of_one_project_are_a_spike_from_their_number_on() {
    let two = reports("repair.private", "阳光花园", 2);
    assert!(found(&two, &[]).is_empty());
    let mixed =
        [two, reports("repair.public", "阳光花园", 1), reports("repair.private", "碧水湾", 1)].concat();
    assert!(found(&mixed, &[]).is_empty(), "neither another category nor another project counts");
    let three = reports("repair.private", "阳光花园", 3);
    assert_eq!(found(&three, &[]), [("repair.private".into(), Some("阳光花园".into()), 3)]);
}

#[test]
fn a_category_with_many_faults_in_several_projects_is_one_spike_for_all() {
    let all = [reports("repair.private", "阳光花园", 4), reports("repair.private", "碧水湾", 2)].concat();
    assert_eq!(found(&all, &[]), [("repair.private".into(), None, 6)]);
    let one_project = reports("repair.private", "阳光花园", 9);
    assert_eq!(found(&one_project, &[]), [("repair.private".into(), Some("阳光花园".into()), 9)]);
    let nowhere = reports("repair.private", "", 5);
    assert!(found(&nowhere, &[]).is_empty(), "of nobody knows where, it takes as many as for all");
    assert_eq!(found(&reports("repair.private", "", 6), &[]), [("repair.private".into(), None, 6)]);
}

#[test]
fn what_a_known_notice_concerns_is_no_spike() {
    let three = reports("repair.private", "阳光花园", 3);
    assert!(found(&three, &[open()]).is_empty());
    let elsewhere = publish(Notice { projects: vec!["碧水湾".into()], ..notice() }).expect("is published");
    assert_eq!(found(&three, &[elsewhere]).len(), 1);
}

#[test]
fn what_was_ignored_is_proposed_again_with_what_somebody_wrote_and_no_other_notice_is() {
    let of = |project, number| {
        let spikes = spikes(&reports("repair.private", project, number), &[], &catalogue(), FEW);
        let [spike] = spikes.try_into().expect("one spike");
        spike
    };
    let mut outage =
        Outage::propose(Uuid::nil(), &of("阳光花园", 3), &catalogue(), noon(), "service:tickets".into());
    assert!(outage.is_ignored(noon() + TimeDelta::seconds(1)) && !outage.is_ignored(noon()));
    assert!(!outage.is_proposed_for(&of("碧水湾", 3)) && !open().is_ignored(noon() + TimeDelta::days(9)));
    let corrected = Notice { title: "疑似光缆中断".into(), ..outage.notice.clone() };
    outage.correct(corrected, &catalogue(), noon()).expect("is corrected");
    let (later, at) = (of("阳光花园", 8), noon() + TimeDelta::hours(5));
    assert!(outage.is_proposed_for(&later));
    outage.propose_again(&later, at);
    assert_eq!((outage.spike_tickets, outage.updated_at, outage.version), (8, at, 3));
    assert_eq!(outage.notice.title, "疑似光缆中断");
}

#[test]
fn what_is_proposed_says_what_the_tickets_have_in_common() {
    let [spike] = spikes(&reports("repair.private", "阳光花园", 3), &[], &catalogue(), FEW)
        .try_into()
        .expect("one spike");
    let outage = Outage::propose(Uuid::nil(), &spike, &catalogue(), noon(), "service:tickets".into());
    assert_eq!((outage.state, outage.spike_tickets), (OutageState::Proposed, 3));
    assert_eq!(outage.notice.title, "疑似故障：用户自用部位报修（阳光花园）");
    assert_eq!((outage.notice.begins_at, outage.published_at), (noon(), None));
    let again = spikes(&reports("repair.private", "阳光花园", 9), &[outage], &catalogue(), FEW);
    assert_eq!(again, [], "it is proposed once");
}
