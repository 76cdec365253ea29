//! A private Redis for a test, gone with it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::{Client, Cmd, FromRedisValue, cmd};
use tempfile::TempDir;

/// A `redis-server` on a free local port that keeps nothing.
pub(crate) struct RedisServer {
    port: u16,
    options: &'static [&'static str],
    dir: TempDir,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts a server; `None`, with a word about it, where Redis is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server in cluster mode, the only node and responsible for every slot.
    pub(crate) async fn start_cluster() -> Option<Self> {
        let server = Self::start_with(&["--cluster-enabled", "yes"])?;
        server.ask::<()>(cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(0).arg(16383)).await;
        // A new node waits two seconds before it serves, and announces nothing.
        let mut again = tokio::time::interval(Duration::from_millis(50));
        while !server.ask::<String>(cmd("CLUSTER").arg("INFO")).await.contains("cluster_state:ok") {
            again.tick().await;
        }
        Some(server)
    }

    fn start_with(options: &'static [&'static str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            println!("skipped: redis-server absent");
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = free.local_addr().expect("the port is known").port();
        drop(free);
        let dir = tempfile::tempdir().expect("a directory can be made");
        let mut server = Self { port, options, dir, child: None };
        server.start_again();
        Some(server)
    }

    /// Starts the server at its old address and returns when it accepts connections.
    pub(crate) fn start_again(&mut self) {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .args(self.options)
            .current_dir(self.dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server starts");
        let log = BufReader::new(child.stdout.take().expect("the log is piped"));
        let mut lines = log.lines().map_while(Result::ok);
        let ready = lines.any(|line| line.contains("Ready to accept connections"));
        // Somebody has to read on, or the server stops at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
        assert!(ready, "redis-server did not come up on port {}", self.port);
    }

    /// Ends the server at once; what it held is lost.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server ends");
        }
    }

    /// Suspends the server: connections stay open and nothing answers.
    pub(crate) fn hang(&self) {
        self.signal("-STOP");
    }

    /// Lets a suspended server go on.
    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().expect("the server runs").id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status().expect("kill is there");
        assert!(status.success());
    }

    /// The address of the server.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Asks the server something over a connection of its own.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> T {
        let client = Client::open(self.url()).expect("the address is valid");
        let mut connection = client.get_multiplexed_async_connection().await.expect("the server accepts");
        command.query_async(&mut connection).await.expect("the server answers")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
