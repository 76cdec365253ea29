//! A PostgreSQL server that can be crashed, as durable as the one in production.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::leash;
use crate::machine;

/// A PostgreSQL server of this process alone, with every commit on disk before it is acknowledged.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    user: Option<&'static str>,
}

impl Postgres {
    /// Starts one on a socket in a folder of its own; `None` where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed but does not start.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().expect("a temp folder");
        leash::hold_folder(folder.path());
        // It refuses to run as root.
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
        let user = root.then_some("postgres");
        if let Some(user) = user {
            run(Command::new("chown").arg(user).arg(folder.path()));
        }
        let server = Self { folder, programs, user };
        run(server.program("initdb").args([
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]));
        let socket = server.folder.path().display();
        let settings =
            format!("unix_socket_directories='{socket}'\nlisten_addresses=''\nmax_connections=200\n");
        let file = server.data().join("postgresql.conf");
        let defaults = std::fs::read_to_string(&file).expect("made by initdb");
        std::fs::write(&file, defaults + &settings).expect("writes");
        server.control(&["start"]);
        Some(server)
    }

    /// Returns its address, the same for its whole life.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.path().display())
    }

    /// Ends it as a crash would and starts it again: what was not on disk is lost, the rest is recovered.
    pub fn crash(&self) {
        leash::free(self.pid());
        self.control(&["restart", "-m", "immediate"]);
    }

    /// Returns its main process.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).expect("runs");
        file.lines().next().and_then(|line| line.parse().ok()).expect("begins with the process id")
    }

    /// Returns what it says it is.
    pub fn version(&self) -> String {
        let said = Command::new(self.programs.join("postgres")).arg("--version").output();
        said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default()
    }

    /// Returns its main process and those that serve connections.
    pub fn pids(&self) -> Vec<u32> {
        let main = self.pid();
        let mut all = machine::children(main);
        all.push(main);
        all
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn control(&self, what: &[&str]) {
        let log = self.folder.path().join("log");
        run(self.program("pg_ctl").arg("-w").arg("-l").arg(log).args(what));
        leash::hold(self.pid());
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(self.folder.path()).arg("-D").arg(self.data());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        leash::free(self.pid());
        self.program("pg_ctl").args(["-w", "-m", "immediate", "stop"]).stdout(Stdio::null()).status().ok();
    }
}

fn run(command: &mut Command) {
    // The server inherits what its starter has open: a pipe would never end.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?} fails");
}

/// Finds where the server's programs are: where Debian puts the newest, or in the usual places.
fn programs() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = installed.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(["/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    folders.into_iter().find(|folder: &PathBuf| has_all(folder))
}

fn has_all(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl"].iter().all(|program| folder.join(program).exists())
}
