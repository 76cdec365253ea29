//! JSON text → message, strictly: unknown fields, doubled keys, trailing bytes and wrong types are refused by name.

use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::Deserializer;
use serde_path_to_error::{Path, Segment, Track};

use super::strict;
use crate::error::Error;

/// What prost-reflect says before the name of a field that a message does not have.
const UNKNOWN: &str = "unrecognized field name '";

/// Reads a message. `within` is the field that the JSON fills, for names in errors; empty for the whole request. No
/// bytes at all are an empty object.
///
/// # Errors
/// [`Error::Malformed`] with the path of what is wrong.
pub(crate) fn read(
    descriptor: MessageDescriptor,
    bytes: &[u8],
    within: &str,
) -> Result<DynamicMessage, Error> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(DynamicMessage::new(descriptor));
    }
    tracked(bytes, within, |json| strict::check(json))?;
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    tracked(bytes, within, |json| DynamicMessage::deserialize_with_options(descriptor, json, &options))
}

fn tracked<'a, T>(
    bytes: &'a [u8],
    within: &str,
    read: impl FnOnce(
        serde_path_to_error::Deserializer<'_, '_, &mut Deserializer<serde_json::de::SliceRead<'a>>>,
    ) -> Result<T, serde_json::Error>,
) -> Result<T, Error> {
    let mut track = Track::new();
    let mut json = Deserializer::from_slice(bytes);
    let value = read(serde_path_to_error::Deserializer::new(&mut json, &mut track));
    match value.and_then(|value| json.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(error) => Err(wrong(&error.to_string(), within, &track.path())),
    }
}

fn wrong(message: &str, within: &str, path: &Path) -> Error {
    let mut field = within.to_owned();
    let mut push = |name: &str| {
        if !field.is_empty() && !name.starts_with('[') {
            field.push('.');
        }
        field.push_str(name);
    };
    for segment in path.iter() {
        match segment {
            Segment::Map { key } => push(key),
            Segment::Seq { index } => push(&format!("[{index}]")),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if let Some(name) = message.strip_prefix(UNKNOWN).and_then(|rest| rest.split('\'').next()) {
        push(name);
        return Error::malformed(field, "is not a field of this request", "不是此请求的字段");
    }
    if field.is_empty() {
        field.push_str("body");
    }
    Error::malformed(field, message, format!("的内容有误：{message}"))
}

#[cfg(test)]
mod tests;
