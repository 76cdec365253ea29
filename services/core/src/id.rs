//! Identifiers: UUIDv7 (RFC 9562), so that they sort by the time they were made.

use uuid::Uuid;

use crate::error::Error;

/// Makes an id that is later than every id this process made before.
#[expect(clippy::disallowed_methods, reason = "this is the one door to new ids")]
pub fn new() -> Uuid {
    Uuid::now_v7()
}

/// Reads an id from a request.
///
/// # Errors
/// [`Error::Field`] that names the field.
pub fn parse(text: &str, field: &'static str) -> Result<Uuid, Error> {
    text.parse().map_err(|_| Error::Field { field, en: "must be a UUID", zh: "必须是 UUID" })
}

/// Reads an id that may be left out.
///
/// # Errors
/// As [`parse`].
pub fn parse_optional(text: &str, field: &'static str) -> Result<Option<Uuid>, Error> {
    if text.is_empty() { Ok(None) } else { parse(text, field).map(Some) }
}

/// Returns the id's text, or nothing where there is none: how messages carry an optional id.
pub fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
