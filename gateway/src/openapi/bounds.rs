//! `buf.validate` rules as JSON Schema keywords, so that a client can check what a service will.

use prost_reflect::{DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, Value};
use serde_json::{Map, json};

/// Reads the rules of fields.
pub(super) struct Bounds(Option<ExtensionDescriptor>);

impl Bounds {
    pub(super) fn new(option: Option<ExtensionDescriptor>) -> Self {
        Self(option)
    }

    /// Adds a field's bounds to its schema.
    pub(super) fn apply(&self, field: &FieldDescriptor, schema: &mut Map<String, serde_json::Value>) {
        let Some(rules) = self.rules(field) else { return };
        // Zero is let through unchecked: a bound that it breaks would be a lie.
        let lenient = ignores_zero(&rules);
        for (rule, value) in rules.fields() {
            let Value::Message(typed) = value else { continue };
            match rule.name() {
                "repeated" => list(typed, schema),
                "map" => map(typed, schema),
                _ => scalar(typed, lenient, schema),
            }
        }
    }

    /// Tells whether a request without the field is refused.
    pub(super) fn demands(&self, field: &FieldDescriptor) -> bool {
        let Some(rules) = self.rules(field) else { return false };
        let said =
            |name: &str| rules.get_field_by_name(name).and_then(|value| value.as_bool()).unwrap_or(false);
        if said("required") {
            return true;
        }
        if ignores_zero(&rules) || field.supports_presence() || field.is_list() || field.is_map() {
            return false;
        }
        rules.fields().any(|(_, value)| value.as_message().is_some_and(|typed| refuses_zero(typed, field)))
    }

    fn rules(&self, field: &FieldDescriptor) -> Option<DynamicMessage> {
        let option = self.0.as_ref()?;
        let options = field.options();
        if !options.has_extension(option) {
            return None;
        }
        options.get_extension(option).as_message().cloned()
    }
}

fn ignores_zero(rules: &DynamicMessage) -> bool {
    rules.get_field_by_name("ignore").and_then(|value| value.as_enum_number()) == Some(1)
}

fn refuses_zero(typed: &DynamicMessage, field: &FieldDescriptor) -> bool {
    typed.fields().any(|(rule, value)| match (rule.name(), value) {
        ("min_len", Value::U64(least)) => *least > 0,
        ("uuid" | "email", Value::Bool(demanded)) => *demanded,
        ("not_in", Value::List(refused)) => {
            matches!(field.kind(), Kind::Enum(_)) && refused.iter().any(|number| number.as_i32() == Some(0))
        }
        ("gte", number) => {
            number.as_i32().map(i64::from).or_else(|| number.as_i64()).is_some_and(|least| least > 0)
        }
        _ => false,
    })
}

fn scalar(typed: &DynamicMessage, lenient: bool, schema: &mut Map<String, serde_json::Value>) {
    for (rule, value) in typed.fields() {
        let keyword = match (rule.name(), value) {
            ("min_len", Value::U64(least)) if !lenient => ("minLength", json!(least)),
            ("max_len", Value::U64(most)) => ("maxLength", json!(most)),
            ("pattern", Value::String(pattern)) if !lenient => ("pattern", json!(pattern)),
            ("uuid", Value::Bool(true)) if !lenient => ("format", json!("uuid")),
            ("email", Value::Bool(true)) if !lenient => ("format", json!("email")),
            ("in", Value::List(values)) if !lenient => {
                ("enum", values.iter().filter_map(Value::as_str).collect::<Vec<_>>().into())
            }
            ("gte", Value::I32(least)) => ("minimum", json!(least)),
            ("lte", Value::I32(most)) => ("maximum", json!(most)),
            ("gte", Value::U32(least)) => ("minimum", json!(least)),
            ("lte", Value::U32(most)) => ("maximum", json!(most)),
            _ => continue,
        };
        schema.insert(keyword.0.into(), keyword.1);
    }
}

fn list(typed: &DynamicMessage, schema: &mut Map<String, serde_json::Value>) {
    for (rule, value) in typed.fields() {
        match (rule.name(), value) {
            ("max_items", Value::U64(most)) => drop(schema.insert("maxItems".into(), json!(most))),
            ("unique", Value::Bool(true)) => drop(schema.insert("uniqueItems".into(), json!(true))),
            ("items", Value::Message(rules)) => element(rules, schema.get_mut("items")),
            _ => {}
        }
    }
}

fn map(typed: &DynamicMessage, schema: &mut Map<String, serde_json::Value>) {
    for (rule, value) in typed.fields() {
        match (rule.name(), value) {
            ("max_pairs", Value::U64(most)) => drop(schema.insert("maxProperties".into(), json!(most))),
            ("values", Value::Message(rules)) => element(rules, schema.get_mut("additionalProperties")),
            ("keys", Value::Message(rules)) => {
                let mut keys = json!({});
                element(rules, Some(&mut keys));
                schema.insert("propertyNames".into(), keys);
            }
            _ => {}
        }
    }
}

fn element(rules: &DynamicMessage, schema: Option<&mut serde_json::Value>) {
    let Some(schema) = schema.and_then(serde_json::Value::as_object_mut) else { return };
    for (_, value) in rules.fields() {
        if let Value::Message(typed) = value {
            scalar(typed, false, schema);
        }
    }
}
