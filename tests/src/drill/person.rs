//! Somebody at a front end: sends commands with keys, and the same again until there is an answer.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::{clock, id};
use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::history::{Act, Entry, History, Outcome};
use crate::client::{Client, Reply};

/// How long a try may take before the line counts as dead: a claim waits for some of it.
const ONE_TRY: Duration = Duration::from_secs(8);
/// How long somebody goes on trying.
const PATIENCE: Duration = Duration::from_secs(90);
/// The pace of tries.
const PAUSE: Duration = Duration::from_millis(40);

/// Somebody with a token.
#[derive(Clone)]
pub struct Person {
    /// The way to the gateway.
    pub client: Client,
    /// Name in histories.
    pub who: String,
    /// Token.
    pub token: String,
    /// Sends every command twice at once.
    pub twice: bool,
    /// Where results are written down.
    pub history: Arc<History>,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Told {
    key: String,
    sent_at: DateTime<Utc>,
    tries: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer; `Null` where there is none.
    pub json: Value,
}

impl Told {
    /// Returns the problem's code where the command was refused for good.
    pub fn refused_as(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

impl Person {
    /// Sends a command under a new key until it is acknowledged or refused for good.
    pub async fn command(&self, path: &str, body: &Value) -> Told {
        let key = id::new().to_string();
        let sent_at = clock::wall();
        let first = self.insist(path, &key, body);
        let (answers, tries) = if self.twice {
            let (first, second) = tokio::join!(first, self.insist(path, &key, body));
            (vec![first.0, second.0], first.1 + second.1)
        } else {
            let (answer, tries) = first.await;
            (vec![answer], tries)
        };
        let (outcome, json) = agree(answers);
        Told { key, sent_at, tries, outcome, json }
    }

    /// Returns a list that the suite keeps; empty while it does not answer.
    pub async fn list(&self, path: &str, name: &str) -> Vec<Value> {
        let sent = self.client.send(Method::GET, path, Some(&self.token), &[], None);
        let Ok(Ok(mut reply)) = timeout(ONE_TRY, sent).await else { return Vec::new() };
        match reply.json[name].take() {
            Value::Array(rows) if reply.status.is_success() => rows,
            _ => Vec::new(),
        }
    }

    /// Writes down what came of a command.
    pub fn note(&self, told: &Told, act: Act) {
        self.history.note(Entry {
            act,
            who: self.who.clone(),
            key: told.key.clone(),
            sent_at: told.sent_at,
            ended_at: clock::wall(),
            tries: told.tries,
            outcome: told.outcome.clone(),
        });
    }

    async fn insist(&self, path: &str, key: &str, body: &Value) -> (Option<Reply>, u32) {
        let end = Instant::now() + PATIENCE;
        let mut tries = 0;
        while Instant::now() < end {
            tries += 1;
            let headers = [("idempotency-key", key)];
            let sent = self.client.send(Method::POST, path, Some(&self.token), &headers, Some(body));
            match timeout(ONE_TRY, sent).await {
                Ok(Ok(reply)) if !passes(&reply) => return (Some(reply), tries),
                Ok(Ok(reply)) => self.history.trouble(&format!("{} {}", reply.status.as_u16(), code(&reply))),
                Ok(Err(_)) => self.history.trouble("no connection"),
                Err(_) => self.history.trouble("no answer"),
            }
            // Somebody who sends again does not do so at once.
            sleep(PAUSE).await;
        }
        (None, tries)
    }
}

/// Tells whether the same request may do better later: the suite's trouble, or a twin that runs.
fn passes(reply: &Reply) -> bool {
    reply.status.is_server_error()
        || reply.status == StatusCode::TOO_MANY_REQUESTS
        || code(reply) == "IDEMPOTENCY_KEY_IN_USE"
}

fn code(reply: &Reply) -> &str {
    reply.json["code"].as_str().unwrap_or_default()
}

/// Makes one outcome of the answers that one key got.
fn agree(answers: Vec<Option<Reply>>) -> (Outcome, Value) {
    let mut answers: Vec<Reply> = answers.into_iter().flatten().collect();
    // A claim that found nothing keeps no answer: its twin may have found something.
    if answers.len() > 1 {
        answers.retain(|reply| !(reply.status.is_success() && is_empty_handed(&reply.json)));
    }
    let Some(first) = answers.first() else {
        return (Outcome::Unknown, Value::Null);
    };
    if let Some(other) = answers.iter().find(|reply| reply.status != first.status || reply.json != first.json)
    {
        let both = format!("{} {} / {} {}", first.status, first.text, other.status, other.text);
        // Two refusals may name different moments of the same loss.
        if first.status.is_success() || other.status.is_success() {
            return (Outcome::Contradicted(both), first.json.clone());
        }
    }
    match first.status.is_success() {
        true => (Outcome::Acknowledged, first.json.clone()),
        false => {
            let (code, answer) = (code(first).to_owned(), first.text.clone());
            (Outcome::Refused { code, answer }, first.json.clone())
        }
    }
}

fn is_empty_handed(json: &Value) -> bool {
    json.as_object().is_some_and(|answer| {
        answer.is_empty() || answer.values().all(|value| value.as_array().is_some_and(Vec::is_empty))
    })
}
