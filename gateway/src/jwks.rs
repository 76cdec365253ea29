//! The public keys of an external issuer: fetched, kept, fetched again when due or when a token names an unknown key,
//! never more often than the cooldown allows.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use http::Uri;
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::Config;
use crate::error::Error;

mod fetch;
mod set;

use fetch::Fetch;

/// A key that verifies tokens, with the one algorithm it is for.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
}

/// The keys of one issuer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Jwks(Arc<Inner>);

struct Inner {
    fetch: Fetch,
    refresh_after: Duration,
    cooldown: Duration,
    keep: Duration,
    known: RwLock<Known>,
    /// When the last fetch began; held while one runs, so that there is one at a time.
    last_fetch: Mutex<Option<Instant>>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Vec<Arc<Key>>,
    fetched: Option<Instant>,
}

impl Jwks {
    /// Makes the keys of the issuer at `url`; the first token fetches them.
    ///
    /// # Errors
    /// When the system's certificates can't be read for an `https` address.
    pub(crate) fn new(url: Uri, config: &Config) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {
            fetch: Fetch::new(url)?,
            refresh_after: Duration::from_secs(config.jwks_refresh_seconds),
            cooldown: Duration::from_secs(config.jwks_cooldown_seconds),
            keep: Duration::from_secs(config.jwks_keep_seconds),
            known: RwLock::default(),
            last_fetch: Mutex::default(),
        })))
    }

    /// Returns the key that a token's header names, if it is for the token's algorithm.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for an unknown key; [`Error::NoKeys`] where no keys are known or the last ones are
    /// too old to be trusted.
    pub(crate) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, Error> {
        let known = self.known();
        if known.is_within(self.0.keep)
            && let Some(key) = known.find(id, algorithm)
        {
            if !known.is_within(self.0.refresh_after) {
                // Good tokens need not wait for a slow issuer.
                let this = self.clone();
                tokio::spawn(async move { this.refresh().await });
            }
            return Ok(key);
        }
        self.refresh().await;
        let known = self.known();
        if !known.is_within(self.0.keep) {
            return Err(Error::NoKeys);
        }
        known.find(id, algorithm).ok_or_else(|| {
            tracing::info!(?algorithm, "a token names a key that the issuer does not have");
            Error::Unauthenticated
        })
    }

    fn known(&self) -> Known {
        self.0.known.read().expect("nothing panics while the keys are locked").clone()
    }

    async fn refresh(&self) {
        let mut last = self.0.last_fetch.lock().await;
        if last.is_some_and(|last| last.elapsed() < self.0.cooldown) {
            return;
        }
        *last = Some(Instant::now());
        match self.0.fetch.get().await.and_then(|body| set::read(&body)) {
            Ok(keys) => {
                tracing::debug!(keys = keys.len(), "the issuer's keys were fetched");
                let known = Known { keys, fetched: Some(Instant::now()) };
                *self.0.known.write().expect("nothing panics while the keys are locked") = known;
            }
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the issuer's keys can't be fetched; the last ones stay"
                );
            }
        }
    }
}

impl Known {
    fn is_within(&self, age: Duration) -> bool {
        self.fetched.is_some_and(|fetched| fetched.elapsed() <= age)
    }

    /// A token that names no key is taken for the only one of its algorithm, if there is just one.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<Key>> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id));
        let key = fitting.next()?;
        fitting.next().is_none().then(|| key.clone())
    }
}
