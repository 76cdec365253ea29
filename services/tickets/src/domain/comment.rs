//! What people say about a ticket: to the customer, among ourselves, or the customer to us (T17).

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::{Channel, TicketState};
use uuid::Uuid;

use crate::domain::clock::CUSTOMER;
use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::Event;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// Whom a comment may be told; our people alone read it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// May be passed on to the customer and to partners.
    Public,
    /// Stays among us.
    Internal,
}

impl Visibility {
    /// Returns the name in timelines and events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// UUIDv7.
    pub(crate) id: Uuid,
    /// The ticket it stands on.
    pub(crate) ticket_id: Uuid,
    /// The duplicate it was said about, where that was merged into the ticket.
    pub(crate) via_id: Option<Uuid>,
    /// Who wrote it down.
    pub(crate) author: String,
    /// Whom it may be told.
    pub(crate) visibility: Visibility,
    /// The customer said it, by this channel; none of our own words.
    pub(crate) customer_channel: Option<Channel>,
    /// What was said.
    pub(crate) text: String,
    /// When.
    pub(crate) created_at: DateTime<Utc>,
}

impl Draft<'_> {
    /// Takes a comment in. A word of the customer ends the waiting for it, and opens again what was solved where the
    /// customer says that it is not (`unsatisfied`).
    ///
    /// # Errors
    /// [`Error::State`], also for one that can't be opened again; [`Error::Calendar`].
    pub(crate) fn comment(&mut self, comment: &Comment, unsatisfied: bool) -> Result<(), Error> {
        self.step(Event::Comment)?;
        let details = Details::default()
            .with("commentId", comment.id.to_string())
            .with("visibility", comment.visibility.name())
            .with("viaId", comment.via_id.map(|id| id.to_string()).unwrap_or_default())
            .with(
                "customerChannel",
                comment.customer_channel.map(|channel| channel.as_str_name()).unwrap_or_default(),
            );
        self.log(Kind::Commented, "", details);
        self.tell(What::Commented(comment.clone()));
        if comment.customer_channel.is_none() {
            return Ok(());
        }
        if self.ticket.state == TicketState::Waiting && self.ticket.waiting_for() == CUSTOMER {
            self.resume("")?;
        }
        if unsatisfied {
            self.reopen_in_time(&comment.text)?;
        }
        Ok(())
    }
}
