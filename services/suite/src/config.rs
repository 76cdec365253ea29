//! All settings of the suite. `deploy/hotline.toml` documents each key; a test holds both equal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use hotline_core::config::Secret;
use hotline_core::db::{Location, Pool};
use hotline_core::telemetry;
use serde::{Deserialize, Serialize};

/// What the address of a Redis Cluster begins with.
const CLUSTER: &str = "redis+cluster://";

/// All settings, by section.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Ports and stopping.
    pub server: Server,
    /// Databases.
    pub storage: Storage,
    /// Redis.
    pub redis: Redis,
    /// What services share among themselves.
    pub internal: Internal,
    /// Holidays.
    pub calendar: Calendar,
    /// Logs, traces, metrics.
    pub telemetry: telemetry::Config,
    /// Where the roles are that do not run in this process, by name.
    pub upstreams: BTreeMap<String, String>,
    /// The gateway's settings.
    pub gateway: hotline_gateway::Config,
    /// The customer service's settings.
    pub customers: hotline_customers::Config,
    /// The ticket service's settings.
    pub tickets: hotline_tickets::Config,
    /// The dispatch service's settings.
    pub dispatch: hotline_dispatch::Config,
    /// The knowledge service's settings.
    pub knowledge: hotline_knowledge::Config,
    /// The callback service's settings.
    pub callbacks: hotline_callbacks::Config,
    /// The KPI service's settings.
    pub kpi: hotline_kpi::Config,
}

/// Ports and stopping.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where the gateway listens for HTTP.
    pub listen: String,
    /// Where services listen for gRPC, in `hotline serve`.
    pub grpc_listen: String,
    /// Where `/metrics` and `/healthz` are; empty is nowhere.
    pub admin_listen: String,
    /// How long a stopping process goes on serving after it said that it is not ready, seconds.
    pub drain_seconds: u64,
    /// How long requests that run may take to end after that, seconds.
    pub grace_seconds: u64,
}

/// Databases.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// Where SQLite files and the suite's own small files are.
    pub data_dir: PathBuf,
    /// `postgres://…`; empty is SQLite in `data_dir`.
    pub database_url: Secret,
    /// Connections of each service at most.
    pub max_connections: u32,
    /// How long a request waits for a connection, seconds.
    pub acquire_seconds: u64,
}

/// Redis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// `redis://…`, or `redis+cluster://…` for the queues alone; empty is the in-process queue and bus, for all roles in
    /// one process only.
    pub url: Secret,
    /// Where the bus is, one server; empty is `url`.
    pub bus_url: Secret,
    /// First part of every key.
    pub namespace: String,
}

/// What services share among themselves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Internal {
    /// Secret of internal tokens, at least 32 bytes, the same for all roles of a suite; `hotline up` makes its own.
    pub secret: Secret,
}

/// Holidays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    /// Folder of year files `<year>.json` or `<year>.toml` that are laid over the shipped ones; empty is none.
    pub year_files: PathBuf,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            grpc_listen: "127.0.0.1:50051".into(),
            admin_listen: String::new(),
            drain_seconds: 0,
            grace_seconds: 20,
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            data_dir: "data".into(),
            database_url: Secret::default(),
            max_connections: 8,
            acquire_seconds: 5,
        }
    }
}

impl Default for Redis {
    fn default() -> Self {
        Self { url: Secret::default(), bus_url: Secret::default(), namespace: "hotline".into() }
    }
}

impl Redis {
    /// Returns where the bus is; empty is in this process.
    pub fn bus(&self) -> &str {
        match self.bus_url.reveal() {
            "" => self.url.reveal(),
            url => url,
        }
    }

    /// A reader of the bus waits in one server for the streams of several services, which no cluster keeps together.
    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            !self.bus_url.reveal().starts_with(CLUSTER),
            "redis.bus_url must be one server (redis://host:port): events are not read from a cluster"
        );
        ensure!(
            !self.bus().starts_with(CLUSTER),
            "redis.url names a cluster, which keeps queues only: set redis.bus_url to one server (redis://host:port)"
        );
        ensure!(
            self.bus_url.is_empty() || !self.url.is_empty(),
            "redis.bus_url is set and redis.url is empty: queues of several processes need a Redis too"
        );
        Ok(())
    }
}

impl Config {
    /// Checks what no single key can: called before a port opens.
    ///
    /// # Errors
    /// One sentence that names the key.
    pub fn check(&self) -> anyhow::Result<()> {
        ensure!(self.storage.max_connections > 0, "storage.max_connections must be at least 1");
        ensure!(!self.redis.namespace.is_empty(), "redis.namespace must not be empty");
        self.redis.check()?;
        let url = self.storage.database_url.reveal();
        ensure!(
            url.is_empty() || url.starts_with("postgres://") || url.starts_with("postgresql://"),
            "storage.database_url must begin with postgres:// (empty is SQLite in storage.data_dir)"
        );
        let secret = self.internal.secret.reveal();
        ensure!(secret.is_empty() || secret.len() >= 32, "internal.secret must have at least 32 bytes");
        for name in self.upstreams.keys() {
            ensure!(
                crate::roles::Role::named(name).is_some(),
                "upstreams.{name} names no role; the roles are {}",
                crate::roles::Role::names()
            );
        }
        Ok(())
    }

    /// Returns where the databases are.
    pub fn location(&self) -> Location {
        match self.storage.database_url.reveal() {
            "" => Location::Sqlite(self.storage.data_dir.clone()),
            url => Location::Postgres(url.to_owned()),
        }
    }

    /// Returns the ticket service's settings, with the place of its index.
    pub fn tickets(&self) -> hotline_tickets::Config {
        let mut tickets = self.tickets.clone();
        if tickets.search.folder.as_os_str().is_empty() {
            tickets.search.folder = self.storage.data_dir.join("search");
        }
        tickets
    }

    /// Returns how connections are pooled.
    pub fn pool(&self) -> Pool {
        Pool {
            max_connections: self.storage.max_connections,
            acquire_timeout: Duration::from_secs(self.storage.acquire_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn the_documented_file_says_what_the_code_does() {
        let documented = include_str!("../../../deploy/hotline.toml");
        let documented: toml::Value = toml::from_str(documented).expect("is TOML");
        let defaults = toml::Value::try_from(Config::default()).expect("serializes");
        assert_eq!(documented, defaults, "left: deploy/hotline.toml, right: Config::default()");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let mut config = Config::default();
        config.upstreams.insert("ticket".into(), "http://x".into());
        assert!(config.check().unwrap_err().to_string().contains("upstreams.ticket"));
        let mut config = Config::default();
        config.storage.database_url = "mysql://x".to_owned().into();
        assert!(config.check().unwrap_err().to_string().contains("storage.database_url"));
    }

    #[test]
    fn a_cluster_keeps_queues_and_the_bus_has_a_server_of_its_own() {
        let (cluster, server) = ("redis+cluster://a:7000,b:7001", "redis://c:6379");
        let check = |url: &str, bus: &str| {
            let mut config = Config::default();
            (config.redis.url, config.redis.bus_url) = (url.to_owned().into(), bus.to_owned().into());
            config.check().map(|()| config.redis.bus().to_owned()).map_err(|error| error.to_string())
        };
        assert_eq!(check("", ""), Ok(String::new()));
        assert_eq!(check(server, ""), Ok(server.to_owned()));
        assert_eq!(check(cluster, server), Ok(server.to_owned()));
        for (url, bus, key) in [
            (cluster, "", "redis.bus_url to one"),
            (cluster, cluster, "redis.bus_url"),
            ("", server, "redis.url is"),
        ] {
            assert!(check(url, bus).unwrap_err().contains(key), "{url} {bus}");
        }
    }
}
