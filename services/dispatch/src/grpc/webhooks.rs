//! Webhooks of teams (D5).

use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::time::from_proto;
use hotline_core::{etag, id, mask};
use hotline_proto::dispatch::v1::webhook_service_server::WebhookService;
use hotline_proto::dispatch::v1::{
    CreateWebhookRequest, DeleteWebhookRequest, EnableWebhookRequest, GetWebhookRequest,
    ListWebhookDeliveriesRequest, ListWebhookDeliveriesResponse, ListWebhooksRequest, ListWebhooksResponse,
    ReceiveWebhookRequest, ReceiveWebhookResponse, ReplayWebhookDeliveryRequest, ReplayWebhookRequest,
    ReplayWebhookResponse, RotateWebhookSecretRequest, TestWebhookRequest, UpdateWebhookRequest, Webhook,
    WebhookDelivery,
};
use hotline_webhooks::signature::{self, Signed};
use hotline_webhooks::target;
use sea_orm::ConnectionTrait;
use serde_json::json;
use tonic::{Request, async_trait};

use super::wire::{made_on, missing};
use super::{Reply, reply};
use crate::domain::access::Sight;
use crate::domain::webhook::{BOTH_SECRETS, PING, first_state, may_manage, message as body_of};
use crate::error::Error;
use crate::store::deliveries::{self, Fresh};
use crate::store::{Texts, WebhookRow, teams, webhooks};
use crate::work::Work;

mod messages;

use messages::{delivery, is_enabled, webhook};

/// What can be changed of a webhook.
const CHANGEABLE: &[&str] = &["url", "event_types", "description"];

/// Webhooks as their callers see them.
pub(crate) struct WebhookDesk(pub(crate) Work);

#[async_trait]
impl WebhookService for WebhookDesk {
    async fn create_webhook(&self, request: Request<CreateWebhookRequest>) -> Reply<Webhook> {
        reply(create(&self.0, request.into_inner().webhook.unwrap_or_default()).await)
    }

    async fn list_webhooks(&self, request: Request<ListWebhooksRequest>) -> Reply<ListWebhooksResponse> {
        reply(list(&self.0, &request.into_inner()).await)
    }

    async fn get_webhook(&self, request: Request<GetWebhookRequest>) -> Reply<Webhook> {
        let found = managed(&self.0, self.0.db.reader(), &request.into_inner().id).await;
        reply(found.map(webhook))
    }

    async fn update_webhook(&self, request: Request<UpdateWebhookRequest>) -> Reply<Webhook> {
        reply(update(&self.0, request.into_inner()).await)
    }

    async fn delete_webhook(&self, request: Request<DeleteWebhookRequest>) -> Reply<()> {
        reply(delete(&self.0, &request.into_inner()).await)
    }

    async fn rotate_webhook_secret(&self, request: Request<RotateWebhookSecretRequest>) -> Reply<Webhook> {
        reply(rotate(&self.0, &request.into_inner().id).await)
    }

    async fn test_webhook(&self, request: Request<TestWebhookRequest>) -> Reply<WebhookDelivery> {
        reply(test(&self.0, &request.into_inner().id).await)
    }

    async fn enable_webhook(&self, request: Request<EnableWebhookRequest>) -> Reply<Webhook> {
        reply(enable(&self.0, &request.into_inner().id).await)
    }

    async fn list_webhook_deliveries(
        &self,
        request: Request<ListWebhookDeliveriesRequest>,
    ) -> Reply<ListWebhookDeliveriesResponse> {
        reply(messages_of(&self.0, &request.into_inner()).await)
    }

    async fn replay_webhook_delivery(
        &self,
        request: Request<ReplayWebhookDeliveryRequest>,
    ) -> Reply<WebhookDelivery> {
        reply(replay(&self.0, &request.into_inner()).await)
    }

    async fn receive_webhook(
        &self,
        request: Request<ReceiveWebhookRequest>,
    ) -> Reply<ReceiveWebhookResponse> {
        let (metadata, _, ReceiveWebhookRequest { id, payload }) = request.into_parts();
        let header = |name| metadata.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed = Signed {
            id: header(signature::ID),
            timestamp: header(signature::TIMESTAMP),
            signature: header(signature::SIGNATURE),
        };
        let webhook = id::parse(&id, "id").map_err(Error::from)?;
        reply(self.0.receive(webhook, &signed, &payload).await)
    }

    async fn replay_webhook(&self, request: Request<ReplayWebhookRequest>) -> Reply<ReplayWebhookResponse> {
        reply(replay_dead(&self.0, &request.into_inner()).await)
    }
}

async fn create(work: &Work, given: Webhook) -> Result<Webhook, Error> {
    let caller = caller::required()?;
    let row = changed(work, WebhookRow::fresh(id::new(), work.clock.now()), given.clone())?;
    let team = teams::find(work.db.reader(), &given.team_key).await?;
    let (en, zh) = ("names no team", "没有这个班组");
    let team = team.ok_or(Core::Field { field: "webhook.teamKey", en, zh })?;
    if !may_manage(&caller, &work.sight(&caller).await?, &team.key) {
        let (en, zh) =
            ("only a lead or third party of the team, or those above", "只有本班组的组长、第三方或以上");
        return Err(Core::Forbidden(en, zh).into());
    }
    let (secret, sealed) = work.webhooks.new_secret(row.id)?;
    let row = WebhookRow { team_key: team.key, secret: sealed, created_by: caller.subject, ..row };
    let tx = work.db.begin().await?;
    webhooks::insert(&tx, row.clone()).await?;
    work.webhooks.changed(&tx, row.clone());
    // What is kept for a retry must not hold the secret in the clear.
    let made = webhook(row);
    tx.commit_reply(&made).await?;
    Ok(Webhook { secret: secret.text(), ..made })
}

async fn list(work: &Work, request: &ListWebhooksRequest) -> Result<ListWebhooksResponse, Error> {
    let sight = work.sight(&caller::required()?).await?;
    let (page, db) = (Page::of(request)?, work.db.reader());
    let team_key = teams::key_of(db, &request.team_key).await?;
    let (rows, next_page_token) = webhooks::list(db, &page, &team_key, &sight).await?;
    Ok(ListWebhooksResponse { webhooks: rows.into_iter().map(webhook).collect(), next_page_token })
}

async fn update(work: &Work, request: UpdateWebhookRequest) -> Result<Webhook, Error> {
    let patch = request.webhook.unwrap_or_default();
    let sight = work.sight(&caller::required()?).await?;
    let tx = work.db.begin().await?;
    let row = webhooks::lock(&tx, id::parse(&patch.id, "webhook.id")?).await?;
    let row = seen(row, &sight, &patch.id)?;
    etag::check(made_on(&request.etag, &patch.etag), row.version)?;
    let merged = mask::apply(&webhook(row.clone()), &patch, request.update_mask.as_ref(), CHANGEABLE)?;
    let version = row.version + 1;
    let next = WebhookRow { version, ..changed(work, row, merged)? };
    webhooks::save(&tx, next.clone()).await?;
    work.webhooks.changed(&tx, next.clone());
    let reply = webhook(next);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

async fn delete(work: &Work, request: &DeleteWebhookRequest) -> Result<(), Error> {
    let (tx, row) = locked(work, &request.id).await?;
    etag::check(&request.etag, row.version)?;
    deliveries::delete_of(&tx, row.id).await?;
    webhooks::delete(&tx, row.id).await?;
    work.webhooks.gone(&tx, &row);
    tx.commit_reply(&()).await?;
    Ok(())
}

async fn rotate(work: &Work, webhook_id: &str) -> Result<Webhook, Error> {
    let (tx, row) = locked(work, webhook_id).await?;
    let (secret, sealed) = work.webhooks.new_secret(row.id)?;
    let next = WebhookRow {
        secret: sealed,
        previous_secret: Some(row.secret),
        previous_secret_until: Some(work.clock.now() + BOTH_SECRETS),
        version: row.version + 1,
        ..row
    };
    webhooks::save(&tx, next.clone()).await?;
    let changed = webhook(next);
    tx.commit_reply(&changed).await?;
    Ok(Webhook { secret: secret.text(), ..changed })
}

async fn test(work: &Work, webhook_id: &str) -> Result<WebhookDelivery, Error> {
    let (tx, row) = locked(work, webhook_id).await?;
    demand_enabled(&row)?;
    let (now, event_id) = (work.clock.now(), id::new());
    let ping = Fresh {
        id: id::new(),
        webhook_id: row.id,
        event_id,
        event_type: PING.into(),
        // It waits for nothing, and nothing waits for it.
        subject: event_id.to_string(),
        body: body_of(PING, now, &json!({"webhookId": row.id, "teamKey": row.team_key})),
        state: first_state(row.state.try_into().unwrap_or_default()),
        at: now,
    };
    let ping_id = ping.id;
    deliveries::insert(&tx, ping).await?;
    let written = deliveries::find(&*tx, row.id, ping_id).await?;
    let reply = delivery(written.ok_or_else(|| missing("delivery", &ping_id.to_string()))?);
    work.webhooks.hurry(&tx);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

async fn enable(work: &Work, webhook_id: &str) -> Result<Webhook, Error> {
    let (tx, row) = locked(work, webhook_id).await?;
    let next = WebhookRow { version: row.version + 1, ..row }.enabled();
    webhooks::save(&tx, next.clone()).await?;
    deliveries::release(&tx, next.id, work.clock.now()).await?;
    work.webhooks.changed(&tx, next.clone());
    work.webhooks.hurry(&tx);
    let reply = webhook(next);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

async fn messages_of(
    work: &Work,
    request: &ListWebhookDeliveriesRequest,
) -> Result<ListWebhookDeliveriesResponse, Error> {
    let (page, db) = (Page::of(request)?, work.db.reader());
    let row = managed(work, db, &request.webhook_id).await?;
    let (rows, next_page_token) = deliveries::list(db, &page, row.id, request.state()).await?;
    let deliveries = rows.into_iter().map(delivery).collect();
    Ok(ListWebhookDeliveriesResponse { deliveries, next_page_token })
}

async fn replay(work: &Work, request: &ReplayWebhookDeliveryRequest) -> Result<WebhookDelivery, Error> {
    let (tx, row) = locked(work, &request.webhook_id).await?;
    demand_enabled(&row)?;
    let message = id::parse(&request.id, "id")?;
    let replayed = match deliveries::replay(&tx, row.id, message, work.clock.now()).await? {
        Some(replayed) => Some(replayed),
        // It is on its way already.
        None => deliveries::find(&*tx, row.id, message).await?,
    };
    let reply = delivery(replayed.ok_or_else(|| missing("delivery", &request.id))?);
    work.webhooks.hurry(&tx);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

async fn replay_dead(work: &Work, request: &ReplayWebhookRequest) -> Result<ReplayWebhookResponse, Error> {
    let (from, to) = (from_proto(request.from.as_ref()), from_proto(request.to.as_ref()));
    let (tx, row) = locked(work, &request.id).await?;
    demand_enabled(&row)?;
    let replayed = deliveries::replay_dead(&tx, row.id, (from, to), work.clock.now()).await?;
    let reply = ReplayWebhookResponse { replayed: i32::try_from(replayed).unwrap_or(i32::MAX) };
    work.webhooks.hurry(&tx);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Returns a webhook that the caller may see.
async fn managed(work: &Work, db: &impl ConnectionTrait, webhook_id: &str) -> Result<WebhookRow, Error> {
    let sight = work.sight(&caller::required()?).await?;
    seen(webhooks::find(db, id::parse(webhook_id, "id")?).await?, &sight, webhook_id)
}

/// Returns a webhook that the caller may change, locked.
async fn locked(work: &Work, webhook_id: &str) -> Result<(Tx, WebhookRow), Error> {
    let sight = work.sight(&caller::required()?).await?;
    let tx = work.db.begin().await?;
    let row = webhooks::lock(&tx, id::parse(webhook_id, "id")?).await?;
    let row = seen(row, &sight, webhook_id)?;
    Ok((tx, row))
}

fn seen(found: Option<WebhookRow>, sight: &Sight, webhook_id: &str) -> Result<WebhookRow, Error> {
    let caller = caller::required()?;
    let found = found.filter(|row| may_manage(&caller, sight, &row.team_key));
    Ok(found.ok_or_else(|| missing("webhook", webhook_id))?)
}

fn demand_enabled(row: &WebhookRow) -> Result<(), Error> {
    if is_enabled(row) { Ok(()) } else { Err(Error::WebhookDisabled) }
}

fn changed(work: &Work, row: WebhookRow, given: Webhook) -> Result<WebhookRow, Error> {
    let url = target::read(&given.url, work.webhooks.sender.rules()).map_err(|bad| Core::Field {
        field: "webhook.url",
        en: bad.en(),
        zh: bad.zh(),
    })?;
    Ok(WebhookRow {
        url: url.into(),
        event_types: Texts(given.event_types),
        description: given.description,
        ..row
    })
}
