//! The built-in issuer of tokens, for the embedded default: HS256 with a random key that all gateways of one database
//! share. Only gateways verify these tokens, so that nobody needs a public key.

use std::sync::Arc;

use chrono::TimeDelta;
use hotline_core::db::Db;
use hotline_core::{clock, id};
use hotline_proto::auth::v1::Role;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use serde::Serialize;

use crate::accounts::Account;
use crate::config::Config;
use crate::error::Error;
use crate::jwks::Key;
use crate::session::is_subject;
use crate::store;

/// Hours that [`Issuer::issue_for`] takes at most: a year.
const MOST_HOURS: u32 = 8784;

/// Makes tokens. Cheap to clone.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    signing: EncodingKey,
    verifying: Arc<Key>,
    issuer: String,
    audience: String,
    hours: u32,
}

/// A token and how long it is good for.
pub struct Token {
    /// To send as `Authorization: Bearer …`.
    pub access_token: String,
    /// Seconds until it ends.
    pub expires_in: i64,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    name: &'a str,
    roles: &'a [String],
    teams: &'a [String],
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

impl Issuer {
    /// Opens the issuer of this database; the first time, its key is made.
    ///
    /// # Errors
    /// [`Error::Core`] when the database fails.
    pub async fn open(db: &Db, config: &Config) -> Result<Self, Error> {
        let secret = store::signing_key(db).await?;
        let verifying =
            Key { id: None, algorithm: Algorithm::HS256, decoding: DecodingKey::from_secret(&secret) };
        Ok(Self(Arc::new(Inner {
            signing: EncodingKey::from_secret(&secret),
            verifying: Arc::new(verifying),
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            hours: config.token_hours,
        })))
    }

    /// Makes a token for an account.
    ///
    /// # Errors
    /// [`Error::Core`] when it can't be signed.
    pub fn issue(&self, account: &Account) -> Result<Token, Error> {
        let roles: Vec<String> = account.roles.iter().map(|role| role.claim()).collect();
        let hours = self.0.hours;
        let access_token = self.sign(&account.username, &account.name, &roles, &account.teams, hours)?;
        Ok(Token { access_token, expires_in: lifetime(hours).num_seconds() })
    }

    /// Makes a token for anyone: operators' tools and other systems. `hours` is 1 to 8784.
    ///
    /// # Errors
    /// [`Error::Malformed`] for an unknown role, a subject that no token may carry, or hours out of range.
    pub fn issue_for(
        &self,
        subject: &str,
        name: &str,
        roles: &[String],
        teams: &[String],
        hours: u32,
    ) -> Result<String, Error> {
        if !is_subject(subject) {
            return Err(Error::malformed("subject", "can't be used in a token", "不能用于令牌"));
        }
        if let Some(role) = roles.iter().find(|role| Role::from_claim(role).is_none()) {
            return Err(Error::malformed(
                "role",
                format!("`{role}` is not a role"),
                format!("`{role}` 不是角色"),
            ));
        }
        if !(1..=MOST_HOURS).contains(&hours) {
            let rule = format!("must be 1 to {MOST_HOURS}");
            return Err(Error::malformed("hours", rule, format!("必须在 1 到 {MOST_HOURS} 之间")));
        }
        self.sign(subject, name, roles, teams, hours)
    }

    /// Returns the key that verifies its tokens.
    pub(crate) fn key(&self) -> Arc<Key> {
        self.0.verifying.clone()
    }

    fn sign(
        &self,
        sub: &str,
        name: &str,
        roles: &[String],
        teams: &[String],
        hours: u32,
    ) -> Result<String, Error> {
        // A token's life is wall time also where the suite runs on a manual clock.
        let now = clock::wall();
        let claims = Claims {
            sub,
            name,
            roles,
            teams,
            iss: &self.0.issuer,
            aud: &self.0.audience,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + lifetime(hours)).timestamp(),
            jti: id::new().to_string(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.0.signing)
            .map_err(|error| hotline_core::error::Error::Internal(error.into()).into())
    }
}

fn lifetime(hours: u32) -> TimeDelta {
    TimeDelta::hours(i64::from(hours))
}
