//! What commands cost in round trips of the database, begin and commit apart.

use hotline_core::id;
use hotline_proto::callbacks::v1::{ClaimCallbacksRequest, GetCallbackRequest, ListCallbacksRequest};
use sea_orm::DbBackend;

use crate::bench::{Bench, acting, answer, on_each_database, resolved, ticket_id};

/// Expects so many statements at most: on SQLite, which takes one for each table that is written, and on PostgreSQL.
async fn costs<A>(bench: &Bench, what: &str, most: (u64, u64), doing: impl Future<Output = A>) -> A {
    let before = bench.db.statements();
    let answer = doing.await;
    let cost = bench.db.statements() - before;
    let most = if bench.db.backend() == DbBackend::Postgres { most.1 } else { most.0 };
    assert!(cost <= most, "{what} costs {cost} statements, more than {most} ({:?})", bench.db.backend());
    answer
}

#[tokio::test]
async fn a_callback_is_made_claimed_and_answered_in_few_statements() {
    on_each_database(async |bench| {
        let event = resolved(&ticket_id(), bench.clock.now());
        costs(&bench, "making", (4, 4), bench.deliver(id::new(), &event)).await;
        let [callback] = bench.of_ticket(&event.ticket.unwrap_or_default().id).await.try_into().expect("one");
        bench.open(&callback).await;
        let request = ClaimCallbacksRequest { max: 1, ..ClaimCallbacksRequest::default() };
        let mut client = bench.client.clone();
        let claim = acting("callback", client.claim_callbacks(request));
        let claimed = costs(&bench, "claiming", (6, 6), claim).await.expect("an answer").into_inner();
        let [held] = claimed.callbacks.try_into().expect("one callback");
        let get = GetCallbackRequest { id: held.id.clone() };
        let mut client = bench.client.clone();
        costs(&bench, "reading", (2, 2), acting("agent", client.get_callback(get))).await.expect("found");
        let recorded = costs(&bench, "answering", (10, 9), bench.record("callback", answer(&held, true, 5)));
        recorded.await.expect("recorded");
    })
    .await;
}

#[tokio::test]
async fn a_list_costs_the_same_for_one_and_for_many() {
    on_each_database(async |bench| {
        for _ in 0..5 {
            bench.solved().await;
        }
        let mut client = bench.client.clone();
        let list = acting("agent", client.list_callbacks(ListCallbacksRequest::default()));
        let listed = costs(&bench, "listing", (2, 2), list).await.expect("a list").into_inner();
        assert_eq!(listed.callbacks.len(), 5);
    })
    .await;
}
