//! The writer says what reflection says, of every message of the contract.

use hotline_proto::descriptors;
use prost_reflect::{
    Cardinality, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, SerializeOptions, Value,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Serializer, Value as Json};

use super::{Shapes, Writer, text_in};

/// How deep messages lie in each other.
const DEPTH: usize = 4;

fn by_reflection(message: &DynamicMessage) -> Json {
    let mut text = Vec::new();
    let options = SerializeOptions::new().skip_default_fields(false);
    message.serialize_with_options(&mut Serializer::new(&mut text), &options).expect("reflection writes it");
    serde_json::from_slice(&text).expect("JSON")
}

fn by_wire(shapes: &Shapes, message: &MessageDescriptor, bytes: &[u8]) -> Json {
    let mut writer = Writer::new(shapes);
    writer.message(shapes.id(message).expect("of the pool"), bytes).expect("the writer writes it");
    serde_json::from_slice(&writer.finish()).expect("JSON")
}

fn some_message(descriptor: &MessageDescriptor, depth: usize, dice: &mut StdRng) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    if descriptor.full_name() == "google.protobuf.Timestamp" {
        message.set_field_by_name("seconds", Value::I64(dice.random_range(-2_000_000_000..4_000_000_000)));
        message.set_field_by_name("nanos", Value::I32([0, 120_000_000, 1_500, 7][dice.random_range(0..4)]));
        return message;
    }
    if descriptor.full_name() == "google.protobuf.Duration" {
        message.set_field_by_name("seconds", Value::I64(dice.random_range(0..100_000)));
        return message;
    }
    for field in descriptor.fields() {
        let is_message = matches!(field.kind(), Kind::Message(_));
        if dice.random_bool(0.3) || (is_message && depth == 0) || is_of_google(&field) {
            continue;
        }
        let value = some_value(&field, depth, dice);
        message.set_field(&field, value);
    }
    message
}

/// What only reflection writes, and only from what makes sense.
fn is_of_google(field: &FieldDescriptor) -> bool {
    let Kind::Message(of) = field.kind() else { return false };
    let name = of.full_name();
    name.starts_with("google.protobuf.") && !name.ends_with(".Timestamp") && !name.ends_with(".Duration")
}

fn some_value(field: &FieldDescriptor, depth: usize, dice: &mut StdRng) -> Value {
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else { unreachable!("a map is a list of entries") };
        let value = entry.map_entry_value_field();
        let keys = ["room", "电话", "q\"uote", ""];
        let entries = keys.iter().take(dice.random_range(0..=4));
        return Value::Map(
            entries
                .map(|key| (MapKey::String((*key).to_owned()), some_single(&value, depth, dice)))
                .collect(),
        );
    }
    if field.cardinality() == Cardinality::Repeated {
        return Value::List((0..dice.random_range(0..4)).map(|_| some_single(field, depth, dice)).collect());
    }
    some_single(field, depth, dice)
}

fn some_single(field: &FieldDescriptor, depth: usize, dice: &mut StdRng) -> Value {
    match field.kind() {
        Kind::Bool => Value::Bool(dice.random()),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(dice.random()),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(dice.random()),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(dice.random()),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(dice.random()),
        Kind::Float => Value::F32([0.5, -1.25, f32::NAN, f32::INFINITY][dice.random_range(0..4)]),
        Kind::Double => Value::F64([0.1, 1e300, 3.0, f64::NEG_INFINITY][dice.random_range(0..4)]),
        Kind::String => {
            Value::String(["", "宽带断线", "a\"b\\c\n\u{1}", "plain"][dice.random_range(0..4)].to_owned())
        }
        Kind::Bytes => Value::Bytes(vec![dice.random(); dice.random_range(0..5)].into()),
        // One that has no name is written as its number.
        Kind::Enum(_) => Value::EnumNumber(dice.random_range(0..12)),
        Kind::Message(of) => Value::Message(some_message(&of, depth.saturating_sub(1), dice)),
    }
}

#[test]
fn every_message_of_the_contract_is_written_as_by_reflection() {
    let shapes = Shapes::read(descriptors());
    let mut dice = StdRng::seed_from_u64(7);
    let of_ours = descriptors().all_messages().filter(|message| message.full_name().starts_with("hotline."));
    for descriptor in of_ours.filter(|message| !message.is_map_entry()) {
        for _ in 0..40 {
            let message = some_message(&descriptor, DEPTH, &mut dice);
            let bytes = prost::Message::encode_to_vec(&message);
            assert_eq!(
                by_wire(&shapes, &descriptor, &bytes),
                by_reflection(&message),
                "{}",
                descriptor.full_name()
            );
        }
    }
}

#[test]
fn a_message_that_came_in_two_parts_is_one() {
    let shapes = Shapes::read(descriptors());
    let descriptor = descriptors().get_message_by_name("hotline.tickets.v1.Ticket").expect("a ticket");
    let mut dice = StdRng::seed_from_u64(11);
    for _ in 0..40 {
        let parts = [some_message(&descriptor, 1, &mut dice), some_message(&descriptor, 1, &mut dice)];
        let bytes = parts.map(|part| prost::Message::encode_to_vec(&part)).concat();
        let whole = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()).expect("decodes");
        assert_eq!(by_wire(&shapes, &descriptor, &bytes), by_reflection(&whole));
    }
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    let shapes = Shapes::read(descriptors());
    let descriptor = descriptors().get_message_by_name("hotline.tickets.v1.Ticket").expect("a ticket");
    let id = shapes.id(&descriptor).expect("of the pool");
    // Cut off within a text, a text that is none, a number where a text is due.
    for bytes in [&[0x0a, 5, b'a'][..], &[0x0a, 1, 0xff], &[0x08, 1]] {
        assert!(Writer::new(&shapes).message(id, bytes).is_err(), "{bytes:?}");
    }
    assert_eq!(text_in(&shapes, id, "id", &[0x0a, 2, b'a', b'b']).expect("a text"), "ab");
    assert_eq!(text_in(&shapes, id, "no_such_field", &[]).expect("nothing"), "");
}
