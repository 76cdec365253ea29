//! The wire format: which bytes are which field.

use prost::bytes::Buf;
use prost::encoding::{WireType, decode_key, decode_varint};

use super::Result;
use super::shape::Shape;

/// A value as it stands on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// Values, each with the place of its field.
pub(super) type Values<'a> = Vec<(usize, Wire<'a>)>;

/// Reads the fields that the shape knows, each with its place in it, in the order of the wire.
pub(super) fn read<'a>(shape: &Shape, mut bytes: &'a [u8]) -> Result<Values<'a>> {
    let mut values: Values<'_> = Vec::with_capacity(shape.fields.len());
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes)?;
        let value = read_value(wire, &mut bytes)?;
        if let Some(place) = shape.place(number) {
            let choice = &shape.fields[place].choice;
            if choice.is_some() {
                // Of a choice the last one said counts.
                values.retain(|(other, _)| *other == place || shape.fields[*other].choice != *choice);
            }
            values.push((place, value));
        }
    }
    Ok(values)
}

pub(super) fn read_value<'a>(wire: WireType, bytes: &mut &'a [u8]) -> Result<Wire<'a>> {
    Ok(match wire {
        WireType::Varint => Wire::Varint(decode_varint(bytes)?),
        WireType::SixtyFourBit => Wire::Fixed64(bytes.try_get_u64_le()?),
        WireType::ThirtyTwoBit => Wire::Fixed32(bytes.try_get_u32_le()?),
        WireType::LengthDelimited => {
            let length = usize::try_from(decode_varint(bytes)?)?;
            let whole: &'a [u8] = bytes;
            let (value, rest) =
                whole.split_at_checked(length).ok_or_else(|| anyhow::anyhow!("it is cut off"))?;
            *bytes = rest;
            Wire::Bytes(value)
        }
        WireType::StartGroup | WireType::EndGroup => anyhow::bail!("groups are not used"),
    })
}

pub(super) fn bytes_of(value: Wire<'_>) -> Result<&[u8]> {
    match value {
        Wire::Bytes(bytes) => Ok(bytes),
        other => anyhow::bail!("{other:?} has no length"),
    }
}
