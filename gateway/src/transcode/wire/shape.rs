//! What a writer needs to know of each message, read from its descriptor once.

use std::collections::HashMap;

use prost::encoding::WireType;
use prost_reflect::{Cardinality, DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

/// Names a shape among those of its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShapeId(usize);

/// The shapes of all messages of a pool.
#[derive(Debug)]
pub(crate) struct Shapes {
    all: Vec<Shape>,
    by_name: HashMap<String, ShapeId>,
}

/// One message.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) fields: Vec<Field>,
    pub(super) special: Special,
    /// Places of fields by number, in the numbers' order.
    places: Vec<(u32, usize)>,
}

/// Messages that JSON writes in their own way.
#[derive(Debug)]
pub(super) enum Special {
    None,
    Timestamp,
    /// Seldom ones, which reflection writes.
    Other(MessageDescriptor),
}

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// `"name":`
    pub(super) key: String,
    pub(super) label: Label,
    pub(super) of: Type,
    /// The choice of which it is one, where it is one of several.
    pub(super) choice: Option<String>,
}

/// How often a field may be there.
#[derive(Debug)]
pub(super) enum Label {
    Single { has_presence: bool },
    List,
    Map,
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Type {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
    String,
    Bytes,
    Enum(HashMap<i32, String>),
    Message(ShapeId),
}

impl Shapes {
    /// Reads the shapes of all messages of `pool`.
    pub(crate) fn read(pool: &DescriptorPool) -> Self {
        let messages: Vec<_> = pool.all_messages().collect();
        let names = messages.iter().enumerate();
        let by_name: HashMap<_, _> =
            names.map(|(place, message)| (message.full_name().to_owned(), ShapeId(place))).collect();
        let all = messages.iter().map(|message| Shape::read(message, &by_name)).collect();
        Self { all, by_name }
    }

    /// Returns the shape of a message of the pool.
    pub(crate) fn id(&self, message: &MessageDescriptor) -> Option<ShapeId> {
        self.by_name.get(message.full_name()).copied()
    }

    pub(super) fn get(&self, id: ShapeId) -> &Shape {
        &self.all[id.0]
    }
}

impl Shape {
    fn read(message: &MessageDescriptor, by_name: &HashMap<String, ShapeId>) -> Self {
        let special = match message.full_name() {
            "google.protobuf.Timestamp" => Special::Timestamp,
            name if name.starts_with("google.protobuf.") => Special::Other(message.clone()),
            _ => Special::None,
        };
        let mut places: Vec<_> =
            message.fields().enumerate().map(|(place, field)| (field.number(), place)).collect();
        places.sort_unstable();
        Self { fields: message.fields().map(|field| Field::read(&field, by_name)).collect(), special, places }
    }

    /// Returns the place of the field with this number.
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        let found = self.places.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(self.places[found].1)
    }
}

impl Field {
    fn read(field: &FieldDescriptor, by_name: &HashMap<String, ShapeId>) -> Self {
        let label = if field.is_map() {
            Label::Map
        } else if field.cardinality() == Cardinality::Repeated {
            Label::List
        } else {
            Label::Single { has_presence: field.supports_presence() }
        };
        let of = match field.kind() {
            Kind::Bool => Type::Bool,
            Kind::Int32 => Type::Int32,
            Kind::Int64 => Type::Int64,
            Kind::Uint32 => Type::Uint32,
            Kind::Uint64 => Type::Uint64,
            Kind::Sint32 => Type::Sint32,
            Kind::Sint64 => Type::Sint64,
            Kind::Fixed32 => Type::Fixed32,
            Kind::Fixed64 => Type::Fixed64,
            Kind::Sfixed32 => Type::Sfixed32,
            Kind::Sfixed64 => Type::Sfixed64,
            Kind::Float => Type::Float,
            Kind::Double => Type::Double,
            Kind::String => Type::String,
            Kind::Bytes => Type::Bytes,
            Kind::Enum(of) => {
                // Of several names for one number the first is the one to write.
                let names = of.values().collect::<Vec<_>>().into_iter().rev();
                Type::Enum(names.map(|value| (value.number(), value.name().to_owned())).collect())
            }
            Kind::Message(of) => Type::Message(by_name[of.full_name()]),
        };
        let choice = field.containing_oneof().filter(|choice| choice.fields().len() > 1);
        let choice = choice.map(|choice| choice.name().to_owned());
        Self { name: field.name().to_owned(), key: format!("\"{}\":", field.json_name()), label, of, choice }
    }
}

impl Type {
    /// Returns how values that are packed into one follow each other; nothing for what is never packed.
    pub(super) fn packed(&self) -> Option<WireType> {
        match self {
            Self::String | Self::Bytes | Self::Message(_) => None,
            Self::Fixed32 | Self::Sfixed32 | Self::Float => Some(WireType::ThirtyTwoBit),
            Self::Fixed64 | Self::Sfixed64 | Self::Double => Some(WireType::SixtyFourBit),
            _ => Some(WireType::Varint),
        }
    }
}
