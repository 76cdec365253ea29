//! The connection that carries commands: one for the process, multiplexed, made on first use and again after
//! a loss.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind};

use super::address::Address;
use super::scripts::Script;
use crate::{Error, Result};

/// How long a connection attempt and an answer may each take. Callers have the database to fall back on, so
/// little.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// How long a cluster may take in all, with what it asks again of another node.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(2);

/// How often a cluster is asked again within its time, and the shortest and longest pause before that,
/// milliseconds.
const RETRIES: u32 = 4;
const PAUSES: (u64, u64) = (20, 200);

/// A way to whatever keeps the queues; cheap to clone.
#[derive(Clone)]
pub(super) enum Link {
    /// One server.
    Server(ConnectionManager),
    /// A cluster: each queue lies on one of its nodes, and the connection knows which.
    Cluster(ClusterConnection),
}

impl Link {
    /// Returns a link that has not connected yet, and clients for whoever wants a connection to any one server.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub(super) fn to(url: &str) -> Result<(Self, Vec<Client>)> {
        match Address::read(url)? {
            Address::Server(info) => {
                let client = client(*info)?;
                let config = ConnectionManagerConfig::new()
                    .set_connection_timeout(Some(PATIENCE))
                    .set_response_timeout(Some(PATIENCE))
                    .set_number_of_retries(0);
                Ok((Self::Server(client.get_connection_manager_lazy(config)?), vec![client]))
            }
            Address::Cluster(nodes) => {
                let cluster = cluster(&nodes).map_err(|_| Error::Address)?;
                let link =
                    Self::Cluster(cluster.get_pending_async_connection_with_config(ClusterConfig::new()));
                Ok((link, nodes.into_iter().map(client).collect::<Result<_>>()?))
            }
        }
    }

    /// Runs a script over the keys of one queue. A server that does not know it is given it with the call.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[&str],
    ) -> RedisResult<T> {
        match self.ask(&call("EVALSHA", &script.digest, keys, args)).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.ask(&call("EVAL", &script.code, keys, args)).await
            }
            answer => answer,
        }
    }

    /// Asks something, once more if the connection turned out to be gone: the manager replaces it only when a
    /// command has failed on it, so the second attempt is the one that finds a server that came back. A
    /// cluster's connection does so by itself.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(manager) => {
                let mut connection = manager.clone();
                match command.query_async(&mut connection).await {
                    Err(error) if error.is_connection_dropped() => command.query_async(&mut connection).await,
                    answer => answer,
                }
            }
            Self::Cluster(cluster) => command.query_async(&mut cluster.clone()).await,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server(_) => "Server",
            Self::Cluster(_) => "Cluster",
        })
    }
}

fn call(command: &str, script: &str, keys: &[String], args: &[&str]) -> Cmd {
    let mut call = redis::cmd(command);
    call.arg(script).arg(keys.len()).arg(keys).arg(args);
    call
}

fn client(info: ConnectionInfo) -> Result<Client> {
    Client::open(info.set_tcp_settings(tcp())).map_err(|_| Error::Address)
}

fn cluster(nodes: &[ConnectionInfo]) -> RedisResult<ClusterClient> {
    ClusterClient::builder(nodes.iter().cloned())
        .connection_timeout(PATIENCE)
        .response_timeout(PATIENCE)
        .overall_response_timeout(Some(PATIENCE_IN_ALL))
        .retries(RETRIES)
        .min_retry_wait(PAUSES.0)
        .max_retry_wait(PAUSES.1)
        .tcp_settings(tcp())
        .build()
}

/// Without the time limit, a connection whose peer vanished would be kept for as long as the kernel
/// retransmits.
fn tcp() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(5 * PATIENCE);
    settings
}
