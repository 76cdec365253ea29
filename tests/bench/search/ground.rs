//! A database filled with tickets, and the services over it.

use std::path::Path;
use std::time::Duration;

use hotline::config::Config;
use hotline::roles::Role;
use hotline::suite::Suite;
use hotline::tools;
use hotline_core::caller::Caller;
use hotline_core::clock::Clock;
use hotline_core::upstream::Upstream;
use hotline_proto::auth::v1::Role as CallerRole;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{CreateCustomerRequest, Customer};
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{CreateTicketRequest, SearchTicketsRequest, SearchTicketsResponse};
use hotline_tests::machine;
use hotline_tests::servers::{Postgres, leash};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::filling::{CATEGORIES, TEAMS, fill};
use super::texts::Texts;
use crate::sweep::On;

/// A filled database with the services that run over it.
pub struct Ground {
    on: On,
    tickets: u64,
    config: Config,
    suite: Option<Suite>,
    customer_id: String,
    folder: TempDir,
    _postgres: Option<Postgres>,
}

/// Somebody who registers and searches.
pub struct Desk {
    who: Caller,
    customers: Upstream,
    tickets: Upstream,
    customer_id: String,
}

impl Ground {
    /// Makes one; `None` where the database is not installed.
    pub async fn make(on: On, tickets: u64, texts: &Texts) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        leash::hold_folder(folder.path());
        let mut config = Config::default();
        config.storage.data_dir = folder.path().to_owned();
        let postgres = match on {
            On::Sqlite => None,
            On::Postgres => {
                let Some(server) = Postgres::start() else { return Ok(None) };
                config.storage.database_url = server.url().into();
                Some(server)
            }
        };
        tools::migrate_quietly(&config).await?;
        let mut ground = Self {
            on,
            tickets,
            config,
            suite: None,
            customer_id: String::new(),
            folder,
            _postgres: postgres,
        };
        ground.start().await?;
        ground.customer_id = ground.desk("writer").create_customer().await?;
        ground.desk("writer").create("样本").await?;
        ground.stop().await;
        std::fs::remove_dir_all(ground.index())?;
        let db = tools::open(&ground.config, Role::Tickets).await?;
        fill(&db, tickets, texts).await?;
        Ok(Some(ground))
    }

    /// Starts the services; returns how long it was until a search lacked nothing.
    pub async fn start(&mut self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let roles = Role::here(&self.config);
        self.suite = Some(Suite::start(self.config.clone(), &roles, Clock::system()).await?);
        let query = SearchTicketsRequest { q: "样本".into(), ..SearchTicketsRequest::default() };
        // Before the index is open a search is refused.
        while self.search(query.clone()).await.map_or(true, |found| found.partial) {
            sleep(Duration::from_millis(10)).await;
        }
        Ok(begun.elapsed())
    }

    /// Stops the services.
    pub async fn stop(&mut self) {
        if let Some(suite) = self.suite.take() {
            suite.stop().await;
        }
    }

    /// Waits until this process has nothing to do.
    pub async fn quiet(&self) {
        let used = || machine::processor_time(std::process::id());
        loop {
            let before = used();
            sleep(Duration::from_secs(1)).await;
            if used().saturating_sub(before) < Duration::from_millis(100) {
                return;
            }
        }
    }

    /// Returns what kind of database it is.
    pub fn on(&self) -> On {
        self.on
    }

    /// Returns how many tickets there were at first.
    pub fn tickets(&self) -> u64 {
        self.tickets
    }

    /// Returns how much memory this process takes, bytes.
    pub fn resident(&self) -> u64 {
        machine::resident(std::process::id())
    }

    /// Returns the size of the index on disk, bytes.
    pub fn index_bytes(&self) -> u64 {
        size(&self.index())
    }

    /// Returns somebody who registers and searches.
    ///
    /// # Panics
    /// Where the services do not run.
    pub fn desk(&self, subject: &str) -> Desk {
        let suite = self.suite.as_ref().expect("the services run");
        let who = Caller {
            subject: subject.to_owned(),
            roles: [CallerRole::Agent].into(),
            teams: vec![TEAMS[0].to_owned()],
            ..Caller::default()
        };
        let upstream = |role: Role| suite.upstreams().get(role.name());
        let (customers, tickets) = (upstream(Role::Customers), upstream(Role::Tickets));
        Desk { who, customers, tickets, customer_id: self.customer_id.clone() }
    }

    /// Searches as somebody who has written nothing.
    pub async fn search(&self, query: SearchTicketsRequest) -> anyhow::Result<SearchTicketsResponse> {
        self.desk("reader").search(query).await
    }

    fn index(&self) -> std::path::PathBuf {
        self.folder.path().join("search")
    }
}

impl Desk {
    async fn create_customer(&self) -> anyhow::Result<String> {
        let customer =
            Customer { name: "王芳".into(), phones: vec!["13800138000".into()], ..Customer::default() };
        let request = CreateCustomerRequest { customer: Some(customer) };
        let mut client = CustomerServiceClient::new(self.customers.clone());
        Ok(self.who.clone().scope(client.create_customer(request)).await?.into_inner().id)
    }

    /// Registers a ticket and returns its id.
    pub async fn create(&self, description: &str) -> anyhow::Result<String> {
        let request = CreateTicketRequest {
            customer_id: self.customer_id.clone(),
            category_code: CATEGORIES[0].into(),
            channel: Channel::Phone as i32,
            subject: "报修".into(),
            description: description.into(),
            fields: [("room".to_owned(), "3-1502".to_owned())].into(),
            ..CreateTicketRequest::default()
        };
        let mut client = TicketServiceClient::new(self.tickets.clone());
        Ok(self.who.clone().scope(client.create_ticket(request)).await?.into_inner().id)
    }

    /// Tells whether a search finds a ticket.
    pub async fn finds(&self, query: &SearchTicketsRequest, id: &str) -> anyhow::Result<bool> {
        let found = self.search(query.clone()).await?;
        Ok(found.hits.iter().any(|hit| hit.ticket.as_ref().is_some_and(|ticket| ticket.id == id)))
    }

    /// Searches.
    pub async fn search(&self, query: SearchTicketsRequest) -> anyhow::Result<SearchTicketsResponse> {
        let mut client = TicketServiceClient::new(self.tickets.clone());
        Ok(self.who.clone().scope(client.search_tickets(query)).await?.into_inner())
    }
}

fn size(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => size(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}
