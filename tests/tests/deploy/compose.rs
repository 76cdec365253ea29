//! The compose file.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{Environment, assert_accepted, documents, image, read, roles, strings};

const FILE: &str = "deploy/compose.yaml";

fn services() -> serde_json::Map<String, Value> {
    let mut file = documents(&read(FILE)).remove(0);
    let Value::Object(services) = file["services"].take() else { panic!("{FILE} has services") };
    services
}

/// Returns the containers that run the program.
fn containers() -> Vec<(String, Value)> {
    services().into_iter().filter(|(_, service)| service["image"] == "hotline").collect()
}

/// Returns the settings of a container, each secret of the env file long enough to be one.
fn environment(service: &Value) -> Environment {
    let mut all = image::environment();
    let variables = service["environment"].as_object().into_iter().flatten();
    // One with no value is handed on from outside, where it is set there.
    all.extend(variables.filter_map(|(name, value)| Some((name.clone(), filled_in(value.as_str()?)))));
    all
}

/// Puts a value in the place of each `${VARIABLE:?message}`.
fn filled_in(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |filled, part| {
        let (_, rest) = part.split_once('}').expect("closed");
        filled + &"x".repeat(32) + rest
    })
}

#[test]
fn every_role_has_a_container_of_its_own() {
    let services = services();
    for role in roles() {
        assert_eq!(services[role]["command"], json!(["serve", role]));
        assert_eq!(services[role]["profiles"], json!(["services"]), "{role}");
    }
    assert_eq!(services["hotline"]["command"], json!(["up", "--demo"]));
    assert_eq!(services["hotline"]["profiles"], json!(["all-in-one"]));
}

#[test]
fn roles_find_each_other_by_name() {
    let services = services();
    let port = image::port("HOTLINE__SERVER__GRPC_LISTEN");
    let all = environment(&services["gateway"]);
    for role in roles().into_iter().filter(|role| *role != "gateway") {
        let key = format!("HOTLINE__UPSTREAMS__{}", role.to_uppercase());
        assert_eq!(all.get(&key), Some(&format!("http://{role}:{port}")), "{key}");
    }
}

#[test]
fn no_container_can_do_more_than_it_must() {
    for (name, service) in containers() {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
    }
}

#[test]
fn every_container_that_stays_says_whether_it_is_well() {
    for (name, service) in services() {
        let once = strings(&service["command"]) == ["migrate"];
        assert_eq!(service["healthcheck"]["test"].is_array(), !once, "{name}");
    }
}

#[test]
fn the_program_accepts_the_settings_of_its_containers() {
    for (name, service) in containers() {
        assert_accepted(&environment(&service), &name);
    }
}

#[test]
fn secrets_come_from_a_file_that_is_not_committed() {
    let file = read(FILE);
    let asked: BTreeSet<&str> =
        file.split("${").skip(1).filter_map(|part| part.split([':', '}']).next()).collect();
    let example = read("deploy/.env.example");
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    let left_empty: BTreeSet<&str> = lines.filter_map(|line| line.strip_suffix('=')).collect();
    assert_eq!(asked, left_empty);
    assert!(read("deploy/.gitignore").lines().any(|line| line == ".env"));
}
