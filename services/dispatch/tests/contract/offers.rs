//! A team that pushes: what waits is offered to one member who is ready, at once, and nothing is looked for again and
//! again: no task of the service runs in these tests.

use std::time::Duration;

use hotline_core::testing::eventually;
use hotline_proto::dispatch::v1::{
    AssignmentState, Member, MemberChoice, PauseQueueRequest, PresenceState, ReassignAssignmentRequest,
    ResumeQueueRequest, Selector, SkillLevel, Team, WorkCost,
};
use hotline_proto::events::v1::{
    AssignmentOffered, AssignmentRescinded, PresenceChanged, TicketCancelled, TicketReopened, TicketResolved,
};
use tokio::time::timeout;
use tonic::Code;

use crate::harness::calls::{claim, claim_of, in_state, inner, lease_lost, refusal, seconds, tickets};
use crate::harness::pushing::{person, pushing};
use crate::harness::{OTHER, TEAM, admin, engineer, member, ticket, ticket_id};

/// A team whose members may hold this much.
fn capacity(capacity: i32) -> Team {
    Team { capacity, ..Team::default() }
}

#[tokio::test]
async fn what_comes_is_offered_at_once_to_who_is_ready_and_a_claim_brings_it_with_its_token() {
    for desk in pushing(capacity(0), &["ann", "bob"]).await {
        desk.registered(1..=2).await;
        assert!(desk.offers("ann").await.is_empty(), "nobody is ready");
        desk.ready("ann").await;
        let offered = desk.offered("ann", 1).await;
        assert_eq!(tickets(&offered), [ticket_id(1)], "the most urgent, one at a time without a capacity");
        assert!(offered[0].offered && offered[0].state() == AssignmentState::Leased);
        let brought = desk.claims(person("ann"), 5).await;
        assert_eq!(
            (tickets(&brought), &brought[0].lease_token),
            (vec![&*ticket_id(1)], &offered[0].lease_token)
        );
        assert!(desk.claims(person("ann"), 5).await.is_empty(), "each is brought once");
        let held = in_state(desk.accept(person("ann"), &brought[0]).await, AssignmentState::Accepted);
        in_state(desk.complete(person("ann"), &held).await, AssignmentState::Completed);
        assert_eq!(
            tickets(&desk.offered("ann", 1).await),
            [ticket_id(2)],
            "who has room gets the next at once"
        );
        assert_eq!(desk.published::<AssignmentOffered>().await, 2);
    }
}

#[tokio::test]
async fn who_is_of_the_team_by_token_alone_is_offered_its_work_too() {
    for desk in pushing(capacity(0), &[]).await {
        desk.ready("ann").await;
        desk.registered([1]).await;
        assert_eq!(desk.offered("ann", 1).await[0].ticket_id, ticket_id(1));
        let present = desk.present().await;
        assert_eq!((present.len(), &*present[0].subject, present[0].load), (1, "ann", 1));
        // Who comes back with a token of another team is not of this one any more.
        desk.is(member("ann", OTHER), PresenceState::Ready).await.expect("people say what they do");
        desk.pass(60).await;
        desk.is(member("ann", OTHER), PresenceState::Ready).await.expect("people say what they do");
        assert!(desk.present().await.is_empty() && desk.offers("ann").await.is_empty());
    }
}

#[tokio::test]
async fn a_claim_that_waits_is_woken_by_the_offer() {
    for desk in pushing(capacity(0), &["ann"]).await {
        desk.ready("ann").await;
        let (client, waiting) = (desk.client.clone(), claim_of(1, 20));
        let waits = tokio::spawn(async move { claim(&client, person("ann"), waiting).await });
        desk.registered([1]).await;
        let brought = timeout(Duration::from_secs(10), waits).await.expect("before the wait is over");
        assert_eq!(tickets(&brought.expect("no panic").expect("served")), [ticket_id(1)]);
    }
}

#[tokio::test]
async fn who_holds_the_least_gets_the_next_and_nobody_more_than_they_can_hold() {
    let costs = vec![WorkCost { category_code: "repair.public".into(), cost: 3, ..WorkCost::default() }];
    for desk in pushing(Team { costs, ..capacity(4) }, &["ann", "bob"]).await {
        desk.ready("ann").await;
        desk.ready("bob").await;
        for number in 1..=4 {
            let mut one = ticket(number);
            if number <= 2 {
                one.category_code = "repair.public".into();
            }
            desk.happened(&hotline_proto::events::v1::TicketCreated { ticket: Some(one) }).await;
        }
        for subject in ["ann", "bob"] {
            let offered = desk.offered(subject, 2).await;
            assert_eq!(offered.iter().map(|work| work.cost).sum::<i32>(), 4, "{offered:?}");
        }
        desk.registered([5]).await;
        let loads: Vec<_> = desk.present().await.iter().map(|person| person.load).collect();
        assert_eq!(loads, [4, 4]);
        let waits =
            desk.all_work().await.into_iter().find(|work| work.ticket_id == ticket_id(5)).expect("there");
        assert_eq!(waits.state(), AssignmentState::Queued);
    }
}

#[tokio::test]
async fn declined_work_goes_to_another_and_never_back_to_who_declined_it() {
    for desk in pushing(capacity(0), &["ann", "bob"]).await {
        desk.ready("ann").await;
        desk.registered([1]).await;
        let offered = desk.offered("ann", 1).await.remove(0);
        in_state(desk.decline(person("ann"), &offered).await, AssignmentState::Queued);
        desk.registered([2]).await;
        assert_eq!(tickets(&desk.offered("ann", 1).await), [ticket_id(2)], "not the one that was declined");
        desk.ready("bob").await;
        assert_eq!(tickets(&desk.offered("bob", 1).await), [ticket_id(1)]);
    }
}

#[tokio::test]
async fn who_does_not_answer_is_away_and_the_work_goes_to_another_at_its_old_place() {
    for desk in pushing(Team { offer_time: seconds(30), ..capacity(0) }, &["ann", "bob"]).await {
        desk.ready("ann").await;
        desk.registered([1, 3]).await;
        let stale = desk.offered("ann", 1).await.remove(0);
        desk.pass(30).await;
        let present = desk.present().await;
        let ann = present.iter().find(|person| person.subject == "ann").expect("a member");
        assert_eq!((ann.state(), &*ann.changed_by), (PresenceState::Away, "system"));
        assert_eq!(desk.outbox::<PresenceChanged>().await.last().expect("told").state, "AWAY");
        assert!(desk.offers("ann").await.is_empty(), "nothing more is offered to who is away");
        desk.ready("bob").await;
        assert_eq!(
            tickets(&desk.offered("bob", 1).await),
            [&*stale.ticket_id],
            "what was urgent first is so still"
        );
        assert_eq!(refusal(desk.accept(person("ann"), &stale).await), lease_lost());
    }
}

#[tokio::test]
async fn who_leaves_loses_what_they_did_not_answer_and_keeps_what_they_took_on() {
    for desk in pushing(capacity(2), &["ann", "bob"]).await {
        desk.ready("ann").await;
        desk.registered([1, 2]).await;
        let offered = desk.offered("ann", 2).await;
        let taken = desk.accept(person("ann"), &offered[0]).await.expect("offered");
        desk.is(person("ann"), PresenceState::Meal).await.expect("people say what they do");
        let left = desk.offers("ann").await;
        assert_eq!((left.len(), &left[0].id), (1, &taken.id));
        assert_eq!(desk.published::<AssignmentRescinded>().await, 1);
        desk.ready("bob").await;
        assert_eq!(desk.offered("bob", 1).await[0].id, offered[1].id);
        desk.ready("ann").await;
        assert_eq!(desk.offers("ann").await.len(), 1, "it is with another now");
    }
}

#[tokio::test]
async fn an_offer_is_taken_back_where_its_ticket_ends() {
    for desk in pushing(capacity(0), &["ann"]).await {
        desk.ready("ann").await;
        desk.registered([1, 2]).await;
        desk.offered("ann", 1).await;
        desk.happened(&TicketCancelled { ticket: Some(ticket(1)), ..TicketCancelled::default() }).await;
        let rescinded = desk.outbox::<AssignmentRescinded>().await;
        assert_eq!(rescinded[0].assignment.as_ref().expect("given").assignee, "ann");
        eventually("the next is offered", async || tickets(&desk.offers("ann").await) == [ticket_id(2)])
            .await;
    }
}

#[tokio::test]
async fn skilled_members_come_first_and_after_a_time_anybody_who_handles_it() {
    let relax = Selector { category_code: "repair".into(), level: 5, relax_after: seconds(300) };
    let team = Team { selectors: vec![relax], choice: MemberChoice::MostSkilled.into(), ..capacity(3) };
    for desk in pushing(team, &["novice"]).await {
        let levels = vec![SkillLevel { skill: "repair".into(), level: 7 }];
        desk.member(Member { subject: "expert".into(), levels, capacity: 1, ..Member::default() }).await;
        let skills = vec!["consult".into()];
        desk.member(Member { subject: "adviser".into(), skills, ..Member::default() }).await;
        for subject in ["novice", "expert", "adviser"] {
            desk.ready(subject).await;
        }
        desk.registered([1, 2]).await;
        let first = desk.offered("expert", 1).await.remove(0);
        assert_eq!(first.ticket_id, ticket_id(1));
        desk.accept(person("expert"), &first).await.expect("offered");
        assert!(desk.offers("novice").await.is_empty(), "the second waits for an expert");
        desk.pass(300).await;
        // Whatever kicks the team; the service's own task does so when the clock moves.
        desk.ready("novice").await;
        assert_eq!(tickets(&desk.offered("novice", 1).await), [ticket_id(2)]);
        assert!(desk.offers("adviser").await.is_empty());
    }
}

#[tokio::test]
async fn a_ticket_that_comes_back_is_offered_to_who_solved_it() {
    for desk in pushing(Team { sticky: true, ..capacity(2) }, &["ann", "bob"]).await {
        desk.ready("bob").await;
        desk.registered([1]).await;
        let work = desk.offered("bob", 1).await.remove(0);
        let work = desk.accept(person("bob"), &work).await.expect("offered");
        desk.complete(person("bob"), &work).await.expect("accepted");
        desk.happened(&TicketResolved {
            ticket: Some(ticket(1)),
            solved_by: "bob".into(),
            ..TicketResolved::default()
        })
        .await;
        desk.ready("ann").await;
        desk.registered([2]).await;
        let of_bob = desk.offers("bob").await.len();
        let mut back = ticket(1);
        back.team_key = TEAM.into();
        desk.happened(&TicketReopened { ticket: Some(back), ..TicketReopened::default() }).await;
        let offered = desk.offered("bob", of_bob + 1).await;
        assert!(tickets(&offered).contains(&&*ticket_id(1)));
    }
}

#[tokio::test]
async fn a_paused_queue_offers_nothing_until_it_goes_on() {
    for desk in pushing(capacity(0), &["ann"]).await {
        let pause = PauseQueueRequest { team_key: TEAM.into(), reason: "系统升级".into() };
        inner(admin().scope(desk.client.clone().pause_queue(pause)).await).expect("paused");
        desk.ready("ann").await;
        desk.registered([1]).await;
        assert!(desk.claims(person("ann"), 1).await.is_empty());
        let resume = ResumeQueueRequest { team_key: TEAM.into() };
        inner(admin().scope(desk.client.clone().resume_queue(resume)).await).expect("resumed");
        desk.offered("ann", 1).await;
    }
}

#[tokio::test]
async fn a_supervisor_gives_work_to_one_member_by_name() {
    for desk in crate::harness::desks().await {
        for subject in ["ann", "bob"] {
            desk.member(Member { subject: subject.into(), capacity: 1, ..Member::default() }).await;
        }
        desk.registered([1, 2]).await;
        let held = desk.claims_one(person("ann")).await;
        let held = desk.accept(person("ann"), &held).await.expect("held");
        let give = |id: &str, member: &str, team: &str| ReassignAssignmentRequest {
            id: id.into(),
            member: member.into(),
            team_key: team.into(),
            reason: "由 bob 处理".into(),
        };
        let reassign =
            async |request| inner(admin().scope(desk.client.clone().reassign_assignment(request)).await);
        let refused = refusal(reassign(give(&held.id, "stranger", "")).await);
        assert_eq!(refused.0, Code::InvalidArgument);
        assert_eq!(refusal(reassign(give(&held.id, "bob", OTHER)).await).0, Code::InvalidArgument);
        let given = in_state(reassign(give(&held.id, "bob", "")).await, AssignmentState::Leased);
        assert_eq!((&*given.assignee, given.offered, &*given.lease_token), ("bob", true, ""));
        assert_eq!(refusal(desk.complete(person("ann"), &held).await), lease_lost());
        let brought = desk.claims_one(person("bob")).await;
        assert_eq!(brought.id, held.id, "what is given by name comes before what waits");
        in_state(desk.accept(person("bob"), &brought).await, AssignmentState::Accepted);
        // Work that waits is given by name just so.
        let waits =
            desk.all_work().await.into_iter().find(|work| work.ticket_id == ticket_id(2)).expect("there");
        in_state(reassign(give(&waits.id, "bob", "")).await, AssignmentState::Leased);
        assert_eq!(desk.offered("bob", 2).await.len(), 2, "whatever bob holds already");
        assert!(desk.claims(engineer(), 5).await.is_empty(), "nothing waits");
    }
}
