//! The program as its users start it: `hotline up` as a process, and commands that end.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::servers::leash;

/// Returns the program, built beside this one: a test is `target/<profile>/deps/<test>`, a tool
/// `target/<profile>/<tool>`, the program `target/<profile>/hotline-under-test`.
///
/// # Panics
/// When this program has no path.
pub fn binary() -> PathBuf {
    beside("hotline-under-test")
}

/// Returns another program of this package.
///
/// # Panics
/// When this program has no path.
pub fn beside(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("this program has a path");
    let mut folders = this.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    folders.find(|program| program.exists()).unwrap_or_else(|| panic!("{name} is not built"))
}

/// Returns an address on which nobody listens now.
///
/// # Panics
/// When there is none.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .to_string()
}

/// The program with the settings of one installation.
#[derive(Clone, Debug)]
pub struct Program {
    /// The binary.
    pub binary: PathBuf,
    /// Its settings, as variables `HOTLINE__SECTION__KEY`.
    pub environment: BTreeMap<String, String>,
}

impl Program {
    /// Names a binary and its settings, as in `("REDIS__URL", "redis://…")`.
    pub fn new(binary: PathBuf, settings: &[(&str, &str)]) -> Self {
        let named = |(key, value): &(&str, &str)| (format!("HOTLINE__{key}"), (*value).to_owned());
        Self { binary, environment: settings.iter().map(named).collect() }
    }

    /// Returns a command of the program.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).envs(&self.environment).stdin(Stdio::null());
        command
    }

    /// Starts a command that goes on; what it says goes to `log`, behind what is there. It ends with this process.
    ///
    /// # Panics
    /// When it can't be started.
    pub fn start(&self, arguments: &[&str], log: &Path) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a log file");
        let mut command = self.command(arguments);
        let child = command.stdout(log.try_clone().expect("a second handle")).stderr(log).spawn();
        let child = child.expect("starts");
        leash::hold(child.id());
        child
    }

    /// Has the program make a token, as an operator would.
    ///
    /// # Panics
    /// When it does not.
    pub fn token(&self, subject: &str, role: &str, team: Option<&str>) -> String {
        let mut command = self.command(&["token", subject, "--role", role]);
        if let Some(team) = team {
            command.args(["--team", team]);
        }
        let output = command.output().expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}

/// Kills a process that this one started, and waits for its end.
pub fn kill(child: &mut Child) {
    // One that ended by itself is as good.
    let _ = child.kill();
    let _ = child.wait();
    leash::free(child.id());
}

/// Runs a command of the program to its end.
///
/// # Panics
/// When it can't be started.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).stdin(Stdio::null()).output().expect("starts")
}

/// `hotline up` with demo data on a free port; killed when dropped.
pub struct Up {
    /// Address of the gateway.
    pub base: String,
    child: Child,
}

impl Up {
    /// Starts it on a data folder and waits until it says where it listens.
    ///
    /// # Panics
    /// When it ends before.
    pub fn start(folder: &Path, clock: &str, password: &str) -> Self {
        Self::start_with(folder, clock, password, &[])
    }

    /// Starts it with settings of its own, as in `TICKETS__OUTAGES__BATCH`.
    ///
    /// # Panics
    /// When it ends before.
    pub fn start_with(folder: &Path, clock: &str, password: &str, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(binary())
            .envs(settings.iter().map(|(key, value)| (format!("HOTLINE__{key}"), *value)))
            .args(["up", "--demo", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env("HOTLINE_CLOCK", clock)
            .env("HOTLINE_DEMO_PASSWORD", password)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        leash::hold(child.id());
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let greeting = lines.map_while(Result::ok).find(|line| line.contains("listens on"));
        let greeting = greeting.expect("says where it listens");
        let base = greeting.split_whitespace().last().expect("an address").to_owned();
        Self { base, child }
    }

    /// Returns its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}
