//! The messages of what a kind of trouble asks for besides: judgements, complaints, comments.

use hotline_proto::events::v1::{
    ComplaintConcluded, ComplaintFedBack, ComplaintForwarded, TicketCommented, TicketJudged,
    TicketReinstated, TicketSnapshot, TicketUpdated,
};

use crate::domain::comment::{Comment, Visibility};
use crate::domain::complaints::{party_name, verdict_name};
use crate::domain::judging::validity_name;
use crate::domain::matters::PartyKind;
use crate::domain::ticket::Ticket;

type Snapshot = Option<TicketSnapshot>;

pub(super) fn judged(snapshot: Snapshot, ticket: &Ticket) -> TicketJudged {
    let judgement = ticket.matters.judgement.as_ref();
    TicketJudged {
        ticket: snapshot,
        validity: judgement.map(|judgement| validity_name(judgement.validity)).unwrap_or_default().to_owned(),
        statement_article_id: hotline_core::id::text(judgement.and_then(|judgement| judgement.statement)),
        analysed: judgement.is_some_and(|judgement| judgement.analysed),
        guidance: judgement.map(|judgement| judgement.guidance.clone()).unwrap_or_default(),
    }
}

pub(super) fn forwarded(ticket: Snapshot, same_day: bool, delay_seconds: i64) -> ComplaintForwarded {
    ComplaintForwarded { ticket, same_day, delay_seconds }
}

pub(super) fn concluded(snapshot: Snapshot, ticket: &Ticket) -> ComplaintConcluded {
    let complaint = ticket.matters.complaint.clone().unwrap_or_default();
    let mut event = ComplaintConcluded { ticket: snapshot, ..ComplaintConcluded::default() };
    if let Some(party) = complaint.party {
        party_name(party.kind).clone_into(&mut event.party_kind);
        if party.kind == PartyKind::Agent {
            event.agent.clone_from(&party.name);
        }
        event.party = party.name;
    }
    if let Some(finding) = complaint.finding {
        verdict_name(finding.verdict).clone_into(&mut event.verdict);
        event.finding = finding.summary;
        event.measures = finding.measures;
        event.concluded_by = finding.by;
    }
    event
}

pub(super) fn fed_back(snapshot: Snapshot, ticket: &Ticket) -> ComplaintFedBack {
    let feedback = ticket.matters.complaint.as_ref().and_then(|complaint| complaint.feedback.as_ref());
    ComplaintFedBack {
        ticket: snapshot,
        accepted: feedback.and_then(|feedback| feedback.accepted),
        elapsed_seconds: feedback.map_or(0, |feedback| (feedback.at - ticket.created_at).num_seconds()),
    }
}

pub(super) fn commented(ticket: Snapshot, comment: &Comment) -> TicketCommented {
    TicketCommented {
        ticket,
        comment_id: comment.id.to_string(),
        author: comment.author.clone(),
        visibility: Visibility::name(comment.visibility).to_owned(),
        from_customer: comment.customer_channel.is_some(),
        text: comment.text.clone(),
    }
}

pub(super) fn reinstated(ticket: Snapshot, reason: &str) -> TicketReinstated {
    TicketReinstated { ticket, reason: reason.to_owned() }
}

pub(super) fn updated(ticket: Snapshot, changed: &[String]) -> TicketUpdated {
    TicketUpdated { ticket, changed: changed.to_vec() }
}
