//! Safe retries: the reply of a command is stored under its key in the command's own transaction, so that the same key
//! gives the same reply, also after a crash (draft-ietf-httpapi-idempotency-key-header, AIP-155).

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use prost::Message;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use tonic::Status;
use tonic::body::Body;
use tower::{BoxError, ServiceExt};

use self::fingerprint::fingerprint;
use crate::caller;
use crate::clock;
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::policy;
use crate::unary;
use crate::upstream::Upstream;

mod fingerprint;

/// The metadata that carries the key.
pub const HEADER: &str = "idempotency-key";

/// The table of replies. Its primary key, which keeps a twin's reply out, bears the name.
pub(crate) const TABLE: &str = "idempotency";

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub scope: String,
        pub request_hash: Vec<u8>,
        pub reply: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The key of the command that runs, and whether its reply has been stored.
#[derive(Clone)]
struct Command {
    scope: String,
    hash: Vec<u8>,
    stored: Arc<AtomicBool>,
}

tokio::task_local! {
    /// `None` in a call without a key: a call within this process must not pass for its caller's command.
    static COMMAND: Option<Command>;
}

fn current() -> Option<Command> {
    COMMAND.try_with(Clone::clone).ok().flatten()
}

/// Stores the reply of the command that runs, if it has a key, when the transaction commits.
pub(crate) fn store<M: Message>(tx: &Tx, reply: &M) {
    let Some(command) = current() else { return };
    let row = row::ActiveModel {
        scope: Set(command.scope),
        request_hash: Set(command.hash),
        reply: Set(reply.encode_to_vec()),
        created_at: Set(clock::wall()),
    };
    tx.put_off(|later| later.keep(row::Entity::insert(row).into_query()));
    command.stored.store(true, Ordering::Relaxed);
}

/// Tells whether the command that runs may be a retry: its caller gave it a key.
pub fn may_be_retry() -> bool {
    current().is_some()
}

/// Says that the command that runs changed nothing, so that there is no reply to keep: a retry runs anew.
pub fn nothing_to_store() {
    if let Some(command) = current() {
        command.stored.store(true, Ordering::Relaxed);
    }
}

/// Removes replies that are older than any retry.
///
/// # Errors
/// [`Error::Database`].
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<u64, Error> {
    let gone = row::Entity::delete_many()
        .filter(row::Column::CreatedAt.lt(before))
        .exec(&*db.writer().await)
        .await?;
    Ok(gone.rows_affected)
}

/// The layer that looks for the key of each call and runs the command under it.
#[derive(Clone)]
pub(crate) struct Guard {
    db: Db,
    running: Arc<Mutex<HashSet<String>>>,
}

impl Guard {
    pub(crate) fn new(db: Db) -> Self {
        Self { db, running: Arc::default() }
    }

    pub(crate) async fn call(
        self,
        request: Request<Body>,
        next: Upstream,
    ) -> Result<Response<Body>, BoxError> {
        // Some clients send a key with every call; what only reads may run again.
        let reads = policy(request.uri().path()).is_some_and(|policy| policy.read_only);
        match request.headers().get(HEADER).filter(|_| !reads).map(read_key) {
            None => COMMAND.scope(None, next.oneshot(request)).await,
            Some(Err(error)) => Ok(Status::from(error).into_http()),
            Some(Ok(key)) => self.run(&key, request, next).await,
        }
    }

    async fn run(
        self,
        key: &str,
        request: Request<Body>,
        next: Upstream,
    ) -> Result<Response<Body>, BoxError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let subject = caller::current().map(|caller| caller.subject).unwrap_or_default();
        let scope = format!("{subject} {} {key}", parts.uri.path());
        let hash = fingerprint(parts.uri.path(), &body);
        let Some(_running) = Running::enter(&self.running, &scope) else {
            return Ok(Status::from(Error::IdempotencyRunning).into_http());
        };
        match self.earlier(&scope, &hash).await {
            Ok(Some(reply)) => return Ok(replay(&reply)),
            Ok(None) => {}
            Err(error) => return Ok(Status::from(error).into_http()),
        }
        let command = Command { scope, hash, stored: Arc::default() };
        let request = Request::from_parts(parts, Body::new(Full::new(body)));
        let path = request.uri().path().to_owned();
        let response = COMMAND.scope(Some(command.clone()), next.oneshot(request)).await?;
        if !succeeded(&response) {
            // It may have failed because a twin in another process was first, also on an etag of before the twin.
            return Ok(match self.earlier(&command.scope, &command.hash).await {
                Ok(Some(reply)) => replay(&reply),
                _ => response,
            });
        }
        if !command.stored.load(Ordering::Relaxed) {
            tracing::error!(path, "a command with an idempotency key did not store its reply");
            debug_assert!(false, "{path} did not store its reply under the idempotency key");
        }
        Ok(response)
    }

    async fn earlier(&self, scope: &str, hash: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let Some(row) = row::Entity::find_by_id(scope.to_owned()).one(self.db.reader()).await? else {
            return Ok(None);
        };
        if row.request_hash == hash { Ok(Some(row.reply)) } else { Err(Error::IdempotencyReused) }
    }
}

/// Marks a key as running in this process for as long as it lives.
struct Running {
    all: Arc<Mutex<HashSet<String>>>,
    scope: String,
}

impl Running {
    fn enter(all: &Arc<Mutex<HashSet<String>>>, scope: &str) -> Option<Self> {
        let fresh = all.lock().expect("nothing panics while the set is locked").insert(scope.to_owned());
        fresh.then(|| Self { all: all.clone(), scope: scope.to_owned() })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.all.lock().expect("nothing panics while the set is locked").remove(&self.scope);
    }
}

fn read_key(value: &HeaderValue) -> Result<String, Error> {
    // The draft wants a quoted structured-field string; most clients send it bare.
    let key = value.to_str().map_err(|_| Error::IdempotencyKey)?.trim().trim_matches('"').to_owned();
    let printable = key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if (1..=255).contains(&key.len()) && printable { Ok(key) } else { Err(Error::IdempotencyKey) }
}

fn succeeded(response: &Response<Body>) -> bool {
    // An error without a body carries its status in the headers.
    response.headers().get("grpc-status").is_none_or(|status| status == "0")
}

/// Answers with a stored reply.
fn replay(reply: &[u8]) -> Response<Body> {
    let mut response = unary::answer(reply);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
