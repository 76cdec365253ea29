//! Where a drill takes place: every role a process of its own, on servers that can be broken, or all in one process
//! on files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use hotline::roles::Role;
use hotline_core::db::Location;
use hotline_queue::Settings;
use http::Method;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::program::{self, Program, free_address};
use crate::servers::{Postgres, leash};
use crate::stage::{Processes, furnish, processes};

/// Who works in a drill: account, role, team.
const STAFF: [(&str, &str, Option<&str>); 6] = [
    ("agent", "agent", Some("first-line")),
    ("engineer", "engineer", Some("second-line-network")),
    ("engineer2", "engineer", Some("second-line-network")),
    ("callback", "callback_agent", None),
    ("supervisor", "supervisor", None),
    ("admin", "admin", None),
];

/// What people and checkers need to know of a place.
#[derive(Clone, Debug)]
pub struct Site {
    /// Address of the gateway.
    pub base: String,
    /// Tokens by account.
    pub tokens: BTreeMap<&'static str, String>,
    /// The databases.
    pub location: Location,
    /// The work queues, where another process can look at them.
    pub queues: Option<Settings>,
}

/// Every role as a process of its own on a PostgreSQL and a Redis that can be broken.
pub struct Ground {
    /// What people need to know.
    pub site: Site,
    /// The roles and Redis.
    pub processes: Processes,
    /// The database server.
    pub postgres: Postgres,
}

impl Ground {
    /// Makes one whose logs are in `folder`; `None`, with a word about it, where PostgreSQL and Redis are not installed.
    ///
    /// # Panics
    /// When they are and it does not start.
    pub async fn make(folder: &Path) -> Option<Self> {
        let (Some(postgres), Some(redis)) = (Postgres::start(), hotline_core::testing::redis()) else {
            println!("skipped: PostgreSQL and Redis are needed for drills");
            return None;
        };
        let url = postgres.url();
        // Queues are compared with the database often: a drill does not wait for it.
        let settings = [("DISPATCH__RECONCILE_SECONDS", "2"), ("CALLBACKS__RECONCILE_SECONDS", "2")];
        let processes = Processes::start(program::binary(), folder, &url, redis, &settings).await;
        let namespace = processes::NAMESPACE.to_owned();
        let site = Site {
            base: processes.base.clone(),
            tokens: tokens(&processes.program),
            location: Location::Postgres(url),
            queues: Some(Settings { url: processes.redis.url(), namespace }),
        };
        furnish(&Client::new(&site.base), &site.tokens["admin"]).await;
        Some(Self { site, processes, postgres })
    }

    /// Has every role killed and started with its queues at `url`, one server or a cluster, unless they are there
    /// already. The bus stays where it is.
    ///
    /// # Panics
    /// When a role does not come back.
    pub async fn keep_queues_at(&mut self, url: &str) {
        if self.site.queues.as_ref().is_some_and(|queues| queues.url == url) {
            return;
        }
        self.site.queues = Some(Settings { url: url.to_owned(), namespace: processes::NAMESPACE.to_owned() });
        let bus = self.processes.redis.url();
        let places = [("HOTLINE__REDIS__URL", url), ("HOTLINE__REDIS__BUS_URL", bus.as_str())];
        let environment = &mut self.processes.program.environment;
        environment.extend(places.map(|(key, value)| (key.to_owned(), value.to_owned())));
        for role in Role::ALL {
            self.processes.kill(role);
        }
        self.mend().await;
    }

    /// Starts what does not run and waits until everything can serve.
    ///
    /// # Panics
    /// When that takes longer than a minute.
    pub async fn mend(&mut self) {
        for role in Role::ALL {
            if !self.processes.runs(role) {
                self.processes.raise(role);
            }
        }
        self.processes.wait_until_ready().await;
    }
}

/// `hotline up` on files, at an address that stays.
pub struct Embedded {
    /// What people need to know.
    pub site: Site,
    program: Program,
    folder: TempDir,
    child: Child,
}

impl Embedded {
    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temp folder");
        leash::hold_folder(folder.path());
        let listen = free_address();
        let data = folder.path().to_str().expect("a temp folder has a plain name");
        let program = Program::new(
            program::binary(),
            &[
                ("STORAGE__DATA_DIR", data),
                ("SERVER__LISTEN", &listen),
                ("GATEWAY__RATE_PER_SECOND", "0"),
                ("CALLBACKS__DELAY_MINUTES", "0"),
                ("CALLBACKS__CALENDAR", "always"),
            ],
        );
        let child = start(&program, &folder);
        let mut site = Site {
            base: format!("http://{listen}"),
            tokens: BTreeMap::new(),
            location: Location::Sqlite(folder.path().to_owned()),
            queues: None,
        };
        wait_until_ready(&site.base).await;
        site.tokens = tokens(&program);
        Self { site, program, folder, child }
    }

    /// Kills it and starts it again; returns when it can serve.
    ///
    /// # Panics
    /// When it can't after a minute.
    pub async fn kill(&mut self) {
        program::kill(&mut self.child);
        self.child = start(&self.program, &self.folder);
        wait_until_ready(&self.site.base).await;
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        program::kill(&mut self.child);
    }
}

fn start(program: &Program, folder: &TempDir) -> Child {
    let log: PathBuf = folder.path().join("up.log");
    program.start(&["up", "--demo"], &log)
}

fn tokens(program: &Program) -> BTreeMap<&'static str, String> {
    STAFF.iter().map(|(name, role, team)| (*name, program.token(name, role, *team))).collect()
}

/// Waits until the gateway can serve.
///
/// # Panics
/// When it can't after a minute.
pub async fn wait_until_ready(base: &str) {
    let client = Client::new(base);
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let reply = client.send(Method::GET, "/readyz", None, &[], None).await;
        if reply.is_ok_and(|reply| reply.status.is_success()) {
            return;
        }
        assert!(Instant::now() < end, "{base} is not ready within 60 s");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Returns the roles in the order in which they are stopped: the door first, what it stands on last.
pub fn from_the_door() -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().rev()
}
