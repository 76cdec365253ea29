//! What deploys the suite fits the suite: the image, the compose file, the Kubernetes manifests.

mod compose;
mod image;
mod kubernetes;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use hotline::roles::Role;
use hotline_tests::program;
use serde_json::Value;

/// Environment of a container.
type Environment = BTreeMap<String, String>;

/// Returns the names of all roles.
fn roles() -> [&'static str; 7] {
    Role::ALL.map(Role::name)
}

/// Returns a path below the workspace's folder.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Returns a file's text.
fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the documents of a YAML text.
fn documents(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).expect("is YAML")
}

/// Returns the strings of a list.
fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Runs a tool in the workspace's folder, where it is installed; says so where it is not.
fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    let run = Command::new(name).args(arguments).current_dir(path("")).stdin(Stdio::null()).output();
    match run {
        Ok(output) => Some(output),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: {name} is not installed");
            None
        }
        Err(error) => panic!("{name} can't be run: {error}"),
    }
}

/// Asserts that a tool had nothing to say.
fn assert_content(output: &Output, about: &str) {
    let said = [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{about}: {said}");
}

/// Asserts that the program starts with these settings: a command that needs no server reads them all.
fn assert_accepted(environment: &Environment, about: &str) {
    let mut command = Command::new(program::binary());
    let command = command.arg("openapi").env_clear().envs(environment);
    let output = command.stdin(Stdio::null()).output().expect("starts");
    assert!(output.status.success(), "{about}: {}", String::from_utf8_lossy(&output.stderr));
}
