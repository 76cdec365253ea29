//! What requests say of matters, as the domain knows it.

use hotline_proto::knowledge::v1::{Article, ArticleKind};
use hotline_proto::tickets::v1::{
    CommentVisibility, ComplainedOf, LinkKind, PartyKind as PartyMessage, Verdict as VerdictMessage,
};

use crate::domain::comment::Visibility;
use crate::domain::lifecycle::{Event, next};
use crate::domain::linking::Link;
use crate::domain::mask::Masker;
use crate::domain::matters::{Party, PartyKind, Verdict};
use crate::domain::ticket::Ticket;
use crate::error::Error;

/// The most characters of an article's title.
const LONGEST_TITLE: usize = 200;

/// Refuses a ticket that can't be judged any more, before others are asked to do something about it.
pub(super) fn may_be_judged(ticket: &Ticket) -> Result<(), Error> {
    let state = ticket.state;
    next(state, Event::Judge).map(drop).ok_or(Error::State { state, event: Event::Judge })
}

/// Returns the draft of the statement that experts and supervisor are to agree on. It tells of the case, and nothing of
/// the customer.
pub(super) fn statement_to_agree_on(ticket: &Ticket, opinion: &str, masker: &Masker<'_>) -> Article {
    let subject = masker.prose(&ticket.subject);
    let said = [ticket.description.as_str(), opinion].map(|text| masker.prose(text.trim()));
    let mut body = said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    if body.is_empty() {
        body.clone_from(&subject);
    }
    Article {
        kind: ArticleKind::StandardAnswer as i32,
        category_code: ticket.category_code.clone(),
        title: subject.chars().take(LONGEST_TITLE).collect(),
        body,
        project: ticket.project.clone(),
        ..Article::default()
    }
}

pub(super) fn party(given: ComplainedOf) -> Party {
    let kind = match given.kind() {
        PartyMessage::Agent => PartyKind::Agent,
        PartyMessage::Team => PartyKind::Team,
        PartyMessage::ThirdParty => PartyKind::ThirdParty,
        PartyMessage::Other | PartyMessage::Unspecified => PartyKind::Other,
    };
    Party { kind, name: given.name }
}

pub(super) fn verdict(given: VerdictMessage) -> Verdict {
    match given {
        VerdictMessage::Upheld => Verdict::Upheld,
        VerdictMessage::PartlyUpheld => Verdict::PartlyUpheld,
        VerdictMessage::NotUpheld | VerdictMessage::Unspecified => Verdict::NotUpheld,
    }
}

pub(super) fn link(given: LinkKind) -> Link {
    match given {
        LinkKind::Parent => Link::Parent,
        LinkKind::Child => Link::Child,
        _ => Link::Related,
    }
}

pub(super) fn visibility(given: CommentVisibility) -> Visibility {
    match given {
        CommentVisibility::Public => Visibility::Public,
        CommentVisibility::Internal | CommentVisibility::Unspecified => Visibility::Internal,
    }
}
