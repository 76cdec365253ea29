//! An answer's bytes → JSON (`ProtoJSON`), straight from the wire: the same text that a message built by reflection gives,
//! without building one. Answers are most of what a gateway works on, so this is worth a writer of our own.

use std::ops::RangeInclusive;

use prost::Message;
use prost_reflect::{DynamicMessage, SerializeOptions};
use prost_types::Timestamp;
use serde_json::Serializer;

use self::reading::{Values, Wire, bytes_of, read, read_value};
use self::shape::{Field, Label, Shape, Special, Type};

mod reading;
mod shape;

pub(crate) use shape::{ShapeId, Shapes};

/// What is wrong with the bytes of a message.
type Result<T> = std::result::Result<T, anyhow::Error>;

/// How deep messages may lie in each other, as where they are decoded: what is deeper is no answer of ours.
const DEPTH: usize = 100;
/// The seconds of the years 1 to 9999, which is what JSON can name.
const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Writes messages of some shapes.
pub(super) struct Writer<'a> {
    shapes: &'a Shapes,
    out: Vec<u8>,
    /// How deep the message lies that is being written.
    depth: usize,
}

impl<'a> Writer<'a> {
    /// Starts a text.
    pub(super) fn new(shapes: &'a Shapes) -> Self {
        Self { shapes, out: Vec::with_capacity(1024), depth: 0 }
    }

    /// Ends the text.
    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Writes a message: every field, zero or not; what is declared optional, and messages, only where they are there.
    ///
    /// # Errors
    /// For bytes that are not what the contract says. Then what is written so far is worth nothing.
    pub(super) fn message(&mut self, id: ShapeId, bytes: &[u8]) -> Result<()> {
        anyhow::ensure!(self.depth <= DEPTH, "messages lie more than {DEPTH} deep in each other");
        self.depth += 1;
        let shape = self.shapes.get(id);
        match &shape.special {
            Special::None => self.fields(shape, bytes)?,
            Special::Timestamp => self.timestamp(bytes)?,
            Special::Other(descriptor) => {
                let message = DynamicMessage::decode(descriptor.clone(), bytes)?;
                let options = SerializeOptions::new().skip_default_fields(false);
                message.serialize_with_options(&mut Serializer::new(&mut self.out), &options)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn timestamp(&mut self, bytes: &[u8]) -> Result<()> {
        let at = Timestamp::decode(bytes)?.normalized();
        anyhow::ensure!(
            SECONDS.contains(&at.seconds),
            "{} s is a time of no year that JSON names",
            at.seconds
        );
        self.quoted(&at.to_string())
    }

    fn fields(&mut self, shape: &Shape, bytes: &[u8]) -> Result<()> {
        let mut values = read(shape, bytes)?;
        values.sort_by_key(|(field, _)| *field);
        self.out.push(b'{');
        let (mut first, mut rest) = (true, values.as_slice());
        for (number, field) in shape.fields.iter().enumerate() {
            let count = rest.iter().take_while(|(of, _)| *of == number).count();
            let (own, others) = rest.split_at(count);
            rest = others;
            if own.is_empty() && matches!(field.label, Label::Single { has_presence: true }) {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            self.out.extend_from_slice(field.key.as_bytes());
            self.field(field, own)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn field(&mut self, field: &Field, values: &[(usize, Wire<'_>)]) -> Result<()> {
        match field.label {
            Label::Single { .. } => match (&field.of, values) {
                (_, []) => self.default(&field.of),
                // Parts of one message that came apart are put together by putting their bytes together.
                (Type::Message(id), [_, _, ..]) => {
                    let parts: Result<Vec<&[u8]>> =
                        values.iter().map(|(_, value)| bytes_of(*value)).collect();
                    self.message(*id, &parts?.concat())
                }
                (of, [.., (_, last)]) => self.value(of, *last),
            },
            Label::List => self.list(&field.of, values),
            Label::Map => self.map(&field.of, values),
        }
    }

    fn list(&mut self, of: &Type, values: &[(usize, Wire<'_>)]) -> Result<()> {
        self.out.push(b'[');
        let mut first = true;
        for (_, value) in values {
            match (value, of.packed()) {
                (Wire::Bytes(packed), Some(wire)) => {
                    let mut packed = *packed;
                    while !packed.is_empty() {
                        let value = read_value(wire, &mut packed)?;
                        self.item(&mut first, of, value)?;
                    }
                }
                _ => self.item(&mut first, of, *value)?,
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn item(&mut self, first: &mut bool, of: &Type, value: Wire<'_>) -> Result<()> {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
        self.value(of, value)
    }

    /// A map is a list of messages with a key and a value; the last word on a key counts. A value that is a message may
    /// come in parts, as anywhere.
    fn map(&mut self, of: &Type, values: &[(usize, Wire<'_>)]) -> Result<()> {
        let Type::Message(id) = of else { anyhow::bail!("a map without entries") };
        let [key, value] = self.shapes.get(*id).fields.as_slice() else {
            anyhow::bail!("an entry has two fields")
        };
        let mut entries: Vec<(Vec<u8>, Values<'_>)> = Vec::with_capacity(values.len());
        for (_, entry) in values {
            let parts = read(self.shapes.get(*id), bytes_of(*entry)?)?;
            let (names, content): (Values<'_>, Values<'_>) =
                parts.into_iter().partition(|(field, _)| *field == 0);
            let name = self.key(key, names.last().map(|(_, name)| *name))?;
            entries.retain(|(other, _)| *other != name);
            entries.push((name, content));
        }
        self.out.push(b'{');
        let mut first = true;
        for (name, content) in entries {
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&name);
            self.out.push(b':');
            self.field(value, &content)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Returns a map's key as JSON wants it: text.
    fn key(&self, key: &Field, value: Option<Wire<'_>>) -> Result<Vec<u8>> {
        let mut text = Writer::new(self.shapes);
        match value {
            Some(value) => text.value(&key.of, value)?,
            None => text.default(&key.of)?,
        }
        let text = text.finish();
        Ok(if text.starts_with(b"\"") { text } else { [b"\"", text.as_slice(), b"\""].concat() })
    }

    fn default(&mut self, of: &Type) -> Result<()> {
        match of {
            Type::String | Type::Bytes => self.out.extend_from_slice(b"\"\""),
            Type::Message(id) => self.message(*id, &[])?,
            Type::Float | Type::Fixed32 | Type::Sfixed32 => self.value(of, Wire::Fixed32(0))?,
            Type::Double | Type::Fixed64 | Type::Sfixed64 => self.value(of, Wire::Fixed64(0))?,
            _ => self.value(of, Wire::Varint(0))?,
        }
        Ok(())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "how the wire format narrows"
    )]
    fn value(&mut self, of: &Type, value: Wire<'_>) -> Result<()> {
        match (of, value) {
            (Type::Bool, Wire::Varint(bits)) => self.raw(bits != 0),
            (Type::Int32, Wire::Varint(bits)) => self.raw(bits as i32),
            (Type::Uint32, Wire::Varint(bits)) => self.raw(bits as u32),
            (Type::Sint32, Wire::Varint(bits)) => {
                let bits = bits as u32;
                self.raw((bits >> 1) as i32 ^ -((bits & 1) as i32))
            }
            // Beyond 53 bits a script would round: ProtoJSON writes them as text.
            (Type::Int64, Wire::Varint(bits)) => self.quoted_number(bits as i64),
            (Type::Uint64, Wire::Varint(bits)) => self.quoted_number(bits),
            (Type::Sint64, Wire::Varint(bits)) => {
                self.quoted_number((bits >> 1) as i64 ^ -((bits & 1) as i64))
            }
            (Type::Fixed32, Wire::Fixed32(bits)) => self.raw(bits),
            (Type::Sfixed32, Wire::Fixed32(bits)) => self.raw(bits as i32),
            (Type::Fixed64, Wire::Fixed64(bits)) => self.quoted_number(bits),
            (Type::Sfixed64, Wire::Fixed64(bits)) => self.quoted_number(bits as i64),
            (Type::Float, Wire::Fixed32(bits)) => {
                let number = f32::from_bits(bits);
                self.float(number.into(), number)
            }
            (Type::Double, Wire::Fixed64(bits)) => {
                let number = f64::from_bits(bits);
                self.float(number, number)
            }
            (Type::String, Wire::Bytes(text)) => self.quoted(std::str::from_utf8(text)?),
            (Type::Bytes, Wire::Bytes(bytes)) => {
                use base64::Engine;
                self.quoted(&base64::engine::general_purpose::STANDARD.encode(bytes))
            }
            (Type::Enum(names), Wire::Varint(bits)) => match names.get(&(bits as i32)) {
                Some(name) => self.quoted(name),
                None => self.raw(bits as i32),
            },
            (Type::Message(id), Wire::Bytes(bytes)) => self.message(*id, bytes),
            (of, value) => anyhow::bail!("{value:?} is no {of:?}"),
        }
    }

    fn raw(&mut self, value: impl serde::Serialize) -> Result<()> {
        Ok(serde_json::to_writer(&mut self.out, &value)?)
    }

    fn quoted(&mut self, text: &str) -> Result<()> {
        self.raw(text)
    }

    fn quoted_number(&mut self, number: impl serde::Serialize) -> Result<()> {
        self.out.push(b'"');
        self.raw(number)?;
        self.out.push(b'"');
        Ok(())
    }

    fn float(&mut self, number: f64, as_declared: impl serde::Serialize) -> Result<()> {
        match number {
            number if number.is_nan() => self.quoted("NaN"),
            f64::INFINITY => self.quoted("Infinity"),
            f64::NEG_INFINITY => self.quoted("-Infinity"),
            _ => self.raw(as_declared),
        }
    }
}

/// Returns the text in a message's field, empty where it is not there.
///
/// # Errors
/// For bytes that are not what the contract says.
pub(super) fn text_in<'a>(shapes: &Shapes, id: ShapeId, name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    let shape = shapes.get(id);
    let Some(place) = shape.fields.iter().position(|field| field.name == name) else { return Ok("") };
    let found = read(shape, bytes)?.into_iter().rev().find(|(field, _)| *field == place);
    found.map_or(Ok(""), |(_, value)| Ok(std::str::from_utf8(bytes_of(value)?)?))
}

#[cfg(test)]
mod tests;
