//! A private Redis for a test, gone with it, also when the test is killed.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::{Client, Cmd, FromRedisValue, cmd};
use tempfile::TempDir;

/// Tells its process id, and ends the server once the pipe to the test is closed, however the test ended.
const LEASH: &str =
    r#"trap : INT TERM; redis-server "$@" & echo $!; cat > /dev/null; kill -KILL $!; wait $!"#;

/// A `redis-server` on a free local port that keeps nothing.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    options: Vec<String>,
    dir: TempDir,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    shell: Child,
    pid: String,
}

impl RedisServer {
    /// Starts a server; `None`, with a word about it, where Redis is not installed.
    ///
    /// # Panics
    /// When it is installed but does not start.
    pub fn start() -> Option<Self> {
        Self::start_on(free_port(), &[])
    }

    /// Starts a server that keeps a log of what it does, written to disk each second and never made anew by itself.
    ///
    /// # Panics
    /// When it is installed but does not start.
    pub fn start_with_log() -> Option<Self> {
        let options =
            ["--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"];
        Self::start_on(free_port(), &options.map(str::to_owned))
    }

    /// Starts a server on `port` with options of its own.
    pub(super) fn start_on(port: u16, options: &[String]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            println!("skipped: redis-server absent");
            return None;
        }
        let dir = tempfile::tempdir().expect("a directory can be made");
        let mut server = Self { port, options: options.to_vec(), dir, running: None };
        server.start_again();
        Some(server)
    }

    /// Starts the server at its old address and returns when it accepts connections.
    ///
    /// # Panics
    /// When it does not.
    pub fn start_again(&mut self) {
        let mut shell = Command::new("sh")
            .args(["-c", LEASH, "leash"])
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .args(&self.options)
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        let log = BufReader::new(shell.stdout.take().expect("the log is piped"));
        let mut lines = log.lines().map_while(Result::ok);
        let pid = lines.next().expect("the shell tells the process");
        let ready = lines.any(|line| line.contains("Ready to accept connections"));
        // Somebody has to read on, or the server stops at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        self.running = Some(Running { shell, pid });
        assert!(ready, "redis-server did not come up on port {}", self.port);
    }

    /// Ends the server at once; what it held is lost.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.shell.stdin.take());
            running.shell.wait().expect("the server ends");
        }
    }

    /// Suspends the server: connections stay open and nothing answers.
    ///
    /// # Panics
    /// When it does not run.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// Lets a suspended server go on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = &self.running.as_ref().expect("the server runs").pid;
        let status = Command::new("kill").args([signal, pid]).status().expect("kill is there");
        assert!(status.success());
    }

    /// The process of the server.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        let running = self.running.as_ref().expect("the server runs");
        running.pid.parse().expect("the shell tells a number")
    }

    /// The port of the server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of the server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Asks the server something over a connection of its own.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> T {
        let client = Client::open(self.url()).expect("the address is valid");
        let mut connection = client.get_multiplexed_async_connection().await.expect("the server accepts");
        command.query_async(&mut connection).await.expect("the server answers")
    }

    /// Asks the server as a node of a cluster until it says what is wanted.
    ///
    /// # Panics
    /// When it has not after half a minute.
    pub(super) async fn until_it_says(&self, question: &str, wanted: impl Fn(&str) -> bool) {
        let mut again = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..600 {
            let answer: String = self.ask(cmd("CLUSTER").arg(question)).await;
            if wanted(&answer) {
                return;
            }
            again.tick().await;
        }
        panic!("port {} does not come to say what is wanted of {question}", self.port);
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns a port that nobody listens on.
pub(super) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    free.local_addr().expect("the port is known").port()
}
