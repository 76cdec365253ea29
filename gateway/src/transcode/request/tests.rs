//! Body, path, query and preconditions in one message.

use std::sync::Arc;

use http::request::Parts;
use http::{Method as Verb, Request};
use prost_reflect::{DescriptorPool, SerializeOptions};
use serde_json::{Value, json};

use super::build;
use crate::error::Error;
use crate::methods::Methods;
use crate::probe;
use crate::transcode::RouteTable;

const CONTRACT: &str = r#"
    service Probes {
      rpc Get(Get_) returns (Item) {
        option idempotency_level = NO_SIDE_EFFECTS;
        option (hotline.auth.v1.access) = {signed_in: true}; option (google.api.http) = {get: "/v1/items/{id}"}; }
      rpc Update(Update_) returns (Item) {
        option (hotline.auth.v1.access) = {signed_in: true};
        option (google.api.http) = {patch: "/v1/items/{item.id}" body: "item"}; }
      rpc Run(Run_) returns (Item) {
        option (hotline.auth.v1.access) = {signed_in: true};
        option (google.api.http) = {post: "/v1/items/{id}:run" body: "*"}; }
      rpc Signed(Signed_) returns (Item) {
        option (hotline.auth.v1.access) = {public: true};
        option (google.api.http) = {post: "/v1/items/{id}:signed" body: "payload"}; }
      rpc Plain(Plain_) returns (Item) {
        option (hotline.auth.v1.access) = {signed_in: true};
        option (google.api.http) = {post: "/v1/items/{id}:plain" body: "*"}; }
    }
    message Get_ {
      string id = 1; repeated string metrics = 2; int32 page_size = 3; int64 since = 4; repeated Kind kind = 5;
      google.protobuf.Timestamp created_after = 6; google.protobuf.Duration wait = 7; bool deep = 8;
      Filter filter = 9; map<string, string> labels = 10; google.protobuf.BoolValue maybe = 11; optional int32 score = 12;
      repeated Filter filters = 13; string etag = 14;
    }
    message Filter { string team_key = 1; }
    message Update_ { Item item = 1; google.protobuf.FieldMask update_mask = 2; string etag = 3; }
    message Run_ { string id = 1; string note = 2; string etag = 3; }
    message Signed_ { string id = 1; string payload = 2; }
    message Plain_ { string id = 1; }
    message Item { string id = 1; string name = 2; }
    enum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; KIND_TWO = 2; }
"#;

fn contract() -> DescriptorPool {
    probe::contract(CONTRACT)
}

/// Sends a request and returns the message as JSON.
fn send(verb: Verb, uri: &str, body: &str, headers: &[(&str, &str)]) -> Result<Value, Error> {
    let pool = contract();
    let methods = Methods::read(&pool).expect("methods");
    let table = Arc::new(RouteTable::read(&pool, &methods).expect("routes"));
    let mut request = Request::builder().method(verb.clone()).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()): (Parts, ()) = request.body(()).expect("a request").into_parts();
    let found = table.find(&verb, parts.uri.path())?;
    let message = build(&found, &parts, body.as_bytes())?;
    let options = SerializeOptions::new();
    Ok(message.serialize_with_options(serde_json::value::Serializer, &options).expect("JSON"))
}

fn get(uri: &str) -> Result<Value, Error> {
    send(Verb::GET, uri, "", &[])
}

fn named(outcome: Result<Value, Error>) -> String {
    match outcome {
        Err(Error::Malformed { field, .. }) => field,
        other => panic!("{other:?} is not refused by name"),
    }
}

#[test]
fn the_query_fills_fields_of_every_kind_in_both_spellings() {
    let sent = get(
        "/v1/items/7?metrics=a&metrics=b%2Bc&pageSize=20&since=9007199254740993&kind=KIND_ONE&kind=KIND_TWO\
         &created_after=2026-03-02T09:00:00%2B08:00&wait=1.5s&deep=true&filter.teamKey=x&maybe=false&score=0",
    );
    assert_eq!(
        sent.expect("good"),
        json!({"id": "7", "metrics": ["a", "b+c"], "pageSize": 20, "since": "9007199254740993",
               "kind": ["KIND_ONE", "KIND_TWO"], "createdAfter": "2026-03-02T01:00:00Z", "wait": "1.500s",
               "deep": true, "filter": {"teamKey": "x"}, "maybe": false, "score": 0})
    );
}

#[test]
fn a_parameter_that_can_not_be_used_is_named() {
    for (query, field) in [
        ("bogus=1", "bogus"),
        ("filter=x", "filter"),
        ("filter.bogus=x", "filter.bogus"),
        ("filters.teamKey=x", "filters.teamKey"),
        ("labels=x", "labels"),
        ("id=8", "id"),
        ("pageSize=many", "pageSize"),
        ("pageSize=", "pageSize"),
        ("pageSize=1&page_size=2", "pageSize"),
        ("since=99999999999999999999", "since"),
        ("kind=KIND_NONE", "kind"),
        ("created_after=yesterday", "createdAfter"),
        ("wait=1h", "wait"),
        ("deep=yes", "deep"),
        ("metrics=a%00", "metrics"),
        ("=1", ""),
    ] {
        assert_eq!(named(get(&format!("/v1/items/7?{query}"))), field, "{query}");
    }
}

#[test]
fn a_patch_takes_its_resource_from_the_body_and_the_rest_from_path_and_query() {
    let json = [("content-type", "application/json; charset=utf-8")];
    let uri = "/v1/items/7?updateMask=name,pageSize";
    let sent = send(Verb::PATCH, uri, r#"{"id":"8","name":"n"}"#, &json).expect("good");
    assert_eq!(sent, json!({"item": {"id": "7", "name": "n"}, "updateMask": "name,pageSize"}));
    let sent = send(Verb::PATCH, "/v1/items/7?update_mask=page_size", "{}", &json).expect("good");
    assert_eq!(sent, json!({"item": {"id": "7"}, "updateMask": "pageSize"}));
    assert_eq!(named(send(Verb::PATCH, "/v1/items/7?item.name=x", "{}", &json)), "item.name");
    assert_eq!(named(send(Verb::PATCH, "/v1/items/7", r#"{"bogus":1}"#, &json)), "item.bogus");
}

#[test]
fn a_whole_body_leaves_nothing_to_the_query() {
    let json = [("content-type", "application/json")];
    let sent = send(Verb::POST, "/v1/items/7:run", r#"{"note":"n"}"#, &json).expect("good");
    assert_eq!(sent, json!({"id": "7", "note": "n"}));
    assert_eq!(send(Verb::POST, "/v1/items/7:run", "", &[]).expect("no body is one"), json!({"id": "7"}));
    assert_eq!(named(send(Verb::POST, "/v1/items/7:run?note=n", "{}", &json)), "note");
}

#[test]
fn only_json_is_taken() {
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let sent = send(Verb::POST, "/v1/items/7:run", "{}", &[("content-type", kind)]);
        assert!(matches!(sent, Err(Error::NotJson)), "{kind}");
    }
    send(Verb::POST, "/v1/items/7:run", "{}", &[]).expect("no type is taken for JSON");
}

#[test]
fn if_match_is_the_etag_of_a_request_that_has_none() {
    let send = |body: &str, tag: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        send(Verb::POST, "/v1/items/7:run", body, &headers).expect("good")["etag"].clone()
    };
    assert_eq!(send("{}", "\"v3\""), "v3");
    assert_eq!(send("{}", "W/\"v3\""), "v3");
    assert_eq!(send("{}", "v3"), "v3");
    assert_eq!(send(r#"{"etag":"v2"}"#, "\"v3\""), "v2");
    assert_eq!(send("{}", "*"), Value::Null);
}

#[test]
fn a_precondition_that_can_not_be_checked_is_refused_on_commands_and_means_nothing_on_questions() {
    let tag = [("if-match", "\"v3\"")];
    let plain = send(Verb::POST, "/v1/items/7:plain", "", &tag);
    assert!(matches!(plain, Err(Error::NoPrecondition)));
    assert_eq!(send(Verb::GET, "/v1/items/7", "", &tag).expect("good"), json!({"id": "7"}));
}

#[test]
fn a_body_that_is_signed_comes_as_it_was_sent() {
    let body = "{\"a\":  1,\n \"unknown\": \"\\u738b\"} ";
    let built = send(Verb::POST, "/v1/items/7:signed", body, &[]).expect("builds");
    assert_eq!(built, json!({"id": "7", "payload": body}));
}
