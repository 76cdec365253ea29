//! The REST routes of each method, read from its `(google.api.http)` option.

use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};

/// One REST route of a method.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method.
    pub method: MethodDescriptor,
    /// HTTP verb in upper case.
    pub verb: String,
    /// Path template as declared, as in `/v1/tickets/{id}:close`.
    pub template: String,
    /// Which request field the body fills.
    pub body: Body,
}

/// Which request field the body of a route fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The route has no body; the query fills the request.
    None,
    /// The body is the request.
    Whole,
    /// The body is this field of the request.
    Field(String),
}

/// Returns every route of every method in `pool`, additional bindings included.
pub fn all(pool: &DescriptorPool) -> Vec<Route> {
    let Some(option) = pool.get_extension_by_name("google.api.http") else {
        return Vec::new();
    };
    let mut routes = Vec::new();
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let options = method.options();
        if !options.has_extension(&option) {
            continue;
        }
        if let Some(rule) = options.get_extension(&option).as_message() {
            bindings(&method, rule, &mut routes);
        }
    }
    routes
}

fn bindings(method: &MethodDescriptor, rule: &DynamicMessage, routes: &mut Vec<Route>) {
    let body = match text(rule, "body").as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        field => Body::Field(field.to_owned()),
    };
    for verb in ["get", "put", "post", "delete", "patch"] {
        if rule.has_field_by_name(verb) {
            let (verb, template) = (verb.to_ascii_uppercase(), text(rule, verb));
            routes.push(Route { method: method.clone(), verb, template, body: body.clone() });
        }
    }
    if let Some(more) = rule.get_field_by_name("additional_bindings") {
        for binding in more.as_list().unwrap_or_default().iter().filter_map(Value::as_message) {
            bindings(method, binding, routes);
        }
    }
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
