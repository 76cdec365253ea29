//! Whether this process can serve: each part by name.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hotline_core::bus::Bus;
use hotline_core::db::Db;
use hotline_core::error::chain;
use hotline_gateway::{Part, Readiness};
use hotline_queue::WorkQueue;
use tokio::time::timeout;

use crate::roles::Role;

/// How long one part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A queue that nobody has: to ask for its length shows that queues answer.
const NOBODYS: &str = "-";

/// Returns the question `/readyz` asks: every database of this process must answer. Work queues and bus are told of but
/// not needed: without Redis the suite serves from its databases, slower.
pub(super) fn of(databases: HashMap<Role, Db>, queue: Arc<dyn WorkQueue>, bus: Arc<dyn Bus>) -> Readiness {
    Readiness::new(move || {
        let (databases, queue, bus) = (databases.clone(), queue.clone(), bus.clone());
        async move {
            let mut parts = Vec::new();
            for (role, db) in databases {
                let trouble = trouble(db.ping()).await;
                parts.push(Part { name: format!("database:{}", role.name()), needed: true, trouble });
            }
            let (queues, bus) = tokio::join!(trouble(queue.depth(NOBODYS)), trouble(bus.ping()));
            for (name, trouble) in [("queues", queues), ("bus", bus)] {
                parts.push(Part { name: name.to_owned(), needed: false, trouble });
            }
            parts
        }
    })
}

async fn trouble<T, E: Error + 'static>(answer: impl Future<Output = Result<T, E>>) -> Option<String> {
    match timeout(PATIENCE, answer).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(chain(&error)),
        Err(_) => Some("does not answer".to_owned()),
    }
}
