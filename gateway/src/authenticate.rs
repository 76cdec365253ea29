//! Bearer token → who calls. The algorithm is the key's, never the token's; why a token was refused is for the log,
//! the caller hears the same every time (G2).

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_core::clock;
use hotline_proto::auth::v1::Role;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jsonwebtoken::{Header, Validation, decode, decode_header};
use moka::sync::Cache;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::error::Error;
use crate::issuer::Issuer;
use crate::jwks::Jwks;
use crate::session::is_subject;

/// Longer tokens are not looked at.
const LONGEST: usize = 8192;
/// How long a verified token is taken without a look at its key, and so how long one outlives its key at most.
const TRUST: Duration = Duration::from_secs(60);
/// Verified tokens remembered at most.
const REMEMBERED: u64 = 20_000;

/// Where the keys of tokens come from.
pub(crate) enum Source {
    /// The gateway's own.
    BuiltIn(Issuer),
    /// An external issuer's.
    External(Jwks),
}

/// What a good token says.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) caller: Caller,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Verifies tokens.
pub(crate) struct Authenticator {
    source: Source,
    issuer: String,
    audience: String,
    leeway: u64,
    verified: Cache<[u8; 32], Identity>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    teams: Vec<String>,
}

impl Authenticator {
    pub(crate) fn new(source: Source, config: &Config) -> Self {
        Self {
            source,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            leeway: config.leeway_seconds,
            verified: Cache::builder().max_capacity(REMEMBERED).time_to_live(TRUST).build(),
        }
    }

    /// Returns who the request's token names; `None` where it has none.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a bad token; [`Error::NoKeys`] while nothing can be verified.
    pub(crate) async fn identify(&self, headers: &HeaderMap) -> Result<Option<Identity>, Error> {
        let Some(token) = bearer(headers)? else { return Ok(None) };
        let key: [u8; 32] = Sha256::digest(token).into();
        let ended = clock::wall() - TimeDelta::seconds(i64::try_from(self.leeway).unwrap_or_default());
        if let Some(identity) = self.verified.get(&key).filter(|identity| identity.expires_at > ended) {
            return Ok(Some(identity));
        }
        let identity = self.verify(token).await?;
        self.verified.insert(key, identity.clone());
        Ok(Some(identity))
    }

    async fn verify(&self, token: &str) -> Result<Identity, Error> {
        let header = decode_header(token).map_err(|error| refused(error.kind()))?;
        check_header(&header)?;
        let key = match &self.source {
            Source::BuiltIn(issuer) => issuer.key(),
            Source::External(jwks) => jwks.find(header.kid.as_deref(), header.alg).await?,
        };
        let mut rules = Validation::new(key.algorithm);
        rules.set_audience(&[&self.audience]);
        rules.set_issuer(&[&self.issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.validate_nbf = true;
        rules.leeway = self.leeway;
        let claims = decode::<Claims>(token, &key.decoding, &rules).map_err(|error| refused(error.kind()))?;
        identity(claims.claims)
    }
}

fn check_header(header: &Header) -> Result<(), Error> {
    // An extension that must be understood and is not makes a token invalid (RFC 7515 section 4.1.11).
    if header.crit.is_some() {
        return Err(refused("crit"));
    }
    let kind = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    match kind.trim_start_matches("application/") {
        "jwt" | "at+jwt" => Ok(()),
        _ => Err(refused("typ")),
    }
}

fn identity(claims: Claims) -> Result<Identity, Error> {
    if !is_subject(&claims.sub) {
        return Err(refused("sub"));
    }
    let expires_at = DateTime::from_timestamp(claims.exp as i64, 0).ok_or_else(|| refused("exp"))?;
    // Roles that other systems gave the same person mean nothing here.
    let roles: BTreeSet<Role> = claims.roles.iter().filter_map(|role| Role::from_claim(role)).collect();
    let caller = Caller { subject: claims.sub, name: claims.name, roles, teams: claims.teams, service: None };
    Ok(Identity { caller, expires_at })
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused("more than one Authorization header"));
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused("no bearer token"));
    }
    if token.len() > LONGEST {
        return Err(refused("too long"));
    }
    Ok(Some(token))
}

fn refused(why: impl std::fmt::Debug) -> Error {
    tracing::info!(?why, "a token was refused");
    Error::Unauthenticated
}
