//! Who of a team got how much of what.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_core::time::to_proto;
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::Priority;
use hotline_proto::dispatch::v1::{FairnessReport, Member, ReportFairnessRequest};
use hotline_proto::events::v1::TicketCancelled;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::{Desk, OTHER, START, TEAM, admin, desks, engineer, member, rival, ticket};

impl Desk {
    async fn fairness(
        &self,
        caller: Caller,
        period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) -> Result<FairnessReport, Status> {
        let request = ReportFairnessRequest {
            team_key: TEAM.into(),
            from: period.map(|(from, _)| to_proto(from)),
            to: period.map(|(_, to)| to_proto(to)),
        };
        inner(caller.scope(self.client.clone().report_fairness(request)).await)
    }
}

fn with_capacity(subject: &str, capacity: i32) -> Member {
    Member { subject: subject.into(), capacity, ..Member::default() }
}

/// What became of what a member got: leased, accepted, declined, expired, returned, completed, left, held.
fn counts(report: &FairnessReport, subject: &str) -> [i64; 8] {
    let share = report.members.iter().find(|share| share.subject == subject).expect("is in it");
    [
        share.leased,
        share.accepted,
        share.declined,
        share.expired,
        share.returned,
        share.completed,
        share.left,
        share.held,
    ]
}

#[tokio::test]
async fn each_time_that_somebody_got_work_counts_with_what_came_of_it() {
    for desk in desks().await {
        for subject in ["engineer", "engineer2", "engineer3"] {
            desk.member(with_capacity(subject, 0)).await;
        }
        desk.urgent(1).await;
        desk.registered(2..=6).await;
        let held = desk.claims(engineer(), 6).await;
        desk.pass(30).await;
        for work in &held[..4] {
            desk.accept(engineer(), work).await.expect("held");
        }
        desk.complete(engineer(), &held[0]).await.expect("accepted");
        desk.gives_back(engineer(), &held[1]).await.expect("accepted");
        desk.transfer(engineer(), &held[2], OTHER).await.expect("accepted");
        desk.decline(engineer(), &held[4]).await.expect("held");
        desk.pass(60).await;
        let taken = desk.claims_one(rival()).await;
        desk.accept(rival(), &taken).await.expect("held");
        let cancelled = ticket(u128::from_str_radix(&taken.ticket_id.replace('-', ""), 16).expect("an id"));
        desk.happened(&TicketCancelled { ticket: Some(cancelled), ..TicketCancelled::default() }).await;
        desk.pass(1).await;

        let report = desk.fairness(admin(), None).await.expect("tells");
        assert_eq!(counts(&report, "engineer"), [6, 4, 1, 1, 1, 1, 1, 1]);
        assert_eq!(counts(&report, "engineer2"), [1, 1, 0, 0, 0, 0, 1, 0]);
        assert_eq!(counts(&report, "engineer3"), [0; 8], "who got nothing is in it");
        let [first, second, third] = report.members.as_slice() else { panic!("three members") };
        assert_eq!(
            [&*first.subject, &*second.subject, &*third.subject],
            ["engineer", "engineer2", "engineer3"]
        );
        assert_eq!((first.urgent_share, third.urgent_share), (Some(0.25), None));
        assert_eq!((first.median_accept_seconds, second.median_accept_seconds), (Some(30), Some(0)));
        assert_eq!(first.by_priority.iter().map(|of| of.count).sum::<i64>(), 4);
        let critical = first.by_priority.iter().find(|of| of.priority() == Priority::Critical);
        assert_eq!(critical.map(|of| of.count), Some(1));
        assert_eq!(
            (first.by_category[0].category_code.as_str(), first.by_category[0].count),
            ("repair.private", 4)
        );
        // |4−1| + |4−0| + |1−0| pairs, both ways, over 2 · 3 · 5.
        assert!((report.gini.expect("something was accepted") - 16.0 / 30.0).abs() < 1e-9, "{report:?}");
        assert!((report.most_to_mean.expect("the same") - 4.0 / (5.0 / 3.0)).abs() < 1e-9);
    }
}

#[tokio::test]
async fn capacity_weighs_night_is_told_and_idle_time_is_measured() {
    for desk in desks().await {
        desk.member(with_capacity("engineer", 3)).await;
        desk.member(with_capacity("engineer2", 1)).await;
        desk.registered(1..=5).await;
        let held = desk.claims(engineer(), 3).await;
        for work in &held {
            desk.accept(engineer(), work).await.expect("held");
            desk.complete(engineer(), work).await.expect("accepted");
        }
        let taken = desk.claims_one(rival()).await;
        desk.accept(rival(), &taken).await.expect("held");
        let day = Some((START, START + TimeDelta::days(1)));
        let report = desk.fairness(admin(), day).await.expect("tells");
        assert!(report.gini.is_some_and(|gini| gini.abs() < 1e-9), "three for room for three: {report:?}");
        assert!(report.most_to_mean.is_some_and(|most| (most - 1.0).abs() < 1e-9), "{report:?}");
        let of = |report: &FairnessReport, subject: &str| {
            let share = report.members.iter().find(|share| share.subject == subject).expect("is in it");
            (share.accepted, share.night, share.longest_idle_seconds)
        };
        assert_eq!(of(&report, "engineer"), (3, 0, Some(0)));
        // Nine in the morning and forty minutes; then ten in the evening.
        desk.pass(40 * 60).await;
        desk.claims_one(engineer()).await;
        desk.complete(rival(), &taken).await.expect("accepted");
        desk.pass(12 * 3_600 + 20 * 60).await;
        let late = desk.claims_one(rival()).await;
        desk.accept(rival(), &late).await.expect("held");
        let report = desk.fairness(admin(), day).await.expect("tells");
        assert_eq!(of(&report, "engineer"), (3, 0, Some(2_400)));
        assert_eq!(of(&report, "engineer2"), (2, 1, None), "an evening is no idle time of the day");
        let before = desk.fairness(admin(), Some((START - TimeDelta::days(1), START))).await.expect("tells");
        assert!(before.members.iter().all(|share| share.leased == 0), "what came later counts later");
    }
}

#[tokio::test]
async fn leads_see_their_own_teams_and_a_period_is_bounded() {
    for desk in desks().await {
        let lead = |team: &str| Caller { roles: [Role::TeamLead].into(), ..member("lead", team) };
        desk.fairness(lead(TEAM), None).await.expect("their own");
        assert_eq!(refusal(desk.fairness(lead(OTHER), None).await).0, Code::PermissionDenied);
        let periods = [(START, START), (START - TimeDelta::days(93), START)];
        for period in periods {
            let refused = desk.fairness(admin(), Some(period)).await.expect_err("refused");
            assert!(
                refused.code() == Code::InvalidArgument && refused.message().contains("from"),
                "{refused:?}"
            );
        }
        let empty = desk.fairness(admin(), None).await.expect("tells");
        assert_eq!((empty.gini, empty.most_to_mean, empty.members.len()), (None, None, 0));
    }
}
