//! Which path leads to which method.

use hotline_proto::descriptors;
use http::Method as Verb;
use prost_reflect::DescriptorPool;

use super::RouteTable;
use crate::error::Error;
use crate::methods::Methods;
use crate::probe;

fn table(pool: &DescriptorPool) -> Result<RouteTable, Error> {
    RouteTable::read(pool, &Methods::read(pool).expect("methods"))
}

fn suite() -> RouteTable {
    table(descriptors()).expect("the suite's routes")
}

/// Returns the method's name and the values of the path's variables.
fn find(table: &RouteTable, verb: &str, path: &str) -> Result<(String, Vec<String>), Error> {
    let found = table.find(&Verb::from_bytes(verb.as_bytes()).expect("a verb"), path)?;
    Ok((found.route.method.descriptor.name().to_owned(), found.values))
}

#[test]
fn every_route_of_the_suite_is_found_by_its_own_template() {
    let table = suite();
    for route in table.all() {
        let path = route.template.replace(['{', '}'], "");
        let (name, values) = find(&table, &route.verb, &path).expect("found");
        assert_eq!(name, route.method.descriptor.name(), "{} {}", route.verb, route.template);
        assert_eq!(values.len(), route.variables.len());
    }
}

#[test]
fn resources_verbs_and_collections_of_one_name_are_told_apart() {
    let table = suite();
    let name = |verb, path| find(&table, verb, path).expect("found").0;
    assert_eq!(name("GET", "/v1/tickets/7"), "GetTicket");
    assert_eq!(name("PATCH", "/v1/tickets/7"), "UpdateTicket");
    assert_eq!(name("GET", "/v1/tickets/7:status"), "GetTicketStatus");
    assert_eq!(name("POST", "/v1/tickets/7:close"), "CloseTicket");
    assert_eq!(name("GET", "/v1/articles:search"), "SearchArticles");
    assert_eq!(name("GET", "/v1/articles/7/versions"), "ListArticleVersions");
    assert_eq!(name("POST", "/v1/callbacks:claim"), "ClaimCallbacks");
    assert_eq!(name("HEAD", "/v1/tickets/7"), "GetTicket");
}

#[test]
fn an_unknown_path_and_a_wrong_verb_are_two_things() {
    let table = suite();
    let outcome = |verb, path| find(&table, verb, path);
    for path in
        ["/", "", "/v1", "/v1/nothing", "/v1//tickets", "/v1/tickets/", "/V1/tickets", "/v1/tickets/7/x/y"]
    {
        assert!(matches!(outcome("GET", path), Err(Error::NoRoute)), "{path}");
    }
    assert!(matches!(outcome("POST", "/v1/tickets/7:nothing"), Err(Error::NoRoute)));
    let allow = |verb, path| match outcome(verb, path) {
        Err(Error::WrongVerb { allow }) => allow,
        _ => panic!("{verb} {path} is no wrong verb"),
    };
    assert_eq!(allow("DELETE", "/v1/tickets/7"), "GET, PATCH, HEAD");
    assert_eq!(allow("GET", "/v1/tickets/7:close"), "POST");
    assert_eq!(allow("TRACE", "/v1/me"), "GET, HEAD");
}

#[test]
fn what_is_encoded_in_a_variable_stays_data() {
    let table = suite();
    let value = |path| find(&table, "GET", path).expect("found").1.remove(0);
    assert_eq!(value("/v1/tickets/a%2Fb%3Aclose%20%E7%8E%8B"), "a/b:close 王");
    assert_eq!(value("/v1/tickets/.."), "..");
    for path in ["/v1/tickets/%FF", "/v1/tickets/a%00b", "/v1/tickets/a%0Ab"] {
        assert!(
            matches!(find(&table, "GET", path), Err(Error::Malformed { field, .. }) if field == "id"),
            "{path}"
        );
    }
}

#[test]
fn routes_that_can_not_be_served_stop_the_start_with_a_sentence() {
    let says = |routes: &[&str]| table(&probe::methods(routes)).err().expect("refused").to_string();
    assert!(says(&["get: \"/v1/x/{id}\"", "get: \"/v1/x/{inner.id}\""]).contains("is a route of both"));
    assert!(says(&["get: \"/v1/x/{nothing}\""]).contains("fills `nothing`"));
    assert!(says(&["get: \"/v1/x/{tags}\""]).contains("fills `tags`"));
    assert!(says(&["get: \"/v1/x/{inner}\""]).contains("fills `inner`"));
    assert!(says(&["post: \"/v1/x\" body: \"tags\""]).contains("has the body `tags`"));
    assert!(says(&["get: \"/v1/x/{id=*}\""]).contains("not supported here"));
}

#[test]
fn a_method_may_have_several_routes() {
    let pool = probe::methods(&["get: \"/v1/x/{id}\" additional_bindings {get: \"/v1/y/{id}\"}"]);
    let table = table(&pool).expect("routes");
    assert_eq!(find(&table, "GET", "/v1/x/1").expect("found").0, "M0");
    assert_eq!(find(&table, "GET", "/v1/y/1").expect("found").0, "M0");
}
