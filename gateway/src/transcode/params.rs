//! Single values from the path and the query, set through proto3 JSON: enums by name, 64-bit numbers, times, durations
//! and field masks come out right without code of our own.

use prost_reflect::{DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::json;

use crate::error::Error;

/// A field of a request, or of a message in it.
#[derive(Clone, Debug)]
pub(crate) struct FieldPath(Vec<FieldDescriptor>);

impl FieldPath {
    /// Finds the field with this path; each part in either spelling, `teamKey` or `team_key`.
    pub(crate) fn resolve(message: &MessageDescriptor, path: &str) -> Option<Self> {
        let mut fields: Vec<FieldDescriptor> = Vec::new();
        for name in path.split('.') {
            let within = match fields.last() {
                None => message.clone(),
                Some(parent) if parent.is_list() || parent.is_map() => return None,
                Some(parent) => parent.kind().as_message()?.clone(),
            };
            fields.push(within.get_field_by_json_name(name).or_else(|| within.get_field_by_name(name))?);
        }
        Some(Self(fields))
    }

    /// Returns the field that holds the value.
    pub(crate) fn leaf(&self) -> &FieldDescriptor {
        self.0.last().expect("a path has a part")
    }

    /// Returns the field of the request that holds the value or the message with it.
    pub(crate) fn root(&self) -> &FieldDescriptor {
        self.0.first().expect("a path has a part")
    }

    /// Returns the path as in JSON.
    pub(crate) fn json(&self) -> String {
        self.0.iter().map(FieldDescriptor::json_name).collect::<Vec<_>>().join(".")
    }

    /// Tells whether the values of a query can fill the field.
    pub(crate) fn takes_text(&self) -> bool {
        let leaf = self.leaf();
        match leaf.kind() {
            Kind::Message(message) => !leaf.is_map() && is_text(message.full_name()),
            _ => true,
        }
    }

    /// Sets the field from text; a repeated one from all texts.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the field's name.
    pub(crate) fn set(&self, message: &mut DynamicMessage, texts: &[String]) -> Result<(), Error> {
        let (leaf, parents) = self.0.split_last().expect("a path has a part");
        let value = self.parse(leaf, texts)?;
        let mut target = message;
        for parent in parents {
            target = match target.get_field_mut(parent) {
                Value::Message(nested) => nested,
                _ => return Err(self.wrong("can't be set here")),
            };
        }
        target.set_field(leaf, value);
        Ok(())
    }

    fn parse(&self, leaf: &FieldDescriptor, texts: &[String]) -> Result<Value, Error> {
        let mut values =
            texts.iter().map(|text| self.json_value(leaf, text)).collect::<Result<Vec<_>, _>>()?;
        let value = match (leaf.is_list(), values.len()) {
            (true, _) => values.into(),
            (false, 1) => values.remove(0),
            (false, _) => {
                return Err(Error::malformed(self.json(), "is given more than once", "重复出现"));
            }
        };
        let options = DeserializeOptions::new().deny_unknown_fields(true);
        let holder = leaf.parent_message().clone();
        let parsed =
            DynamicMessage::deserialize_with_options(holder, json!({ leaf.json_name(): value }), &options);
        let parsed = parsed.map_err(|error| self.wrong(&error.to_string()))?;
        Ok(parsed.get_field(leaf).into_owned())
    }

    fn json_value(&self, leaf: &FieldDescriptor, text: &str) -> Result<serde_json::Value, Error> {
        let is_bool = match leaf.kind() {
            Kind::Bool => true,
            Kind::Message(message) => message.full_name() == "google.protobuf.BoolValue",
            _ => false,
        };
        match (is_bool, text) {
            (true, "true") => Ok(true.into()),
            (true, "false") => Ok(false.into()),
            (true, _) => Err(self.wrong("must be true or false")),
            _ if is_mask(leaf) => Ok(lower_camel(text).into()),
            _ => Ok(text.into()),
        }
    }

    fn wrong(&self, why: &str) -> Error {
        Error::malformed(self.json(), why, format!("的值有误：{why}"))
    }
}

/// Messages that JSON writes as one text, number or truth value.
fn is_text(message: &str) -> bool {
    let Some(name) = message.strip_prefix("google.protobuf.") else { return false };
    matches!(name, "Timestamp" | "Duration" | "FieldMask")
        || (name.ends_with("Value") && !matches!(name, "Value" | "ListValue"))
}

fn is_mask(field: &FieldDescriptor) -> bool {
    field.kind().as_message().is_some_and(|message| message.full_name() == "google.protobuf.FieldMask")
}

/// Masks may name fields as the `.proto` spells them; JSON knows only the other spelling.
fn lower_camel(text: &str) -> String {
    let mut upper = false;
    let mut spelled = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '_' => upper = true,
            _ if std::mem::take(&mut upper) => spelled.extend(letter.to_uppercase()),
            _ => spelled.push(letter),
        }
    }
    spelled
}
