//! The connection that carries commands: one for the process, multiplexed, made on first use and again after
//! a loss.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, FromRedisValue, IntoConnectionInfo, RedisResult, ScriptInvocation};

use crate::{Error, Result};

/// How long a connection attempt and an answer may each take. Callers have the database to fall back on, so
/// little.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// Returns a client for `url`.
pub(super) fn client(url: &str) -> Result<Client> {
    let info = url.into_connection_info().map_err(|_| Error::Address)?;
    Client::open(info.set_tcp_settings(tcp())).map_err(|_| Error::Address)
}

/// Without the time limit, a connection whose peer vanished would be kept for as long as the kernel
/// retransmits.
fn tcp() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(5 * PATIENCE);
    settings
}

/// Returns a manager that has not connected yet.
pub(super) fn manager(client: &Client) -> Result<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE))
        .set_number_of_retries(0);
    Ok(client.get_connection_manager_lazy(config)?)
}

/// Runs a script, once more if the connection turned out to be gone: the manager replaces it only when a
/// command has failed on it, so the second attempt is the one that finds a server that came back.
pub(super) async fn run<T: FromRedisValue>(
    manager: &ConnectionManager,
    script: &ScriptInvocation<'_>,
) -> RedisResult<T> {
    let mut connection = manager.clone();
    match script.invoke_async(&mut connection).await {
        Err(error) if error.is_connection_dropped() => script.invoke_async(&mut connection).await,
        answer => answer,
    }
}
