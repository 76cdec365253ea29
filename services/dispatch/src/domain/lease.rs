//! The proof that somebody holds an assignment.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Bytes of a token: assignment, epoch, secret.
const LENGTH: usize = 16 + 8 + 16;

/// A lease token: it names the assignment and the epoch of the lease, and holds a secret that only the holder was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The assignment.
    pub(crate) assignment: Uuid,
    /// Which lease of the assignment; a later one has a higher epoch.
    pub(crate) epoch: i64,
    /// Known to the holder only.
    pub(crate) secret: [u8; 16],
}

impl Token {
    /// Reads a token; `None` for what was never given out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        Some(Self {
            assignment: Uuid::from_slice(&bytes[..16]).ok()?,
            epoch: i64::from_be_bytes(bytes[16..24].try_into().ok()?),
            secret: bytes[24..].try_into().ok()?,
        })
    }

    /// Returns the text the holder is given.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    /// Returns what the database keeps of it, so that a copy of the database is no key to the work.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.bytes()).to_vec()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(self.assignment.as_bytes());
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(self.secret);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Token;

    #[test]
    fn a_token_reads_back_and_hides_in_its_hash() {
        let token = Token { assignment: Uuid::from_u128(7), epoch: 3, secret: [9; 16] };
        assert_eq!(Token::parse(&token.text()), Some(token.clone()));
        assert!(token.text().len() <= 200);
        let next = Token { epoch: 4, ..token.clone() };
        assert_ne!(next.hash(), token.hash());
    }

    #[test]
    fn what_was_never_given_out_is_no_token() {
        for text in ["", "forged", "AAAA", "令牌"] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }
}
