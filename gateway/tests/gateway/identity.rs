//! Who is let in: tokens good and bad, roles, spoofed headers (D01–D07, D11 of the attack list).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hotline_core::clock;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::bench::{Answer, Bench};

async fn with_token(bench: &Bench, token: &str) -> Answer {
    bench.send("GET", "/v1/probes/p-1", &[("authorization", &format!("Bearer {token}"))], "").await
}

fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

/// Takes a good token apart.
fn parts(token: &str) -> (String, Value, String) {
    let mut parts = token.split('.');
    let mut next = || parts.next().expect("three parts").to_owned();
    let (header, claims, signature) = (next(), next(), next());
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
    (header, serde_json::from_slice(&claims).expect("JSON"), signature)
}

#[tokio::test]
async fn nobody_gets_in_without_a_good_token_and_all_are_told_the_same() {
    let bench = Bench::start().await;
    let good = bench.token("agent", "agent");
    assert_eq!(with_token(&bench, &good).await.status, 200);
    let (header, claims, signature) = parts(&good);
    let mut tampered = claims.clone();
    tampered["roles"] = json!(["admin"]);
    let none = |alg: &str| format!("{}.{}.", part(&json!({"alg": alg, "typ": "JWT"})), part(&claims));
    let bad = [
        String::new(),
        "junk".into(),
        format!("{header}.{}.{signature}", part(&tampered)),
        none("none"),
        none("nOnE"),
        none("HS256"),
        format!("{}.{}.{signature}", part(&json!({"alg": "HS512"})), part(&claims)),
        format!("{}.{}.{signature}", part(&json!({"alg": "RS256"})), part(&claims)),
        good[..good.len() - 1].to_owned(),
        format!("{good}="),
        format!("{good}.x"),
        format!("{good}A"),
        format!(" {good}"),
        "x".repeat(9000),
    ];
    let mut bodies = Vec::new();
    for token in bad {
        let refused = with_token(&bench, &token).await;
        assert_eq!(refused.problem(), (401, "UNAUTHENTICATED".into()), "{token}");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        bodies.push(refused.body);
    }
    bodies.push(bench.send("GET", "/v1/probes/p-1", &[], "").await.body);
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "the body does not say why");
}

#[tokio::test]
async fn another_scheme_or_two_tokens_are_no_token() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    assert_eq!(bench.send("GET", "/v1/probes/p-1", &twice, "").await.status, 401);
    let basic = bench.send("GET", "/v1/probes/p-1", &[("authorization", "Basic YWRtaW46YWRtaW4=")], "").await;
    assert_eq!(basic.status, 401);
    let lower = bearer.replace("Bearer", "bearer");
    assert_eq!(bench.send("GET", "/v1/probes/p-1", &[("authorization", &lower)], "").await.status, 200);
}

#[tokio::test]
async fn a_token_signed_with_another_key_is_refused() {
    let bench = Bench::start().await;
    let now = clock::wall().timestamp();
    let claims =
        json!({"sub": "agent", "roles": ["admin"], "iss": "hotline", "aud": "hotline", "exp": now + 600});
    let forged =
        encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&[0; 32])).expect("signed");
    assert_eq!(with_token(&bench, &forged).await.status, 401);
}

#[tokio::test]
async fn roles_decide_and_unknown_roles_are_none() {
    let bench = Bench::start().await;
    let patch = async |role: &str| bench.call_as(role, "PATCH", "/v1/probes/p-1", "{}").await;
    assert_eq!(patch("supervisor").await.status, 200);
    assert_eq!(patch("agent").await.problem(), (403, "ROLE_REQUIRED".into()));
    assert_eq!(bench.call_as("agent", "GET", "/v1/probes/p-1", "").await.status, 200);
    assert_eq!(bench.call_as("third_party", "GET", "/v1/probes/p-1", "").await.problem().0, 403);
    let run = bench.call_as("third_party", "POST", "/v1/probes/p-1:run", r#"{"name":"n"}"#).await;
    assert_eq!(run.status, 200, "signed in is enough");
    assert_eq!(bench.send("GET", "/v1/probe-board", &[], "").await.status, 200);
    let hidden = bench.call_as("admin", "POST", "/hotline.probe.v1.ProbeService/HideProbe", "{}").await;
    assert_eq!(hidden.problem().0, 404);
}

#[tokio::test]
async fn services_see_who_the_token_names_and_no_header_of_the_clients_making() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-hotline-identity", "forged"),
        ("x-hotline-roles", "admin"),
        ("x-user-id", "admin"),
        ("x-forwarded-for", "1.1.1.1"),
        ("identity-bin", "YWRtaW4"),
        ("cookie", "session=1"),
    ];
    let seen = bench.send("GET", "/v1/probes/p-1", &headers, "").await.json()["seen"].clone();
    assert_eq!(seen["caller.subject"], "agent");
    assert_eq!(seen["caller.name"], "坐席甲");
    assert_eq!(seen["caller.roles"], "agent");
    assert_eq!(seen["caller.teams"], "t1");
    assert_eq!(seen["caller.service"], "gateway");
    for (name, _) in headers {
        assert_eq!(seen[name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn without_a_token_services_see_nobody_rather_than_the_gateway() {
    let bench = Bench::start().await;
    let seen = bench.send("GET", "/v1/probe-board", &[("x-hotline-identity", "forged")], "").await.json();
    assert_eq!(seen["seen"]["caller.subject"], "anonymous");
}
