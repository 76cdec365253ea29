//! One route → one operation.

use hotline_proto::access::Rule;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::comments::Comments;
use super::problems;
use super::schema::Schemas;
use crate::transcode::{BodyTarget, Route, file};

/// How deep messages in the query are followed.
const DEPTH: usize = 3;

/// Writes operations.
pub(super) struct Operations<'a> {
    schemas: &'a Schemas<'a>,
    comments: &'a Comments,
}

/// Returns the path of a route with its variables named after their last part, as other routes of the path name them.
pub(super) fn path(route: &Route) -> String {
    let mut path = String::new();
    let mut variables = route.variables.iter();
    for segment in route.template.split('/').skip(1) {
        path.push('/');
        match (segment.find('{'), segment.find('}')) {
            (Some(start), Some(end)) => {
                let name = variables.next().map(|variable| variable.leaf().json_name().to_owned());
                path.push_str(&format!(
                    "{}{{{}}}{}",
                    &segment[..start],
                    name.unwrap_or_default(),
                    &segment[end + 1..]
                ));
            }
            _ => path.push_str(segment),
        }
    }
    path
}

/// Returns the header parameters that many operations share.
pub(super) fn shared_parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "Makes a retry safe: the same key and request get the first answer again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        "IfMatch": {
            "name": "If-Match", "in": "header",
            "description": "The etag that the change was made on; a stale one is refused with 412.",
            "schema": {"type": "string", "maxLength": 70},
        },
        "AcceptLanguage": {
            "name": "Accept-Language", "in": "header",
            "description": "Language of messages to people: `zh` or `en`.",
            "schema": {"type": "string"},
        },
    })
}

/// Returns the answer headers that many operations share.
pub(super) fn shared_headers() -> Value {
    json!({
        "ETag": {"description": "Version of the record, for `If-Match`.", "schema": {"type": "string"}},
        "IdempotencyReplayed": {
            "description": "`true` where the answer is the first one of the same key.",
            "schema": {"type": "string"},
        },
    })
}

impl<'a> Operations<'a> {
    pub(super) fn new(schemas: &'a Schemas<'a>, comments: &'a Comments) -> Self {
        Self { schemas, comments }
    }

    pub(super) fn write(&self, route: &Route, path: &str) -> Value {
        let method = &route.method;
        let descriptor = &method.descriptor;
        let service = descriptor.parent_service();
        let comment = self.comments.of(&service.parent_file(), descriptor.path());
        let mut operation = json!({
            "operationId": operation_id(route, path),
            "tags": [service.name()],
            "summary": comment.split(". ").next().unwrap_or_default().trim_end_matches('.'),
            "description": format!("{comment}\n\n{}", who(&method.policy.rule)),
            "parameters": self.parameters(route),
            "responses": self.responses(route),
        });
        if let Some(schema) = self.schemas.body(route) {
            let required = schema.get("required").is_some() || matches!(route.body, BodyTarget::Field(_));
            operation["requestBody"] =
                json!({"required": required, "content": {"application/json": {"schema": schema}}});
        }
        if method.policy.rule == Rule::Public {
            operation["security"] = json!([]);
        }
        operation
    }

    fn parameters(&self, route: &Route) -> Vec<Value> {
        let mut parameters: Vec<Value> = route
            .variables
            .iter()
            .map(|variable| {
                let leaf = variable.leaf();
                self.parameter(leaf.json_name(), "path", leaf, true)
            })
            .collect();
        if !matches!(route.body, BodyTarget::Whole) {
            self.query(route, &route.method.descriptor.input(), "", DEPTH, &mut parameters);
        }
        if !route.method.policy.read_only {
            parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
            if has_etag(&route.method.descriptor.input()) {
                parameters.push(json!({"$ref": "#/components/parameters/IfMatch"}));
            }
        }
        parameters.push(json!({"$ref": "#/components/parameters/AcceptLanguage"}));
        parameters
    }

    fn query(
        &self,
        route: &Route,
        message: &MessageDescriptor,
        within: &str,
        depth: usize,
        parameters: &mut Vec<Value>,
    ) {
        for field in message.fields() {
            let name = format!("{within}{}", field.json_name());
            let bound = route.variables.iter().any(|variable| variable.json() == name);
            let is_body = matches!(&route.body, BodyTarget::Field(body) if *body == field);
            if bound || is_body || field.is_map() {
                continue;
            }
            match field.kind() {
                Kind::Message(nested) if !nested.full_name().starts_with("google.protobuf.") => {
                    if depth > 0 && !field.is_list() {
                        self.query(route, &nested, &format!("{name}."), depth - 1, parameters);
                    }
                }
                _ => parameters.push(self.parameter(
                    &name,
                    "query",
                    &field,
                    self.schemas.bounds.demands(&field),
                )),
            }
        }
    }

    fn parameter(&self, name: &str, place: &str, field: &FieldDescriptor, required: bool) -> Value {
        let mut schema = self.schemas.field(field);
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let mut parameter = json!({"name": name, "in": place, "schema": schema});
        if required {
            parameter["required"] = true.into();
        }
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameter
    }

    fn responses(&self, route: &Route) -> Value {
        let output = route.method.descriptor.output();
        let schema = self.schemas.message(&output);
        let types = media_types(route);
        let content: Map<String, Value> =
            types.into_iter().map(|media_type| (media_type, json!({"schema": schema}))).collect();
        let mut answer = json!({"description": "Done.", "content": content});
        if has_etag(&output) {
            answer["headers"]["ETag"] = json!({"$ref": "#/components/headers/ETag"});
        }
        if !route.method.policy.read_only {
            answer["headers"]["Idempotency-Replayed"] =
                json!({"$ref": "#/components/headers/IdempotencyReplayed"});
        }
        let mut responses = json!({"200": answer});
        for status in problems::statuses(&route.method, has_etag(&route.method.descriptor.input())) {
            responses[status] = json!({"$ref": "#/components/responses/Problem"});
        }
        responses
    }
}

/// Further routes of a method carry what is special of their path.
fn operation_id(route: &Route, path: &str) -> String {
    let descriptor = &route.method.descriptor;
    let own = format!("{}_{}", descriptor.parent_service().name(), descriptor.name());
    let first = hotline_proto::routes::all(descriptor.parent_pool())
        .into_iter()
        .find(|declared| declared.method == *descriptor);
    if first.is_none_or(|first| first.template == *route.template && first.verb == route.verb) {
        return own;
    }
    let place: String =
        path.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("{own}_{}{place}", route.verb.to_ascii_lowercase())
}

/// Returns in which media types an answer may come: JSON, or for a file what the contract says of it.
fn media_types(route: &Route) -> Vec<String> {
    if !file::is_answer_of(&route.method) {
        return vec!["application/json".to_owned()];
    }
    let method = &route.method.descriptor;
    let declared = method.parent_pool().get_extension_by_name("hotline.http.v1.media_types");
    let types = declared.map(|option| method.options().get_extension(&option).into_owned());
    let types = types.iter().flat_map(|types| types.as_list().unwrap_or_default());
    types.filter_map(prost_reflect::Value::as_str).map(str::to_owned).collect()
}

fn has_etag(message: &MessageDescriptor) -> bool {
    message.get_field_by_name("etag").is_some_and(|field| field.kind() == Kind::String && !field.is_list())
}

fn who(rule: &Rule) -> String {
    match rule {
        Rule::Public => "For anyone, without a token.".into(),
        Rule::Internal => "For services of the suite.".into(),
        Rule::SignedIn => "For anyone with a valid token.".into(),
        Rule::Staff => "For every role but `third_party`.".into(),
        Rule::Roles(roles) => {
            let names: Vec<String> = roles.iter().map(|role| format!("`{}`", role.claim())).collect();
            format!("For {}.", names.join(", "))
        }
    }
}
