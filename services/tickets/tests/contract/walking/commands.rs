//! One command by chance, of all that people, dispatch and callbacks give.

use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::{Channel, Level};
use hotline_proto::tickets::v1::contact_service_client::ContactServiceClient;
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_proto::tickets::v1::outage_service_client::OutageServiceClient;
use hotline_proto::tickets::v1::plan_service_client::PlanServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{
    AbandonPlanRequest, CancelTicketRequest, CloseTicketRequest, ComplainedOf, CompleteTicketRequest,
    ConcludeTicketRequest, ContactTicketRequest, CreateCommentRequest, CustomerConsent, ExtendTicketRequest,
    FeedBackTicketRequest, HandOverTicketRequest, InformTicketRequest, InvestigateTicketRequest,
    JudgeTicketRequest, LinkKind, LinkOutageRequest, LinkTicketRequest, MergeTicketRequest, OpenPlanRequest,
    PartyKind, PlanContent, PromiseTicketRequest, RecoverOutageRequest, ReleaseTicketRequest,
    ReopenTicketRequest, ReprioritizeTicketRequest, ResolveTicketRequest, ResumeTicketRequest,
    SettleTicketRequest, StartTicketRequest, SubmitPlanRequest, TagTicketRequest, Ticket,
    UnlinkTicketRequest, UnmergeTicketRequest, UnwatchTicketRequest, UpdateTicketRequest, Validity, Verdict,
    VerifyTicketRequest, WaitTicketRequest, WatchTicketRequest,
};
use tonic::Status;

use super::{Dice, Place};
use crate::stand_ins;
use crate::support::at;

/// Of how many commands one part is chosen, work on the ticket more often than the others.
const PARTS: u64 = 20;

/// Gives one command by chance on one of the tickets.
pub(super) async fn command(place: &Place, dice: &mut Dice) -> Result<(), Status> {
    let pick = |dice: &mut Dice| dice.of(&place.tickets).id.clone();
    let (id, other) = (pick(dice), pick(dice));
    match dice.below(PARTS) {
        0..6 => work(place, dice, id).await,
        6..9 => held(place, dice, id).await,
        9..12 => promise(place, dice, id).await,
        12..15 => complaint(place, dice, id).await,
        15..18 => bond(place, dice, id, other).await,
        _ => around(place, dice, id).await,
    }
}

/// Gives one of the commands of a ticket's life.
async fn work(place: &Place, dice: &mut Dice, id: String) -> Result<(), Status> {
    let mut calls = TicketServiceClient::new(place.upstream.clone());
    let why = "x".to_owned();
    match dice.below(12) {
        0 | 1 => {
            let reason = 1 + dice.below(3) as i32;
            let until = (dice.below(2) == 0).then(|| to_proto(at("2026-03-03 09:00")));
            let wait = WaitTicketRequest { id, reason, until, ..Default::default() };
            calls.wait_ticket(wait).await.map(drop)
        }
        2 => calls.resume_ticket(ResumeTicketRequest { id, ..Default::default() }).await.map(drop),
        3 | 4 => {
            let resolve = ResolveTicketRequest { id, resolution: why, ..Default::default() };
            calls.resolve_ticket(resolve).await.map(drop)
        }
        5 => calls.verify_ticket(VerifyTicketRequest { id, ..Default::default() }).await.map(drop),
        6 => calls.close_ticket(CloseTicketRequest { id, ..Default::default() }).await.map(drop),
        7 => {
            calls.reopen_ticket(ReopenTicketRequest { id, reason: why, ..Default::default() }).await.map(drop)
        }
        8 if dice.below(4) == 0 => {
            calls.cancel_ticket(CancelTicketRequest { id, reason: why, ..Default::default() }).await.map(drop)
        }
        8 | 9 => {
            let (urgency, impact) = (Level::High as i32, Level::Low as i32);
            let anew = ReprioritizeTicketRequest { id, urgency, impact, reason: why, ..Default::default() };
            calls.reprioritize_ticket(anew).await.map(drop)
        }
        10 => {
            let team_key = stand_ins::TEAM.to_owned();
            let next = HandOverTicketRequest { id, team_key, ..Default::default() };
            calls.hand_over_ticket(next).await.map(drop)
        }
        _ => {
            let category_code = (*dice.of(&["", "repair.public", "repair.private"])).to_owned();
            let ticket = Ticket { id, description: why, category_code, ..Default::default() };
            let update = UpdateTicketRequest { ticket: Some(ticket), ..Default::default() };
            calls.update_ticket(update).await.map(drop)
        }
    }
}

/// Tells what dispatch and callbacks tell.
async fn held(place: &Place, dice: &mut Dice, id: String) -> Result<(), Status> {
    let mut calls = TicketServiceClient::new(place.upstream.clone());
    let (assignee, team_key) = ("engineer".to_owned(), "second-line-network".to_owned());
    let assignment_id = format!("0199e4a0-0000-7000-8000-{:012x}", dice.below(8));
    let epoch = dice.below(3) as i64;
    match dice.below(8) {
        0..4 => {
            let start = StartTicketRequest { id, assignee, team_key, assignment_id, epoch };
            calls.start_ticket(start).await.map(drop)
        }
        4 | 5 => {
            let release = ReleaseTicketRequest { id, team_key, assignment_id, epoch, reason: "x".into() };
            calls.release_ticket(release).await.map(drop)
        }
        6 => {
            let article_ids = Vec::new();
            let resolution = "x".to_owned();
            let solved =
                CompleteTicketRequest { id, resolution, article_ids, assignment_id, epoch, assignee };
            calls.complete_ticket(solved).await.map(drop)
        }
        _ => {
            let (satisfied, unreachable) = *dice.of(&[(true, false), (false, false), (false, true)]);
            let callback_id = format!("0199e4a0-0000-7000-9000-{:012x}", dice.below(16));
            let comment = "x".to_owned();
            let told = SettleTicketRequest { id, satisfied, unreachable, comment, callback_id };
            calls.settle_ticket(told).await.map(drop)
        }
    }
}

/// Promises something, says how far it is, or hears the customer again.
async fn promise(place: &Place, dice: &mut Dice, id: String) -> Result<(), Status> {
    let mut calls = TicketServiceClient::new(place.upstream.clone());
    let channel = Channel::Phone as i32;
    match dice.below(5) {
        0 => {
            let days = 1 + dice.below(20);
            let until = Some(to_proto(at(&format!("2026-03-{:02} 10:00", 4 + days))));
            let consent = CustomerConsent { by: "王芳".into(), at: Some(to_proto(place.now)), channel };
            let customer_consent = (dice.below(2) == 0).then_some(consent);
            let reason = "x".to_owned();
            let more = ExtendTicketRequest { id, until, reason, customer_consent, ..Default::default() };
            calls.extend_ticket(more).await.map(drop)
        }
        1 => {
            let tier = 1 + dice.below(6) as i32;
            calls.promise_ticket(PromiseTicketRequest { id, tier, ..Default::default() }).await.map(drop)
        }
        2 => {
            let told = InformTicketRequest { id, note: "x".into(), channel, ..Default::default() };
            calls.inform_ticket(told).await.map(drop)
        }
        3 => {
            let interaction_id = id::new().to_string();
            let again = ContactTicketRequest { id, interaction_id, channel, note: String::new() };
            let mut contacts = ContactServiceClient::new(place.upstream.clone());
            contacts.contact_ticket(again).await.map(drop)
        }
        _ => {
            let said = CreateCommentRequest {
                ticket_id: id,
                text: "x".into(),
                customer_channel: channel,
                unsatisfied: dice.below(2) == 0,
                ..Default::default()
            };
            let mut matters = MatterServiceClient::new(place.upstream.clone());
            matters.create_comment(said).await.map(drop)
        }
    }
}

/// Judges, investigates, concludes, tells.
async fn complaint(place: &Place, dice: &mut Dice, id: String) -> Result<(), Status> {
    let mut matters = MatterServiceClient::new(place.upstream.clone());
    match dice.below(7) {
        0 => {
            let validity = *dice.of(&[Validity::Valid, Validity::Invalid, Validity::OutOfScope]) as i32;
            let guidance = (*dice.of(&["市政热线 12345", ""])).to_owned();
            let judge = JudgeTicketRequest { id, validity, guidance, ..Default::default() };
            matters.judge_ticket(judge).await.map(drop)
        }
        1 | 2 => {
            // Whoever walks is `agent`: nobody investigates oneself.
            let name = (*dice.of(&["agent", "agent2", "agent3"])).to_owned();
            let party = Some(ComplainedOf { kind: PartyKind::Agent as i32, name });
            let begin = InvestigateTicketRequest { id, party, ..Default::default() };
            matters.investigate_ticket(begin).await.map(drop)
        }
        3 | 4 => {
            let verdict = *dice.of(&[Verdict::Upheld, Verdict::NotUpheld]) as i32;
            let found = ConcludeTicketRequest { id, verdict, finding: "x".into(), ..Default::default() };
            matters.conclude_ticket(found).await.map(drop)
        }
        _ => {
            let channel = Channel::Phone as i32;
            let accepted = Some(dice.below(2) == 0);
            let told =
                FeedBackTicketRequest { id, note: "x".into(), channel, accepted, ..Default::default() };
            matters.feed_back_ticket(told).await.map(drop)
        }
    }
}

/// Merges, links and undoes it.
async fn bond(place: &Place, dice: &mut Dice, id: String, other: String) -> Result<(), Status> {
    let mut matters = MatterServiceClient::new(place.upstream.clone());
    let kind = *dice.of(&[LinkKind::Related, LinkKind::Parent, LinkKind::Child]) as i32;
    match dice.below(6) {
        0 => {
            matters.merge_ticket(MergeTicketRequest { id, into: other, ..Default::default() }).await.map(drop)
        }
        1 | 2 => {
            let undo = UnmergeTicketRequest { id, reason: "x".into(), ..Default::default() };
            matters.unmerge_ticket(undo).await.map(drop)
        }
        3 | 4 => {
            let link = LinkTicketRequest { id, kind, other_id: other, ..Default::default() };
            matters.link_ticket(link).await.map(drop)
        }
        _ => {
            let link = UnlinkTicketRequest { id, kind, other_id: other, ..Default::default() };
            matters.unlink_ticket(link).await.map(drop)
        }
    }
}

/// Plans, names the outage, says that it is over, tags, watches.
async fn around(place: &Place, dice: &mut Dice, id: String) -> Result<(), Status> {
    let mut matters = MatterServiceClient::new(place.upstream.clone());
    let mut plans = PlanServiceClient::new(place.upstream.clone());
    let mut outages = OutageServiceClient::new(place.upstream.clone());
    let tag = vec!["x".to_owned()];
    match dice.below(10) {
        0 => {
            let plan = Some(PlanContent::default());
            plans.open_plan(OpenPlanRequest { id, plan }).await.map(drop)
        }
        1 => plans.submit_plan(SubmitPlanRequest { id, ..Default::default() }).await.map(drop),
        2 => {
            let end = AbandonPlanRequest { id, reason: "x".into(), ..Default::default() };
            plans.abandon_plan(end).await.map(drop)
        }
        3 | 4 => {
            let outage_id = dice.of(&[place.outage.clone(), String::new()]).clone();
            let link = LinkOutageRequest { id, outage_id, ..Default::default() };
            outages.link_outage(link).await.map(drop)
        }
        5 if dice.below(4) == 0 => {
            let over = RecoverOutageRequest { id: place.outage.clone(), ..Default::default() };
            outages.recover_outage(over).await.map(drop)
        }
        5 | 6 => matters.tag_ticket(TagTicketRequest { id, add: tag, ..Default::default() }).await.map(drop),
        7 => matters.tag_ticket(TagTicketRequest { id, remove: tag, ..Default::default() }).await.map(drop),
        8 => matters.watch_ticket(WatchTicketRequest { id, ..Default::default() }).await.map(drop),
        _ => matters.unwatch_ticket(UnwatchTicketRequest { id, ..Default::default() }).await.map(drop),
    }
}
