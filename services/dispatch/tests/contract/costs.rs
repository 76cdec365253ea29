//! What commands and events cost in round trips of the database, begin and commit apart.

use hotline_proto::dispatch::v1::{Assignment, TeamKind};
use hotline_proto::events::v1::{Envelope, TicketCancelled, TicketCreated};
use sea_orm::DbBackend;

use crate::harness::calls::{claim, claim_of};
use crate::harness::{Desk, OTHER, START, desks, engineer, envelope, member, rival, ticket};

/// Statements on SQLite, which takes one for each table that is written, and on PostgreSQL.
type Cost = (u64, u64);

/// Does something and tells how many statements it took.
async fn counted<A>(desk: &Desk, doing: impl Future<Output = A>) -> (A, u64) {
    let before = desk.db.statements();
    let answer = doing.await;
    (answer, desk.db.statements() - before)
}

fn here(desk: &Desk, (sqlite, postgres): Cost) -> u64 {
    if desk.db.backend() == DbBackend::Postgres { postgres } else { sqlite }
}

/// Expects that something costs this much.
async fn costs<A>(desk: &Desk, what: &str, cost: Cost, doing: impl Future<Output = A>) -> A {
    let (answer, statements) = counted(desk, doing).await;
    assert_eq!(statements, here(desk, cost), "{what}, {:?}", desk.db.backend());
    answer
}

async fn accepted(desk: &Desk) -> Assignment {
    let work = desk.claims_one(engineer()).await;
    desk.accept(engineer(), &work).await.expect("held")
}

fn created(number: u128) -> Envelope {
    envelope(&TicketCreated { ticket: Some(ticket(number)) }, START)
}

fn cancelled(number: u128) -> Envelope {
    envelope(&TicketCancelled { ticket: Some(ticket(number)), ..TicketCancelled::default() }, START)
}

/// A queue that was built, with work in it.
async fn busy_desks() -> Vec<Desk> {
    let desks = desks().await;
    for desk in &desks {
        desk.registered(1..=12).await;
        desk.claims_one(rival()).await;
    }
    desks
}

#[tokio::test]
async fn tickets_that_arrive_together_cost_as_much_as_one() {
    for desk in desks().await {
        // Which are new, their open work, the rules unless just read; assignments, rules' hits and events.
        let most = here(&desk, (6, 4));
        for numbers in [1..=1, 101..=132] {
            let events: Vec<_> = numbers.map(created).collect();
            let (_, statements) = counted(&desk, desk.deliver_all(&events)).await;
            assert!(statements <= most, "{} cost {statements}, {:?}", events.len(), desk.db.backend());
        }
        assert_eq!(desk.claims(engineer(), 100).await.len(), 33);
    }
}

#[tokio::test]
async fn tickets_that_end_together_cost_as_much_as_one() {
    for desk in desks().await {
        desk.registered(1..=33).await;
        let most = here(&desk, (6, 4));
        for numbers in [1..=1, 2..=33] {
            let events: Vec<_> = numbers.map(cancelled).collect();
            let (_, statements) = counted(&desk, desk.deliver_all(&events)).await;
            assert!(statements <= most, "{} cost {statements}, {:?}", events.len(), desk.db.backend());
        }
        assert!(desk.claims(engineer(), 100).await.is_empty());
    }
}

#[tokio::test]
async fn a_claim_reads_its_team_locks_its_work_and_writes_once() {
    for desk in busy_desks().await {
        costs(&desk, "one", (5, 3), desk.claims_one(engineer())).await;
        costs(&desk, "three", (7, 3), desk.claims(engineer(), 3)).await;
    }
}

#[tokio::test]
async fn a_claim_within_a_capacity_counts_twice_what_is_held_the_second_time_under_a_lock() {
    for desk in desks().await {
        desk.team("small", TeamKind::Expert, 5).await;
        desk.rule("咨询", &["consult"], 20, "small").await;
        for number in 1..=2 {
            let mut consult = ticket(number);
            consult.category_code = "consult".into();
            desk.happened(&TicketCreated { ticket: Some(consult) }).await;
        }
        let mut request = claim_of(1, 0);
        request.team_key = "small".into();
        let claims = || claim(&desk.client, member("expert", "small"), request.clone());
        claims().await.expect("the queue is built at the first claim");
        costs(&desk, "within a capacity", (8, 6), claims()).await.expect("served");
    }
}

#[tokio::test]
async fn what_a_holder_does_is_a_look_before_the_ticket_is_told_one_under_a_lock_and_a_write() {
    for desk in busy_desks().await {
        let work = desk.claims_one(engineer()).await;
        costs(&desk, "accept", (5, 3), desk.accept(engineer(), &work)).await.expect("held");
        costs(&desk, "complete", (7, 3), desk.complete(engineer(), &work)).await.expect("accepted");
        let work = accepted(&desk).await;
        costs(&desk, "return", (6, 3), desk.gives_back(engineer(), &work)).await.expect("accepted");
        let work = accepted(&desk).await;
        // It reads the other team too.
        costs(&desk, "transfer", (8, 4), desk.transfer(engineer(), &work, OTHER)).await.expect("accepted");
    }
}

#[tokio::test]
async fn what_a_ticket_need_not_be_told_takes_one_look() {
    for desk in busy_desks().await {
        let work = desk.claims_one(engineer()).await;
        costs(&desk, "heartbeat", (3, 2), desk.heartbeat(engineer(), &work, 60)).await.expect("held");
        costs(&desk, "decline", (6, 2), desk.decline(engineer(), &work)).await.expect("held");
    }
}

#[tokio::test]
async fn work_of_ones_own_team_is_read_at_once() {
    for desk in busy_desks().await {
        let work = desk.claims_one(engineer()).await;
        for caller in [engineer(), rival()] {
            costs(&desk, "get", (1, 1), desk.get(caller, &work.id)).await.expect("in sight");
        }
    }
}
