//! The writer says what reflection says, of every message of the contract; and refuses what no message of it can be.

use hotline_proto::descriptors;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    SerializeOptions, Value,
};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Serializer, Value as Json};

use super::{Shapes, Writer, text_in};

/// How deep messages lie in each other.
const DEPTH: usize = 4;

fn by_reflection(message: &DynamicMessage) -> Json {
    reflected(message).expect("reflection writes it")
}

fn reflected(message: &DynamicMessage) -> Option<Json> {
    let mut text = Vec::new();
    let options = SerializeOptions::new().skip_default_fields(false);
    message.serialize_with_options(&mut Serializer::new(&mut text), &options).ok()?;
    Some(serde_json::from_slice(&text).expect("JSON"))
}

fn by_wire(shapes: &Shapes, message: &MessageDescriptor, bytes: &[u8]) -> Json {
    written(shapes, message, bytes).expect("the writer writes it")
}

/// What is written is JSON, or nothing is.
fn written(shapes: &Shapes, message: &MessageDescriptor, bytes: &[u8]) -> Option<Json> {
    let mut writer = Writer::new(shapes);
    writer.message(shapes.id(message).expect("of the pool"), bytes).ok()?;
    Some(serde_json::from_slice(&writer.finish()).expect("JSON"))
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

/// Changes, drops and puts in bytes, as a faulty service might.
fn damaged(mut bytes: Vec<u8>, dice: &mut StdRng) -> Vec<u8> {
    for _ in 0..dice.random_range(1..4) {
        let place = dice.random_range(0..=bytes.len());
        match dice.random_range(0..4) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, dice.random()),
            _ if place == bytes.len() => {}
            2 => bytes[place] = dice.random(),
            _ => bytes[place] ^= 1 << dice.random_range(0..8),
        }
    }
    bytes
}

#[test]
fn damaged_bytes_give_json_or_nothing_and_no_other_than_reflection_gives() {
    let shapes = Shapes::read(descriptors());
    let mut dice = StdRng::seed_from_u64(13);
    let (mut same, mut refused) = (0, 0);
    let of_ours = descriptors().all_messages().filter(|message| message.full_name().starts_with("hotline."));
    for descriptor in of_ours.filter(|message| !message.is_map_entry()) {
        for _ in 0..60 {
            let message = some_message(&descriptor, DEPTH, &mut dice);
            let bytes = damaged(prost::Message::encode_to_vec(&message), &mut dice);
            let Some(ours) = written(&shapes, &descriptor, &bytes) else {
                refused += 1;
                continue;
            };
            let decoded = DynamicMessage::decode(descriptor.clone(), bytes.as_slice());
            // What is said twice counts as it is said last; reflection also minds what was said before.
            let Some(theirs) = decoded.ok().as_ref().and_then(reflected) else { continue };
            assert_eq!(ours, theirs, "{} {bytes:?}", descriptor.full_name());
            same += 1;
        }
    }
    assert!(same > 100 && refused > 100, "{same} {refused}");
}

#[test]
fn a_time_that_json_can_not_name_is_refused() {
    let shapes = Shapes::read(descriptors());
    let descriptor =
        descriptors().get_message_by_name("google.protobuf.Timestamp").expect("is used everywhere");
    let write = |seconds, nanos| {
        let at = prost_types::Timestamp { seconds, nanos };
        written(&shapes, &descriptor, &prost::Message::encode_to_vec(&at))
    };
    assert_eq!(write(253_402_300_799, 999_999_999), Some("9999-12-31T23:59:59.999999999Z".into()));
    assert_eq!(write(-62_135_596_800, 0), Some("0001-01-01T00:00:00Z".into()));
    for (seconds, nanos) in
        [(253_402_300_800, 0), (253_402_300_799, 1_000_000_000), (-62_135_596_801, 0), (i64::MAX, i32::MAX)]
    {
        assert_eq!(write(seconds, nanos), None, "{seconds} {nanos}");
    }
}

/// A pool with `message Node { string text = 1; Node next = 2; map<string, Node> by_name = 3; }`.
fn nodes() -> DescriptorPool {
    let field = |name: &str, number, label: Label, kind: Type, of: Option<&str>| FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(label.into()),
        r#type: Some(kind.into()),
        type_name: of.map(str::to_owned),
        ..FieldDescriptorProto::default()
    };
    let entry = DescriptorProto {
        name: Some("ByNameEntry".into()),
        field: vec![
            field("key", 1, Label::Optional, Type::String, None),
            field("value", 2, Label::Optional, Type::Message, Some(".test.Node")),
        ],
        options: Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() }),
        ..DescriptorProto::default()
    };
    let node = DescriptorProto {
        name: Some("Node".into()),
        field: vec![
            field("text", 1, Label::Optional, Type::String, None),
            field("next", 2, Label::Optional, Type::Message, Some(".test.Node")),
            field("by_name", 3, Label::Repeated, Type::Message, Some(".test.Node.ByNameEntry")),
        ],
        nested_type: vec![entry],
        ..DescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("test.proto".into()),
        package: Some("test".into()),
        syntax: Some("proto3".into()),
        message_type: vec![node],
        ..FileDescriptorProto::default()
    };
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_proto(file).expect("is a file");
    pool
}

/// A field with a length before it.
fn bytes_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut field);
    field.extend_from_slice(bytes);
    field
}

#[test]
fn a_value_of_a_map_that_came_in_two_parts_is_one() {
    let pool = nodes();
    let (shapes, node) = (Shapes::read(&pool), pool.get_message_by_name("test.Node").expect("is there"));
    let part = |bytes: &[u8]| bytes_field(2, bytes);
    let value = [part(&bytes_field(1, b"text")), part(&bytes_field(2, &[]))].concat();
    let bytes = bytes_field(3, &[bytes_field(1, b"a"), value].concat());
    let leaf = serde_json::json!({ "text": "", "byName": {} });
    let whole = serde_json::json!({ "text": "text", "next": leaf, "byName": {} });
    assert_eq!(by_wire(&shapes, &node, &bytes), serde_json::json!({ "text": "", "byName": { "a": whole } }));
    let nothing = bytes_field(3, &bytes_field(1, b"a"));
    assert_eq!(by_wire(&shapes, &node, &nothing), serde_json::json!({ "text": "", "byName": { "a": leaf } }));
}

#[test]
fn messages_that_lie_too_deep_in_each_other_are_refused() {
    let pool = nodes();
    let (shapes, node) = (Shapes::read(&pool), pool.get_message_by_name("test.Node").expect("is there"));
    let nested = |levels: usize| (0..levels).fold(Vec::new(), |inner, _| bytes_field(2, &inner));
    for levels in [0, 99, 100, 101, 20_000] {
        let theirs = DynamicMessage::decode(node.clone(), nested(levels).as_slice());
        let theirs = theirs.ok().as_ref().map(by_reflection);
        assert_eq!(written(&shapes, &node, &nested(levels)), theirs, "{levels}");
    }
    let within_maps = (0..20_000).fold(Vec::new(), |inner, _| bytes_field(3, &bytes_field(2, &inner)));
    assert_eq!(written(&shapes, &node, &within_maps), None);
}
