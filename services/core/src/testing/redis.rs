//! A Redis server private to one test.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use ::redis::{Client, Cmd, FromRedisValue};

use super::private::Private;

/// A Redis server that ends with this value, and with the process.
pub struct Redis {
    server: Private,
    client: Client,
}

/// Starts a Redis server; `None`, with a word about it, where Redis is not installed. It writes to disk only when asked.
///
/// # Panics
/// When it is installed but does not start.
pub fn redis() -> Option<Redis> {
    if Command::new("redis-server").arg("--version").output().is_err() {
        println!("skipped on Redis: redis-server is not installed");
        return None;
    }
    let server = Private::new("nobody").expect("a temp folder");
    let client = Client::open(address(&server)).expect("the address is well formed");
    let mut redis = Redis { server, client };
    redis.start();
    Some(redis)
}

impl Redis {
    /// Returns its address, the same for its whole life.
    pub fn url(&self) -> String {
        address(&self.server)
    }

    /// Kills it: what it has not written to disk is lost.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Starts it at its old address, with what it has on disk, and returns when it answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn start(&mut self) {
        let run = "redis-server --port 0 --unixsocket redis.sock --save '' --appendonly no";
        self.server.start("rm -f redis.sock", run, "KILL").expect("a shell");
        let ready = (0..1000).any(|_| {
            sleep(Duration::from_millis(10));
            self.try_ask::<String>(&::redis::cmd("PING")).is_ok()
        });
        assert!(ready, "redis-server does not come up");
    }

    /// Asks it something over a connection of its own.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn ask<T: FromRedisValue>(&self, command: &Cmd) -> T {
        self.try_ask(command).expect("the server answers")
    }

    fn try_ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, ::redis::RedisError> {
        command.query(&mut self.client.get_connection()?)
    }
}

fn address(server: &Private) -> String {
    format!("redis+unix://{}", server.folder().join("redis.sock").display())
}
