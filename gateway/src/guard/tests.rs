//! Rates and addresses.

use std::net::IpAddr;
use std::time::Duration;

use hotline_core::testing::{self, TestDb};
use hotline_proto::access::{Policy, Rule};
use hotline_proto::auth::v1::Scope;
use http::{HeaderMap, HeaderValue};

use super::{Admission, Guard};
use crate::authenticate::{Authenticator, Source};
use crate::config::Config;
use crate::error::Error;
use crate::issuer::Issuer;
use crate::{Migrator, NAME};

async fn guard(config: &Config) -> (Guard, Issuer, TestDb) {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let issuer = Issuer::open(&test.db, config).await.expect("opens");
    let authenticator = Authenticator::new(Source::BuiltIn(issuer.clone()), config);
    (Guard::new(authenticator, config), issuer, test)
}

fn policy(rule: Rule) -> Policy {
    Policy { rule, scope: Scope::Unspecified, read_only: true }
}

fn bearing(token: &str) -> HeaderMap {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
    HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])
}

fn subject(admission: Admission) -> String {
    admission.outcome.expect("let in").caller.subject
}

#[tokio::test]
async fn one_subject_does_not_use_up_the_quota_of_another() {
    let config = Config { rate_per_second: 1, rate_burst: 2, ..Config::default() };
    let (guard, issuer, _db) = guard(&config).await;
    let token = |name: &str| issuer.issue_for(name, name, &["agent".into()], &[], 1).expect("a token");
    let (busy, calm) = (bearing(&token("busy")), bearing(&token("calm")));
    for _ in 0..2 {
        assert_eq!(subject(guard.admit(&policy(Rule::Staff), &busy, None).await), "busy");
    }
    let refused = guard.admit(&policy(Rule::Staff), &busy, None).await;
    assert!(matches!(refused.outcome, Err(Error::TooMany { wait }) if wait <= Duration::from_secs(1)));
    assert!(refused.standing.is_some());
    assert_eq!(subject(guard.admit(&policy(Rule::Staff), &calm, None).await), "calm");
}

#[tokio::test]
async fn bad_tokens_use_up_the_quota_of_their_address() {
    let config = Config { rate_per_second: 1, rate_burst: 1, ..Config::default() };
    let (guard, _, _db) = guard(&config).await;
    let (here, there) = ("10.0.0.1".parse().ok(), "10.0.0.2".parse().ok());
    let outcome =
        async |address| guard.admit(&policy(Rule::SignedIn), &bearing("junk"), address).await.outcome;
    assert!(matches!(outcome(here).await, Err(Error::Unauthenticated)));
    assert!(matches!(outcome(here).await, Err(Error::TooMany { .. })));
    assert!(matches!(outcome(there).await, Err(Error::Unauthenticated)));
}

#[tokio::test]
async fn what_is_public_needs_no_token_and_minds_no_bad_one() {
    let (guard, _, _db) = guard(&Config::default()).await;
    for headers in [HeaderMap::new(), bearing("junk")] {
        assert_eq!(subject(guard.admit(&policy(Rule::Public), &headers, None).await), "anonymous");
    }
}

#[tokio::test]
async fn forwarded_addresses_are_believed_as_far_as_proxies_are_trusted() {
    let peer: Option<IpAddr> = "10.0.0.9".parse().ok();
    let value = HeaderValue::from_static("1.1.1.1, 2.2.2.2, 3.3.3.3");
    let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-forwarded-for"), value)]);
    for (trusted_proxies, expected) in [(0, "10.0.0.9"), (1, "3.3.3.3"), (2, "2.2.2.2"), (9, "10.0.0.9")] {
        let (guard, _, _db) = guard(&Config { trusted_proxies, ..Config::default() }).await;
        assert_eq!(guard.address(&headers, peer), expected.parse().ok(), "{trusted_proxies} proxies");
    }
}
