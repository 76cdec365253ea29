//! Secrets at rest: AES-256-GCM under a key of the operator's, with the key's id beside each so that keys can change.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a key at least.
pub const SHORTEST: usize = 32;
/// What keys are made for: the same text of an operator's gives other keys elsewhere.
const PURPOSE: &[u8] = b"hotline webhook secrets 1";

/// Why something can't be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The key is too short.
    #[error("a key has at least {SHORTEST} bytes")]
    ShortKey,
    /// It was sealed with a key that is not known here.
    #[error("it was sealed with the key `{0}`, which is not known here")]
    UnknownKey(String),
    /// It was not sealed here, not for this, or changed since.
    #[error("it can't be opened")]
    Broken,
}

/// The keys that are known: one seals, all open.
pub struct Keys(Vec<Key>);

struct Key {
    id: String,
    cipher: RandomizedNonceKey,
}

impl Keys {
    /// Takes the operator's keys, the present one first.
    ///
    /// # Errors
    /// [`Error::ShortKey`].
    pub fn new(present: &[u8], older: &[&[u8]]) -> Result<Self, Error> {
        let all = std::iter::once(&present).chain(older);
        Ok(Self(all.map(|key| Key::new(key)).collect::<Result<_, _>>()?))
    }

    /// Encrypts `plain`, which belongs to `owner`: for another owner it can't be opened.
    ///
    /// # Errors
    /// [`Error::Broken`] where the cipher fails.
    pub fn seal(&self, owner: &str, plain: &[u8]) -> Result<String, Error> {
        let Key { id, cipher } = self.0.first().ok_or(Error::Broken)?;
        let mut sealed = plain.to_vec();
        let nonce =
            cipher.seal_in_place_append_tag(Aad::from(owner), &mut sealed).map_err(|_| Error::Broken)?;
        let bytes = [nonce.as_ref().as_slice(), sealed.as_slice()].concat();
        Ok(format!("{id}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Decrypts what was sealed for `owner`.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], [`Error::Broken`].
    pub fn open(&self, owner: &str, sealed: &str) -> Result<Vec<u8>, Error> {
        let (id, text) = sealed.split_once('.').ok_or(Error::Broken)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or_else(|| Error::UnknownKey(id.to_owned()))?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Broken)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(Error::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::Broken)?;
        let mut plain = sealed.to_vec();
        let opened =
            key.cipher.open_in_place(nonce, Aad::from(owner), &mut plain).map_err(|_| Error::Broken)?;
        Ok(opened.to_vec())
    }

    /// Tells whether something was sealed with an older key, so that it should be sealed anew.
    #[must_use]
    pub fn is_old(&self, sealed: &str) -> bool {
        let id = sealed.split_once('.').map(|(id, _)| id);
        self.0.first().is_some_and(|key| Some(key.id.as_str()) != id)
    }
}

impl Key {
    fn new(given: &[u8]) -> Result<Self, Error> {
        if given.len() < SHORTEST {
            return Err(Error::ShortKey);
        }
        let mut bytes = [0; 32];
        let derived = Salt::new(HKDF_SHA256, &[]).extract(given);
        derived
            .expand(&[PURPOSE], HKDF_SHA256)
            .and_then(|key| key.fill(&mut bytes))
            .map_err(|_| Error::ShortKey)?;
        // Of the derived key, so that it says nothing of the operator's text.
        let id = URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, &bytes).as_ref()[..6]);
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| Error::ShortKey)?;
        Ok(Self { id, cipher })
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Keys};

    const OLD: &[u8] = b"the old key of the operator, which is long";
    const NEW: &[u8] = b"the new key of the operator, which is long";

    fn keys(present: &[u8], older: &[&[u8]]) -> Keys {
        Keys::new(present, older).expect("long enough")
    }

    #[test]
    fn what_was_sealed_opens_for_its_owner_only() {
        let keys = keys(NEW, &[]);
        let sealed = keys.seal("hook-1", b"whsec_secret").expect("seals");
        assert!(!sealed.contains("secret"));
        assert_ne!(sealed, keys.seal("hook-1", b"whsec_secret").expect("seals"), "no nonce is used twice");
        assert_eq!(keys.open("hook-1", &sealed).expect("opens"), b"whsec_secret");
        assert_eq!(keys.open("hook-2", &sealed), Err(Error::Broken));
    }

    #[test]
    fn what_was_tampered_with_does_not_open() {
        let keys = keys(NEW, &[]);
        let sealed = keys.seal("hook-1", b"whsec_secret").expect("seals");
        let (id, text) = sealed.split_once('.').expect("two parts");
        let flipped: String = text.chars().rev().collect();
        for wrong in [format!("{id}.{flipped}"), format!("{id}."), format!("{id}.AAAA"), format!("{id}.空")]
        {
            assert_eq!(keys.open("hook-1", &wrong), Err(Error::Broken), "{wrong}");
        }
        assert_eq!(keys.open("hook-1", "nonsense"), Err(Error::Broken));
        assert_eq!(keys.open("hook-1", "other.AAAA"), Err(Error::UnknownKey("other".into())));
    }

    #[test]
    fn an_older_key_opens_and_a_lost_one_is_named() {
        let sealed = keys(OLD, &[]).seal("hook-1", b"x").expect("seals");
        let both = keys(NEW, &[OLD]);
        assert_eq!(both.open("hook-1", &sealed).expect("opens"), b"x");
        assert!(both.is_old(&sealed));
        assert!(!both.is_old(&both.seal("hook-1", b"x").expect("seals")));
        assert!(matches!(keys(NEW, &[]).open("hook-1", &sealed), Err(Error::UnknownKey(_))));
        assert!(matches!(Keys::new(b"short", &[]), Err(Error::ShortKey)));
    }
}
