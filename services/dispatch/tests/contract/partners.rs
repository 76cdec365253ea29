//! Third parties: what they see, when, and what is recorded of it (D5, C12).

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    Assignment, AssignmentState, ClaimAssignmentsRequest, Disclosure, DisclosureWay, ListAssignmentsRequest,
    ListDisclosuresRequest, ListDisclosuresResponse, ListOffersRequest, NoteAssignmentRequest, TeamKind,
};
use hotline_proto::events::v1::{CustomerDisclosed, TicketCreated, TicketSnapshot};
use tonic::{Code, Status};

use crate::harness::calls::{claim, inner, refusal, seconds};
use crate::harness::tickets::Told;
use crate::harness::{Desk, TEAM, admin, desks, member, ticket, ticket_id};

mod links;

/// A team of third parties.
const VENDOR: &str = "vendor-fiber";

/// A member of the third party by token.
fn vendor(subject: &str) -> Caller {
    Caller { roles: [Role::ThirdParty].into(), ..member(subject, VENDOR) }
}

/// A ticket that says everywhere whose it is.
fn telling(number: u128) -> TicketSnapshot {
    TicketSnapshot {
        category_code: "paid".into(),
        subject: "王芳家宽带无法上网".into(),
        description: "3栋1502室王芳，电话138 0013 8000，wang@example.com，光猫红灯。".into(),
        room: "3-1502".into(),
        project: "东湖花园".into(),
        ..ticket(number)
    }
}

/// Returns desks where the third party's work waits: as many tickets as are asked for.
async fn vendors(tickets: u128) -> Vec<Desk> {
    let desks = desks().await;
    for desk in &desks {
        desk.team(VENDOR, TeamKind::ThirdParty, 0).await;
        desk.rule("第三方", &["paid"], 5, VENDOR).await;
        for number in 1..=tickets {
            desk.happened(&TicketCreated { ticket: Some(telling(number)) }).await;
        }
    }
    desks
}

impl Desk {
    async fn vendor_claims(&self, caller: Caller) -> Assignment {
        let request =
            ClaimAssignmentsRequest { team_key: VENDOR.into(), max: 1, wait: seconds(0), lease: seconds(60) };
        claim(&self.client, caller, request).await.expect("the claim is served").remove(0)
    }

    async fn listed(&self, caller: Caller, request: ListAssignmentsRequest) -> Vec<Assignment> {
        let listed = caller.scope(self.client.clone().list_assignments(request)).await;
        inner(listed).expect("lists").assignments
    }

    async fn page_of_disclosures(
        &self,
        request: ListDisclosuresRequest,
    ) -> Result<ListDisclosuresResponse, Status> {
        let mut partners = self.partners.clone();
        inner(admin().scope(partners.list_disclosures(request)).await)
    }

    async fn disclosures(&self) -> Vec<Disclosure> {
        self.page_of_disclosures(ListDisclosuresRequest::default()).await.expect("lists").disclosures
    }

    async fn note(&self, caller: Caller, work: &Assignment, text: &str) -> Result<Assignment, Status> {
        let (id, lease_token) = (work.id.clone(), work.lease_token.clone());
        let request = NoteAssignmentRequest { id, lease_token, text: text.into() };
        inner(caller.scope(self.partners.clone().note_assignment(request)).await)
    }
}

#[track_caller]
fn assert_masked(work: &Assignment) {
    let told = format!("{work:?}");
    for known in ["王芳", "1502", "138 0013 8000", "13800138000", "wang@"] {
        assert!(!told.contains(known), "{known} in {told}");
    }
    let brief = work.ticket.as_ref().expect("a brief");
    assert!(work.masked && work.customer.is_none() && brief.description.contains("光猫红灯"), "{told}");
    assert_eq!((&*brief.room, &*brief.project), ("***", "东湖花园"));
}

#[track_caller]
fn assert_opened(work: &Assignment) {
    let known = work.customer.as_ref().expect("the customer is shown");
    assert!(!work.masked);
    assert_eq!((&*known.name, &*known.title, &*known.room), ("王芳", "女士", "3-1502"));
    assert_eq!(known.phones, ["13800138000"]);
    assert_eq!(known.emails, ["wang@example.com"]);
    assert!(work.ticket.as_ref().expect("a brief").description.contains("王芳"));
}

#[tokio::test]
async fn a_third_party_sees_the_customer_from_acceptance_to_the_end_and_not_before_or_after() {
    for desk in vendors(1).await {
        let all = ListAssignmentsRequest::default();
        assert_masked(&desk.listed(vendor("vendor"), all.clone()).await[0]);
        let work = desk.vendor_claims(vendor("vendor")).await;
        assert_masked(&work);
        assert!(!work.lease_token.is_empty());
        assert_masked(&desk.get(vendor("vendor"), &work.id).await.expect("found"));
        assert_masked(&desk.heartbeat(vendor("vendor"), &work, 60).await.expect("kept"));
        assert!(desk.disclosures().await.is_empty());

        let accepted = desk.accept(vendor("vendor"), &work).await.expect("accepted");
        assert_opened(&accepted);
        assert_eq!(accepted.lease_token, work.lease_token);
        assert_opened(&desk.get(vendor("vendor"), &work.id).await.expect("found"));
        assert_opened(&desk.listed(vendor("colleague"), all.clone()).await[0]);
        assert_opened(&desk.listed(vendor("colleague"), all.clone()).await[0]);

        let disclosures = desk.disclosures().await;
        let told: Vec<_> = disclosures.iter().map(|one| (&*one.subject, one.way())).collect();
        assert_eq!(told, [("colleague", DisclosureWay::Api), ("vendor", DisclosureWay::Acceptance)]);
        let first = &disclosures[1];
        assert_eq!(first.fields, ["name", "title", "phones", "emails", "room", "text"]);
        assert_eq!((&*first.team_key, &first.ticket_id), (VENDOR, &ticket_id(1)));
        let events = desk.outbox::<CustomerDisclosed>().await;
        let told: Vec<_> = events.iter().map(|one| (&*one.disclosed_to, &*one.way)).collect();
        assert_eq!(told, [("vendor", "ACCEPTANCE"), ("colleague", "API")]);

        let done = desk.complete(vendor("vendor"), &work).await.expect("completed");
        assert_masked(&done);
        assert_masked(&desk.get(vendor("vendor"), &work.id).await.expect("found"));
        assert_eq!(desk.disclosures().await.len(), 2);
    }
}

#[tokio::test]
async fn what_is_given_back_is_masked_again_and_showing_it_again_is_another_disclosure() {
    for desk in vendors(1).await {
        let work = desk.vendor_claims(vendor("vendor")).await;
        desk.accept(vendor("vendor"), &work).await.expect("accepted");
        assert_masked(&desk.gives_back(vendor("vendor"), &work).await.expect("returned"));
        assert_masked(&desk.get(vendor("vendor"), &work.id).await.expect("found"));
        let again = desk.vendor_claims(vendor("vendor")).await;
        assert_masked(&again);
        assert_opened(&desk.accept(vendor("vendor"), &again).await.expect("accepted"));
        assert_eq!(desk.disclosures().await.len(), 2);
        let moved = desk.transfer(vendor("vendor"), &again, TEAM).await.expect("transferred");
        assert_masked(&moved);
        assert_eq!(refusal(desk.get(vendor("vendor"), &moved.id).await).0, Code::NotFound);
        assert_masked(&desk.get(vendor("vendor"), &work.id).await.expect("the ended one is its own"));
        let of_ticket = ListAssignmentsRequest { ticket_id: ticket_id(1), ..Default::default() };
        let seen = desk.listed(vendor("vendor"), of_ticket).await;
        assert!(seen.iter().all(|seen| seen.team_key == VENDOR) && !seen.is_empty(), "{seen:?}");
    }
}

#[tokio::test]
async fn our_own_people_see_what_they_always_saw_and_strangers_nothing() {
    for desk in vendors(1).await {
        let seen = desk.listed(admin(), ListAssignmentsRequest::default()).await;
        let brief = seen[0].ticket.as_ref().expect("a brief");
        assert!(!seen[0].masked && brief.description.contains("王芳") && brief.room == "3-1502");
        let stranger = Caller { roles: [Role::ThirdParty].into(), ..member("other", "vendor-lift") };
        assert_eq!(refusal(desk.get(stranger.clone(), &seen[0].id).await).0, Code::NotFound);
        assert!(desk.listed(stranger, ListAssignmentsRequest::default()).await.is_empty());
        assert!(desk.disclosures().await.is_empty(), "only third parties are recorded");
    }
}

#[tokio::test]
async fn while_nobody_can_say_who_the_customer_is_no_sentence_is_shown() {
    for desk in vendors(1).await {
        desk.tickets.refuse(Status::unavailable("away"));
        let work = desk.vendor_claims(vendor("vendor")).await;
        let brief = work.ticket.clone().expect("a brief");
        assert_eq!((&*brief.subject, &*brief.description, &*brief.room), ("***", "***", "***"));
        desk.accept(vendor("vendor"), &work).await.expect("accepted");
        desk.tickets.refuse(Status::unavailable("away"));
        let seen = desk.get(vendor("colleague"), &work.id).await.expect("found");
        assert!(seen.masked && seen.customer.is_none());
        assert_eq!(desk.disclosures().await.len(), 1, "nothing was shown");
    }
}

#[tokio::test]
async fn what_a_vendor_holds_comes_with_its_customer_only_once_it_is_accepted() {
    for desk in vendors(2).await {
        let offers = async || {
            let listed = vendor("vendor").scope(desk.client.clone().list_offers(ListOffersRequest {})).await;
            inner(listed).expect("listed").assignments
        };
        let (first, second) =
            (desk.vendor_claims(vendor("vendor")).await, desk.vendor_claims(vendor("vendor")).await);
        desk.accept(vendor("vendor"), &second).await.expect("accepted");
        let held = offers().await;
        assert_masked(held.iter().find(|held| held.id == first.id).expect("held"));
        assert_opened(held.iter().find(|held| held.id == second.id).expect("held"));
        let by_ticket =
            |number| ListDisclosuresRequest { ticket_id: ticket_id(number), ..Default::default() };
        assert!(desk.page_of_disclosures(by_ticket(1)).await.expect("lists").disclosures.is_empty());
        assert_eq!(desk.page_of_disclosures(by_ticket(2)).await.expect("lists").disclosures.len(), 1);
    }
}

#[tokio::test]
async fn disclosures_are_listed_page_by_page_and_by_ticket_team_and_person() {
    for desk in vendors(3).await {
        for _ in 0..3 {
            let work = desk.vendor_claims(vendor("vendor")).await;
            desk.accept(vendor("vendor"), &work).await.expect("accepted");
            desk.pass(1).await;
        }
        let page = |page_token| ListDisclosuresRequest { page_size: 2, page_token, ..Default::default() };
        let first = desk.page_of_disclosures(page(String::new())).await.expect("lists");
        let rest = desk.page_of_disclosures(page(first.next_page_token.clone())).await.expect("lists");
        let all = [first.disclosures, rest.disclosures].concat();
        let tickets: Vec<_> = all.iter().map(|one| one.ticket_id.clone()).collect();
        assert_eq!(tickets, [ticket_id(3), ticket_id(2), ticket_id(1)]);
        assert_eq!(rest.next_page_token, "");
        let count = async |request| desk.page_of_disclosures(request).await.expect("lists").disclosures.len();
        let to = |subject: &str| ListDisclosuresRequest { subject: subject.into(), ..Default::default() };
        assert_eq!((count(to("vendor")).await, count(to("colleague")).await), (3, 0));
        let team = |key: &str| ListDisclosuresRequest { team_key: key.into(), ..Default::default() };
        assert_eq!((count(team(VENDOR)).await, count(team(TEAM)).await), (3, 0));
    }
}

#[tokio::test]
async fn the_holder_of_accepted_work_notes_something_on_the_ticket() {
    for desk in vendors(1).await {
        let work = desk.vendor_claims(vendor("vendor")).await;
        let early = refusal(desk.note(vendor("vendor"), &work, "已联系客户").await);
        assert_eq!(early, (Code::FailedPrecondition, "ASSIGNMENT_STATE_CONFLICT".into()));
        desk.accept(vendor("vendor"), &work).await.expect("accepted");
        desk.tickets.heard();
        let noted = desk.note(vendor("vendor"), &work, "已联系客户").await.expect("noted");
        assert_eq!(noted.state(), AssignmentState::Accepted);
        desk.note(vendor("vendor"), &work, "已联系客户").await.expect("the same note");
        let heard = desk.tickets.heard();
        assert_eq!(heard[0].0, heard[1].0, "one key, so that it is one comment");
        let Told::Note(note) = &heard[0].1 else { panic!("{heard:?}") };
        assert_eq!((&*note.text, &note.ticket_id), ("已联系客户", &ticket_id(1)));
        let stranger = refusal(desk.note(vendor("colleague"), &work, "x").await);
        assert_eq!(stranger.1, "LEASE_LOST");
    }
}
