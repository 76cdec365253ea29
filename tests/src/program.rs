//! The program as its users start it: `hotline up` as a process, and commands that end.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Returns the program, built beside the tests: `target/<profile>/deps/<test>` and `target/<profile>/hotline-under-test`.
///
/// # Panics
/// When this test has no path.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("this program has a path");
    let folder = test.ancestors().nth(2).expect("target/<profile>/deps").to_owned();
    folder.join("hotline-under-test")
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
        let mut child = Command::new(binary())
            .args(["up", "--demo", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env("HOTLINE_CLOCK", clock)
            .env("HOTLINE_DEMO_PASSWORD", password)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
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
        // One that ended by itself is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
