//! Puts roles together into a running process: databases, bus, queue, directory, ports, stopping.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use hotline_calendar::Almanac;
use hotline_core::bus::{Bus, LocalBus, RedisBus};
use hotline_core::caller::Keys;
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::server::{self, Deps, Exposed, Service};
use hotline_core::telemetry;
use hotline_core::upstream::{Directory, Upstreams};
use hotline_gateway::Gateway;
use hotline_queue::WorkQueue;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::demo::Demo;
use crate::roles::Role;

mod admin;
mod folder_clock;
mod folder_lock;
mod readiness;
mod secrets;
mod stopping;

/// The name under which operators' tools call services.
const OPERATOR: &str = "suite";

/// Roles that run in this process.
pub struct Suite {
    config: Config,
    databases: HashMap<Role, Db>,
    exposed: Vec<Exposed>,
    gateway: Option<Gateway>,
    directory: Directory,
    stop: CancellationToken,
    tracker: TaskTracker,
}

/// What all roles of a process share.
struct Kit {
    keys: Keys,
    queue: Arc<dyn WorkQueue>,
    bus: Arc<dyn Bus>,
    clock: Clock,
    almanac: Almanac,
}

impl Suite {
    /// Builds the roles and starts their background work; opens no port.
    ///
    /// # Errors
    /// One sentence on what is missing or can't be reached.
    pub async fn start(config: Config, roles: &[Role], clock: Clock) -> anyhow::Result<Self> {
        let bus = bus(&config)?;
        let (suite, services) = Self::build(config, roles, clock.clone(), bus.clone()).await?;
        for service in services {
            service.start(&bus, &clock, &suite.tracker, &suite.stop);
        }
        if let Some(gateway) = &suite.gateway {
            suite.tracker.spawn(gateway.hear(bus, suite.stop.clone()));
        }
        Ok(suite)
    }

    /// Builds the roles, which then answer calls and do nothing by themselves: what is due stays due, and what a call
    /// leaves for later is taken up by the suite that runs beside, or by the next one.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn without_background(config: Config, roles: &[Role], clock: Clock) -> anyhow::Result<Self> {
        let bus = bus(&config)?;
        Ok(Self::build(config, roles, clock, bus).await?.0)
    }

    async fn build(
        mut config: Config,
        roles: &[Role],
        clock: Clock,
        bus: Arc<dyn Bus>,
    ) -> anyhow::Result<(Self, Vec<Service>)> {
        let keys = Keys::new(&secrets::internal(&config)?)?;
        if roles.contains(&Role::Dispatch) {
            config.dispatch = secrets::dispatch(&config)?;
        }
        let almanac = crate::calendars::read(&config)?;
        let queue = queue(&config, roles)?;
        let local: Vec<&str> = roles.iter().map(|role| role.name()).chain([hotline_gateway::DESK]).collect();
        let remote = config.upstreams.clone().into_iter().collect();
        let directory = Directory::new(keys.clone(), &local, &remote)?;
        let mut suite = Self {
            config,
            databases: HashMap::new(),
            exposed: Vec::new(),
            gateway: None,
            directory,
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
        };
        let kit = Kit { keys, queue, bus, clock, almanac };
        let mut services = Vec::new();
        for role in roles {
            let added = suite.add(*role, &kit).await;
            services.extend(added.with_context(|| format!("{} can't start", role.name()))?);
        }
        Ok((suite, services))
    }

    /// Adds a role; returns its service, whose background work is not started yet, where it is one.
    async fn add(&mut self, role: Role, kit: &Kit) -> anyhow::Result<Option<Service>> {
        let Kit { keys, queue, bus, clock, almanac } = kit;
        let db = Db::open(&self.config.location(), role.name(), self.config.pool()).await?;
        let pending = role.pending(&db).await?;
        ensure!(pending == 0, "its schema lacks {pending} migrations: run `hotline migrate` first");
        self.databases.insert(role, db.clone());
        let upstreams = self.directory.of(role.name());
        let deps = Deps { db: db.clone(), clock: clock.clone(), upstreams };
        match role.build(deps.clone(), queue, almanac, &self.config).await? {
            Some(service) => {
                let stack = service.stack(keys.clone());
                self.directory.fill(role.name(), stack.clone());
                self.exposed.push(Exposed { name: service.name, stack, db });
                Ok(Some(service))
            }
            None => {
                let ready = readiness::of(self.databases.clone(), queue.clone(), bus.clone());
                let gateway = hotline_gateway::gateway(deps, self.config.gateway.clone(), ready).await?;
                self.directory.fill(hotline_gateway::DESK, gateway.desk(keys.clone()));
                self.gateway = Some(gateway);
                Ok(None)
            }
        }
    }

    /// Returns the services as an operator's tool sees them.
    pub fn upstreams(&self) -> Upstreams {
        self.directory.of(OPERATOR)
    }

    /// Returns the database of a role that runs here.
    pub fn database(&self, role: Role) -> Option<&Db> {
        self.databases.get(&role)
    }

    /// Returns the gateway, where it runs here.
    pub fn gateway(&self) -> Option<&Gateway> {
        self.gateway.as_ref()
    }

    /// Serves the gateway on a port until the suite stops.
    ///
    /// # Errors
    /// When the gateway does not run here.
    pub fn serve_http(&self, listener: TcpListener) -> anyhow::Result<()> {
        let gateway = self.gateway.as_ref().context("the gateway does not run here")?;
        let serving = hotline_gateway::serve(listener, gateway.router(), self.stop.clone());
        self.spawn(serving);
        Ok(())
    }

    /// Serves the services on a gRPC port until the suite stops.
    pub fn serve_grpc(&self, listener: TcpListener) {
        self.spawn(server::serve(listener, self.exposed.clone(), self.stop.clone()));
    }

    fn spawn(&self, serving: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(error = format!("{error:#}"), "a port failed: the process stops");
                stop.cancel();
            }
        });
    }

    /// Stops: no new work, then what runs gets its grace to end.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tracker.close();
        let grace = Duration::from_secs(self.config.server.grace_seconds);
        if tokio::time::timeout(grace, self.tracker.wait()).await.is_err() {
            tracing::warn!("some work did not end in its grace; it is taken up again at the next start");
        }
    }
}

/// Runs the whole suite in this process until it is told to stop.
///
/// # Errors
/// One sentence on what is missing or can't be reached.
pub async fn up(config: Config, manual: Option<DateTime<Utc>>, demo: Option<Demo>) -> anyhow::Result<()> {
    let order = stopping::Order::listen()?;
    let telemetry = telemetry::init(&config.telemetry)?;
    prepare_folder(&config)?;
    let _alone = folder_lock::take(&config.storage.data_dir)?;
    let metrics = telemetry.metrics();
    let start = async {
        crate::tools::migrate_quietly(&config).await?;
        // The port first: a second suite on the same port must not touch the databases.
        let listener = bind(&config.server.listen, "server.listen").await?;
        let clock = folder_clock::choose(&config.storage.data_dir, manual)?;
        let suite = Suite::start(config.clone(), &Role::ALL, clock).await?;
        let secret = match &demo {
            Some(demo) => demo.fill(&suite).await?,
            None => None,
        };
        let address = listener.local_addr()?;
        suite.serve_http(listener)?;
        admin::serve(&suite, metrics).await?;
        crate::demo::greet(address, demo.is_some(), secret.as_deref());
        Ok(suite)
    };
    order.run(start, telemetry).await
}

/// Runs some roles in this process until it is told to stop.
///
/// # Errors
/// One sentence on what is missing or can't be reached.
pub async fn serve(config: Config, roles: &[Role]) -> anyhow::Result<()> {
    let order = stopping::Order::listen()?;
    let telemetry = telemetry::init(&config.telemetry)?;
    secrets::demand(&config)?;
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    let metrics = telemetry.metrics();
    let start = async {
        let http = match roles.contains(&Role::Gateway) {
            true => Some(bind(&config.server.listen, "server.listen").await?),
            false => None,
        };
        let grpc = match roles.iter().any(|role| *role != Role::Gateway) {
            true => Some(bind(&config.server.grpc_listen, "server.grpc_listen").await?),
            false => None,
        };
        let suite = Suite::start(config, &roles, Clock::system()).await?;
        if let Some(listener) = http {
            tracing::info!(address = %listener.local_addr()?, "the gateway listens");
            suite.serve_http(listener)?;
        }
        if let Some(listener) = grpc {
            tracing::info!(address = %listener.local_addr()?, "services listen");
            suite.serve_grpc(listener);
        }
        admin::serve(&suite, metrics).await?;
        Ok(suite)
    };
    order.run(start, telemetry).await
}

fn queue(config: &Config, roles: &[Role]) -> anyhow::Result<Arc<dyn WorkQueue>> {
    let url = match config.redis.url.reveal() {
        "" => "memory",
        url => url,
    };
    let all_here = Role::ALL.iter().all(|role| roles.contains(role) || *role == Role::Gateway);
    ensure!(
        url != "memory" || all_here,
        "redis.url is empty: without Redis all roles must run in one process (`hotline up`)"
    );
    let settings = hotline_queue::Settings { url: url.to_owned(), namespace: config.redis.namespace.clone() };
    Ok(hotline_queue::connect(&settings)?)
}

fn bus(config: &Config) -> anyhow::Result<Arc<dyn Bus>> {
    Ok(match config.redis.bus() {
        "" => Arc::new(LocalBus::new()),
        url => Arc::new(RedisBus::new(url)?),
    })
}

async fn bind(address: &str, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{key}: {address} can't be bound"))
}

pub(crate) fn prepare_folder(config: &Config) -> anyhow::Result<()> {
    let folder = &config.storage.data_dir;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("storage.data_dir: {} can't be made", folder.display()))
}

/// Returns the clock that `hotline up` runs on in the data folder, or last ran on.
pub(crate) fn clock(config: &Config) -> anyhow::Result<Clock> {
    folder_clock::current(&config.storage.data_dir)
}
