//! What commands and searches cost in round trips of the database, begin and commit apart.

use hotline_core::clock::Clock;
use hotline_core::testing;
use sea_orm::DbBackend;

use super::desk::{Desk, START, article};
use crate::{Migrator, NAME};

/// Expects so many statements at most: on SQLite, which takes one for each table that is written, and on PostgreSQL.
async fn costs<A>(desk: &Desk, what: &str, most: (u64, u64), doing: impl Future<Output = A>) -> A {
    let before = desk.db.statements();
    let answer = doing.await;
    let cost = desk.db.statements() - before;
    let most = if desk.db.backend() == DbBackend::Postgres { most.1 } else { most.0 };
    assert!(cost <= most, "{what} costs {cost} statements, more than {most} ({:?})", desk.db.backend());
    answer
}

#[tokio::test]
async fn an_article_is_published_in_few_statements_and_found_in_one() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let draft = costs(&desk, "writing", (1, 1), desk.create("anna", article("请先关闭总阀。"))).await;
        costs(&desk, "submitting", (3, 3), desk.submit("anna", &draft.id)).await.expect("complete");
        // The index reads what was published.
        costs(&desk, "approving", (5, 5), desk.approve("ben", &draft.id)).await.expect("ben wrote nothing");
        costs(&desk, "reading", (1, 1), desk.get(&draft.id)).await.expect("exists");
        // What is found is read, so that its text is the latest.
        let hits = costs(&desk, "searching", (1, 1), desk.answers("总阀")).await;
        assert_eq!(hits.len(), 1);
    }
}
