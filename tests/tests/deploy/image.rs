//! The image.

use crate::{Environment, assert_accepted, assert_content, read, tool};

const FILE: &str = "deploy/Dockerfile";

/// Returns the settings that the image makes.
pub fn environment() -> Environment {
    let lines = instructions("ENV").join(" ");
    let pairs = lines.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns the port of a setting that says where the program listens.
pub fn port(key: &str) -> u64 {
    let all = environment();
    let address = all.get(key).unwrap_or_else(|| panic!("{FILE} sets {key}"));
    address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

/// Returns what follows an instruction, each time that it stands in the file.
fn instructions(name: &str) -> Vec<String> {
    let text = read(FILE).replace("\\\n", " ");
    let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_image_runs_the_program_and_not_as_root() {
    assert_eq!(instructions("ENTRYPOINT"), [r#"["/usr/local/bin/hotline"]"#]);
    let user = instructions("USER").pop().expect("a user");
    let ids: Vec<u32> = user.split(':').map(|id| id.parse().expect("a number")).collect();
    assert!(ids.iter().all(|id| *id > 0), "{user}");
}

#[test]
fn the_image_is_built_with_the_compiler_of_the_workspace() {
    let from = instructions("FROM");
    let compiler = format!("rust:{}-", env!("CARGO_PKG_RUST_VERSION"));
    assert!(from[0].starts_with(&compiler), "{from:?} begins with {compiler}");
}

#[test]
fn every_port_of_the_image_is_announced() {
    let announced: Vec<u64> =
        instructions("EXPOSE").concat().split_whitespace().filter_map(|port| port.parse().ok()).collect();
    let set = ["LISTEN", "GRPC_LISTEN", "ADMIN_LISTEN"].map(|key| port(&format!("HOTLINE__SERVER__{key}")));
    assert_eq!(announced, set);
}

#[test]
fn the_program_accepts_the_settings_of_the_image() {
    assert_accepted(&environment(), FILE);
}

#[test]
fn the_linter_is_content_with_the_image() {
    if let Some(output) = tool("hadolint", &[FILE]) {
        assert_content(&output, FILE);
    }
}
