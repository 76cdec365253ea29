//! The roles of the suite: a table of what each is called, how it migrates and how it is built.

use std::sync::Arc;

use clap::ValueEnum;
use hotline_calendar::Almanac;
use hotline_core::db::Db;
use hotline_core::error::Error;
use hotline_core::server::{Deps, Service};
use hotline_queue::WorkQueue;

use crate::config::Config;

/// A role that a process may play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
pub enum Role {
    /// Customers and contacts.
    Customers,
    /// Tickets.
    Tickets,
    /// Teams, queues, assignments.
    Dispatch,
    /// Knowledge base.
    Knowledge,
    /// Callbacks.
    Callbacks,
    /// Figures.
    Kpi,
    /// The one door.
    Gateway,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Customers,
        Self::Tickets,
        Self::Dispatch,
        Self::Knowledge,
        Self::Callbacks,
        Self::Kpi,
        Self::Gateway,
    ];

    /// Returns the role's name: of its schema, its upstream and its event source.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => hotline_customers::NAME,
            Self::Tickets => hotline_tickets::NAME,
            Self::Dispatch => hotline_dispatch::NAME,
            Self::Knowledge => hotline_knowledge::NAME,
            Self::Callbacks => hotline_callbacks::NAME,
            Self::Kpi => hotline_kpi::NAME,
            Self::Gateway => hotline_gateway::NAME,
        }
    }

    /// Returns the role with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Returns the services that the settings name no address of.
    pub fn here(config: &Config) -> Vec<Self> {
        let is_here = |role: &Self| *role != Self::Gateway && !config.upstreams.contains_key(role.name());
        Self::ALL.into_iter().filter(is_here).collect()
    }

    /// Returns all names, for people.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Brings the role's schema up to date.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn migrate(self, db: &Db) -> Result<(), Error> {
        match self {
            Self::Customers => db.migrate::<hotline_customers::Migrator>().await,
            Self::Tickets => db.migrate::<hotline_tickets::Migrator>().await,
            Self::Dispatch => db.migrate::<hotline_dispatch::Migrator>().await,
            Self::Knowledge => db.migrate::<hotline_knowledge::Migrator>().await,
            Self::Callbacks => db.migrate::<hotline_callbacks::Migrator>().await,
            Self::Kpi => db.migrate::<hotline_kpi::Migrator>().await,
            Self::Gateway => db.migrate::<hotline_gateway::Migrator>().await,
        }
    }

    /// Tells how many migrations the role's schema lacks.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn pending(self, db: &Db) -> Result<usize, Error> {
        match self {
            Self::Customers => db.pending_migrations::<hotline_customers::Migrator>().await,
            Self::Tickets => db.pending_migrations::<hotline_tickets::Migrator>().await,
            Self::Dispatch => db.pending_migrations::<hotline_dispatch::Migrator>().await,
            Self::Knowledge => db.pending_migrations::<hotline_knowledge::Migrator>().await,
            Self::Callbacks => db.pending_migrations::<hotline_callbacks::Migrator>().await,
            Self::Kpi => db.pending_migrations::<hotline_kpi::Migrator>().await,
            Self::Gateway => db.pending_migrations::<hotline_gateway::Migrator>().await,
        }
    }

    /// Builds the role's service; the gateway is no service of this kind and has none.
    ///
    /// # Errors
    /// As the service's own.
    pub async fn build(
        self,
        deps: Deps,
        queue: &Arc<dyn WorkQueue>,
        almanac: &Almanac,
        config: &Config,
    ) -> Result<Option<Service>, Error> {
        let service = match self {
            Self::Customers => hotline_customers::service(deps, config.customers.clone()).await?,
            Self::Tickets => hotline_tickets::service(deps, config.tickets(), almanac.clone()).await?,
            Self::Dispatch => {
                let config = config.dispatch.clone();
                hotline_dispatch::service(deps, queue.clone(), config, almanac.clone()).await?
            }
            Self::Knowledge => hotline_knowledge::service(deps, config.knowledge.clone()).await?,
            Self::Callbacks => {
                let config = config.callbacks.clone();
                hotline_callbacks::service(deps, queue.clone(), config, almanac.clone()).await?
            }
            Self::Kpi => hotline_kpi::service(deps, config.kpi.clone()).await?,
            Self::Gateway => return Ok(None),
        };
        Ok(Some(service))
    }
}
