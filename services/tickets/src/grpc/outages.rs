//! The methods of outage notices.

use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_core::{etag, id, mask};
use hotline_proto::tickets::v1::outage_service_server::OutageService;
use hotline_proto::tickets::v1::{
    CreateOutageRequest, GetOutageRequest, ListOutagesRequest, ListOutagesResponse, Outage as Message,
    RecoverOutageRequest, UpdateOutageRequest,
};
use prost_types::FieldMask;
use tonic::{Request, Response};

use super::{Reply, who};
use crate::domain::outage::{Notice, Outage};
use crate::error::Error;
use crate::store::Store;

/// What `UpdateOutage` may change.
const EDITABLE: &[&str] = &[
    "kind",
    "title",
    "cause",
    "progress",
    "category_codes",
    "projects",
    "begins_at",
    "expected_recovery_at",
];

/// The service of outage notices.
pub(crate) struct Outages {
    store: Store,
}

impl Outages {
    /// Returns the service on a store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[tonic::async_trait]
impl OutageService for Outages {
    async fn create_outage(&self, request: Request<CreateOutageRequest>) -> Reply<Message> {
        let now = self.store.clock.now();
        let given = request.into_inner();
        let notice = Notice {
            kind: given.kind(),
            title: given.title,
            cause: given.cause,
            progress: given.progress,
            category_codes: given.category_codes,
            projects: given.projects,
            begins_at: from_proto(given.begins_at.as_ref()).unwrap_or(now),
            expected_recovery_at: from_proto(given.expected_recovery_at.as_ref()),
        };
        let catalogue = self.store.catalogue().await?;
        let outage = Outage::publish(id::new(), notice, &catalogue, now, who()?.subject)?;
        let tx = self.store.publish(&outage).await?;
        let reply = message(&outage);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_outages(&self, request: Request<ListOutagesRequest>) -> Reply<ListOutagesResponse> {
        let (outages, next_page_token) = self.store.outages(request.get_ref()).await?;
        let outages = outages.iter().map(message).collect();
        Ok(Response::new(ListOutagesResponse { outages, next_page_token }))
    }

    async fn get_outage(&self, request: Request<GetOutageRequest>) -> Reply<Message> {
        let outage = self.store.outage(id::parse(&request.get_ref().id, "id")?).await?;
        Ok(Response::new(message(&outage)))
    }

    async fn update_outage(&self, request: Request<UpdateOutageRequest>) -> Reply<Message> {
        let UpdateOutageRequest { outage: patch, update_mask, etag } = request.into_inner();
        let patch = patch.unwrap_or_default();
        let which = id::parse(&patch.id, "id")?;
        let etag = if etag.is_empty() { &patch.etag } else { &etag };
        let (catalogue, now) = (self.store.catalogue().await?, self.store.clock.now());
        let decide = |outage: &mut Outage| {
            let notice = edited(&outage.notice, &patch, update_mask.as_ref())?;
            outage.correct(notice, &catalogue, now)
        };
        let (tx, outage) = self.store.change_outage(which, etag, decide).await?;
        let reply = message(&outage);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn recover_outage(&self, request: Request<RecoverOutageRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let now = self.store.clock.now();
        let since = from_proto(given.recovered_at.as_ref()).unwrap_or(now);
        let which = id::parse(&given.id, "id")?;
        let decide = |outage: &mut Outage| outage.recover(given.resolution, since, now);
        let (tx, outage) = self.store.change_outage(which, &given.etag, decide).await?;
        let reply = message(&outage);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}

fn message(outage: &Outage) -> Message {
    Message {
        id: outage.id.to_string(),
        state: outage.state() as i32,
        recovered_at: to_proto_optional(outage.recovered_at),
        resolution: outage.resolution.clone(),
        created_by: outage.created_by.clone(),
        created_at: Some(to_proto(outage.created_at)),
        updated_at: Some(to_proto(outage.updated_at)),
        etag: etag::of(outage.version),
        ..said(&outage.notice)
    }
}

/// Returns the part of the message that a caller may change.
fn said(notice: &Notice) -> Message {
    let notice = notice.clone();
    Message {
        kind: notice.kind as i32,
        title: notice.title,
        cause: notice.cause,
        progress: notice.progress,
        category_codes: notice.category_codes,
        projects: notice.projects,
        begins_at: Some(to_proto(notice.begins_at)),
        expected_recovery_at: to_proto_optional(notice.expected_recovery_at),
        ..Message::default()
    }
}

fn edited(current: &Notice, patch: &Message, update_mask: Option<&FieldMask>) -> Result<Notice, Error> {
    let merged = mask::apply(&said(current), patch, update_mask, EDITABLE)?;
    Ok(Notice {
        kind: merged.kind(),
        begins_at: from_proto(merged.begins_at.as_ref()).unwrap_or(current.begins_at),
        expected_recovery_at: from_proto(merged.expected_recovery_at.as_ref()),
        title: merged.title,
        cause: merged.cause,
        progress: merged.progress,
        category_codes: merged.category_codes,
        projects: merged.projects,
    })
}
