//! A warning for a Redis that may throw keys away on its own (A11).

use redis::{FromRedisValue, RedisResult, Value, cmd};
use tracing::warn;

use super::connection::Link;

/// Warns if a server evicts keys when its memory is full: entries would go missing until the next rebuild.
pub(super) async fn warn_if_possible(link: &Link) -> RedisResult<()> {
    let memory = match link.ask(cmd("INFO").arg("memory")).await? {
        // Of a cluster, each node by its address.
        Value::Map(nodes) => nodes.into_iter().map(|(_, memory)| memory).collect(),
        one => vec![one],
    };
    for memory in memory {
        if let Some(policy) = evicting(&String::from_redis_value(memory)?) {
            warn!(policy, "redis may evict work queues: set maxmemory-policy to noeviction");
            break;
        }
    }
    Ok(())
}

/// Returns the eviction policy if there is a limit at which it acts.
fn evicting(info: &str) -> Option<&str> {
    let field =
        |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let limited = field("maxmemory")? != "0";
    field("maxmemory_policy").filter(|policy| limited && *policy != "noeviction")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limited_server_that_evicts_is_found() {
        assert_eq!(evicting("maxmemory:1024\r\nmaxmemory_policy:allkeys-lru\r\n"), Some("allkeys-lru"));
    }

    #[test]
    fn a_server_without_limit_or_without_eviction_is_fine() {
        assert_eq!(evicting("maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n"), None);
        assert_eq!(evicting("maxmemory:1024\r\nmaxmemory_policy:noeviction\r\n"), None);
    }
}
