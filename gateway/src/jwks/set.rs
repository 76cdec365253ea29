//! Reads a key set (RFC 7517): keys we have no use for are passed over, a document that is none is refused.

use std::sync::Arc;

use anyhow::{Context, ensure};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::Key;

/// Shorter RSA keys are not safe (NIST SP 800-131A): 2048 bits.
const SHORTEST_MODULUS: usize = 256;

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// Returns the keys that can verify `EdDSA`, ES256 or RS256.
///
/// # Errors
/// When the document is no key set or has no such key.
pub(super) fn read(document: &[u8]) -> anyhow::Result<Vec<Arc<Key>>> {
    let document: Document = serde_json::from_slice(document).context("the answer is no key set")?;
    let keys: Vec<_> = document.keys.into_iter().filter_map(key).map(Arc::new).collect();
    ensure!(!keys.is_empty(), "the key set has no key for EdDSA, ES256 or RS256");
    Ok(keys)
}

fn key(value: serde_json::Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let algorithm = algorithm(&jwk.algorithm)?;
    let fits = jwk.common.key_algorithm.is_none_or(|declared| declared == KeyAlgorithm::from(algorithm));
    let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    if !fits || !signs {
        return None;
    }
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, algorithm, decoding })
}

/// The key's own type decides. A symmetric key in a public document would be no secret.
fn algorithm(parameters: &AlgorithmParameters) -> Option<Algorithm> {
    match parameters {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Some(Algorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            Some(Algorithm::ES256)
        }
        AlgorithmParameters::RSA(rsa) => {
            let modulus = BASE64_URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            (modulus.len() >= SHORTEST_MODULUS).then_some(Algorithm::RS256)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;
    use serde_json::json;

    use super::read;

    /// The public key of RFC 8037 appendix A.2.
    const ED25519: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn keys_we_can_use_are_read_and_others_passed_over() {
        let set = json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "a", "use": "sig", "alg": "EdDSA"},
            {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "for encryption", "use": "enc"},
            {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "contradicts itself", "alg": "RS256"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "symmetric", "alg": "HS256"},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "short"},
            {"kty": "from the future", "kid": "unknown"},
        ]});
        let keys = read(set.to_string().as_bytes()).expect("a key set");
        let found: Vec<_> = keys.iter().map(|key| (key.id.as_deref(), key.algorithm)).collect();
        assert_eq!(found, [(Some("a"), Algorithm::EdDSA)]);
    }

    #[test]
    fn a_document_that_is_no_key_set_is_refused() {
        for document in ["<html>", "{}", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"eA"}]}"#] {
            assert!(read(document.as_bytes()).is_err(), "{document}");
        }
    }
}
