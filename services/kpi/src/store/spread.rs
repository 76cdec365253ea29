//! A spread as a column: a protobuf message, since most cells have few bins and packed numbers are short.

use hotline_core::error::Error;
use prost::Message;

use crate::domain::spread::Spread;

#[derive(Clone, PartialEq, Message)]
struct Encoded {
    #[prost(int64, tag = "1")]
    least: i64,
    #[prost(int64, tag = "2")]
    most: i64,
    #[prost(uint32, repeated, tag = "3")]
    bins: Vec<u32>,
    #[prost(int64, repeated, tag = "4")]
    counts: Vec<i64>,
}

/// Returns the column; empty where there are no amounts. Equal spreads give equal bytes.
pub(super) fn encode(spread: &Spread) -> Vec<u8> {
    let Some((least, most)) = spread.ends else {
        return Vec::new();
    };
    let (bins, counts) = spread.bins.iter().unzip();
    let encoded = Encoded { least, most, bins, counts };
    encoded.encode_to_vec()
}

pub(super) fn decode(column: &[u8]) -> Result<Spread, Error> {
    if column.is_empty() {
        return Ok(Spread::default());
    }
    let encoded = Encoded::decode(column).map_err(|error| Error::Internal(error.into()))?;
    Ok(Spread {
        bins: encoded.bins.into_iter().zip(encoded.counts).collect(),
        ends: Some((encoded.least, encoded.most)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::domain::spread::Spread;
    use super::{decode, encode};

    #[test]
    fn a_spread_comes_back_as_it_was() {
        let mut spread = Spread::default();
        assert_eq!(decode(&encode(&spread)).expect("decodes"), spread);
        for amount in [0, 5, 5, 130, 1_000_000] {
            spread.add(amount, 2);
        }
        assert_eq!(decode(&encode(&spread)).expect("decodes"), spread);
    }
}
