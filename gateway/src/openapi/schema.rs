//! Messages and enums → JSON Schema, as proto3 JSON writes them.

use std::collections::BTreeSet;

use prost_reflect::{Cardinality, DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::bounds::Bounds;
use super::comments::Comments;
use super::problems;
use crate::transcode::{BodyTarget, FieldPath, Route};

/// Which side of the contract a message is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Only in requests: unknown fields are refused, some fields are demanded.
    Asked,
    /// Only in answers: what can't be absent is always there.
    Answered,
    /// In both.
    Both,
}

/// The schemas of all messages that routes use.
pub(super) struct Schemas<'a> {
    comments: &'a Comments,
    pub(super) bounds: Bounds,
    asked: BTreeSet<String>,
    answered: BTreeSet<String>,
    messages: Vec<MessageDescriptor>,
    enums: Vec<EnumDescriptor>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(pool: &DescriptorPool, comments: &'a Comments, routes: &[&Route]) -> Self {
        let (mut asked, mut answered) = (BTreeSet::new(), BTreeSet::new());
        let mut schemas = Self {
            comments,
            bounds: Bounds::new(pool.get_extension_by_name("buf.validate.field")),
            asked: BTreeSet::new(),
            answered: BTreeSet::new(),
            messages: Vec::new(),
            enums: Vec::new(),
        };
        for route in routes {
            // Request messages themselves are written out where they are asked for: path and query take parts of them.
            for field in route.method.descriptor.input().fields() {
                schemas.visit_field(&field, &mut asked);
            }
            schemas.visit(&route.method.descriptor.output(), &mut answered);
        }
        (schemas.asked, schemas.answered) = (asked, answered);
        schemas
    }

    fn visit(&mut self, message: &MessageDescriptor, seen: &mut BTreeSet<String>) {
        let is_own = well_known(message).is_none();
        if !is_own || message.is_map_entry() || !seen.insert(message.full_name().to_owned()) {
            return;
        }
        if !self.messages.contains(message) {
            self.messages.push(message.clone());
        }
        for field in message.fields() {
            self.visit_field(&field, seen);
        }
    }

    fn visit_field(&mut self, field: &FieldDescriptor, seen: &mut BTreeSet<String>) {
        match value_kind(field) {
            Kind::Message(nested) => self.visit(&nested, seen),
            Kind::Enum(of) if !self.enums.contains(&of) => self.enums.push(of),
            _ => {}
        }
    }

    /// Returns the schemas by name, the problem's among them.
    pub(super) fn components(&self) -> Map<String, Value> {
        let mut components = Map::new();
        for message in &self.messages {
            components.insert(name(message.full_name()), self.object(message, self.side(message), &|_| true));
        }
        for of in &self.enums {
            components.insert(name(of.full_name()), self.enumeration(of));
        }
        components.insert("Problem".into(), problems::schema());
        components
    }

    /// Returns the schema of a route's body; nothing where it has none.
    pub(super) fn body(&self, route: &Route) -> Option<Value> {
        match &route.body {
            BodyTarget::None => None,
            // The text is the body as it came, not a string in it.
            BodyTarget::Field(field) if field.kind() == Kind::String => Some(json!({"type": "object"})),
            BodyTarget::Field(field) => Some(self.kind(&field.kind())),
            BodyTarget::Whole => {
                let bound: Vec<String> = route.variables.iter().map(FieldPath::json).collect();
                let free = |field: &FieldDescriptor| !bound.iter().any(|name| name == field.json_name());
                Some(self.object(&route.method.descriptor.input(), Side::Asked, &free))
            }
        }
    }

    /// Returns the schema of a message's JSON.
    pub(super) fn message(&self, message: &MessageDescriptor) -> Value {
        self.kind(&Kind::Message(message.clone()))
    }

    /// Returns the schema of a field, with its comment and bounds.
    pub(super) fn field(&self, field: &FieldDescriptor) -> Value {
        let mut schema = if field.is_map() {
            json!({"type": "object", "additionalProperties": self.kind(&value_kind(field))})
        } else if field.cardinality() == Cardinality::Repeated {
            json!({"type": "array", "items": self.kind(&field.kind())})
        } else {
            self.kind(&field.kind())
        };
        if let Some(schema) = schema.as_object_mut() {
            self.bounds.apply(field, schema);
            let comment = self.comments.of(&field.parent_message().parent_file(), field.path());
            if !comment.is_empty() {
                schema.insert("description".into(), comment.into());
            }
        }
        schema
    }

    fn side(&self, message: &MessageDescriptor) -> Side {
        match (self.asked.contains(message.full_name()), self.answered.contains(message.full_name())) {
            (true, false) => Side::Asked,
            (false, true) => Side::Answered,
            _ => Side::Both,
        }
    }

    fn object(
        &self,
        message: &MessageDescriptor,
        side: Side,
        wanted: &dyn Fn(&FieldDescriptor) -> bool,
    ) -> Value {
        let fields: Vec<FieldDescriptor> = message.fields().filter(|field| wanted(field)).collect();
        let properties: Map<String, Value> =
            fields.iter().map(|field| (field.json_name().to_owned(), self.field(field))).collect();
        let is_required = |field: &&FieldDescriptor| match side {
            Side::Asked => self.bounds.demands(field),
            Side::Answered => !field.supports_presence(),
            Side::Both => false,
        };
        let required: Vec<&str> = fields.iter().filter(is_required).map(FieldDescriptor::json_name).collect();
        let mut schema = json!({"type": "object", "properties": properties});
        let comment = self.comments.of(&message.parent_file(), message.path());
        if !comment.is_empty() {
            schema["description"] = comment.into();
        }
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        if side == Side::Asked {
            schema["additionalProperties"] = false.into();
        }
        schema
    }

    fn enumeration(&self, of: &EnumDescriptor) -> Value {
        let file = of.parent_file();
        let names: Vec<String> = of.values().map(|value| value.name().to_owned()).collect();
        let meanings: Vec<String> = of
            .values()
            .map(|value| format!("- `{}`: {}", value.name(), self.comments.of(&file, value.path())))
            .collect();
        let comment = self.comments.of(&file, of.path());
        json!({"type": "string", "enum": names, "description": format!("{comment}\n\n{}", meanings.join("\n"))})
    }

    fn kind(&self, kind: &Kind) -> Value {
        match kind {
            Kind::Message(message) => well_known(message).unwrap_or_else(|| reference(message.full_name())),
            Kind::Enum(of) => reference(of.full_name()),
            Kind::String => json!({"type": "string"}),
            Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Double | Kind::Float => json!({"type": "number"}),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
            Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "format": "int64", "minimum": 0}),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                json!({"type": "string", "pattern": "^-?[0-9]{1,19}$"})
            }
            Kind::Uint64 | Kind::Fixed64 => json!({"type": "string", "pattern": "^[0-9]{1,20}$"}),
        }
    }
}

/// Returns the kind of a field's values: of a map, what its keys lead to.
fn value_kind(field: &FieldDescriptor) -> Kind {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    }
}

fn reference(full_name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", name(full_name))})
}

/// `hotline.tickets.v1.Ticket` is `tickets.v1.Ticket`: the product's name says nothing.
fn name(full_name: &str) -> String {
    full_name.strip_prefix("hotline.").unwrap_or(full_name).to_owned()
}

/// Returns the schema of a type that proto3 JSON writes in a form of its own, or that is not sent as JSON.
fn well_known(message: &MessageDescriptor) -> Option<Value> {
    if message.full_name() == "google.api.HttpBody" {
        return Some(json!({"description": "The file's own bytes."}));
    }
    let name = message.full_name().strip_prefix("google.protobuf.")?;
    Some(match name {
        "Timestamp" => json!({"type": "string", "format": "date-time"}),
        "Duration" => {
            json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$", "examples": ["60s"]})
        }
        "FieldMask" => json!({"type": "string", "examples": ["name,room"]}),
        "Empty" => json!({"type": "object"}),
        "Struct" => json!({"type": "object", "additionalProperties": true}),
        "ListValue" => json!({"type": "array"}),
        "BoolValue" => json!({"type": ["boolean", "null"]}),
        "StringValue" | "BytesValue" | "Int64Value" | "UInt64Value" => json!({"type": ["string", "null"]}),
        "Int32Value" | "UInt32Value" => json!({"type": ["integer", "null"]}),
        "DoubleValue" | "FloatValue" => json!({"type": ["number", "null"]}),
        _ => json!({}),
    })
}
