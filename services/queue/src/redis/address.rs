//! What an address of Redis says: one server, or a cluster by some of its nodes.

use redis::{ConnectionInfo, IntoConnectionInfo};

use crate::{Error, Result};

/// What a cluster's address begins with.
const CLUSTER: &str = "redis+cluster://";

/// Where queues are.
#[derive(Debug)]
pub(super) enum Address {
    /// One server, and whatever takes its place at the same address.
    Server(Box<ConnectionInfo>),
    /// Nodes of a cluster, at least one; they know the others.
    Cluster(Vec<ConnectionInfo>),
}

impl Address {
    /// Reads `redis://…` as one server and `redis+cluster://[user:password@]host:port[,host:port…]` as a cluster.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub(super) fn read(url: &str) -> Result<Self> {
        match url.strip_prefix(CLUSTER) {
            Some(rest) => cluster(rest).map(Self::Cluster),
            None => Ok(Self::Server(Box::new(info(url)?))),
        }
    }
}

fn cluster(rest: &str) -> Result<Vec<ConnectionInfo>> {
    let rest = rest.trim_end_matches('/');
    // A password may hold an `@` of its own.
    let (user, nodes) = rest.rfind('@').map_or(("", rest), |at| rest.split_at(at + 1));
    let node = |node: &str| {
        let info = info(&format!("redis://{user}{}", node.trim()))?;
        // A cluster has one database.
        if info.redis_settings().db() == 0 { Ok(info) } else { Err(Error::Address) }
    };
    nodes.split(',').map(node).collect()
}

fn info(url: &str) -> Result<ConnectionInfo> {
    url.into_connection_info().map_err(|_| Error::Address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(url: &str) -> Vec<String> {
        match Address::read(url) {
            Ok(Address::Cluster(nodes)) => nodes.iter().map(|node| node.addr().to_string()).collect(),
            other => panic!("no cluster: {other:?}"),
        }
    }

    #[test]
    fn a_cluster_is_named_by_some_of_its_nodes() {
        assert_eq!(nodes("redis+cluster://a:7000,b:7001, c:7002/"), ["a:7000", "b:7001", "c:7002"]);
        assert_eq!(nodes("redis+cluster://one"), ["one:6379"]);
    }

    #[test]
    fn all_nodes_of_a_cluster_take_the_same_password() {
        let Ok(Address::Cluster(nodes)) = Address::read("redis+cluster://hotline:p%40ss@a:1,b:2") else {
            panic!("a cluster");
        };
        let passwords = nodes.iter().map(|node| node.redis_settings().password().map(str::to_owned));
        assert_eq!(passwords.collect::<Vec<_>>(), [Some("p@ss".into()), Some("p@ss".into())]);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "redis+cluster://",
            "redis+cluster://a:7000,",
            "redis+cluster://a:7000/3",
            "redis+sentinel://a:1",
            "a",
        ] {
            assert!(matches!(Address::read(wrong), Err(Error::Address)), "{wrong}");
        }
    }
}
