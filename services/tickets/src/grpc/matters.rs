//! What a kind of trouble asks for besides, as the contract tells it.

use hotline_core::id;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::tickets::v1::{
    ComplainedOf, Complaint as ComplaintMessage, Judgement as JudgementMessage, PartyKind as PartyMessage,
    Validity as ValidityMessage, Verdict as VerdictMessage,
};

use crate::domain::matters::{Complaint, Judgement, Party, PartyKind, Validity, Verdict};

/// Returns what was judged; nothing judged is unspecified.
pub(super) fn validity(judgement: Option<&Judgement>) -> ValidityMessage {
    match judgement.map(|judgement| judgement.validity) {
        None => ValidityMessage::Unspecified,
        Some(Validity::Valid) => ValidityMessage::Valid,
        Some(Validity::Invalid) => ValidityMessage::Invalid,
        Some(Validity::OutOfScope) => ValidityMessage::OutOfScope,
    }
}

/// Returns a judgement as the contract tells it.
pub(super) fn judgement(judgement: &Judgement) -> JudgementMessage {
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
pub(super) fn complaint(complaint: &Complaint) -> ComplaintMessage {
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
