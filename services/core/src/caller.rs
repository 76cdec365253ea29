//! Who calls: verified by the gateway, carried between services in a short signed token, checked by every service.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hotline_proto::auth::v1::Role;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::error::Error;

/// The metadata that carries the internal token.
pub const HEADER: &str = "x-hotline-identity";
/// How long an internal token is good for: one call, its retries, and some difference of clocks.
const LIFETIME_SECONDS: i64 = 120;
/// By how much the clocks of two services may differ.
const LEEWAY_SECONDS: i64 = 30;
/// How long a token is taken as it was signed or verified; it is still good for a call and its retries then.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// Tokens kept at most.
const KEPT: u64 = 10_000;
/// The role that mints tokens for people; it is no service for internal methods.
pub const GATEWAY: &str = "gateway";

/// Who calls, and through which service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caller {
    /// `sub` of the person's token, or `service:<name>`.
    pub subject: String,
    /// Name to show.
    pub name: String,
    /// Roles of the person.
    pub roles: BTreeSet<Role>,
    /// Keys of the person's teams.
    pub teams: Vec<String>,
    /// The service that makes the call on the person's behalf or its own.
    pub service: Option<String>,
}

tokio::task_local! {
    static CURRENT: Caller;
}

impl Caller {
    /// Returns a service that acts on its own behalf.
    pub fn service(name: &str) -> Self {
        Self { subject: format!("service:{name}"), service: Some(name.to_owned()), ..Self::default() }
    }

    /// Runs `future` as this caller.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, future)
    }

    /// Tells whether the caller has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Tells whether the caller is another service of the suite, which may call internal methods.
    pub fn is_service(&self) -> bool {
        self.service.as_deref().is_some_and(|name| name != GATEWAY)
    }

    /// Tells whether the caller may see and do what belongs to a team: its members, and those above all teams.
    pub fn may_act_for(&self, team_key: &str) -> bool {
        self.is_above_teams() || self.teams.iter().any(|team| team == team_key)
    }

    /// Tells whether the caller stands above teams.
    pub fn is_above_teams(&self) -> bool {
        [Role::Supervisor, Role::Operations, Role::Admin].iter().any(|role| self.has(*role))
            || self.subject.starts_with("service:")
    }
}

/// Returns who calls now; an unknown caller outside any call.
pub fn current() -> Option<Caller> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Returns who calls now.
///
/// # Errors
/// [`Error::Unauthenticated`] outside any call.
pub fn required() -> Result<Caller, Error> {
    current().ok_or(Error::Unauthenticated("no caller"))
}

/// Returns the subject of who calls now, for records of who did what; empty outside any call.
pub fn current_actor() -> String {
    current().map(|caller| caller.subject).unwrap_or_default()
}

/// Signs and verifies internal tokens: HS256 with a secret that all services of one suite share. What was signed or
/// verified a moment ago is not computed again: a person's calls come many at a time.
#[derive(Clone)]
pub struct Keys(Arc<Kept>);

struct Kept {
    signs: EncodingKey,
    verifies: DecodingKey,
    minted: Cache<(Caller, String), Arc<str>>,
    verified: Cache<String, Arc<Verified>>,
}

/// A token that was good.
struct Verified {
    caller: Caller,
    audience: String,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    sub: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    teams: Vec<String>,
    #[serde(default)]
    svc: Option<String>,
}

impl Keys {
    /// Makes keys from the suite's internal secret, at least 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for a shorter one.
    pub fn new(secret: &[u8]) -> Result<Self, Error> {
        if secret.len() < 32 {
            return Err(anyhow::anyhow!(
                "the internal secret has {} bytes; it needs at least 32",
                secret.len()
            )
            .into());
        }
        Ok(Self(Arc::new(Kept {
            signs: EncodingKey::from_secret(secret),
            verifies: DecodingKey::from_secret(secret),
            minted: Cache::builder().max_capacity(KEPT).time_to_live(KEPT_FOR).build(),
            verified: Cache::builder().max_capacity(KEPT).time_to_live(KEPT_FOR).build(),
        })))
    }

    /// Mints a token that only `audience` accepts.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn mint(&self, caller: &Caller, audience: &str) -> Result<Arc<str>, Error> {
        let key = (caller.clone(), audience.to_owned());
        if let Some(token) = self.0.minted.get(&key) {
            return Ok(token);
        }
        let token: Arc<str> = self.sign(caller, audience)?.into();
        self.0.minted.insert(key, token.clone());
        Ok(token)
    }

    fn sign(&self, caller: &Caller, audience: &str) -> Result<String, Error> {
        let claims = Claims {
            iss: "hotline".into(),
            aud: audience.into(),
            exp: clock::wall().timestamp() + LIFETIME_SECONDS,
            sub: caller.subject.clone(),
            name: caller.name.clone(),
            roles: caller.roles.iter().map(|role| role.claim()).collect(),
            teams: caller.teams.clone(),
            svc: caller.service.clone(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.0.signs)
            .map_err(|error| Error::Internal(error.into()))
    }

    /// Verifies a token for `audience`.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub fn verify(&self, token: &str, audience: &str) -> Result<Caller, Error> {
        let now = clock::wall().timestamp() - LEEWAY_SECONDS;
        let known = self.0.verified.get(token);
        if let Some(known) = known.filter(|known| known.audience == audience && known.expires_at > now) {
            return Ok(known.caller.clone());
        }
        let (caller, expires_at) = self.check(token, audience)?;
        let known = Verified { caller: caller.clone(), audience: audience.to_owned(), expires_at };
        self.0.verified.insert(token.to_owned(), Arc::new(known));
        Ok(caller)
    }

    fn check(&self, token: &str, audience: &str) -> Result<(Caller, i64), Error> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[audience]);
        rules.set_issuer(&["hotline"]);
        rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        rules.leeway = LEEWAY_SECONDS.unsigned_abs();
        let claims = decode::<Claims>(token, &self.0.verifies, &rules)
            .map_err(|_| Error::Unauthenticated("the internal token is not valid"))?
            .claims;
        let caller = Caller {
            subject: claims.sub,
            name: claims.name,
            roles: claims.roles.iter().filter_map(|role| Role::from_claim(role)).collect(),
            teams: claims.teams,
            service: claims.svc,
        };
        Ok((caller, claims.exp))
    }
}

#[cfg(test)]
mod tests {
    use hotline_proto::auth::v1::Role;

    use super::{Caller, Keys};

    #[test]
    fn a_token_is_good_for_its_audience_and_key_only() {
        let keys = Keys::new(&[7; 32]).unwrap();
        let caller = Caller {
            subject: "engineer".into(),
            roles: [Role::Engineer].into(),
            teams: vec!["second-line-network".into()],
            service: Some("gateway".into()),
            ..Caller::default()
        };
        let token = keys.mint(&caller, "dispatch").unwrap();
        assert_eq!(keys.verify(&token, "dispatch").unwrap(), caller);
        assert_eq!(keys.verify(&token, "dispatch").unwrap(), caller, "also when it is known already");
        assert!(keys.verify(&token, "tickets").is_err());
        assert_eq!(keys.mint(&caller, "dispatch").unwrap(), token);
        assert_ne!(keys.mint(&Caller { teams: Vec::new(), ..caller }, "dispatch").unwrap(), token);
        assert!(Keys::new(&[8; 32]).unwrap().verify(&token, "dispatch").is_err());
        assert!(Keys::new(&[7; 31]).is_err());
    }

    #[test]
    fn only_members_and_those_above_teams_act_for_a_team() {
        let member = Caller { teams: vec!["a".into()], ..Caller::default() };
        assert!(member.may_act_for("a") && !member.may_act_for("b"));
        let supervisor = Caller { roles: [Role::Supervisor].into(), ..Caller::default() };
        assert!(supervisor.may_act_for("b"));
        assert!(!Caller { service: Some("gateway".into()), ..Caller::default() }.is_service());
    }
}
