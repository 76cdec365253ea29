//! What a kind of trouble asks for besides, as the contract tells it.

use hotline_core::id;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::tickets::v1::{
    Comment as CommentMessage, CommentVisibility, ComplainedOf, Complaint as ComplaintMessage,
    Judgement as JudgementMessage, LinkKind, PartyKind as PartyMessage, TicketLink,
    Validity as ValidityMessage, Verdict as VerdictMessage,
};

use crate::domain::comment::{Comment, Visibility};
use crate::domain::matters::{Complaint, Judgement, Party, PartyKind, Validity, Verdict};
use crate::domain::ticket::Ticket;
use crate::store::Bond;

/// Returns what was judged; nothing judged is unspecified.
pub(in crate::grpc) fn validity(judgement: Option<&Judgement>) -> ValidityMessage {
    match judgement.map(|judgement| judgement.validity) {
        None => ValidityMessage::Unspecified,
        Some(Validity::Valid) => ValidityMessage::Valid,
        Some(Validity::Invalid) => ValidityMessage::Invalid,
        Some(Validity::OutOfScope) => ValidityMessage::OutOfScope,
    }
}

/// Returns a judgement as the contract tells it.
pub(in crate::grpc) fn judgement(judgement: &Judgement) -> JudgementMessage {
    JudgementMessage {
        validity: validity(Some(judgement)) as i32,
        statement_article_id: id::text(judgement.statement),
        analysed: judgement.analysed,
        guidance: judgement.guidance.clone(),
        by: judgement.by.clone(),
        at: Some(to_proto(judgement.at)),
    }
}

/// Returns what became of a complaint as the contract tells it.
pub(in crate::grpc) fn complaint(complaint: &Complaint) -> ComplaintMessage {
    let mut message = ComplaintMessage {
        forwarded_at: to_proto_optional(complaint.forwarded_at),
        forwarded_same_day: complaint.forwarded_same_day,
        party: complaint.party.as_ref().map(party),
        investigator: complaint.investigator.clone(),
        investigated_at: to_proto_optional(complaint.investigated_at),
        repeats_id: id::text(complaint.repeats),
        ordinal: i32::try_from(complaint.ordinal).unwrap_or(i32::MAX),
        ..ComplaintMessage::default()
    };
    if let Some(finding) = &complaint.finding {
        message.set_verdict(verdict(finding.verdict));
        message.finding.clone_from(&finding.summary);
        message.measures.clone_from(&finding.measures);
        message.concluded_by.clone_from(&finding.by);
        message.concluded_at = Some(to_proto(finding.at));
    }
    if let Some(feedback) = &complaint.feedback {
        message.feedback.clone_from(&feedback.note);
        message.feedback_by.clone_from(&feedback.by);
        message.feedback_at = Some(to_proto(feedback.at));
        message.accepted = feedback.accepted;
    }
    message
}

fn party(party: &Party) -> ComplainedOf {
    let kind = match party.kind {
        PartyKind::Agent => PartyMessage::Agent,
        PartyKind::Team => PartyMessage::Team,
        PartyKind::ThirdParty => PartyMessage::ThirdParty,
        PartyKind::Other => PartyMessage::Other,
    };
    ComplainedOf { kind: kind as i32, name: party.name.clone() }
}

fn verdict(verdict: Verdict) -> VerdictMessage {
    match verdict {
        Verdict::Upheld => VerdictMessage::Upheld,
        Verdict::PartlyUpheld => VerdictMessage::PartlyUpheld,
        Verdict::NotUpheld => VerdictMessage::NotUpheld,
    }
}

/// Returns a link as the contract tells it.
pub(super) fn link(relation: Bond, other: &Ticket) -> TicketLink {
    let kind = match relation {
        Bond::Related => LinkKind::Related,
        Bond::Parent => LinkKind::Parent,
        Bond::Child => LinkKind::Child,
        Bond::Duplicate => LinkKind::Duplicate,
        Bond::Survivor => LinkKind::Survivor,
        Bond::Repeats => LinkKind::Repeats,
        Bond::RepeatedBy => LinkKind::RepeatedBy,
    };
    TicketLink {
        kind: kind as i32,
        other_id: other.id.to_string(),
        other_number: other.number.clone(),
        other_subject: other.subject.clone(),
        other_state: other.state as i32,
    }
}

/// Returns a comment as the contract tells it.
pub(super) fn comment(comment: &Comment) -> CommentMessage {
    let visibility = match comment.visibility {
        Visibility::Public => CommentVisibility::Public,
        Visibility::Internal => CommentVisibility::Internal,
    };
    CommentMessage {
        id: comment.id.to_string(),
        ticket_id: comment.ticket_id.to_string(),
        via_id: id::text(comment.via_id),
        author: comment.author.clone(),
        visibility: visibility as i32,
        customer_channel: comment.customer_channel.unwrap_or_default() as i32,
        text: comment.text.clone(),
        created_at: Some(to_proto(comment.created_at)),
    }
}
