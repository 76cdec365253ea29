//! The OpenAPI 3.1 description, written from the same descriptors that are served: routes, access rules, bounds and the
//! comments of the contract (G1).

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::DescriptorPool;
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::error::Error;
use crate::methods::Methods;
use crate::transcode::{Route, RouteTable};

mod bounds;
mod comments;
mod live;
mod operation;
mod problems;
mod schema;

use comments::Comments;
use operation::Operations;
use schema::Schemas;

/// Returns the description of a contract.
///
/// # Errors
/// [`Error::Contract`] for descriptors that can't be served.
pub fn document(pool: &DescriptorPool, config: &Config) -> Result<Value, Error> {
    config.check()?;
    let methods = Methods::read(pool)?;
    Ok(write(pool, &RouteTable::read(pool, &methods)?, config))
}

/// Writes the description of a route table.
pub(crate) fn write(pool: &DescriptorPool, table: &RouteTable, config: &Config) -> Value {
    let comments = Comments::read(pool);
    let routes: Vec<&Route> = table.all().map(AsRef::as_ref).collect();
    let schemas = Schemas::new(pool, &comments, &routes);
    let operations = Operations::new(&schemas, &comments);
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (path, routes) in by_path(&routes) {
        for route in routes {
            let operation = operations.write(route, &path);
            paths.entry(path.clone()).or_default().insert(route.verb.to_ascii_lowercase(), operation);
        }
    }
    paths.entry(crate::live::PATH.to_owned()).or_default().insert("get".into(), live::operation(pool));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hotline",
            "version": env!("CARGO_PKG_VERSION"),
            "description": description(config),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags(&routes, &comments),
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "responses": problems::responses(),
            "parameters": operation::shared_parameters(),
            "headers": operation::shared_headers(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"bearer": []}],
    })
}

fn description(config: &Config) -> String {
    format!(
        "The same methods over REST/JSON, gRPC and gRPC-Web. JSON is proto3 JSON: lowerCamelCase, times in RFC 3339, \
         64-bit numbers as text; unknown fields of requests are refused, unknown fields of answers are to be ignored. \
         Errors are `application/problem+json`, in Chinese or English by `Accept-Language`. Tokens carry `iss` \
         `{}` and `aud` `{}`. A body has at most {} bytes; an answer takes at most {} s.",
        config.issuer, config.audience, config.body_bytes, config.request_seconds
    )
}

/// Routes of one path that call its variables differently (`{id}`, `{ticket.id}`) are one path to OpenAPI.
fn by_path<'a>(routes: &[&'a Route]) -> BTreeMap<String, Vec<&'a Route>> {
    let mut paths: BTreeMap<String, Vec<&Route>> = BTreeMap::new();
    for route in routes {
        paths.entry(operation::path(route)).or_default().push(route);
    }
    paths
}

fn tags(routes: &[&Route], comments: &Comments) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let services = routes.iter().map(|route| route.method.descriptor.parent_service().clone());
    let new = services.filter(|service| seen.insert(service.full_name().to_owned()));
    let mut tags: Vec<(String, Value)> = new
        .map(|service| {
            let tag = json!({"name": service.name(), "description": comments.of(&service.parent_file(), service.path())});
            (service.full_name().to_owned(), tag)
        })
        .collect();
    tags.sort_by(|one, other| one.0.cmp(&other.0));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests;
