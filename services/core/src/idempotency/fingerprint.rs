//! What tells two requests of one method apart.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use hotline_proto::descriptors;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, Value};
use sha2::{Digest, Sha256};

/// Bytes before a message in a gRPC frame: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Returns the fingerprint of a request: the same for the same message, also where the entries of its maps come in
/// another order, which no encoder promises to keep.
pub(super) fn fingerprint(path: &str, body: &[u8]) -> Vec<u8> {
    let ordered = WITH_MAPS.get(path).and_then(|input| {
        let message = body.get(PREFIX..).filter(|_| body[0] == 0)?;
        DynamicMessage::decode(input.clone(), message).ok()
    });
    let mut hash = Sha256::new();
    match ordered {
        Some(message) => feed_message(&mut hash, &message),
        None => hash.update(body),
    }
    hash.finalize().to_vec()
}

/// The methods whose requests have maps, by gRPC path.
static WITH_MAPS: LazyLock<HashMap<String, MessageDescriptor>> = LazyLock::new(|| {
    let methods = descriptors().services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .filter(|method| has_maps(&method.input(), &mut HashSet::new()))
        .map(|method| (format!("/{}/{}", method.parent_service().full_name(), method.name()), method.input()))
        .collect()
});

fn has_maps(message: &MessageDescriptor, seen: &mut HashSet<String>) -> bool {
    seen.insert(message.full_name().to_owned())
        && message.fields().any(|field| {
            field.is_map() || matches!(field.kind(), Kind::Message(inner) if has_maps(&inner, seen))
        })
}

fn feed_message(hash: &mut Sha256, message: &DynamicMessage) {
    for (field, value) in message.fields() {
        hash.update(field.number().to_be_bytes());
        feed(hash, value);
    }
    // No field has this number: the message ends here.
    hash.update(0_u32.to_be_bytes());
}

fn feed(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Message(message) => feed_message(hash, message),
        Value::List(items) => {
            hash.update(items.len().to_be_bytes());
            items.iter().for_each(|item| feed(hash, item));
        }
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            hash.update(entries.len().to_be_bytes());
            for (key, value) in entries {
                feed(hash, &Value::from(key.clone()));
                feed(hash, value);
            }
        }
        Value::String(text) => feed_bytes(hash, text.as_bytes()),
        Value::Bytes(bytes) => feed_bytes(hash, bytes),
        number => feed_bytes(hash, number.to_string().as_bytes()),
    }
}

fn feed_bytes(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(bytes.len().to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    const PATH: &str = "/hotline.tickets.v1.TicketService/CreateTicket";

    /// A request with a subject and two fields of its map, in this order.
    fn request(subject: &str, fields: [(&str, &str); 2]) -> Vec<u8> {
        use prost::Message;
        let bytes = |fields: &[(&str, &str)]| {
            hotline_proto::tickets::v1::CreateTicketRequest {
                subject: subject.to_owned(),
                fields: fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
                ..Default::default()
            }
            .encode_to_vec()
        };
        let subject_only = bytes(&[]).len();
        let mut message = bytes(&fields[..1]);
        message.extend_from_slice(&bytes(&fields[1..])[subject_only..]);
        [vec![0; super::PREFIX], message].concat()
    }

    #[test]
    fn the_order_of_a_maps_entries_makes_no_difference() {
        let (room, phone) = (("room", "1-2-301"), ("phone", "13900139000"));
        let (one, other) = (request("断网", [room, phone]), request("断网", [phone, room]));
        assert_ne!(one, other);
        assert_eq!(fingerprint(PATH, &one), fingerprint(PATH, &other));
    }

    #[test]
    fn every_value_makes_a_difference() {
        let (room, phone) = (("room", "1-2-301"), ("phone", "13900139000"));
        let first = fingerprint(PATH, &request("断网", [room, phone]));
        assert_ne!(first, fingerprint(PATH, &request("断电", [room, phone])));
        assert_ne!(first, fingerprint(PATH, &request("断网", [("room", "1-2-302"), phone])));
        assert_ne!(
            first,
            fingerprint(PATH, &request("断网", [("phone", "1-2-301"), ("room", "13900139000")]))
        );
    }
}
