//! The stream of the queue, opened again whenever it ends.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::{QueueUpdateKind, SubscribeRequest};
use tokio::time::{sleep, timeout};
use tonic::Request;
use tonic::transport::Endpoint;

use super::Inside;

/// How long to wait before a stream that broke is opened again.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Longer than a server that lives is silent (15 s).
const SILENCE: Duration = Duration::from_secs(45);

/// Follows the queue until the stop.
pub(super) async fn queue(inside: Arc<Inside>) {
    let stop = inside.stop.clone();
    let mut resume_token = String::new();
    while !stop.is_cancelled() {
        let Some(ended) = stop.run_until_cancelled(stream(&inside, &mut resume_token)).await else { return };
        if ended.is_err() {
            inside.board.broke();
            stop.run_until_cancelled(sleep(PAUSE)).await;
        }
    }
}

/// Follows the queue from where it was until the stream ends.
async fn stream(inside: &Inside, resume_token: &mut String) -> anyhow::Result<()> {
    let endpoint = Endpoint::from_shared(inside.settings.base.clone())?.connect_timeout(CONNECT);
    let mut client = DispatchServiceClient::new(endpoint.connect().await?);
    let mut request = Request::new(SubscribeRequest {
        team_key: inside.settings.team.clone(),
        resume_token: resume_token.clone(),
    });
    request.metadata_mut().insert("authorization", format!("Bearer {}", inside.settings.token).parse()?);
    let mut updates = client.subscribe(request).await?.into_inner();
    while let Some(update) = timeout(SILENCE, updates.message()).await.context("nothing is told")?? {
        // While open work is told, nobody can go on midway.
        if update.kind() == QueueUpdateKind::Reset || !update.resume_token.is_empty() {
            resume_token.clone_from(&update.resume_token);
        }
        inside.board.take(update);
    }
    Ok(())
}
