//! The suite as it is measured: its servers, its processes, and what they use.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::ensure;
use clap::ValueEnum;
use hotline::roles::Role;
use hotline_core::db::{Db, Location, Pool};
use hotline_core::testing::Redis;
use hotline_tests::drill::fault::pid_of;
use hotline_tests::drill::ground::wait_until_ready;
use hotline_tests::program::{self, Program, free_address};
use hotline_tests::servers::{Postgres, leash};
use hotline_tests::stage::Processes;
use hotline_tests::{Client, machine};
use serde::Serialize;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::table::Idle;

/// On what the suite runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// One process on files.
    Embedded,
    /// One process on PostgreSQL, every commit on disk, and Redis.
    Postgres,
    /// Every role a process of its own on PostgreSQL and Redis.
    Roles,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Embedded => "embedded",
            Self::Postgres => "postgres",
            Self::Roles => "roles",
        })
    }
}

/// Processor time that servers have used since they began.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Used {
    /// Of the suite, seconds.
    pub hotline: f64,
    /// Of PostgreSQL, seconds.
    pub postgres: f64,
    /// Of Redis, seconds.
    pub redis: f64,
}

/// An installation, running or not.
pub struct Installation {
    /// Address of the gateway.
    pub base: String,
    /// The program with its settings.
    pub program: Program,
    place: Place,
    folder: TempDir,
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    one: Option<Child>,
    roles: Option<Processes>,
}

impl Installation {
    /// Makes one with the accounts, teams and rules of the demo; `None` where its servers are not installed. It does
    /// not run yet.
    pub async fn make(place: Place, binary: &Path) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        leash::hold_folder(folder.path());
        let (postgres, redis) = match place {
            Place::Embedded => (None, None),
            Place::Postgres | Place::Roles => (Postgres::start(), hotline_core::testing::redis()),
        };
        if place != Place::Embedded && (postgres.is_none() || redis.is_none()) {
            return Ok(None);
        }
        let listen = free_address();
        let url = postgres.as_ref().map(Postgres::url).unwrap_or_default();
        let redis_url = redis.as_ref().map(Redis::url).unwrap_or_default();
        let data = folder.path().display().to_string();
        let settings = [
            ("STORAGE__DATA_DIR", &*data),
            ("STORAGE__DATABASE_URL", &url),
            ("REDIS__URL", &redis_url),
            ("SERVER__LISTEN", &listen),
            ("GATEWAY__RATE_PER_SECOND", "0"),
            // Callbacks open at once, at any hour: a journey does not wait for them.
            ("CALLBACKS__DELAY_MINUTES", "0"),
            ("CALLBACKS__CALENDAR", "always"),
        ];
        let program = Program::new(binary.to_owned(), &settings);
        let base = format!("http://{listen}");
        let (one, roles) = (None, None);
        let mut made = Self { base, program, place, folder, postgres, redis, one, roles };
        made.start_one().await;
        made.stop().await;
        if place == Place::Roles {
            made.split(binary, &url).await;
        }
        Ok(Some(made))
    }

    /// Starts it and returns how long that takes until the first answer.
    pub async fn start(&mut self) -> Duration {
        match &mut self.roles {
            None => self.start_one().await,
            Some(roles) => {
                let start = Instant::now();
                for role in Role::ALL {
                    roles.raise(role);
                }
                roles.wait_until_ready().await;
                start.elapsed()
            }
        }
    }

    /// Stops it in order.
    pub async fn stop(&mut self) {
        if let Some(mut child) = self.one.take() {
            machine::signal(child.id(), "TERM");
            while child.try_wait().is_ok_and(|ended| ended.is_none()) {
                sleep(Duration::from_millis(10)).await;
            }
            leash::free(child.id());
        }
        for role in Role::ALL {
            if let Some(roles) = self.roles.as_mut().filter(|roles| roles.runs(role)) {
                roles.terminate(role).await;
            }
        }
    }

    /// Runs a command of the program to its end while the installation does not run; returns the processor time that
    /// everything used for it, and the most memory that the command had.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<(Used, u64)> {
        let before = self.used();
        let log = self.folder.path().join("command.log");
        let mut child = self.program.start(arguments, &log);
        let (mut memory, mut own) = (0, Duration::ZERO);
        let status = loop {
            // What is asked last before the end is as good as all of it.
            memory = machine::most_resident(child.id()).max(memory);
            own = machine::processor_time(child.id()).max(own);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        leash::free(child.id());
        ensure!(status.success(), "{arguments:?}: {}", std::fs::read_to_string(&log).unwrap_or_default());
        let mut used = self.used().since(before);
        used.hotline = own.as_secs_f64();
        Ok((used, memory))
    }

    /// Returns the processor time used so far.
    pub fn used(&self) -> Used {
        let seconds = |pids: &[u32]| {
            pids.iter().map(|pid| machine::processor_time(*pid)).sum::<Duration>().as_secs_f64()
        };
        Used {
            hotline: seconds(&self.pids()),
            postgres: self.postgres.as_ref().map_or(0.0, |postgres| seconds(&postgres.pids())),
            redis: self.redis().map_or(0.0, |redis| seconds(&[pid_of(redis)])),
        }
    }

    /// Waits until nothing is left to do of what was done before: events, figures, the database's own upkeep.
    pub async fn quiet(&self) {
        const LOOK: Duration = Duration::from_millis(300);
        let end = Instant::now() + Duration::from_secs(30);
        let mut before = self.used();
        while Instant::now() < end {
            sleep(LOOK).await;
            let now = self.used();
            if now.since(before).all() < LOOK.as_secs_f64() * 0.15 {
                return;
            }
            before = now;
        }
    }

    /// Returns what it takes while nobody asks anything.
    pub async fn idle(&self, tickets: u64, first_answer: Duration) -> Idle {
        self.quiet().await;
        let all = |of: fn(u32) -> u64| self.pids().into_iter().map(of).sum::<u64>();
        Idle {
            on: self.place,
            tickets,
            processes: self.pids().len(),
            resident: all(machine::resident),
            proportional: all(machine::proportional),
            first_answer: first_answer.as_secs_f64(),
        }
    }

    /// Opens the database of a service.
    pub async fn database(&self, service: &str) -> anyhow::Result<Db> {
        let location = match &self.postgres {
            Some(postgres) => Location::Postgres(postgres.url()),
            None => Location::Sqlite(self.folder.path().to_owned()),
        };
        Ok(Db::open(&location, service, Pool::default()).await?)
    }

    /// Returns on what it runs.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Returns a client of its gateway.
    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// Returns a folder for files beside its own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn start_one(&mut self) -> Duration {
        let log: PathBuf = self.folder.path().join("up.log");
        let start = Instant::now();
        self.one = Some(self.program.start(&["up", "--demo"], &log));
        wait_until_ready(&self.base).await;
        start.elapsed()
    }

    /// Makes the roles processes of their own.
    async fn split(&mut self, binary: &Path, url: &str) {
        let redis = self.redis.take().expect("not split yet");
        let settings = [("STORAGE__MAX_CONNECTIONS", "8")];
        let roles = Processes::start(binary.to_owned(), self.folder.path(), url, redis, &settings).await;
        (self.base, self.program) = (roles.base.clone(), roles.program.clone());
        self.roles = Some(roles);
        self.stop().await;
    }

    fn redis(&self) -> Option<&Redis> {
        self.roles.as_ref().map(|roles| &roles.redis).or(self.redis.as_ref())
    }

    fn pids(&self) -> Vec<u32> {
        let one = self.one.iter().map(Child::id);
        one.chain(self.roles.iter().flat_map(Processes::pids)).collect()
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        self.one.iter_mut().for_each(program::kill);
    }
}

impl Used {
    /// Returns what was used after `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            hotline: self.hotline - before.hotline,
            postgres: self.postgres - before.postgres,
            redis: self.redis - before.redis,
        }
    }

    /// Returns all of it, seconds.
    pub fn all(self) -> f64 {
        self.hotline + self.postgres + self.redis
    }
}

/// Returns the kind of processor, how many of them, and the kernel.
pub fn this_machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown processor", |(_, model)| model);
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = Command::new("uname").arg("-sr").output().map(|output| output.stdout).unwrap_or_default();
    format!("{count} × {model}, {}", String::from_utf8_lossy(&kernel).trim())
}
