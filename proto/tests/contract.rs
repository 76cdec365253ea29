//! What every file of the contract must declare: access, bounds, comments, and routes that do not collide.

use std::collections::{BTreeMap, BTreeSet};

use hotline_proto::{access::Policies, descriptors, routes};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

fn methods() -> Vec<MethodDescriptor> {
    descriptors().services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

#[test]
fn every_method_declares_who_may_call_it() {
    let policies = Policies::from_descriptors(descriptors()).expect("every method declares one rule");
    for method in methods() {
        assert!(policies.get(&hotline_proto::access::path(&method)).is_some(), "{}", method.full_name());
    }
}

/// An answer without end is none of REST's: such a method is called over gRPC only. A file has an end.
fn answers_without_end(method: &MethodDescriptor) -> bool {
    method.is_server_streaming() && method.output().full_name() != "google.api.HttpBody"
}

#[test]
fn every_method_has_a_route_but_the_internal_ones_and_answers_without_end() {
    let routed: BTreeSet<_> =
        routes::all(descriptors()).into_iter().map(|route| route.method.full_name().to_owned()).collect();
    let policies = Policies::from_descriptors(descriptors()).expect("policies");
    for method in methods() {
        let policy = policies.get(&hotline_proto::access::path(&method)).expect("has a policy");
        let internal = policy.rule == hotline_proto::access::Rule::Internal;
        let unrouted = internal || answers_without_end(&method);
        assert_ne!(unrouted, routed.contains(method.full_name()), "{}", method.full_name());
    }
}

#[test]
fn no_two_routes_collide() {
    let mut seen = BTreeMap::new();
    for route in routes::all(descriptors()) {
        let shape: Vec<_> = route
            .template
            .split('/')
            .map(|segment| match (segment.find('{'), segment.find('}')) {
                (Some(start), Some(end)) => format!("{}{{}}{}", &segment[..start], &segment[end + 1..]),
                _ => segment.to_owned(),
            })
            .collect();
        let other = seen.insert((route.verb.clone(), shape), route.method.full_name().to_owned());
        assert_eq!(other, None, "{} {} is taken", route.verb, route.template);
    }
}

#[test]
fn reading_routes_are_declared_without_side_effects() {
    let policies = Policies::from_descriptors(descriptors()).expect("policies");
    for route in routes::all(descriptors()).into_iter().filter(|route| route.verb == "GET") {
        let policy = policies.get(&hotline_proto::access::path(&route.method)).expect("has a policy");
        assert!(policy.read_only, "{} is a GET", route.method.full_name());
    }
}

#[test]
fn every_method_that_answers_with_a_file_says_of_which_kind() {
    let option = descriptors().get_extension_by_name("hotline.http.v1.media_types").expect("compiled in");
    for method in methods() {
        let is_file = method.output().full_name() == "google.api.HttpBody";
        assert_eq!(method.options().has_extension(&option), is_file, "{}", method.full_name());
    }
}

#[test]
fn every_field_of_a_request_has_a_bound() {
    let mut unbounded = Vec::new();
    for method in methods() {
        assert!(
            method.input().name().ends_with("Request"),
            "{} is validated by its name",
            method.input().name()
        );
        visit(&method.input(), &mut BTreeSet::new(), &mut unbounded);
    }
    assert!(unbounded.is_empty(), "no bound: {unbounded:?}");
}

fn visit(message: &MessageDescriptor, seen: &mut BTreeSet<String>, unbounded: &mut Vec<String>) {
    if !message.full_name().starts_with("hotline.") || !seen.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if !is_bounded(&field) {
            unbounded.push(field.full_name().to_owned());
        }
        if let (false, Kind::Message(nested)) = (field.is_map(), field.kind()) {
            visit(&nested, seen, unbounded);
        }
    }
}

/// A message is bounded by its own fields, a bool by its nature; anything else needs a rule that says how much.
fn is_bounded(field: &FieldDescriptor) -> bool {
    let option = descriptors().get_extension_by_name("buf.validate.field").expect("compiled in");
    if !field.is_list() && !field.is_map() && matches!(field.kind(), Kind::Message(_) | Kind::Bool) {
        return true;
    }
    let options = field.options();
    if !options.has_extension(&option) {
        return false;
    }
    let rules = format!("{}", options.get_extension(&option));
    ["max_len", "uuid", "pattern", "email", "in:", "max_items", "max_pairs", "lte", "gte", "defined_only"]
        .iter()
        .any(|bound| rules.contains(bound))
}

#[test]
fn everything_has_a_comment() {
    let mut bare = Vec::new();
    for file in descriptors().files().filter(|file| file.package_name().starts_with("hotline.")) {
        let proto = file.file_descriptor_proto();
        let locations = &proto.source_code_info.as_ref().expect("comments are compiled in").location;
        let commented: BTreeSet<&[i32]> = locations
            .iter()
            .filter(|location| !location.leading_comments().trim().is_empty())
            .map(|location| location.path.as_slice())
            .collect();
        for path in declared_paths(proto) {
            if !commented.contains(path.as_slice()) {
                bare.push(format!("{} {path:?}", file.name()));
            }
        }
    }
    assert!(bare.is_empty(), "no comment: {bare:#?}");
}

/// Paths of messages, their fields, enums, their values, services and methods, as in `SourceCodeInfo`.
fn declared_paths(file: &prost_types::FileDescriptorProto) -> Vec<Vec<i32>> {
    let index = |position: usize| i32::try_from(position).expect("a file is not that long");
    let mut paths = Vec::new();
    for (m, message) in file.message_type.iter().enumerate() {
        paths.push(vec![4, index(m)]);
        paths.extend((0..message.field.len()).map(|f| vec![4, index(m), 2, index(f)]));
    }
    for (e, of) in file.enum_type.iter().enumerate() {
        paths.push(vec![5, index(e)]);
        paths.extend((0..of.value.len()).map(|v| vec![5, index(e), 2, index(v)]));
    }
    for (s, service) in file.service.iter().enumerate() {
        paths.push(vec![6, index(s)]);
        paths.extend((0..service.method.len()).map(|m| vec![6, index(s), 2, index(m)]));
    }
    paths
}
