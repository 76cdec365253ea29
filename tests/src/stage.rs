//! Stages: the suite in this process on SQLite with a manual clock, or every role its own process on PostgreSQL and
//! Redis.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use hotline::config::Config;
use hotline::demo::Demo;
use hotline::roles::Role;
use hotline::suite::Suite;
use hotline_core::clock::Clock;
use http::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::client::Client;
use crate::program;

pub mod processes;

pub use processes::Processes;

/// Password of the demo accounts on every stage.
const PASSWORD: &str = "stage-Pass-1";

/// A running suite and who is signed in to it. Ends with this value.
pub struct Stage {
    /// Speaks to the gateway.
    pub client: Client,
    /// The folder of its files.
    pub folder: TempDir,
    tokens: Mutex<BTreeMap<String, String>>,
    clock: Option<Clock>,
    running: Running,
}

enum Running {
    Here(Option<Box<Suite>>),
    Processes(Box<Processes>),
}

impl Stage {
    /// Starts every role in this process, with demo data, on a Monday morning in office hours.
    ///
    /// # Panics
    /// When it can't start.
    pub async fn in_process() -> Self {
        Self::in_folder(tempfile::tempdir().expect("a temp folder"), monday_morning()).await
    }

    /// Starts every role in this process on what another stage left in a folder.
    ///
    /// # Panics
    /// When it can't start.
    pub async fn in_folder(folder: TempDir, start: DateTime<Utc>) -> Self {
        let mut config = Config::default();
        config.storage.data_dir = folder.path().to_owned();
        config.gateway.rate_per_second = 0;
        hotline::tools::migrate_quietly(&config).await.expect("migrates");
        let clock = Clock::manual_kept_in(start, folder.path().join("clock")).expect("a clock");
        let suite = Suite::start(config, &Role::ALL, clock.clone()).await.expect("starts");
        Demo { password: Some(PASSWORD.to_owned()) }.fill(&suite).await.expect("demo data");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let client = Client::new(&format!("http://{}", listener.local_addr().expect("bound")));
        suite.serve_http(listener).expect("serves");
        Self {
            client,
            folder,
            tokens: Mutex::default(),
            clock: Some(clock),
            running: Running::Here(Some(Box::new(suite))),
        }
    }

    /// Starts every role as a process of its own on a private PostgreSQL and Redis; `None` where they are not
    /// installed, which is said.
    ///
    /// # Panics
    /// When it can't start.
    pub async fn in_processes() -> Option<Self> {
        let (Some(postgres), Some(redis)) =
            (hotline_core::testing::postgres(), hotline_core::testing::redis())
        else {
            println!("skipped: PostgreSQL and Redis are needed for roles in processes of their own");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temp folder");
        let database = hotline_core::testing::fresh_database(postgres);
        let processes = Processes::start(program::binary(), folder.path(), &database, redis, &[]).await;
        let client = Client::new(&processes.base);
        let stage = Self {
            client,
            folder,
            tokens: Mutex::default(),
            clock: None,
            running: Running::Processes(Box::new(processes)),
        };
        furnish(&stage.client, &stage.token("admin").await).await;
        Some(stage)
    }

    /// Returns a token of a demo account.
    ///
    /// # Panics
    /// When there is no such account.
    pub async fn token(&self, who: &str) -> String {
        if let Some(token) = self.tokens.lock().expect("no test panics while it is locked").get(who) {
            return token.clone();
        }
        let token = match &self.running {
            Running::Processes(processes) => processes.token(who),
            Running::Here(_) => {
                let body = json!({"username": who, "password": PASSWORD});
                let reply = self.client.send(Method::POST, "/v1/auth/token", None, &[], Some(&body)).await;
                reply.expect("an answer").ok()["accessToken"].as_str().expect("a token").to_owned()
            }
        };
        self.tokens.lock().expect("no test panics while it is locked").insert(who.to_owned(), token.clone());
        token
    }

    /// Moves the clock forward where it is manual; where it is not, the stage's policies do not wait.
    ///
    /// # Panics
    /// When the clock can't be moved.
    pub async fn advance(&self, duration: &str) {
        if self.clock.is_some() {
            let body = json!({"advance": duration});
            let reply = self.client.send(Method::POST, "/debug/clock", None, &[], Some(&body)).await;
            reply.expect("an answer").ok();
        }
    }

    /// Tells whether the roles are processes of their own.
    pub fn has_processes(&self) -> bool {
        matches!(self.running, Running::Processes(_))
    }

    /// Returns the roles, where they are processes of their own, to be broken.
    pub fn processes(&mut self) -> Option<&mut Processes> {
        match &mut self.running {
            Running::Processes(processes) => Some(processes),
            Running::Here(_) => None,
        }
    }

    /// Returns the gRPC address of a role that is a process of its own.
    pub fn grpc_address(&self, role: &str) -> Option<String> {
        match &self.running {
            Running::Processes(processes) => processes.address(role),
            Running::Here(_) => None,
        }
    }

    /// Returns the suite, where it runs in this process.
    pub fn suite(&self) -> Option<&Suite> {
        match &self.running {
            Running::Here(suite) => suite.as_deref(),
            Running::Processes(_) => None,
        }
    }

    /// Ends the suite and returns its folder, for another stage to go on with.
    pub async fn end(mut self) -> TempDir {
        if let Running::Here(suite) = &mut self.running
            && let Some(suite) = suite.take()
        {
            suite.stop().await;
        }
        self.folder
    }
}

/// Makes the teams and the rule that the journeys need, as an administrator would.
///
/// # Panics
/// When the suite refuses.
pub async fn furnish(client: &Client, admin: &str) {
    for (key, kind) in
        [("second-line-network", "TEAM_KIND_SECOND_LINE"), ("vendor-fiber", "TEAM_KIND_THIRD_PARTY")]
    {
        let team = json!({"key": key, "nameZh": key, "nameEn": key, "kind": kind});
        client.post(admin, "/v1/teams", &team).await.ok();
    }
    let rule = json!({"name": "network", "position": 10, "categoryCodes": ["repair.private"], "teamKey": "second-line-network"});
    client.post(admin, "/v1/routing-rules", &rule).await.ok();
}

/// Returns 2026-03-02 09:00 in Shanghai.
pub fn monday_morning() -> DateTime<Utc> {
    "2026-03-02T09:00:00+08:00".parse().expect("a time")
}
