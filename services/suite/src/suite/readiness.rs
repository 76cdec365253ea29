//! Whether this process can serve: each part by name.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hotline_core::bus::Bus;
use hotline_core::db::Db;
use hotline_core::error::chain;
use hotline_gateway::{Part, Readiness};
use tokio::time::timeout;

use crate::roles::Role;

/// How long one part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns the question `/readyz` asks: every database of this process must answer. The bus is told of but not needed:
/// without Redis the suite serves from its databases, slower.
pub(super) fn of(databases: HashMap<Role, Db>, bus: Arc<dyn Bus>) -> Readiness {
    Readiness::new(move || {
        let (databases, bus) = (databases.clone(), bus.clone());
        async move {
            let mut parts = Vec::new();
            for (role, db) in databases {
                let trouble = match timeout(PATIENCE, db.ping()).await {
                    Ok(Ok(())) => None,
                    Ok(Err(error)) => Some(chain(&error)),
                    Err(_) => Some("does not answer".to_owned()),
                };
                parts.push(Part { name: format!("database:{}", role.name()), needed: true, trouble });
            }
            let trouble = match timeout(PATIENCE, bus.ping()).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(chain(&error)),
                Err(_) => Some("does not answer".to_owned()),
            };
            parts.push(Part { name: "bus".to_owned(), needed: false, trouble });
            parts
        }
    })
}
