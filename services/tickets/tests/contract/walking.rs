//! Many callers at once: no ticket comes to a state that the table of moves forbids, and its timeline alone gives what is
//! stored of it (T6).

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use hotline_core::upstream::Upstream;
use hotline_proto::common::v1::{TicketState, TicketType};
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_proto::tickets::v1::{
    CreateOutageRequest, CreateTicketRequest, GetLifecycleRequest, OutageKind, RepairSlaRequest, Ticket,
    TimelineEntry,
};
use tonic::Code;

use crate::stand_ins;
use crate::support::{Desk, agent, fault, on_each};

mod commands;

const CALLERS: u64 = 8;
const COMMANDS: u64 = 30;

/// Numbers that look like chance, the same ones in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn of<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len() as u64) as usize]
    }
}

/// Where callers walk: one service, some tickets of one customer, one outage.
struct Place {
    upstream: Upstream,
    now: DateTime<Utc>,
    tickets: Vec<Ticket>,
    outage: String,
}

impl Place {
    /// Makes faults, complaints and a consultation, and an outage that may be their cause.
    async fn of(desk: &Desk) -> Self {
        desk.directory.fill("knowledge", stand_ins::knowledge());
        let customer_id = hotline_core::id::new().to_string();
        let mut tickets = Vec::new();
        for category_code in ["repair.private", "repair.private", "repair.private", "complaint.service"]
            .into_iter()
            .chain(["complaint.service", "consult.property"])
        {
            let fields = [("room", "3-1502"), ("complainedOf", "物业"), ("question", "何时修好？")];
            let request = CreateTicketRequest {
                customer_id: customer_id.clone(),
                interaction_id: String::new(),
                category_code: category_code.into(),
                project: "曲江一期".into(),
                fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                ..fault()
            };
            tickets.push(desk.create(request).await);
        }
        let notice = CreateOutageRequest {
            kind: OutageKind::Unplanned as i32,
            title: "光缆中断".into(),
            projects: vec!["别处".into()],
            ..CreateOutageRequest::default()
        };
        let outage = agent().scope(desk.outages().create_outage(notice)).await.expect("is published");
        let outage = outage.into_inner().id;
        Self { upstream: desk.upstream.clone(), now: desk.clock.now(), tickets, outage }
    }
}

/// Gives commands one after the other; what is refused is refused for a reason. Who may not investigate, whose plan there
/// is none of or one already, is told so.
async fn walk(place: &Place, mut dice: Dice) {
    for _ in 0..COMMANDS {
        let Err(refused) = commands::command(place, &mut dice).await else { continue };
        let expected = matches!(
            refused.code(),
            Code::FailedPrecondition
                | Code::InvalidArgument
                | Code::Aborted
                | Code::Unavailable
                | Code::PermissionDenied
                | Code::NotFound
                | Code::AlreadyExists
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
    check_bonds(&stored, &timeline);
}

/// Checks what holds between commands: nothing is merged into what has ended, and no complaint is closed while its
/// investigation goes on.
fn check_bonds(stored: &Ticket, timeline: &[TimelineEntry]) {
    for entry in timeline {
        let of = |name: &str| entry.details.get(name).map_or("", String::as_str);
        let absorbs = entry.kind == "LINKED" && of("link") == "DUPLICATE";
        let has_ended = matches!(entry.state(), TicketState::Cancelled | TicketState::Closed);
        assert!(!absorbs || !has_ended, "{}: {entry:?}", stored.number);
    }
    let complaint = stored.complaint.clone().unwrap_or_default();
    let is_open = complaint.investigated_at.is_some() && complaint.concluded_at.is_none();
    let is_closed = stored.r#type() == TicketType::Complaint && stored.state() == TicketState::Closed;
    assert!(!is_closed || !is_open, "{}: {complaint:?}", stored.number);
}

fn is_merged(timeline: &[TimelineEntry]) -> bool {
    let last = timeline.iter().rev().find(|entry| matches!(entry.kind.as_str(), "MERGED" | "UNMERGED"));
    last.is_some_and(|entry| entry.kind == "MERGED")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_many_callers_do_at_once_the_table_holds_and_the_timeline_tells_it() {
    on_each(|desk| async move {
        let place = Place::of(&desk).await;
        let callers = (1..=CALLERS).map(|seed| agent().scope(walk(&place, Dice(seed))));
        join_all(callers).await;
        // What a recovered outage still has to solve.
        desk.sweep_at("2026-03-02 09:00").await;
        let legal = moves(&desk).await;
        for ticket in &place.tickets {
            check(&desk, ticket, &legal).await;
        }
        // What a replay of the timelines gives is what is stored.
        let rehearsal = RepairSlaRequest {
            ticket_ids: place.tickets.iter().map(|ticket| ticket.id.clone()).collect(),
            reason: "x".into(),
            dry_run: true,
            ..RepairSlaRequest::default()
        };
        let mut promises = desk.promises();
        let repair = desk.order(promises.repair_sla(rehearsal)).await.expect("is rehearsed");
        assert_eq!((repair.tickets, repair.changed), (6, 0), "{repair:?}");
    })
    .await;
}
