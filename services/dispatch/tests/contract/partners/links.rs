//! Links of partners without an account: who makes them, what they are good for, and until when (D5).

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    AcceptPartnerLinkRequest, Assignment, AssignmentState, CompletePartnerLinkRequest, DisclosureWay,
    LinkAssignmentRequest, LinkRecipient, LinkStage, LinkedAssignment, ListAssignmentsRequest,
    ListPartnerLinksRequest, NotePartnerLinkRequest, OpenPartnerLinkRequest, PartnerLink, PartnerLinkState,
    ReassignAssignmentRequest, RevokePartnerLinkRequest,
};
use hotline_proto::events::v1::{AssignmentAccepted, AssignmentCompleted, AssignmentLinkOpened};
use tonic::{Code, Status};

use super::{VENDOR, assert_masked, assert_opened, vendor, vendors};
use crate::harness::calls::{inner, refusal, seconds};
use crate::harness::tickets::Told;
use crate::harness::{Desk, TEAM, admin, engineer, keyed, member};

/// Who gets links.
const RECIPIENT: &str = "李师傅";

fn nobody() -> Caller {
    Caller { subject: "anonymous".into(), ..Caller::default() }
}

/// Who registered the tickets, as their events say.
fn sender() -> Caller {
    Caller { roles: [Role::Agent].into(), ..member("agent", "first-line") }
}

fn wish(id: &str) -> LinkAssignmentRequest {
    let recipient = LinkRecipient { name: RECIPIENT.into(), phone: "139 1234 5678".into() };
    LinkAssignmentRequest { id: id.into(), expires_in: None, recipient: Some(recipient) }
}

fn token(link: &PartnerLink) -> String {
    link.url.strip_prefix("/p/").expect("a link's address").to_owned()
}

impl Desk {
    async fn link(&self, caller: Caller, request: LinkAssignmentRequest) -> Result<PartnerLink, Status> {
        inner(caller.scope(self.partners.clone().link_assignment(request)).await)
    }

    /// Makes a link for the one work there is.
    async fn linked(&self) -> (Assignment, String) {
        let work = self.listed(admin(), ListAssignmentsRequest::default()).await.remove(0);
        let link = self.link(sender(), wish(&work.id)).await.expect("a link");
        (work, token(&link))
    }

    async fn open(&self, token: &str) -> Result<LinkedAssignment, Status> {
        let request = OpenPartnerLinkRequest { token: token.into() };
        inner(nobody().scope(self.partners.clone().open_partner_link(request)).await)
    }

    async fn accept_link(&self, token: &str) -> Result<LinkedAssignment, Status> {
        let request = AcceptPartnerLinkRequest { token: token.into() };
        inner(nobody().scope(self.partners.clone().accept_partner_link(request)).await)
    }

    async fn note_link(&self, token: &str, text: &str) -> Result<LinkedAssignment, Status> {
        let request = NotePartnerLinkRequest { token: token.into(), text: text.into() };
        inner(nobody().scope(self.partners.clone().note_partner_link(request)).await)
    }

    async fn complete_link(&self, token: &str) -> Result<LinkedAssignment, Status> {
        let request =
            CompletePartnerLinkRequest { token: token.into(), resolution: "重新熔接光纤".into() };
        inner(nobody().scope(self.partners.clone().complete_partner_link(request)).await)
    }

    async fn links_of(&self, id: &str) -> Vec<PartnerLink> {
        let request = ListPartnerLinksRequest { id: id.into(), ..ListPartnerLinksRequest::default() };
        inner(sender().scope(self.partners.clone().list_partner_links(request)).await).expect("lists").links
    }
}

#[track_caller]
fn assert_gone(answer: Result<LinkedAssignment, Status>) {
    assert_eq!(refusal(answer), (Code::FailedPrecondition, "LINK_GONE".into()));
}

#[tokio::test]
async fn a_partner_accepts_notes_and_completes_by_link_and_the_sender_sees_each_step() {
    for desk in vendors(1).await {
        let (work, token) = desk.linked().await;
        for _ in 0..2 {
            let seen = desk.open(&token).await.expect("opens");
            assert_eq!(
                (seen.stage(), &*seen.recipient, &*seen.team_name),
                (LinkStage::Open, RECIPIENT, VENDOR)
            );
            assert_masked(seen.assignment.as_ref().expect("the work"));
        }
        let still = desk.get(sender(), &work.id).await.expect("the sender follows it");
        assert_eq!((still.state(), still.epoch), (AssignmentState::Queued, 0), "looking changes nothing");
        assert_eq!(desk.published::<AssignmentLinkOpened>().await, 1);

        let accepted = desk.accept_link(&token).await.expect("accepts");
        assert_eq!(accepted.stage(), LinkStage::Held);
        assert_opened(accepted.assignment.as_ref().expect("the work"));
        let again = desk.accept_link(&token).await.expect("is accepted");
        assert_opened(again.assignment.as_ref().expect("the work"));
        let held = desk.get(sender(), &work.id).await.expect("the sender follows it");
        assert_eq!((held.state(), &*held.assignee), (AssignmentState::Accepted, "link:李师傅"));
        assert_eq!(desk.published::<AssignmentAccepted>().await, 1);
        assert_opened(desk.open(&token).await.expect("opens").assignment.as_ref().expect("the work"));
        let disclosures = desk.disclosures().await;
        assert_eq!(disclosures.len(), 1, "{disclosures:?}");
        assert_eq!((disclosures[0].way(), &*disclosures[0].subject), (DisclosureWay::Link, "link:李师傅"));

        desk.tickets.heard();
        desk.note_link(&token, "下午三点到").await.expect("noted");
        let heard = desk.tickets.heard();
        assert!(matches!(&heard[0].1, Told::Note(note) if note.text == "下午三点到"), "{heard:?}");

        let done = desk.complete_link(&token).await.expect("completed");
        assert_eq!(done.stage(), LinkStage::Done);
        assert_masked(done.assignment.as_ref().expect("the work"));
        let heard = desk.tickets.heard();
        assert!(matches!(&heard[0].1, Told::Complete(told) if told.assignee == "link:李师傅"), "{heard:?}");
        assert_eq!(desk.published::<AssignmentCompleted>().await, 1);
        for answer in
            [desk.open(&token).await, desk.accept_link(&token).await, desk.complete_link(&token).await]
        {
            assert_gone(answer);
        }
        let link = desk.links_of(&work.id).await.remove(0);
        assert_eq!((link.state(), link.opens), (PartnerLinkState::Used, 3));
        assert!(link.opened_at.is_some() && link.accepted_at.is_some() && link.completed_at.is_some());
        assert_eq!((&*link.url, link.recipient.expect("for whom").phone), ("", "+8613912345678".into()));
    }
}

#[tokio::test]
async fn a_form_that_is_sent_twice_acts_once() {
    for desk in vendors(1).await {
        let (_, token) = desk.linked().await;
        desk.accept_link(&token).await.expect("accepts");
        let complete = || {
            let (token, resolution) = (token.clone(), "重新熔接光纤".into());
            keyed(CompletePartnerLinkRequest { token, resolution }, "form-1")
        };
        let mut partners = desk.partners.clone();
        let first = inner(nobody().scope(partners.complete_partner_link(complete())).await).expect("done");
        let second = inner(nobody().scope(partners.complete_partner_link(complete())).await);
        assert_eq!(first, second.expect("the same answer"));
        assert_eq!(desk.published::<AssignmentCompleted>().await, 1);
    }
}

#[tokio::test]
async fn a_link_ends_with_its_time_with_its_revocation_and_with_the_next_one() {
    for desk in vendors(1).await {
        let (work, first) = desk.linked().await;
        let second = token(&desk.link(admin(), wish(&work.id)).await.expect("another"));
        assert_gone(desk.open(&first).await);
        desk.open(&second).await.expect("the new one is good");
        let revoke = RevokePartnerLinkRequest { id: work.id.clone() };
        let revoked = sender().scope(desk.partners.clone().revoke_partner_link(revoke.clone())).await;
        assert_eq!(inner(revoked).expect("revoked").state(), PartnerLinkState::Revoked);
        assert_gone(desk.accept_link(&second).await);
        let again = sender().scope(desk.partners.clone().revoke_partner_link(revoke)).await;
        assert_eq!(inner(again).expect("still").revoked_by, "agent");

        let short = LinkAssignmentRequest { expires_in: seconds(3600), ..wish(&work.id) };
        let third = token(&desk.link(sender(), short).await.expect("a third"));
        desk.pass(3599).await;
        desk.open(&third).await.expect("good");
        desk.pass(1).await;
        assert_gone(desk.open(&third).await);
        assert_gone(desk.accept_link(&third).await);
        let states: Vec<_> = desk.links_of(&work.id).await.iter().map(PartnerLink::state).collect();
        assert_eq!(states, [PartnerLinkState::Expired, PartnerLinkState::Revoked, PartnerLinkState::Revoked]);
        assert!(desk.disclosures().await.is_empty());
    }
}

#[tokio::test]
async fn an_altered_or_invented_link_says_nothing_of_the_work() {
    for desk in vendors(2).await {
        let (_, good) = desk.linked().await;
        let mut altered = good.clone().into_bytes();
        altered[40] = if altered[40] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).expect("ASCII");
        let cut = &good[..60];
        for wrong in [altered.as_str(), cut, "x", &"A".repeat(64), "令牌"] {
            let refused =
                [desk.open(wrong).await, desk.accept_link(wrong).await, desk.complete_link(wrong).await];
            for answer in refused {
                assert_eq!(refusal(answer), (Code::NotFound, "LINK_UNKNOWN".into()), "{wrong}");
            }
        }
        assert_eq!(desk.published::<AssignmentAccepted>().await, 0);
    }
}

#[tokio::test]
async fn only_the_sender_and_those_in_charge_make_links_and_only_for_third_parties() {
    for desk in vendors(1).await {
        let work = desk.listed(admin(), ListAssignmentsRequest::default()).await.remove(0);
        let lead = Caller { roles: [Role::TeamLead].into(), ..member("lead", "first-line") };
        for allowed in [sender(), lead, admin()] {
            desk.link(allowed, wish(&work.id)).await.expect("a link");
        }
        let other = Caller { subject: "agent2".into(), ..sender() };
        for refused in [other, engineer(), vendor("vendor")] {
            assert_eq!(refusal(desk.link(refused, wish(&work.id)).await).0, Code::PermissionDenied);
        }
        let nameless = LinkRecipient { name: " ".into(), ..LinkRecipient::default() };
        let wrong = LinkAssignmentRequest { recipient: Some(nameless), ..wish(&work.id) };
        assert_eq!(refusal(desk.link(admin(), wrong).await).0, Code::InvalidArgument);
        let unreachable = LinkRecipient { name: RECIPIENT.into(), phone: "abc".into() };
        let wrong = LinkAssignmentRequest { recipient: Some(unreachable), ..wish(&work.id) };
        assert_eq!(refusal(desk.link(admin(), wrong).await).0, Code::InvalidArgument);
        let long = LinkAssignmentRequest { expires_in: seconds(15 * 86_400), ..wish(&work.id) };
        assert_eq!(refusal(desk.link(admin(), long).await).0, Code::InvalidArgument);

        desk.registered([9]).await;
        let ours = desk.open_work_on(9).await;
        assert_eq!(ours.team_key, TEAM);
        let refused = refusal(desk.link(admin(), wish(&ours.id)).await);
        assert_eq!(refused, (Code::FailedPrecondition, "NOT_FOR_PARTNERS".into()));
    }
}

#[tokio::test]
async fn a_link_is_no_way_round_a_colleague_or_whoever_is_in_charge() {
    for desk in vendors(1).await {
        let (work, first) = desk.linked().await;
        let claimed = desk.vendor_claims(vendor("vendor")).await;
        assert_gone(desk.open(&first).await);
        let offered = token_of(&desk, &work.id).await;
        assert_eq!(desk.open(&offered).await.expect("opens").stage(), LinkStage::Taken);
        assert_eq!(refusal(desk.accept_link(&offered).await).1, "ASSIGNMENT_STATE_CONFLICT");
        desk.accept(vendor("vendor"), &claimed).await.expect("accepted");
        assert_gone(desk.open(&offered).await);
        let held = refusal(desk.link(sender(), wish(&work.id)).await);
        assert_eq!(held.1, "ASSIGNMENT_STATE_CONFLICT", "who has an account needs no link");

        let back = ReassignAssignmentRequest {
            id: work.id.clone(),
            reason: "改由师傅处理".into(),
            ..ReassignAssignmentRequest::default()
        };
        let recall = async || {
            let back = admin().scope(desk.client.clone().reassign_assignment(back.clone())).await;
            inner(back).expect("recalled")
        };
        recall().await;
        let third = token_of(&desk, &work.id).await;
        desk.accept_link(&third).await.expect("accepts");
        let stranger = LinkRecipient { name: "赵师傅".into(), ..LinkRecipient::default() };
        let other = LinkAssignmentRequest { recipient: Some(stranger), ..wish(&work.id) };
        assert_eq!(refusal(desk.link(sender(), other).await).0, Code::InvalidArgument);
        let fresh = token_of(&desk, &work.id).await;
        assert_gone(desk.open(&third).await);
        assert_eq!(desk.open(&fresh).await.expect("goes on").stage(), LinkStage::Held);
        recall().await;
        assert_gone(desk.open(&fresh).await);
        assert_gone(desk.complete_link(&fresh).await);
    }
}

async fn token_of(desk: &Desk, id: &str) -> String {
    token(&desk.link(sender(), wish(id)).await.expect("a link"))
}

#[tokio::test]
async fn an_acceptance_that_broke_off_can_be_made_again() {
    for desk in vendors(1).await {
        let (work, token) = desk.linked().await;
        desk.tickets.refuse_start(Status::unavailable("away"));
        assert_eq!(refusal(desk.accept_link(&token).await).0, Code::Unavailable);
        assert_eq!(desk.open(&token).await.expect("opens").stage(), LinkStage::Open);
        desk.pass(61).await;
        let back = desk.get(admin(), &work.id).await.expect("found");
        assert_eq!(back.state(), AssignmentState::Queued, "the lease ran out");
        let accepted = desk.accept_link(&token).await.expect("accepts");
        assert_opened(accepted.assignment.as_ref().expect("the work"));
    }
}
