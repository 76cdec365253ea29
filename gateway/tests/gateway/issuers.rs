//! Tokens of an external issuer: its keys, their rotation, and what a key is good for (D02–D09 of the attack list).

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hotline_core::clock::{self, Clock};
use hotline_gateway::Config;
use http::StatusCode;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::bench::{Bench, Shared};

/// One signing key of the issuer.
struct Pair {
    id: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Pair {
    fn new(id: &str, algorithm: Algorithm) -> Self {
        let key = match algorithm {
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate_pkcs8(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &aws_lc_rs::rand::SystemRandom::new(),
                );
                EncodingKey::from_ec_der(pair.expect("a key").as_ref())
            }
            Algorithm::RS256 => {
                let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).expect("a key");
                let der = BASE64_STANDARD.encode(pair.as_der().expect("PKCS 8").as_ref());
                let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
                EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key")
            }
            _ => {
                let pair = Ed25519KeyPair::generate().expect("a key");
                EncodingKey::from_ed_der(pair.to_pkcs8v1().expect("PKCS 8").as_ref())
            }
        };
        Self { id: id.to_owned(), algorithm, key }
    }

    fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a public key");
        jwk.common.key_id = Some(self.id.clone());
        serde_json::to_value(jwk).expect("JSON")
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).expect("signed")
    }
}

/// An issuer's key set on a port.
struct Issuer {
    address: SocketAddr,
    answer: Shared<(StatusCode, String)>,
    fetches: Arc<AtomicUsize>,
}

impl Issuer {
    async fn start(keys: &[&Pair]) -> Self {
        let answer = Arc::new(Mutex::new((StatusCode::OK, set(keys))));
        let fetches = Arc::new(AtomicUsize::new(0));
        let (told, counted) = (answer.clone(), fetches.clone());
        let page = get(async move || {
            counted.fetch_add(1, Ordering::SeqCst);
            told.lock().expect("not poisoned").clone()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = axum::Router::new().route("/keys", page);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, answer, fetches }
    }

    fn publish(&self, keys: &[&Pair]) {
        *self.answer.lock().expect("not poisoned") = (StatusCode::OK, set(keys));
    }

    fn fail(&self) {
        *self.answer.lock().expect("not poisoned") = (StatusCode::BAD_GATEWAY, String::new());
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn config(&self) -> Config {
        Config {
            issuer: "https://id.example".into(),
            audience: "hotline".into(),
            jwks_url: format!("http://{}/keys", self.address),
            jwks_cooldown_seconds: 0,
            ..Config::default()
        }
    }
}

fn set(keys: &[&Pair]) -> String {
    json!({"keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>()}).to_string()
}

fn claims() -> Value {
    let now = clock::wall().timestamp();
    json!({"sub": "wang", "name": "王芳", "roles": ["agent", "unheard_of"], "teams": ["t1"],
           "iss": "https://id.example", "aud": ["other", "hotline"], "exp": now + 600, "nbf": now - 5})
}

async fn status(bench: &Bench, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    bench.send("GET", "/v1/probes/p-1", &[("authorization", &bearer)], "").await.status.as_u16()
}

#[tokio::test]
async fn tokens_of_all_three_algorithms_are_taken() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256] {
        let pair = Pair::new("k1", algorithm);
        let issuer = Issuer::start(&[&pair]).await;
        let bench = Bench::with(issuer.config(), Clock::system()).await;
        assert_eq!(status(&bench, &pair.sign(&claims())).await, 200, "{algorithm:?}");
        assert_eq!(issuer.fetches(), 1);
    }
}

#[tokio::test]
async fn claims_that_do_not_fit_are_refused() {
    let pair = Pair::new("k1", Algorithm::EdDSA);
    let issuer = Issuer::start(&[&pair]).await;
    let bench = Bench::with(issuer.config(), Clock::system()).await;
    let now = clock::wall().timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        pair.sign(&claims)
    };
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("other")),
        ("exp", json!(now - 31)),
        ("exp", json!(-1)),
        ("exp", json!("2099-01-01")),
        ("exp", Value::Null),
        ("nbf", json!(now + 90)),
        ("sub", Value::Null),
        ("sub", json!("service:tickets")),
        ("sub", json!("anonymous")),
        ("roles", json!("admin")),
    ] {
        assert_eq!(status(&bench, &with(name, value.clone())).await, 401, "{name}: {value}");
    }
    for (name, value) in [
        ("exp", json!(now - 10)),
        ("exp", json!((now + 60) as f64 + 0.5)),
        ("exp", json!(now + 100 * 366 * 86_400)),
        ("nbf", json!(now + 10)),
        ("aud", json!("hotline")),
    ] {
        assert_eq!(status(&bench, &with(name, value.clone())).await, 200, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret_and_a_key_in_the_token_is_no_key() {
    let (pair, evil) = (Pair::new("k1", Algorithm::RS256), Pair::new("k1", Algorithm::EdDSA));
    let issuer = Issuer::start(&[&pair]).await;
    let bench = Bench::with(issuer.config(), Clock::system()).await;
    let public = pair.public();
    let modulus = public["n"].as_str().expect("an RSA key");
    for secret in [modulus.as_bytes().to_vec(), public.to_string().into_bytes()] {
        let header = Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) };
        let forged = encode(&header, &claims(), &EncodingKey::from_secret(&secret)).expect("signed");
        assert_eq!(status(&bench, &forged).await, 401);
    }
    let header = Header {
        kid: Some("k1".into()),
        jwk: Some(serde_json::from_value(evil.public()).expect("a key")),
        jku: Some(format!("http://{}/evil", issuer.address)),
        x5u: Some(format!("http://{}/evil", issuer.address)),
        ..Header::new(Algorithm::EdDSA)
    };
    let forged = encode(&header, &claims(), &evil.key).expect("signed");
    assert_eq!(status(&bench, &forged).await, 401);
    let header =
        Header { crit: Some(vec!["exp".into()]), kid: Some("k1".into()), ..Header::new(Algorithm::RS256) };
    let critical = encode(&header, &claims(), &pair.key).expect("signed");
    assert_eq!(status(&bench, &critical).await, 401);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_dropped_one_is_refused() {
    let (old, new) = (Pair::new("k1", Algorithm::EdDSA), Pair::new("k2", Algorithm::ES256));
    let issuer = Issuer::start(&[&old]).await;
    let bench = Bench::with(issuer.config(), Clock::system()).await;
    let fresh = |name: &str| {
        let mut claims = claims();
        claims["jti"] = name.into();
        claims
    };
    assert_eq!(status(&bench, &old.sign(&fresh("1"))).await, 200);
    issuer.publish(&[&old, &new]);
    assert_eq!(status(&bench, &new.sign(&fresh("2"))).await, 200);
    assert_eq!(status(&bench, &old.sign(&fresh("3"))).await, 200);
    issuer.publish(&[&new]);
    assert_eq!(status(&bench, &Pair::new("k3", Algorithm::EdDSA).sign(&fresh("4"))).await, 401);
    assert_eq!(status(&bench, &old.sign(&fresh("5"))).await, 401);
    assert_eq!(status(&bench, &new.sign(&fresh("6"))).await, 200);
}

#[tokio::test]
async fn unknown_keys_do_not_make_us_a_hammer() {
    let pair = Pair::new("k1", Algorithm::EdDSA);
    let issuer = Issuer::start(&[&pair]).await;
    let bench = Bench::with(Config { jwks_cooldown_seconds: 3600, ..issuer.config() }, Clock::system()).await;
    assert_eq!(status(&bench, &pair.sign(&claims())).await, 200);
    for id in ["../../dev/null", "' OR 1=1 --", "k2", ""] {
        let stranger = Pair { id: id.to_owned(), ..Pair::new(id, Algorithm::EdDSA) };
        assert_eq!(status(&bench, &stranger.sign(&claims())).await, 401, "{id}");
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn while_the_issuer_is_away_its_last_keys_are_trusted() {
    let pair = Pair::new("k1", Algorithm::EdDSA);
    let issuer = Issuer::start(&[&pair]).await;
    let bench = Bench::with(Config { jwks_refresh_seconds: 0, ..issuer.config() }, Clock::system()).await;
    assert_eq!(status(&bench, &pair.sign(&claims())).await, 200);
    issuer.fail();
    let mut again = claims();
    again["jti"] = "2".into();
    assert_eq!(status(&bench, &pair.sign(&again)).await, 200);
}

#[tokio::test]
async fn while_no_keys_are_known_nobody_is_told_that_the_token_is_bad() {
    let pair = Pair::new("k1", Algorithm::EdDSA);
    let issuer = Issuer::start(&[&pair]).await;
    issuer.fail();
    let bench = Bench::with(issuer.config(), Clock::system()).await;
    let bearer = format!("Bearer {}", pair.sign(&claims()));
    let answer = bench.send("GET", "/v1/probes/p-1", &[("authorization", &bearer)], "").await;
    assert_eq!(answer.problem(), (503, "ISSUER_UNAVAILABLE".into()));
    assert_eq!(answer.header("retry-after"), "1");
    issuer.publish(&[&pair]);
    assert_eq!(status(&bench, &pair.sign(&claims())).await, 200);
}

#[tokio::test]
async fn with_an_external_issuer_the_built_in_one_is_off() {
    let pair = Pair::new("k1", Algorithm::EdDSA);
    let issuer = Issuer::start(&[&pair]).await;
    let bench = Bench::with(issuer.config(), Clock::system()).await;
    let body = r#"{"username":"agent","password":"whatever it is"}"#;
    let answer = bench.send("POST", "/v1/auth/token", &[("content-type", "application/json")], body).await;
    assert_eq!(answer.problem(), (404, "ISSUER_OFF".into()));
    assert_eq!(status(&bench, &bench.token("agent", "agent")).await, 401);
}
