//! Others, installed into a folder of their own and run as processes.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use hotline_tests::servers::leash;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::time::Instant;

use super::ground::Ground;
use super::round::Round;

/// What npm installs.
const NODE: [&str; 4] = ["bullmq@6.7.0", "ioredis@6.0.0", "graphile-worker@0.18.0", "pg@8.23.1"];

/// What pip installs.
const PYTHON: [&str; 3] = ["pgqueuer==1.6.0", "asyncpg==0.32.0", "uvloop==0.23.0"];

/// What is there of others.
pub struct Tools {
    /// A folder with `node_modules`.
    node: Option<PathBuf>,
    /// A Python that knows what pip installed.
    python: Option<PathBuf>,
}

/// What one of them says of its work.
#[derive(Deserialize)]
struct Told {
    seconds: f64,
    cpu: f64,
}

impl Tools {
    /// Installs what is not there; says what can't be.
    pub fn install(folder: &Path) -> Self {
        let node = install_node(&folder.join("node"));
        let python = install_python(&folder.join("python"));
        for (name, missing) in
            [("BullMQ and graphile-worker", node.is_none()), ("pgqueuer", python.is_none())]
        {
            if missing {
                println!("skipped {name}: can't be installed in {}", folder.display());
            }
        }
        Self { node, python }
    }

    /// Returns the versions of what is there, a line.
    pub fn versions(&self) -> String {
        let node = self
            .node
            .as_ref()
            .map(|_| format!("Node {}, {}", version("node", &["--version"]), NODE.join(", ")));
        let python = self.python.as_ref().map(|python| {
            let version = version(&python.display().to_string(), &["--version"]);
            format!("{version}, {}", PYTHON.join(", "))
        });
        [node, python].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// Has `BullMQ` do jobs; `None` where it is not there.
    pub async fn bullmq(
        &self,
        ground: &Ground,
        jobs: usize,
        in_flight: usize,
    ) -> anyhow::Result<Option<Round>> {
        let Some(node) = &self.node else { return Ok(None) };
        ground.empty().await;
        let port = ground.redis.port().to_string();
        let command = script(
            Path::new("node"),
            node,
            "bullmq.mjs",
            &[&port, &jobs.to_string(), &in_flight.to_string()],
        );
        run(ground, "BullMQ".into(), jobs, command).await.map(Some)
    }

    /// Has graphile-worker do jobs and fetch so many at once; `None` where it is not there.
    pub async fn graphile(
        &self,
        ground: &Ground,
        url: &str,
        (jobs, in_flight, at_once): (usize, usize, usize),
    ) -> anyhow::Result<Option<Round>> {
        let Some(node) = &self.node else { return Ok(None) };
        let numbers = [jobs, in_flight, at_once].map(|number| number.to_string());
        let command =
            script(Path::new("node"), node, "graphile.mjs", &[url, &numbers[0], &numbers[1], &numbers[2]]);
        let what = if at_once == 0 {
            "graphile-worker".into()
        } else {
            format!("graphile-worker, {at_once} at once")
        };
        run(ground, what, jobs, command).await.map(Some)
    }

    /// Has pgqueuer do jobs and fetch so many at once; `None` where it is not there.
    pub async fn pgqueuer(
        &self,
        ground: &Ground,
        url: &str,
        jobs: usize,
        at_once: usize,
    ) -> anyhow::Result<Option<Round>> {
        let Some(python) = &self.python else { return Ok(None) };
        let folder = python.parent().context("a program is in a folder")?;
        let command = script(python, folder, "pgqueuer.py", &[url, &jobs.to_string(), &at_once.to_string()]);
        run(ground, format!("pgqueuer, {at_once} at once"), jobs, command).await.map(Some)
    }
}

/// Runs something that says `ready` when jobs are there, does them when it hears a line, and tells what that took.
async fn run(ground: &Ground, what: String, jobs: usize, mut command: Command) -> anyhow::Result<Round> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let pid = child.id().context("it runs")?;
    leash::hold(pid);
    let mut said = BufReader::new(child.stdout.take().context("piped")?);
    anyhow::ensure!(line(&mut said).await? == "ready", "{what} does not get ready");
    let servers = ground.used();
    let start = Instant::now();
    child.stdin.as_mut().context("piped")?.write_all(b"go\n").await?;
    let told = line(&mut said).await?;
    let whole = start.elapsed();
    let servers = ground.used() - servers;
    let told: Told = serde_json::from_str(&told).with_context(|| format!("{what} says {told:?}"))?;
    child.wait().await?;
    leash::free(pid);
    let time = std::time::Duration::from_secs_f64(told.seconds);
    anyhow::ensure!(time <= whole, "{what} can't have taken longer than it ran");
    Ok(Round { what, jobs, time, client: told.cpu, servers })
}

async fn line(said: &mut BufReader<ChildStdout>) -> anyhow::Result<String> {
    let mut line = String::new();
    said.read_line(&mut line).await?;
    Ok(line.trim().to_owned())
}

/// Returns the first line of what a program says of itself.
pub fn version(program: &str, arguments: &[&str]) -> String {
    let said = std::process::Command::new(program).args(arguments).output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned()).unwrap_or_default();
    said.lines().next().unwrap_or_default().to_owned()
}

fn script(program: &Path, folder: &Path, name: &str, arguments: &[&str]) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/queue").join(name);
    let mut command = Command::new(program);
    command.arg(script).args(arguments).current_dir(folder);
    command
}

fn install_node(folder: &Path) -> Option<PathBuf> {
    let folder = made(folder)?;
    let arguments = ["install", "--no-audit", "--no-fund", "--no-save", "--silent"];
    installed(
        &folder,
        &NODE,
        std::process::Command::new("npm").args(arguments).args(NODE).current_dir(&folder),
    )?;
    Some(folder)
}

fn install_python(folder: &Path) -> Option<PathBuf> {
    let folder = made(folder)?;
    let python = folder.join("bin/python");
    if !python.exists() {
        let made = std::process::Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
        made.ok().filter(std::process::ExitStatus::success)?;
    }
    let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    installed(&folder, &PYTHON, std::process::Command::new(&python).args(arguments).args(PYTHON))?;
    Some(python)
}

fn made(folder: &Path) -> Option<PathBuf> {
    std::fs::create_dir_all(folder).ok()?;
    folder.canonicalize().ok()
}

/// Runs what installs, unless it has before.
fn installed(folder: &Path, what: &[&str], command: &mut std::process::Command) -> Option<()> {
    let stamp = folder.join("installed");
    let wanted = what.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|known| known == wanted) {
        return Some(());
    }
    command.stdout(Stdio::null()).status().ok().filter(std::process::ExitStatus::success)?;
    std::fs::write(stamp, wanted).ok()
}
