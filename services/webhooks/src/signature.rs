//! Signatures: HMAC-SHA256 of `id.timestamp.body`, one for each secret that counts.

use std::fmt;

use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};

/// The header with the message's id: the same in every attempt.
pub const ID: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

/// By how much the clocks of sender and receiver may differ.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// How the text of a secret begins.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, at least and at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// Bytes of a secret that is made here.
const LENGTH: usize = 32;
/// The version of signatures with a shared secret.
const VERSION: &str = "v1";
/// Characters of a message's id at most.
const LONGEST_ID: usize = 255;

/// A secret that sender and receiver share. It is never shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A text that is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is `whsec_` and the base64 of 24 to 64 bytes")]
pub struct BadSecret;

/// Why a message is not taken for what its sender says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// The id is missing, or none: it has printable characters and no full stop.
    #[error("the id can't be used")]
    Id,
    /// The time is missing or no number.
    #[error("the time can't be read")]
    Timestamp,
    /// The time is too far from now: the message may be an old one that somebody kept.
    #[error("the message is not of now")]
    Age,
    /// No signature of a secret that counts is among those given.
    #[error("no signature fits")]
    Signature,
}

/// What the headers of a message say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signed<'a> {
    /// [`ID`].
    pub id: &'a str,
    /// [`TIMESTAMP`].
    pub timestamp: &'a str,
    /// [`SIGNATURE`].
    pub signature: &'a str,
}

impl Secret {
    /// Makes a new secret.
    ///
    /// # Panics
    /// Where the system gives no randomness.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = vec![0; LENGTH];
        rand::fill(&mut bytes).expect("the system gives randomness");
        Self(bytes)
    }

    /// Reads a secret from its text; the prefix may be missing.
    ///
    /// # Errors
    /// [`BadSecret`].
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|_| BadSecret)?;
        if LENGTHS.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(BadSecret) }
    }

    /// Returns the text that is given to the receiver.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn sign(&self, message: &[u8]) -> String {
        let tag = hmac::sign(&self.key(), message);
        format!("{VERSION},{}", STANDARD.encode(tag.as_ref()))
    }

    /// Takes as long for a wrong signature as for a right one.
    fn fits(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.key(), message, tag).is_ok()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Returns the signatures of a message, one for each secret: during a rotation the receiver may know either.
/// `timestamp` is in seconds since 1970.
#[must_use]
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let message = message(id, timestamp, body);
    secrets.iter().map(|secret| secret.sign(&message)).collect::<Vec<_>>().join(" ")
}

/// Checks that a message was signed with one of the secrets, not longer than [`TOLERANCE`] ago.
///
/// # Errors
/// [`Forged`] with the first thing that is wrong.
pub fn verify(
    secrets: &[Secret],
    signed: &Signed<'_>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Forged> {
    if !is_id(signed.id) {
        return Err(Forged::Id);
    }
    let digits = !signed.timestamp.is_empty() && signed.timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let timestamp: i64 = signed.timestamp.parse().ok().filter(|_| digits).ok_or(Forged::Timestamp)?;
    let sent = DateTime::from_timestamp(timestamp, 0).ok_or(Forged::Timestamp)?;
    if (now - sent).abs() > TOLERANCE {
        return Err(Forged::Age);
    }
    let message = message(signed.id, timestamp, body);
    let given = signed.signature.split(' ').filter_map(|one| one.split_once(','));
    let tags =
        given.filter(|(version, _)| *version == VERSION).filter_map(|(_, tag)| STANDARD.decode(tag).ok());
    let fits = tags.into_iter().any(|tag| secrets.iter().any(|secret| secret.fits(&message, &tag)));
    if fits { Ok(()) } else { Err(Forged::Signature) }
}

/// A full stop would let the parts of a signed message be cut in another way.
fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.')
}

fn message(id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    message
}

#[cfg(test)]
mod tests;
