//! For tests: databases that vanish with the test, on SQLite and on a private PostgreSQL server.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;

use crate::db::{Db, Location, Pool};

/// A database that vanishes with this value.
pub struct TestDb {
    /// The database, brought up to date.
    pub db: Db,
    _folder: Option<TempDir>,
}

/// Returns a database of each kind for a contract test: SQLite always, PostgreSQL where it is installed; says so where
/// it is not.
///
/// # Panics
/// When a database can't be made.
pub async fn databases<M: MigratorTrait>(service: &str) -> Vec<TestDb> {
    let mut all = vec![sqlite::<M>(service).await];
    match postgres() {
        Some(url) => {
            let db = Db::open(&Location::Postgres(fresh_database(url)), service, Pool::default()).await;
            let db = db.expect("the private server has just made this database");
            db.migrate::<M>().await.expect("migrates");
            all.push(TestDb { db, _folder: None });
        }
        None => println!("skipped on PostgreSQL: initdb and postgres are not installed"),
    }
    all
}

/// Returns a SQLite database in a folder of its own.
///
/// # Panics
/// When it can't be made.
pub async fn sqlite<M: MigratorTrait>(service: &str) -> TestDb {
    let folder = tempfile::tempdir().expect("a temp folder");
    let location = Location::Sqlite(folder.path().to_owned());
    let db = Db::open(&location, service, Pool::default()).await.expect("opens");
    db.migrate::<M>().await.expect("migrates");
    TestDb { db, _folder: Some(folder) }
}

/// Returns the address of a PostgreSQL server private to this process, started at the first call; `None` where
/// PostgreSQL is not installed.
pub fn postgres() -> Option<&'static str> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    SERVER.get_or_init(Postgres::start).as_ref().map(|server| server.url.as_str())
}

/// Makes an empty database on the server and returns its address.
///
/// # Panics
/// When the server refuses.
pub fn fresh_database(url: &str) -> String {
    let name = format!("test_{}", crate::id::new().simple());
    let made = Command::new("psql").arg(url).arg("-qc").arg(format!("CREATE DATABASE {name}")).status();
    assert!(made.is_ok_and(|status| status.success()), "a database can be made");
    url.replace("/postgres?", &format!("/{name}?"))
}

/// A private server. It ends with the process that started it: a child shell waits for its parent's pipe to close.
struct Postgres {
    url: String,
    _folder: TempDir,
    _watch: std::process::Child,
}

impl Postgres {
    fn start() -> Option<Self> {
        let bin = bin_folder()?;
        let folder = tempfile::tempdir().ok()?;
        let (data, socket) = (folder.path().join("data"), folder.path().to_owned());
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
        if root {
            // PostgreSQL refuses to run as root.
            Command::new("chown").arg("postgres").arg(&socket).status().ok()?;
        }
        let script = format!(
            "{bin}/initdb -D {data} -A trust -U postgres >/dev/null && \
             {{ {bin}/postgres -D {data} -k {socket} -c listen_addresses= -c fsync=off -c max_connections=300 & }} ; \
             read -r _ ; kill -INT $! ; wait",
            bin = bin.display(),
            data = data.display(),
            socket = socket.display(),
        );
        let mut command = if root { Command::new("runuser") } else { Command::new("sh") };
        if root {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let watch = command
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let url = format!("postgres://postgres@localhost/postgres?host={}", socket.display());
        let ready = (0..600).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            let answered = Command::new("psql").arg(&url).args(["-qc", "SELECT 1"]).output();
            answered.is_ok_and(|output| output.status.success())
        });
        ready.then_some(Self { url, _folder: folder, _watch: watch })
    }
}

/// Finds where `initdb` is: on the path, or where Debian puts it.
fn bin_folder() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders.sort();
    folders.extend(["/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    folders
        .into_iter()
        .rev()
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}
