//! Many callers at once: no ticket comes to a state that the table of moves forbids, and its timeline alone gives what is
//! stored of it (T6).

use std::collections::HashSet;

use futures::future::join_all;
use hotline_core::upstream::Upstream;
use hotline_proto::common::v1::{Channel, Level, TicketState};
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{
    CancelTicketRequest, CloseTicketRequest, CreateCommentRequest, GetLifecycleRequest, InformTicketRequest,
    JudgeTicketRequest, LinkKind, LinkTicketRequest, MergeTicketRequest, ReopenTicketRequest,
    RepairSlaRequest, ReprioritizeTicketRequest, ResolveTicketRequest, ResumeTicketRequest,
    StartTicketRequest, TagTicketRequest, Ticket, UnmergeTicketRequest, Validity, VerifyTicketRequest,
    WaitReason, WaitTicketRequest,
};
use tonic::{Code, Status};

use crate::support::{Desk, agent, fault, on_each};

const CALLERS: u64 = 8;
const COMMANDS: u64 = 30;

/// Numbers that look like chance, the same ones in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Gives one command by chance on one of the tickets.
async fn command(upstream: Upstream, dice: &mut Dice, tickets: &[Ticket]) -> Result<(), Status> {
    let pick = |dice: &mut Dice| tickets[dice.below(tickets.len() as u64) as usize].id.clone();
    let (id, other) = (pick(dice), pick(dice));
    match dice.below(16) {
        what @ 0..10 => work(TicketServiceClient::new(upstream), dice, what, id).await,
        what => matter(upstream, dice, what, id, other).await,
    }
}

/// Gives one of the commands of a ticket's life.
async fn work(
    mut calls: TicketServiceClient<Upstream>,
    dice: &mut Dice,
    what: u64,
    id: String,
) -> Result<(), Status> {
    let why = "x".to_owned();
    match what {
        0 | 1 => {
            let assignment_id = format!("0199e4a0-0000-7000-8000-{:012x}", dice.below(1 << 40));
            let (assignee, team_key) = ("engineer".to_owned(), "second-line-network".to_owned());
            let start = StartTicketRequest { id, assignee, team_key, assignment_id, epoch: 1 };
            calls.start_ticket(start).await.map(drop)
        }
        2 => {
            let reason = WaitReason::Customer as i32;
            calls.wait_ticket(WaitTicketRequest { id, reason, ..Default::default() }).await.map(drop)
        }
        3 => calls.resume_ticket(ResumeTicketRequest { id, ..Default::default() }).await.map(drop),
        4 | 5 => {
            let resolve = ResolveTicketRequest { id, resolution: why, ..Default::default() };
            calls.resolve_ticket(resolve).await.map(drop)
        }
        6 => calls.verify_ticket(VerifyTicketRequest { id, ..Default::default() }).await.map(drop),
        7 => calls.close_ticket(CloseTicketRequest { id, ..Default::default() }).await.map(drop),
        8 => {
            calls.reopen_ticket(ReopenTicketRequest { id, reason: why, ..Default::default() }).await.map(drop)
        }
        9 if dice.below(4) == 0 => {
            calls.cancel_ticket(CancelTicketRequest { id, reason: why, ..Default::default() }).await.map(drop)
        }
        _ => {
            let (urgency, impact) = (Level::High as i32, Level::Low as i32);
            let anew = ReprioritizeTicketRequest { id, urgency, impact, reason: why, ..Default::default() };
            calls.reprioritize_ticket(anew).await.map(drop)
        }
    }
}

/// Gives one of the commands of what a kind of trouble asks for besides.
async fn matter(
    upstream: Upstream,
    dice: &mut Dice,
    what: u64,
    id: String,
    other: String,
) -> Result<(), Status> {
    let (mut calls, mut matters) =
        (TicketServiceClient::new(upstream.clone()), MatterServiceClient::new(upstream));
    let why = "x".to_owned();
    match what {
        10 => {
            matters.merge_ticket(MergeTicketRequest { id, into: other, ..Default::default() }).await.map(drop)
        }
        11 | 12 => {
            let undo = UnmergeTicketRequest { id, reason: why, ..Default::default() };
            matters.unmerge_ticket(undo).await.map(drop)
        }
        13 => {
            let channel = Channel::Phone as i32;
            let said = CreateCommentRequest {
                ticket_id: id,
                text: why,
                customer_channel: channel,
                unsatisfied: dice.below(2) == 0,
                ..Default::default()
            };
            matters.create_comment(said).await.map(drop)
        }
        14 => {
            let kind = [LinkKind::Related, LinkKind::Parent][dice.below(2) as usize] as i32;
            let link = LinkTicketRequest { id, kind, other_id: other, ..Default::default() };
            matters.link_ticket(link).await.map(drop)
        }
        _ if dice.below(2) == 0 => {
            let told =
                InformTicketRequest { id, note: why, channel: Channel::Phone as i32, ..Default::default() };
            calls.inform_ticket(told).await.map(drop)
        }
        _ if dice.below(2) == 0 => {
            matters.tag_ticket(TagTicketRequest { id, add: vec![why], ..Default::default() }).await.map(drop)
        }
        _ => {
            let validity = Validity::Valid as i32;
            matters.judge_ticket(JudgeTicketRequest { id, validity, ..Default::default() }).await.map(drop)
        }
    }
}

/// Gives commands one after the other; what is refused is refused for a reason.
async fn walk(upstream: Upstream, tickets: &[Ticket], mut dice: Dice) {
    for _ in 0..COMMANDS {
        let Err(refused) = command(upstream.clone(), &mut dice, tickets).await else { continue };
        let expected = matches!(
            refused.code(),
            Code::FailedPrecondition | Code::InvalidArgument | Code::Aborted | Code::Unavailable
        );
        assert!(expected, "{refused:?}");
    }
}

/// Returns the pairs of states that one legal move leads through.
async fn moves(desk: &Desk) -> HashSet<(i32, i32)> {
    let mut matters = MatterServiceClient::new(desk.upstream.clone());
    let table = agent().scope(matters.get_lifecycle(GetLifecycleRequest {})).await.expect("is served");
    table.into_inner().moves.into_iter().map(|one| (one.from, one.to)).collect()
}

async fn check(desk: &Desk, ticket: &Ticket, legal: &HashSet<(i32, i32)>) {
    let stored = desk.get(&ticket.id).await.expect("is there");
    let timeline = desk.timeline(&ticket.id).await;
    let mut state = TicketState::New as i32;
    // In the order in which it was written: a clock tells later of what came due before.
    let mut written: Vec<_> = timeline.iter().filter(|entry| !entry.kind.starts_with("SLA_")).collect();
    written.sort_by(|one, other| one.id.cmp(&other.id));
    for entry in written {
        let moved = entry.state != state;
        assert!(!moved || legal.contains(&(state, entry.state)), "{} from {state}: {entry:?}", stored.number);
        state = entry.state;
    }
    assert_eq!(state, stored.state, "{}", stored.number);
    assert_eq!(
        stored.survivor_id.is_empty(),
        stored.state() != TicketState::Cancelled || !is_merged(&timeline)
    );
}

fn is_merged(timeline: &[hotline_proto::tickets::v1::TimelineEntry]) -> bool {
    let last = timeline.iter().rev().find(|entry| matches!(entry.kind.as_str(), "MERGED" | "UNMERGED"));
    last.is_some_and(|entry| entry.kind == "MERGED")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_many_callers_do_at_once_the_table_holds_and_the_timeline_tells_it() {
    on_each(|desk| async move {
        let customer_id = hotline_core::id::new().to_string();
        let mut tickets = Vec::new();
        for _ in 0..4 {
            let request = hotline_proto::tickets::v1::CreateTicketRequest {
                customer_id: customer_id.clone(),
                interaction_id: String::new(),
                ..fault()
            };
            tickets.push(desk.create(request).await);
        }
        let callers =
            (1..=CALLERS).map(|seed| agent().scope(walk(desk.upstream.clone(), &tickets, Dice(seed))));
        join_all(callers).await;
        let legal = moves(&desk).await;
        for ticket in tickets.iter() {
            check(&desk, ticket, &legal).await;
        }
        // What a replay of the timelines gives is what is stored.
        let rehearsal = RepairSlaRequest {
            ticket_ids: tickets.iter().map(|ticket| ticket.id.clone()).collect(),
            reason: "x".into(),
            dry_run: true,
            ..RepairSlaRequest::default()
        };
        let mut promises = desk.promises();
        let repair = desk.order(promises.repair_sla(rehearsal)).await.expect("is rehearsed");
        assert_eq!((repair.tickets, repair.changed), (4, 0), "{repair:?}");
    })
    .await;
}
