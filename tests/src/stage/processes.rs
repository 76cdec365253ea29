//! Every role as a process of its own.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hotline::roles::Role;
use hotline_core::testing::Redis;
use http::Method;
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::program::binary;

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

/// The processes of one suite; killed when dropped.
pub(super) struct Processes {
    /// Address of the gateway.
    pub(super) base: String,
    addresses: BTreeMap<&'static str, String>,
    environment: BTreeMap<String, String>,
    binary: PathBuf,
    children: Vec<(Role, Child)>,
    redis: Option<Redis>,
}

impl Processes {
    /// Migrates and starts every role, and waits until the gateway can serve.
    pub(super) async fn start(folder: &Path, database_url: &str, redis: Redis) -> Self {
        let mut processes = Self {
            base: format!("http://{}", free_address()),
            addresses: Role::ALL.iter().map(|role| (role.name(), free_address())).collect(),
            environment: BTreeMap::new(),
            binary: binary(),
            children: Vec::new(),
            redis: None,
        };
        processes.environment = processes.environment(folder, database_url, &redis.url());
        processes.redis = Some(redis);
        let migrated = processes.command().arg("migrate").stdout(Stdio::null()).status();
        assert!(migrated.expect("runs").success(), "the schemas can be made");
        for role in Role::ALL {
            let child = processes.spawn(role, folder);
            processes.children.push((role, child));
        }
        processes.wait_until_ready().await;
        processes
    }

    fn environment(&self, folder: &Path, database_url: &str, redis_url: &str) -> BTreeMap<String, String> {
        let mut environment = BTreeMap::from(
            [
                ("STORAGE__DATABASE_URL", database_url),
                ("STORAGE__MAX_CONNECTIONS", "4"),
                ("STORAGE__DATA_DIR", &folder.display().to_string()),
                ("REDIS__URL", redis_url),
                ("REDIS__NAMESPACE", &format!("test-{}", std::process::id())),
                ("INTERNAL__SECRET", "a-secret-of-the-tests-and-nothing-else"),
                ("SERVER__LISTEN", self.base.trim_start_matches("http://")),
                ("SERVER__GRACE_SECONDS", "5"),
                ("GATEWAY__RATE_PER_SECOND", "0"),
                // The real clock runs here: callbacks open at once, at any hour.
                ("CALLBACKS__DELAY_MINUTES", "0"),
                ("CALLBACKS__CALENDAR", "always"),
            ]
            .map(|(key, value)| (format!("HOTLINE__{key}"), value.to_owned())),
        );
        for (name, address) in &self.addresses {
            environment
                .insert(format!("HOTLINE__UPSTREAMS__{}", name.to_uppercase()), format!("http://{address}"));
        }
        environment
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.envs(&self.environment).stdin(Stdio::null());
        command
    }

    fn spawn(&self, role: Role, folder: &Path) -> Child {
        let log = std::fs::File::create(folder.join(format!("{}.log", role.name()))).expect("a log file");
        self.command()
            .args(["serve", role.name()])
            .env("HOTLINE__SERVER__GRPC_LISTEN", &self.addresses[role.name()])
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("starts")
    }

    async fn wait_until_ready(&mut self) {
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
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn addresses_answer(&self) -> bool {
        let services = self.addresses.iter().filter(|(name, _)| **name != Role::Gateway.name());
        services.map(|(_, address)| std::net::TcpStream::connect(address)).all(|connected| connected.is_ok())
    }

    /// Returns the gRPC address of a role.
    pub(super) fn address(&self, role: &str) -> Option<String> {
        self.addresses.get(role).cloned()
    }

    /// Has the program make a token, as an operator would.
    pub(super) fn token(&self, who: &str) -> String {
        let (_, role, team) =
            PEOPLE.into_iter().find(|(name, ..)| *name == who).expect("known on this stage");
        let mut command = self.command();
        command.args(["token", who, "--role", role]);
        if let Some(team) = team {
            command.args(["--team", team]);
        }
        let output = command.output().expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for (_, child) in &mut self.children {
            // One that ended by itself is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .to_string()
}
