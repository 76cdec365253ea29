//! A private Redis Cluster for a test: three masters on one machine, with or without replicas, gone with the test.

use std::time::Duration;

use redis::cmd;
use tokio::time::interval;

use super::server::{RedisServer, free_port};

/// Masters of a cluster, each responsible for a third of the slots.
pub const MASTERS: usize = 3;

/// How many slots there are.
const SLOTS: usize = 16384;

/// After how long without an answer a node counts as dead, milliseconds.
const NODE_TIMEOUT: &str = "1000";

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    /// The masters in the order of their slots, then a replica of each, if any.
    pub nodes: Vec<RedisServer>,
}

impl Cluster {
    /// Starts one with so many replicas of each master and returns when it serves every slot; `None`, with a word
    /// about it, where Redis is not installed.
    ///
    /// # Panics
    /// When it is installed but does not come up.
    pub async fn start(replicas: usize) -> Option<Self> {
        let mut nodes = Vec::new();
        let mut buses = Vec::new();
        for _ in 0..MASTERS * (1 + replicas) {
            let bus = free_port();
            nodes.push(RedisServer::start_on(free_port(), &options(bus))?);
            buses.push(bus);
        }
        let cluster = Self { nodes };
        cluster.meet(&buses).await;
        cluster.give_slots().await;
        for (index, node) in cluster.nodes.iter().enumerate().skip(MASTERS) {
            let master: String = cluster.nodes[index % MASTERS].ask(cmd("CLUSTER").arg("MYID")).await;
            node.until_it_says("NODES", |nodes| nodes.contains(&master)).await;
            node.ask::<()>(cmd("CLUSTER").arg("REPLICATE").arg(master)).await;
        }
        for node in &cluster.nodes {
            node.until_it_says("INFO", |info| {
                info.contains("cluster_state:ok") && info.contains(&format!("cluster_size:{MASTERS}"))
            })
            .await;
        }
        cluster.until_replicas_follow().await;
        Some(cluster)
    }

    /// Each node of its own number, known to the first and so to all.
    async fn meet(&self, buses: &[u16]) {
        for (index, node) in self.nodes.iter().enumerate() {
            node.ask::<()>(cmd("CLUSTER").arg("SET-CONFIG-EPOCH").arg(index + 1)).await;
            let first = &self.nodes[0];
            let mut meet = cmd("CLUSTER");
            meet.arg("MEET").arg("127.0.0.1").arg(first.port()).arg(buses[0]);
            node.ask::<()>(&meet).await;
        }
    }

    async fn give_slots(&self) {
        for (index, master) in self.nodes.iter().take(MASTERS).enumerate() {
            let (first, end) = (index * SLOTS / MASTERS, (index + 1) * SLOTS / MASTERS);
            master.ask::<()>(cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(first).arg(end - 1)).await;
        }
    }

    /// Waits until every replica has what its master has: one that never had it is not promoted.
    async fn until_replicas_follow(&self) {
        for replica in self.nodes.iter().skip(MASTERS) {
            let mut again = interval(Duration::from_millis(50));
            while !replica
                .ask::<String>(cmd("INFO").arg("replication"))
                .await
                .contains("master_link_status:up")
            {
                again.tick().await;
            }
        }
    }

    /// The cluster's address by all its masters.
    pub fn url(&self) -> String {
        let ports = self.nodes.iter().take(MASTERS).map(|node| format!("127.0.0.1:{}", node.port()));
        format!("redis+cluster://{}", ports.collect::<Vec<_>>().join(","))
    }

    /// Returns the master that is responsible for a key when the cluster starts, by its place.
    ///
    /// # Panics
    /// When the last node does not answer.
    pub async fn master_of(&self, key: &str) -> usize {
        self.slot_of(key).await * MASTERS / SLOTS
    }

    /// Returns the slot of a key.
    ///
    /// # Panics
    /// When the last node does not answer.
    pub async fn slot_of(&self, key: &str) -> usize {
        self.nodes[self.nodes.len() - 1].ask(cmd("CLUSTER").arg("KEYSLOT").arg(key)).await
    }
}

fn options(bus: u16) -> Vec<String> {
    ["--cluster-enabled", "yes", "--cluster-port", &bus.to_string(), "--cluster-node-timeout", NODE_TIMEOUT]
        .map(str::to_owned)
        .to_vec()
}
