//! Partial updates by field mask, for any message by reflection (AIP-134, AIP-161).

use hotline_proto::descriptors;
use prost::{Message, Name};
use prost_reflect::DynamicMessage;
use prost_types::FieldMask;

use crate::error::Error;

/// Returns `current` with the masked fields taken from `patch`. Without a mask, every field of `allowed` that `patch`
/// fills. Only fields in `allowed` (proto names) can be changed.
///
/// # Errors
/// [`Error::Mask`] for a path that is not allowed.
pub fn apply<M>(current: &M, patch: &M, mask: Option<&FieldMask>, allowed: &[&str]) -> Result<M, Error>
where
    M: Message + Name + Default,
{
    let descriptor = descriptors()
        .get_message_by_name(&M::full_name())
        .ok_or_else(|| anyhow::anyhow!("{} is not part of the contract", M::full_name()))?;
    let read = |message: &M| {
        DynamicMessage::decode(descriptor.clone(), message.encode_to_vec().as_slice())
            .map_err(anyhow::Error::from)
    };
    let (mut merged, patch) = (read(current)?, read(patch)?);
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    if let Some(path) = paths.iter().find(|path| !allowed.contains(&path.as_str())) {
        let allowed = allowed.iter().map(|name| json_name(name)).collect::<Vec<_>>().join(", ");
        return Err(Error::Mask { path: json_name(path), allowed });
    }
    for name in allowed {
        let Some(field) = descriptor.get_field_by_name(name) else {
            continue;
        };
        let named = paths.iter().any(|path| path == name);
        if named || (paths.is_empty() && patch.has_field(&field)) {
            if patch.has_field(&field) {
                merged.set_field(&field, patch.get_field(&field).into_owned());
            } else {
                merged.clear_field(&field);
            }
        }
    }
    merged.transcode_to().map_err(|error| Error::Internal(error.into()))
}

fn json_name(path: &str) -> String {
    let mut upper = false;
    path.chars()
        .filter_map(|letter| match letter {
            '_' => {
                upper = true;
                None
            }
            letter if std::mem::take(&mut upper) => Some(letter.to_ascii_uppercase()),
            letter => Some(letter),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hotline_proto::customers::v1::Customer;
    use prost_types::FieldMask;

    use super::apply;

    const ALLOWED: &[&str] = &["name", "room", "phones", "contract_status"];

    #[test]
    fn only_masked_fields_change_and_a_masked_empty_field_is_cleared() {
        let current =
            Customer { name: "王芳".into(), room: "3-1502".into(), id: "x".into(), ..Default::default() };
        let patch = Customer { name: "李".into(), id: "y".into(), ..Default::default() };
        let mask = FieldMask { paths: vec!["name".into(), "room".into()] };
        let merged = apply(&current, &patch, Some(&mask), ALLOWED).unwrap();
        assert_eq!((merged.name.as_str(), merged.room.as_str(), merged.id.as_str()), ("李", "", "x"));
        let merged = apply(&current, &patch, None, ALLOWED).unwrap();
        assert_eq!((merged.name.as_str(), merged.room.as_str()), ("李", "3-1502"));
    }

    #[test]
    fn a_field_that_can_not_be_changed_is_named() {
        let mask = FieldMask { paths: vec!["created_at".into()] };
        let error = apply(&Customer::default(), &Customer::default(), Some(&mask), ALLOWED).unwrap_err();
        assert!(
            error.to_string().contains("createdAt") && error.to_string().contains("contractStatus"),
            "{error}"
        );
    }
}
