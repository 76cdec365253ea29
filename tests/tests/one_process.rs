//! `hotline up`: one process, one port, no socket between its services.

use std::collections::HashSet;

use hotline_tests::client::text;
use hotline_tests::program::{self, Up};
use hotline_tests::{Client, Reply};
use http::Method;
use serde_json::json;

const PASSWORD: &str = "one-process-Pass-1";
const CLOCK: &str = "manual:2026-03-02T09:00:00+08:00";

#[tokio::test(flavor = "multi_thread")]
async fn up_listens_on_one_port_and_opens_no_socket_between_services() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let up = Up::start(folder.path(), CLOCK, PASSWORD);
    let client = Client::new(&up.base);
    let token = sign_in(&client, "agent").await;
    let token = text(&token.ok(), "accessToken").to_owned();
    // A screen pop asks three services.
    client.get(&token, "/v1/screen-pop?phone=13800138000").await.ok();
    let mine = sockets_of(up.pid());
    let (mut listening, mut outgoing) = (Vec::new(), Vec::new());
    let port = port_of(&up.base);
    for socket in tcp_sockets().into_iter().filter(|socket| mine.contains(&socket.inode)) {
        match socket.state.as_str() {
            "0A" => listening.push(socket.local_port),
            _ if socket.local_port != port => outgoing.push(socket.local_port),
            _ => {}
        }
    }
    assert_eq!(listening, [port], "one port, the gateway's");
    assert_eq!(outgoing, [] as [u16; 0], "no connection that this process began");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_wrong_setting_are_told() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let up = Up::start(folder.path(), CLOCK, PASSWORD);
    let client = Client::new(&up.base);
    let body = json!({"username": "agent", "password": "wrong"});
    let refused =
        client.send(Method::POST, "/v1/auth/token", None, &[], Some(&body)).await.expect("an answer");
    refused.refused(401);
    let config = folder.path().join("wrong.toml");
    std::fs::write(&config, "[server]\nlisen = \"127.0.0.1:1\"\n").expect("writes");
    let output = program::run(&["up", "--config", &config.display().to_string()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("lisen"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_suite_and_a_password_chosen_anew_holds() {
    let folder = tempfile::tempdir().expect("a temp folder");
    let up = Up::start(folder.path(), CLOCK, "another-Pass-1");
    let data_dir = folder.path().display().to_string();
    let output = program::run(&["up", "--listen", "127.0.0.1:0", "--data-dir", &data_dir]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("another `hotline up` runs"), "{said}");
    drop(up);
    let up = Up::start(folder.path(), CLOCK, PASSWORD);
    sign_in(&Client::new(&up.base), "agent").await.ok();
}

async fn sign_in(client: &Client, who: &str) -> Reply {
    let body = json!({"username": who, "password": PASSWORD});
    client.send(Method::POST, "/v1/auth/token", None, &[], Some(&body)).await.expect("an answer")
}

fn port_of(base: &str) -> u16 {
    base.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

struct Socket {
    local_port: u16,
    state: String,
    inode: String,
}

/// All TCP sockets of this machine, as the kernel lists them.
fn tcp_sockets() -> Vec<Socket> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).unwrap_or_default());
    let mut sockets = Vec::new();
    for line in tables.iter().flat_map(|table| table.lines().skip(1)) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (Some(local), Some(state), Some(inode)) = (columns.get(1), columns.get(3), columns.get(9)) else {
            continue;
        };
        let port = local.rsplit(':').next().and_then(|port| u16::from_str_radix(port, 16).ok());
        let Some(local_port) = port else { continue };
        sockets.push(Socket { local_port, state: (*state).to_owned(), inode: (*inode).to_owned() });
    }
    sockets
}

/// Inodes of the sockets that a process has open.
fn sockets_of(pid: u32) -> HashSet<String> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("the process runs");
    files
        .flatten()
        .filter_map(|file| std::fs::read_link(file.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect()
}
