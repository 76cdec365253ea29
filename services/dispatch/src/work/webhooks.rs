//! Webhooks as every event meets them: which of a team tell of it, known beside the work, so that events of teams without
//! one cost nothing. A message is written in the transaction that makes its event true; `courier` sends it afterwards.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use hotline_core::config::Secret as Setting;
use hotline_core::db::{Db, Tap, Tx};
use hotline_core::error::Error as Core;
use hotline_core::{id, outbox};
use hotline_proto::descriptors;
use hotline_proto::dispatch::v1::WebhookState;
use hotline_proto::events::kind;
use hotline_proto::events::v1::Envelope;
use hotline_webhooks::System;
use hotline_webhooks::seal::Keys;
use hotline_webhooks::sender::Sender;
use hotline_webhooks::signature::Secret;
use prost_reflect::{DynamicMessage, SerializeOptions};
use sea_orm::DbBackend;
use sea_orm::sea_query::InsertStatement;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::config;
use crate::domain::webhook::{first_state, message, team_of, tells};
use crate::error::Error;
use crate::store::deliveries::{self, Fresh};
use crate::store::{WebhookRow, webhooks};

mod answers;
mod courier;
mod following;
mod measures;

pub(crate) use courier::deliver;
pub(crate) use following::follow;

/// What is known of all teams.
#[derive(Debug, Default)]
struct Known {
    teams: Arc<Teams>,
    /// Grows with every change that was made here.
    changes: u64,
}

/// What is known of a team's webhook.
#[derive(Clone, Debug)]
struct Hook {
    id: Uuid,
    event_types: Vec<String>,
    state: WebhookState,
}

/// By team.
type Teams = HashMap<String, Vec<Hook>>;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Webhooks {
    known: Arc<RwLock<Known>>,
    /// None where no key is set.
    keys: Option<Arc<Keys>>,
    pub(crate) sender: Sender,
    wake: Arc<Notify>,
}

impl Webhooks {
    /// Knows no webhook yet.
    ///
    /// # Errors
    /// For settings that can't be used.
    pub(super) fn new(config: &config::Webhooks) -> anyhow::Result<Self> {
        let older: Vec<&[u8]> = config.previous_keys.iter().map(bytes).collect();
        let keys = match bytes(&config.key) {
            [] => None,
            key => Some(Arc::new(
                Keys::new(key, &older).map_err(|error| anyhow::anyhow!("dispatch.webhooks.key: {error}"))?,
            )),
        };
        let sender = Sender::new(config.rules()?, config.trust()?, Arc::new(System), config.timeout());
        Ok(Self { known: Arc::default(), keys, sender, wake: Arc::default() })
    }

    /// Reads all webhooks.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn read(&self, db: &Db) -> Result<(), Core> {
        loop {
            let before = self.known.read().unwrap_or_else(PoisonError::into_inner).changes;
            let mut teams = Teams::new();
            for row in webhooks::all(db.reader()).await? {
                teams.entry(row.team_key.clone()).or_default().push(Hook::of(row));
            }
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            // What was read may be older than what was changed here meanwhile, and would undo it.
            if known.changes == before {
                known.teams = Arc::new(teams);
                return Ok(());
            }
        }
    }

    /// Lets what `tx` changes of a webhook count from its commit on.
    pub(crate) fn changed(&self, tx: &Tx, row: WebhookRow) {
        let this = self.clone();
        tx.after_commit(async move {
            this.change(|teams| {
                let team = teams.entry(row.team_key.clone()).or_default();
                team.retain(|other| other.id != row.id);
                team.push(Hook::of(row));
            });
        });
    }

    /// Lets a webhook that `tx` removes tell nothing from its commit on.
    pub(crate) fn gone(&self, tx: &Tx, row: &WebhookRow) {
        let (this, team, id) = (self.clone(), row.team_key.clone(), row.id);
        tx.after_commit(async move {
            this.change(|teams| {
                if let Some(of_team) = teams.get_mut(&team) {
                    of_team.retain(|other| other.id != id);
                }
                teams.retain(|_, of_team| !of_team.is_empty());
            });
        });
    }

    fn change(&self, change: impl FnOnce(&mut Teams)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.changes += 1;
        change(Arc::make_mut(&mut known.teams));
    }

    /// Has what is due sent soon after the commit.
    pub(crate) fn hurry(&self, tx: &Tx) {
        let wake = self.wake.clone();
        tx.after_commit(async move { wake.notify_one() });
    }

    /// Makes a secret for a webhook; returns it and what is kept of it.
    ///
    /// # Errors
    /// [`Error::WebhooksOff`].
    pub(crate) fn new_secret(&self, webhook: Uuid) -> Result<(Secret, String), Error> {
        let keys = self.keys.as_ref().ok_or(Error::WebhooksOff)?;
        let secret = Secret::generate();
        let sealed = keys.seal(&webhook.to_string(), secret.text().as_bytes());
        Ok((secret, sealed.map_err(|error| Core::Internal(error.into()))?))
    }

    /// Returns the secrets that count for a webhook now, the present one first.
    ///
    /// # Errors
    /// [`Core::Internal`] where one can't be opened.
    pub(crate) fn secrets(&self, row: &WebhookRow, now: DateTime<Utc>) -> Result<Vec<Secret>, Core> {
        let keys = self.keys.as_ref().ok_or_else(|| anyhow::anyhow!("dispatch.webhooks.key is empty"))?;
        let previous = row.previous_secret.as_ref().filter(|_| row.previous_secret_until > Some(now));
        let open = |sealed: &String| -> anyhow::Result<Secret> {
            let text = String::from_utf8(keys.open(&row.id.to_string(), sealed)?)?;
            Ok(Secret::parse(&text)?)
        };
        Ok(std::iter::once(&row.secret).chain(previous).map(open).collect::<anyhow::Result<_>>()?)
    }

    /// Returns a webhook whose secrets were sealed with an older key, with them sealed anew; none where they were not.
    ///
    /// # Errors
    /// [`Core::Internal`] where one can't be opened.
    pub(crate) fn sealed_anew(&self, row: &WebhookRow) -> Result<Option<WebhookRow>, Core> {
        let Some(keys) = &self.keys else { return Ok(None) };
        let secrets = || std::iter::once(&row.secret).chain(&row.previous_secret);
        if !secrets().any(|sealed| keys.is_old(sealed)) {
            return Ok(None);
        }
        let owner = row.id.to_string();
        let anew = |sealed: &String| -> anyhow::Result<String> {
            Ok(keys.seal(&owner, &keys.open(&owner, sealed)?)?)
        };
        let secret = anew(&row.secret)?;
        let previous_secret = row.previous_secret.as_ref().map(anew).transpose()?;
        Ok(Some(WebhookRow { secret, previous_secret, ..row.clone() }))
    }

    fn known(&self) -> Arc<Teams> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).teams.clone()
    }
}

impl Tap for Webhooks {
    fn listens(&self) -> bool {
        !self.known().is_empty()
    }

    fn writes(&self, backend: DbBackend, events: &[Envelope]) -> Result<Vec<InsertStatement>, Core> {
        let (known, mut fresh) = (self.known(), Vec::new());
        for event in events {
            fresh.extend(messages(&known, event)?);
        }
        Ok(deliveries::inserts(backend, fresh))
    }

    fn written(&self) {
        self.wake.notify_one();
    }
}

impl Hook {
    fn of(row: WebhookRow) -> Self {
        let state = row.state.try_into().unwrap_or_default();
        Self { id: row.id, event_types: row.event_types.0, state }
    }
}

/// Returns the messages about an event, one for each webhook of its team that tells of it.
fn messages(known: &Teams, event: &Envelope) -> Result<Vec<Fresh>, Core> {
    let Some(descriptor) = descriptors().get_message_by_name(&event.name) else { return Ok(Vec::new()) };
    let read = || -> anyhow::Result<serde_json::Value> {
        let payload = DynamicMessage::decode(descriptor, event.payload.as_slice())?;
        let options = SerializeOptions::new().skip_default_fields(false);
        Ok(payload.serialize_with_options(serde_json::value::Serializer, &options)?)
    };
    let payload = read()?;
    let Some(team) = team_of(&payload).and_then(|team| known.get(team)) else { return Ok(Vec::new()) };
    let (event_type, at) = (kind(&event.name), outbox::occurred_at(event));
    let (event_id, body) = (id::parse(&event.id, "id")?, message(&event_type, at, &payload));
    let told = team.iter().filter(|webhook| tells(&webhook.event_types, &event_type));
    let fresh = |webhook: &Hook| Fresh {
        id: id::new(),
        webhook_id: webhook.id,
        event_id,
        event_type: event_type.clone(),
        subject: event.subject.clone(),
        body: body.clone(),
        state: first_state(webhook.state),
        at,
    };
    Ok(told.map(fresh).collect())
}

fn bytes(setting: &Setting) -> &[u8] {
    setting.reveal().as_bytes()
}
