//! Verb and path → method, with what the path's variables and the body fill.

use std::collections::BTreeMap;
use std::sync::Arc;

use hotline_proto::access::path;
use hotline_proto::routes;
use http::Method as Verb;
use percent_encoding::percent_decode_str;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use super::params::FieldPath;
use super::template::Template;
use crate::error::Error;
use crate::methods::{Method, Methods};

/// One route.
pub(crate) struct Route {
    pub(crate) method: Arc<Method>,
    pub(crate) verb: String,
    /// As declared: `/v1/tickets/{id}:close`.
    pub(crate) template: Arc<str>,
    /// What the variables of the path fill, from left to right.
    pub(crate) variables: Vec<FieldPath>,
    pub(crate) body: BodyTarget,
}

/// What the body of a route fills.
#[derive(Clone, Debug)]
pub(crate) enum BodyTarget {
    /// Nothing; the route has none.
    None,
    /// The whole request.
    Whole,
    /// One message of it; or one text, which is the body as it came, for those who check its signature.
    Field(FieldDescriptor),
}

/// A route and the values of its variables, percent-decoded.
pub(crate) struct Found {
    pub(crate) route: Arc<Route>,
    pub(crate) values: Vec<String>,
}

/// All routes.
pub(crate) struct RouteTable {
    paths: matchit::Router<usize>,
    resources: Vec<BTreeMap<String, Arc<Route>>>,
}

impl RouteTable {
    /// Reads the routes of `methods` in `pool`.
    ///
    /// # Errors
    /// [`Error::Contract`] for a template that can't be matched, names a field that does not exist, or collides.
    pub(crate) fn read(pool: &DescriptorPool, methods: &Methods) -> Result<Self, Error> {
        let mut table = Self { paths: matchit::Router::new(), resources: Vec::new() };
        let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
        for declared in routes::all(pool) {
            let Some(method) = methods.get(&path(&declared.method)) else { continue };
            let template = Template::parse(&declared.template)?;
            let route = route(&declared, method.clone(), &template)?;
            let index = *shapes.entry(template.shape.clone()).or_insert(table.resources.len());
            if index == table.resources.len() {
                table.add_path(&template.shape, &declared.template)?;
            }
            if let Some(other) = table.resources[index].insert(declared.verb.clone(), Arc::new(route)) {
                return Err(Error::Contract(format!(
                    "{} {} is a route of both {} and {}",
                    declared.verb, declared.template, other.method.path, method.path
                )));
            }
        }
        Ok(table)
    }

    fn add_path(&mut self, shape: &str, template: &str) -> Result<(), Error> {
        let collides =
            |error| Error::Contract(format!("the route `{template}` can't be told from another: {error}"));
        self.paths.insert(shape, self.resources.len()).map_err(collides)?;
        self.resources.push(BTreeMap::new());
        Ok(())
    }

    /// Returns all routes.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.resources.iter().flat_map(BTreeMap::values)
    }

    /// Finds the route of a request.
    ///
    /// # Errors
    /// [`Error::NoRoute`], [`Error::WrongVerb`], or [`Error::Malformed`] for a variable that is no text.
    pub(crate) fn find(&self, verb: &Verb, path: &str) -> Result<Found, Error> {
        let matched = self.paths.at(path).map_err(|_| Error::NoRoute)?;
        let resource = &self.resources[*matched.value];
        // A bare colon begins a verb; one that belongs to a value comes percent-encoded (AIP-136).
        if matched.params.iter().any(|(_, value)| value.contains(':')) {
            return Err(Error::NoRoute);
        }
        let verb = if verb == Verb::HEAD { &Verb::GET } else { verb };
        let route = resource.get(verb.as_str()).ok_or_else(|| Error::WrongVerb { allow: allow(resource) })?;
        let values = matched
            .params
            .iter()
            .zip(&route.variables)
            .map(|((_, value), field)| decoded(value, field))
            .collect::<Result<_, _>>()?;
        Ok(Found { route: route.clone(), values })
    }
}

fn route(declared: &routes::Route, method: Arc<Method>, template: &Template) -> Result<Route, Error> {
    let input = declared.method.input();
    let contract = |why: String| Error::Contract(format!("the route `{}` {why}", declared.template));
    let variables = template
        .variables
        .iter()
        .map(|name| {
            variable(&input, name)
                .ok_or_else(|| contract(format!("fills `{name}`, which is no single value")))
        })
        .collect::<Result<_, _>>()?;
    let body =
        match &declared.body {
            routes::Body::None => BodyTarget::None,
            routes::Body::Whole => BodyTarget::Whole,
            routes::Body::Field(name) => {
                let field = input.get_field_by_name(name).filter(is_body);
                BodyTarget::Field(field.ok_or_else(|| {
                    contract(format!("has the body `{name}`, which is no message and no text"))
                })?)
            }
        };
    Ok(Route {
        method,
        verb: declared.verb.clone(),
        template: declared.template.as_str().into(),
        variables,
        body,
    })
}

fn variable(input: &MessageDescriptor, name: &str) -> Option<FieldPath> {
    FieldPath::resolve(input, name).filter(|path| {
        let leaf = path.leaf();
        !leaf.is_list() && !leaf.is_map() && !matches!(leaf.kind(), Kind::Message(_))
    })
}

fn is_body(field: &FieldDescriptor) -> bool {
    !field.is_list() && !field.is_map() && matches!(field.kind(), Kind::Message(_) | Kind::String)
}

fn decoded(raw: &str, field: &FieldPath) -> Result<String, Error> {
    let wrong = || Error::malformed(field.json(), "is not percent-encoded text", "不是有效的百分号编码文本");
    let text = percent_decode_str(raw).decode_utf8().map_err(|_| wrong())?;
    // No value has control characters, and PostgreSQL can't even store NUL.
    if text.chars().any(char::is_control) { Err(wrong()) } else { Ok(text.into_owned()) }
}

fn allow(resource: &BTreeMap<String, Arc<Route>>) -> String {
    let mut verbs: Vec<&str> = resource.keys().map(String::as_str).collect();
    if verbs.contains(&"GET") {
        verbs.push("HEAD");
    }
    verbs.join(", ")
}

#[cfg(test)]
mod tests;
