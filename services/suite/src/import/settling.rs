//! What follows from an import: its events on their way to queues and figures.

use std::time::Duration;

use hotline_core::db::Db;
use hotline_core::outbox;
use tokio::time::{Instant, sleep};

use crate::roles::Role;
use crate::suite::Suite;

/// How long nothing may arrive before the rest is left to arrive by itself: far longer than a service takes to start
/// again.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);

/// Waits until the events of the import have arrived where they go and are counted, so that queues and figures are there
/// when the command ends. Where nothing arrives any more, returns a line on what is still on its way.
pub(super) async fn settle(suite: &Suite, here: &[Role]) -> anyhow::Result<Option<String>> {
    let outboxes = here.iter().filter_map(|role| Some((*role, suite.database(*role)?)));
    let left = arrive(&outboxes.collect::<Vec<_>>(), PATIENCE).await?;
    if let Some(kpi) = suite.database(Role::Kpi) {
        // Else the first report would have to count all of it while somebody waits.
        hotline_kpi::catch_up(kpi).await?;
    }
    Ok((!left.is_empty()).then(|| told(&left)))
}

/// Waits until every outbox is empty, for as long as events leave them; returns how many are left in which.
async fn arrive(outboxes: &[(Role, &Db)], patience: Duration) -> anyhow::Result<Vec<(Role, u64)>> {
    let (mut fewest, mut since) = (u64::MAX, Instant::now());
    loop {
        let mut left = Vec::new();
        for (role, db) in outboxes {
            left.push((*role, outbox::pending(db).await?));
        }
        left.retain(|(_, events)| *events > 0);
        let number = left.iter().map(|(_, events)| events).sum();
        if number < fewest {
            (fewest, since) = (number, Instant::now());
        }
        if left.is_empty() || since.elapsed() >= patience {
            return Ok(left);
        }
        sleep(LOOK).await;
    }
}

fn told(left: &[(Role, u64)]) -> String {
    let parts: Vec<_> = left.iter().map(|(role, events)| format!("{events} of {}", role.name())).collect();
    format!(
        "  the import itself is complete, but events of it have not arrived yet ({}), and none has for {} s: a service \
         that takes them does not run or fails. They are kept: queues and figures follow by themselves once it works",
        parts.join(", "),
        PATIENCE.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use hotline_core::db::Db;
    use hotline_core::{id, outbox, testing};
    use hotline_proto::events::v1::TicketClosed;
    use tokio::time::timeout;

    use super::{arrive, told};
    use crate::roles::Role;

    async fn put(db: &Db) {
        let tx = db.begin().await.expect("begins");
        outbox::put(&tx, id::new(), DateTime::UNIX_EPOCH, &TicketClosed::default()).expect("an event");
        tx.commit().await.expect("commits");
    }

    #[tokio::test]
    async fn what_a_service_that_is_down_does_not_take_is_waited_for_only_while_something_moves() {
        let (full, empty) = (
            testing::sqlite::<hotline_tickets::Migrator>("tickets").await,
            testing::sqlite::<hotline_kpi::Migrator>("kpi").await,
        );
        put(&full.db).await;
        let outboxes = [(Role::Tickets, &full.db), (Role::Kpi, &empty.db)];
        let waited = timeout(Duration::from_secs(20), arrive(&outboxes, Duration::from_millis(200))).await;
        let left = waited.expect("ends by itself").expect("is read");
        assert_eq!(left, [(Role::Tickets, 1)]);
        let line = told(&left);
        assert!(line.contains("complete") && line.contains("(1 of tickets)"), "{line}");
        assert_eq!(arrive(&outboxes[1..], Duration::MAX).await.expect("is read"), []);
    }
}
