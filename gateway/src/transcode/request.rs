//! Body, path, query and preconditions → the request message. The path wins over the body, as the resource's name.

use http::header::{CONTENT_TYPE, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::json;
use super::params::FieldPath;
use super::route_table::{BodyTarget, Found};
use crate::error::Error;

/// Builds the request message of a route.
///
/// # Errors
/// [`Error::Malformed`] names what can't be read; [`Error::NotJson`]; [`Error::NoPrecondition`].
pub(super) fn build(found: &Found, parts: &Parts, body: &[u8]) -> Result<DynamicMessage, Error> {
    let input = found.route.method.descriptor.input();
    let mut message = from_body(&found.route.body, &input, &parts.headers, body)?;
    add_query(found, &input, parts.uri.query().unwrap_or_default(), &mut message)?;
    for (field, value) in found.route.variables.iter().zip(&found.values) {
        field.set(&mut message, std::slice::from_ref(value))?;
    }
    if let Some(tag) = parts.headers.get(IF_MATCH).filter(|_| !found.route.method.policy.read_only) {
        add_precondition(&input, tag, &mut message)?;
    }
    Ok(message)
}

fn from_body(
    target: &BodyTarget,
    input: &MessageDescriptor,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<DynamicMessage, Error> {
    if !body.is_empty() && !matches!(target, BodyTarget::None) && !is_json(headers) {
        return Err(Error::NotJson);
    }
    match target {
        BodyTarget::None => Ok(DynamicMessage::new(input.clone())),
        BodyTarget::Whole => json::read(input.clone(), body, ""),
        BodyTarget::Field(field) => {
            let mut message = DynamicMessage::new(input.clone());
            let value = match field.kind() {
                Kind::Message(of) => Value::Message(json::read(of, body, field.json_name())?),
                _ => Value::String(as_it_came(field, body)?),
            };
            message.set_field(field, value);
            Ok(message)
        }
    }
}

/// What is signed must reach who checks it without a byte changed.
fn as_it_came(field: &FieldDescriptor, body: &[u8]) -> Result<String, Error> {
    let wrong = |_| Error::malformed(field.json_name(), "is not UTF-8 text", "不是有效的 UTF-8 文本");
    String::from_utf8(body.to_vec()).map_err(wrong)
}

/// A body without a type is taken for what the API speaks.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return true };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn add_query(
    found: &Found,
    input: &MessageDescriptor,
    query: &str,
    message: &mut DynamicMessage,
) -> Result<(), Error> {
    let mut given: Vec<(FieldPath, Vec<String>)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let field = parameter(found, input, &name)?;
        if value.contains('\0') {
            return Err(Error::malformed(name, "must not contain NUL", "不能包含 NUL 字符"));
        }
        let json = field.json();
        match given.iter_mut().find(|(other, _)| other.json() == json) {
            Some((_, values)) => values.push(value.into_owned()),
            None => given.push((field, vec![value.into_owned()])),
        }
    }
    given.iter().try_for_each(|(field, values)| field.set(message, values))
}

/// Finds the field of a query parameter: one that neither the path nor the body fills.
fn parameter(found: &Found, input: &MessageDescriptor, name: &str) -> Result<FieldPath, Error> {
    let unknown = || Error::malformed(name, "is not a parameter of this request", "不是此请求的参数");
    let free = |path: &FieldPath| match &found.route.body {
        BodyTarget::None => true,
        BodyTarget::Whole => false,
        BodyTarget::Field(body) => path.root() != body,
    };
    FieldPath::resolve(input, name)
        .filter(|path| path.takes_text() && free(path))
        .filter(|path| found.route.variables.iter().all(|bound| bound.json() != path.json()))
        .ok_or_else(unknown)
}

/// `If-Match` is the etag of a request that has none of its own.
fn add_precondition(
    input: &MessageDescriptor,
    tag: &HeaderValue,
    message: &mut DynamicMessage,
) -> Result<(), Error> {
    let tag = tag.to_str().unwrap_or_default().trim();
    // Any version will do: that is what a request without the header says.
    if tag == "*" {
        return Ok(());
    }
    let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
    let field = input.get_field_by_name("etag").filter(is_text).ok_or(Error::NoPrecondition)?;
    if !message.has_field(&field) {
        message.set_field(&field, Value::String(tag.to_owned()));
    }
    Ok(())
}

fn is_text(field: &FieldDescriptor) -> bool {
    field.kind() == Kind::String && !field.is_list()
}

#[cfg(test)]
mod tests;
