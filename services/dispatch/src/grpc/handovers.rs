//! Hand-over notes (D9).

use hotline_core::page::Page;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_core::{caller, etag, id};
use hotline_proto::dispatch::v1::handover_service_server::HandoverService;
use hotline_proto::dispatch::v1::{
    AcknowledgeHandoverRequest, CreateHandoverRequest, GetHandoverRequest, Handover, HandoverItem,
    ListHandoversRequest, ListHandoversResponse,
};
use tonic::{Request, async_trait};

use super::duty_logs::{team_key_of, team_of};
use super::{Reply, reply};
use crate::error::Error;
use crate::store::agreements::Filter;
use crate::store::{HandoverItemRow, HandoverRow, handovers};
use crate::work::Work;

/// Hand-over notes.
pub(crate) struct Handovers(pub(crate) Work);

#[async_trait]
impl HandoverService for Handovers {
    async fn create_handover(&self, request: Request<CreateHandoverRequest>) -> Reply<Handover> {
        reply(create(&self.0, request.into_inner()).await)
    }

    async fn list_handovers(&self, request: Request<ListHandoversRequest>) -> Reply<ListHandoversResponse> {
        reply(list(&self.0, &request.into_inner()).await)
    }

    async fn get_handover(&self, request: Request<GetHandoverRequest>) -> Reply<Handover> {
        reply(get(&self.0, &request.into_inner()).await)
    }

    async fn acknowledge_handover(&self, request: Request<AcknowledgeHandoverRequest>) -> Reply<Handover> {
        reply(acknowledge(&self.0, &request.into_inner()).await)
    }
}

async fn create(work: &Work, request: CreateHandoverRequest) -> Result<Handover, Error> {
    let caller = caller::required()?;
    let team = team_of(work, &caller, &request.team_key).await?;
    let (tx, row) = work.write_handover(&caller, &team, request.notes).await?;
    let reply = message(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

async fn list(work: &Work, request: &ListHandoversRequest) -> Result<ListHandoversResponse, Error> {
    let caller = caller::required()?;
    let page = Page::of(request)?;
    let team_key = team_key_of(work, &caller, &request.team_key).await?;
    let filter = Filter { team_key, sight: work.sight(&caller).await?, subject: request.to.clone() };
    let (rows, next_page_token) = handovers::list(work.db.reader(), &filter, &page).await?;
    Ok(ListHandoversResponse { handovers: rows.into_iter().map(message).collect(), next_page_token })
}

async fn get(work: &Work, request: &GetHandoverRequest) -> Result<Handover, Error> {
    let row = work.seen_handover(&caller::required()?, id::parse(&request.id, "id")?).await?;
    Ok(message(row))
}

async fn acknowledge(work: &Work, request: &AcknowledgeHandoverRequest) -> Result<Handover, Error> {
    let which = id::parse(&request.id, "id")?;
    let (tx, row) = work.acknowledge(&caller::required()?, which, &request.etag).await?;
    let reply = message(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

fn message(row: HandoverRow) -> Handover {
    Handover {
        id: row.id.to_string(),
        team_key: row.team_key,
        from_subject: row.from_subject,
        to_subject: row.to_subject,
        ends_at: to_proto_optional(row.ends_at),
        begins_at: Some(to_proto(row.begins_at)),
        notes: row.notes,
        items: row.items.0.into_iter().map(item).collect(),
        written_by: row.written_by,
        written_at: Some(to_proto(row.written_at)),
        acknowledged_by: row.acknowledged_by,
        acknowledged_at: to_proto_optional(row.acknowledged_at),
        acknowledge_due_at: Some(to_proto(row.acknowledge_due_at)),
        told_lead_at: to_proto_optional(row.told_lead_at),
        etag: etag::of(row.version),
    }
}

fn item(item: HandoverItemRow) -> HandoverItem {
    HandoverItem {
        duty_log_id: item.log.to_string(),
        subject: item.subject,
        state: item.state,
        production_stopped: item.production_stopped,
        contract: item.contract,
        remote_at: to_proto_optional(item.remote_at),
        ticket_number: item.ticket_number,
        emergency: item.emergency,
    }
}
