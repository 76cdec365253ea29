//! Links of partners without an account, notes of holders, and the record of what third parties were shown (D5).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::idempotency;
use hotline_core::page::Page;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{
    Assignment, CompletePartnerLinkRequest, Disclosure, LinkAssignmentRequest, LinkRecipient, LinkStage,
    LinkedAssignment, ListDisclosuresRequest, ListDisclosuresResponse, ListPartnerLinksRequest,
    ListPartnerLinksResponse, NoteAssignmentRequest, NotePartnerLinkRequest, PartnerLink,
};
use hotline_proto::locale::Locale;

use super::shown;
use crate::domain::link::Stage;
use crate::error::Error;
use crate::store::disclosures::{self, Filter};
use crate::store::{DisclosureRow, LinkRow, links, teams};
use crate::work::Work;
use crate::work::disclosing::Shown;
use crate::work::links::{Wish, standing};

pub(super) async fn link(work: &Work, request: LinkAssignmentRequest) -> Result<PartnerLink, Error> {
    let wish = wish(work, &request)?;
    let (tx, row, token) = work.make_link(&caller::required()?, id::parse(&request.id, "id")?, wish).await?;
    let url = work.config.links.address(&token.text());
    let reply = PartnerLink { url, ..message(row, work.clock.now()) };
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn revoke(work: &Work, assignment: &str) -> Result<PartnerLink, Error> {
    let (tx, row) = work.revoke_link(&caller::required()?, id::parse(assignment, "id")?).await?;
    let reply = message(row, work.clock.now());
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(
    work: &Work,
    request: &ListPartnerLinksRequest,
) -> Result<ListPartnerLinksResponse, Error> {
    let page = Page::of(request)?;
    let of = work.linkable(&caller::required()?, id::parse(&request.id, "id")?).await?;
    let (rows, next_page_token) = links::list(work.db.reader(), of.id, &page).await?;
    let now = work.clock.now();
    let links = rows.into_iter().map(|row| message(row, now)).collect();
    Ok(ListPartnerLinksResponse { links, next_page_token })
}

pub(super) async fn note(work: &Work, request: NoteAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    let held = work.note_on_ticket(&claimant, &request.text).await?;
    // The ticket service knows the same note again.
    idempotency::nothing_to_store();
    Ok(shown::held(viewer.see(work, held, true), claimant.token, work.clock.now()))
}

pub(super) async fn disclosures(
    work: &Work,
    request: &ListDisclosuresRequest,
) -> Result<ListDisclosuresResponse, Error> {
    let page = Page::of(request)?;
    let filter = Filter {
        ticket_id: work.ticket_names.id(&request.ticket_id).await?,
        team_key: teams::key_of(work.db.reader(), &request.team_key).await?,
        subject: request.subject.clone(),
    };
    let (rows, next_page_token) = disclosures::list(work.db.reader(), &filter, &page).await?;
    Ok(ListDisclosuresResponse { disclosures: rows.into_iter().map(disclosure).collect(), next_page_token })
}

pub(super) async fn open(work: &Work, token: &str) -> Result<LinkedAssignment, Error> {
    let (link, shown, stage) = work.open_link(token).await?;
    linked(work, link, shown, stage).await
}

pub(super) async fn accept(work: &Work, token: &str) -> Result<LinkedAssignment, Error> {
    let (tx, link, shown, stage) = work.accept_link(token).await?;
    let reply = linked(work, link, shown, stage).await?;
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn note_by_link(
    work: &Work,
    request: &NotePartnerLinkRequest,
) -> Result<LinkedAssignment, Error> {
    let (link, shown, stage) = work.note_by_link(&request.token, &request.text).await?;
    idempotency::nothing_to_store();
    linked(work, link, shown, stage).await
}

pub(super) async fn complete(
    work: &Work,
    request: &CompletePartnerLinkRequest,
) -> Result<LinkedAssignment, Error> {
    let (tx, link, shown, stage) = work.complete_link(&request.token, &request.resolution).await?;
    let reply = linked(work, link, shown, stage).await?;
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

fn wish(work: &Work, request: &LinkAssignmentRequest) -> Result<Wish, Core> {
    let recipient = request.recipient.clone().unwrap_or_default();
    let name = recipient.name.trim().to_owned();
    if name.is_empty() || name.chars().any(char::is_control) {
        let (en, zh) = ("must be a name in one line", "必须填写姓名，且不能换行");
        return Err(Core::Field { field: "recipient.name", en, zh });
    }
    let phone = match recipient.phone.trim() {
        "" => String::new(),
        said => {
            let (en, zh) = ("is no telephone number", "不是电话号码");
            work.numbers.read(said).ok_or(Core::Field { field: "recipient.phone", en, zh })?
        }
    };
    let asked = request.expires_in.map(|span| TimeDelta::seconds(span.seconds));
    Ok(Wish { recipient: name, phone, lasts: asked.unwrap_or_else(|| work.config.links.lasts()) })
}

async fn linked(work: &Work, link: LinkRow, shown: Shown, stage: Stage) -> Result<LinkedAssignment, Error> {
    let team = teams::find(work.db.reader(), &link.team_key).await?;
    let team_name = team.map(|team| Locale::current().pick(team.name_en, team.name_zh)).unwrap_or_default();
    let stage = match stage {
        Stage::Open => LinkStage::Open,
        Stage::Taken => LinkStage::Taken,
        Stage::Held => LinkStage::Held,
        Stage::Done => LinkStage::Done,
    };
    Ok(LinkedAssignment {
        assignment: Some(shown::message(shown, work.clock.now())),
        stage: stage.into(),
        recipient: link.recipient,
        team_name: if team_name.is_empty() { link.team_key } else { team_name },
        expires_at: Some(to_proto(link.expires_at)),
    })
}

fn message(row: LinkRow, now: DateTime<Utc>) -> PartnerLink {
    PartnerLink {
        state: standing(&row, now).into(),
        id: row.id.to_string(),
        assignment_id: row.assignment_id.to_string(),
        team_key: row.team_key,
        recipient: Some(LinkRecipient { name: row.recipient, phone: row.phone }),
        url: String::new(),
        created_by: row.created_by,
        created_at: Some(to_proto(row.created_at)),
        expires_at: Some(to_proto(row.expires_at)),
        revoked_at: to_proto_optional(row.revoked_at),
        revoked_by: row.revoked_by,
        opened_at: to_proto_optional(row.opened_at),
        opens: row.opens,
        accepted_at: to_proto_optional(row.accepted_at),
        completed_at: to_proto_optional(row.completed_at),
    }
}

fn disclosure(row: DisclosureRow) -> Disclosure {
    Disclosure {
        id: row.id.to_string(),
        assignment_id: row.assignment_id.to_string(),
        ticket_id: row.ticket_id.to_string(),
        ticket_number: row.ticket_number,
        team_key: row.team_key,
        subject: row.subject,
        at: Some(to_proto(row.at)),
        way: row.way,
        fields: row.fields.0,
    }
}
