//! The description of the suite's own contract.

use std::collections::BTreeSet;

use hotline_proto::{descriptors, routes};
use serde_json::Value;

use super::document;
use crate::config::Config;

fn suite() -> Value {
    document(descriptors(), &Config::default()).expect("a description")
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    paths.flat_map(|(path, item)| {
        item.as_object().expect("a path").iter().map(move |(verb, operation)| (path, verb, operation))
    })
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_route_of_the_suite_is_described_once() {
    let document = suite();
    assert_eq!(document["openapi"], "3.1.0");
    let public = routes::all(descriptors());
    // And the stream of live events, which is the gateway's own.
    assert_eq!(operations(&document).count(), public.len() + 1);
    let ids: BTreeSet<&str> = operations(&document)
        .map(|(_, _, operation)| operation["operationId"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), public.len() + 1, "operation ids are unique");
    assert!(ids.contains("TicketService_CloseTicket"));
}

#[test]
fn every_reference_leads_somewhere() {
    let document = suite();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("local");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_variable_of_a_path_is_a_declared_parameter() {
    let document = suite();
    for (path, verb, operation) in operations(&document) {
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .expect("parameters")
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().expect("a name"))
            .collect();
        let named: BTreeSet<&str> =
            path.split('{').skip(1).map(|rest| rest.split('}').next().expect("closed")).collect();
        assert_eq!(declared, named, "{verb} {path}");
    }
}

#[test]
fn every_operation_says_what_it_does_and_what_can_go_wrong() {
    let document = suite();
    for (path, verb, operation) in operations(&document) {
        for text in ["summary", "description"] {
            assert!(operation[text].as_str().is_some_and(|text| !text.is_empty()), "{verb} {path} {text}");
        }
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.contains_key("200") && responses.contains_key("default"), "{verb} {path}");
    }
    let problem = &document["components"]["responses"]["Problem"]["content"];
    assert_eq!(problem["application/problem+json"]["schema"]["$ref"], "#/components/schemas/Problem");
}

#[test]
fn comments_and_bounds_of_the_contract_are_in_the_schemas() {
    let document = suite();
    let customer = &document["components"]["schemas"]["customers.v1.Customer"];
    assert_eq!(customer["description"], "A customer (C1).");
    assert_eq!(customer["properties"]["name"]["maxLength"], 100);
    assert_eq!(customer["properties"]["phones"]["maxItems"], 20);
    assert_eq!(customer["properties"]["phones"]["items"]["minLength"], 3);
    assert_eq!(customer["properties"]["createdAt"]["format"], "date-time");
    let state = &document["components"]["schemas"]["common.v1.TicketState"];
    assert!(state["enum"].as_array().expect("names").contains(&"TICKET_STATE_WAITING".into()));
    assert!(state["description"].as_str().expect("text").contains("等待中"));
}

#[test]
fn requests_demand_what_services_demand() {
    let document = suite();
    let body = &document["paths"]["/v1/interactions"]["post"]["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], serde_json::json!(["channel", "direction"]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(body["required"], true);
    let close = &document["paths"]["/v1/tickets/{id}:close"]["post"];
    let schema = &close["requestBody"]["content"]["application/json"]["schema"];
    assert!(schema["properties"].get("id").is_none(), "the path says whose");
}

#[test]
fn answers_promise_what_is_always_there() {
    let document = suite();
    let pop = &document["components"]["schemas"]["desk.v1.ScreenPop"];
    let required: Vec<&str> =
        pop["required"].as_array().expect("required").iter().filter_map(Value::as_str).collect();
    assert!(
        required.contains(&"known") && required.contains(&"openTickets") && !required.contains(&"customer")
    );
}

#[test]
fn what_needs_no_token_says_so() {
    let document = suite();
    assert_eq!(document["paths"]["/v1/auth/token"]["post"]["security"], serde_json::json!([]));
    assert!(document["paths"]["/v1/me"]["get"].get("security").is_none());
    assert_eq!(document["security"][0]["bearer"], serde_json::json!([]));
}

#[test]
fn commands_take_a_key_and_versions_a_precondition() {
    let document = suite();
    let takes = |path: &str, verb: &str, name: &str| {
        let parameters = document["paths"][path][verb]["parameters"].as_array().expect("parameters").clone();
        parameters.iter().any(|parameter| parameter["$ref"] == format!("#/components/parameters/{name}"))
    };
    assert!(
        takes("/v1/tickets/{id}", "patch", "IfMatch") && takes("/v1/tickets/{id}", "patch", "IdempotencyKey")
    );
    assert!(!takes("/v1/tickets/{id}", "get", "IdempotencyKey"));
    assert!(!takes("/v1/callbacks:claim", "post", "IfMatch"));
}

#[test]
fn a_file_is_described_by_its_media_types_and_not_as_a_message() {
    let document = suite();
    let content = &document["paths"]["/v1/tickets/{id}/sla.svg"]["get"]["responses"]["200"]["content"];
    let types: Vec<&String> = content.as_object().expect("media types").keys().collect();
    assert_eq!(types, ["image/svg+xml"]);
    assert!(document["components"]["schemas"].get("google.api.HttpBody").is_none());
}
