//! Every role as a process of its own.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use hotline::roles::Role;
use hotline_core::testing::Redis;
use http::Method;
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::machine;
use crate::program::{self, Program, free_address};
use crate::servers::leash;

/// Who has which roles and teams on this stage.
const PEOPLE: [(&str, &str, Option<&str>); 8] = [
    ("agent", "agent", Some("first-line")),
    ("engineer", "engineer", Some("second-line-network")),
    ("engineer2", "engineer", Some("second-line-network")),
    ("vendor", "third_party", Some("vendor-fiber")),
    ("callback", "callback_agent", None),
    ("supervisor", "supervisor", None),
    ("quality", "quality", None),
    ("admin", "admin", None),
];

/// First part of every key in Redis, which is one suite's alone.
pub const NAMESPACE: &str = "test";

/// The processes of one suite; killed when dropped.
pub struct Processes {
    /// Address of the gateway.
    pub base: String,
    /// The program and the settings that all of them share.
    pub program: Program,
    /// The queues and the bus.
    pub redis: Redis,
    folder: PathBuf,
    addresses: BTreeMap<Role, String>,
    children: BTreeMap<Role, Child>,
    twins: Vec<Child>,
}

impl Processes {
    /// Migrates and starts every role, and waits until the gateway can serve. Logs are in `folder`; `settings` come on
    /// top of the stage's own.
    ///
    /// # Panics
    /// When they don't start.
    pub async fn start(
        binary: PathBuf,
        folder: &Path,
        database_url: &str,
        redis: Redis,
        settings: &[(&str, &str)],
    ) -> Self {
        let base = format!("http://{}", free_address());
        let addresses: BTreeMap<Role, String> = Role::ALL.map(|role| (role, free_address())).into();
        let mut program = Program::new(binary, &shared(folder, &base, database_url, &redis.url()));
        for (role, address) in &addresses {
            let key = format!("HOTLINE__UPSTREAMS__{}", role.name().to_uppercase());
            program.environment.insert(key, format!("http://{address}"));
        }
        program.environment.extend(Program::new(PathBuf::new(), settings).environment);
        let migrated = program.command(&["migrate"]).stdout(Stdio::null()).status();
        assert!(migrated.expect("runs").success(), "the schemas can be made");
        let folder = folder.to_owned();
        let mut processes =
            Self { base, program, redis, folder, addresses, children: BTreeMap::new(), twins: Vec::new() };
        for role in Role::ALL {
            processes.raise(role);
        }
        processes.wait_until_ready().await;
        processes
    }

    /// Starts a role that does not run.
    ///
    /// # Panics
    /// When the program can't be started.
    pub fn raise(&mut self, role: Role) {
        let mut program = self.program.clone();
        program.environment.insert("HOTLINE__SERVER__GRPC_LISTEN".into(), self.addresses[&role].clone());
        let child = program.start(&["serve", role.name()], &self.folder.join(format!("{}.log", role.name())));
        self.children.insert(role, child);
    }

    /// Starts another process of a role beside the one that runs. Nobody calls it, but it sweeps what is due, reads events
    /// and sends its own. It ends with this value.
    ///
    /// # Panics
    /// When the program can't be started.
    pub fn raise_twin(&mut self, role: Role) {
        let mut program = self.program.clone();
        program.environment.insert("HOTLINE__SERVER__GRPC_LISTEN".into(), free_address());
        let log = format!("{}-{}.log", role.name(), self.twins.len() + 2);
        self.twins.push(program.start(&["serve", role.name()], &self.folder.join(log)));
    }

    /// Kills the processes that were raised beside others.
    pub fn kill_twins(&mut self) {
        self.twins.drain(..).for_each(|mut twin| program::kill(&mut twin));
    }

    /// Kills a role: it has no time to say anything.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self, role: Role) {
        let mut child = self.children.remove(&role).expect("runs");
        program::kill(&mut child);
    }

    /// Tells a role to end, as Kubernetes would, and waits until it has; returns how and in which time. One that was raised
    /// this moment is told once it listens, which is the first thing it does.
    ///
    /// # Panics
    /// When it does not run, does not listen within ten seconds, or does not end within a minute.
    pub async fn terminate(&mut self, role: Role) -> (ExitStatus, Duration) {
        let mut child = self.children.remove(&role).expect("runs");
        let start = Instant::now();
        while !machine::hears_terminate(child.id()) {
            assert!(start.elapsed() < Duration::from_secs(10), "{} listens for no signal", role.name());
            sleep(Duration::from_millis(1)).await;
        }
        let start = Instant::now();
        machine::signal(child.id(), "TERM");
        loop {
            if let Some(status) = child.try_wait().expect("can be asked") {
                leash::free(child.id());
                return (status, start.elapsed());
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{} does not end", role.name());
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Tells whether a role runs.
    pub fn runs(&self, role: Role) -> bool {
        self.children.contains_key(&role)
    }

    /// Returns the process of a role.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self, role: Role) -> u32 {
        self.children[&role].id()
    }

    /// Returns all processes.
    pub fn pids(&self) -> Vec<u32> {
        self.children.values().map(Child::id).collect()
    }

    /// Waits until every role listens and the gateway can serve.
    ///
    /// # Panics
    /// When a role ends, or after a minute.
    pub async fn wait_until_ready(&mut self) {
        let client = Client::new(&self.base);
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let reply = client.send(Method::GET, "/readyz", None, &[], None).await;
            if reply.is_ok_and(|reply| reply.status.is_success()) && self.addresses_answer() {
                return;
            }
            for (role, child) in &mut self.children {
                let ended = child.try_wait().expect("can be asked");
                assert!(ended.is_none(), "{} ended with {ended:?}; see its log", role.name());
            }
            assert!(Instant::now() < end, "not ready within 60 s");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn addresses_answer(&self) -> bool {
        let services = self.addresses.iter().filter(|(role, _)| **role != Role::Gateway);
        services.map(|(_, address)| TcpStream::connect(address)).all(|connected| connected.is_ok())
    }

    /// Returns the gRPC address of a role.
    pub fn address(&self, role: &str) -> Option<String> {
        self.addresses.get(&Role::named(role)?).cloned()
    }

    /// Has the program make a token of one of the people of this stage.
    ///
    /// # Panics
    /// When it does not, or knows no such person.
    pub fn token(&self, who: &str) -> String {
        let (_, role, team) =
            PEOPLE.into_iter().find(|(name, ..)| *name == who).expect("known on this stage");
        self.program.token(who, role, team)
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.children.values_mut().chain(&mut self.twins).for_each(program::kill);
    }
}

fn shared<'a>(
    folder: &'a Path,
    base: &'a str,
    database_url: &'a str,
    redis_url: &'a str,
) -> Vec<(&'static str, &'a str)> {
    vec![
        ("STORAGE__DATABASE_URL", database_url),
        ("STORAGE__MAX_CONNECTIONS", "4"),
        ("STORAGE__DATA_DIR", folder.to_str().expect("a temp folder has a plain name")),
        ("REDIS__URL", redis_url),
        ("REDIS__NAMESPACE", NAMESPACE),
        ("INTERNAL__SECRET", "a-secret-of-the-tests-and-nothing-else"),
        ("SERVER__LISTEN", base.trim_start_matches("http://")),
        ("SERVER__GRACE_SECONDS", "5"),
        ("GATEWAY__RATE_PER_SECOND", "0"),
        // The real clock runs here: callbacks open at once, at any hour.
        ("CALLBACKS__DELAY_MINUTES", "0"),
        ("CALLBACKS__CALENDAR", "always"),
    ]
}
