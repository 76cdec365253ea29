//! A PostgreSQL server private to the test process.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;

use super::private::Private;

/// Returns the address of a PostgreSQL server private to this process, started at the first call; `None` where
/// PostgreSQL is not installed. It writes nothing to disk in earnest.
pub fn postgres() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(Private, String)>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref().map(|(_, url)| url.as_str())
}

/// Makes an empty database on the server and returns its address.
///
/// # Panics
/// When the server refuses.
pub fn fresh_database(url: &str) -> String {
    let name = format!("test_{}", crate::id::new().simple());
    assert!(ask(url, &format!("CREATE DATABASE {name}")), "a database can be made");
    url.replace("/postgres?", &format!("/{name}?"))
}

fn start() -> Option<(Private, String)> {
    let bin = bin_folder()?;
    let bin = bin.display();
    // It refuses to run as root.
    let mut server = Private::new("postgres")?;
    let folder = server.folder().display().to_string();
    let prepare = format!("{bin}/initdb -D data -A trust -U postgres -E UTF8 --locale=C -N");
    let run = format!(
        "{bin}/postgres -D data -k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off \
         -c max_connections=1000 -c deadlock_timeout=100ms"
    );
    server.start(&prepare, &run, "QUIT")?;
    let url = format!("postgres://postgres@localhost/postgres?host={folder}");
    let ready = (0..1000).any(|_| {
        sleep(Duration::from_millis(30));
        ask(&url, "SELECT 1")
    });
    ready.then_some((server, url))
}

fn ask(url: &str, sql: &str) -> bool {
    let answer = Command::new("psql").arg(url).args(["-qc", sql]).output();
    answer.is_ok_and(|answer| answer.status.success())
}

/// Finds where the server's programs are: where Debian puts the newest, or in the usual places.
fn bin_folder() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders.sort();
    folders.reverse();
    folders.extend(["/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}
