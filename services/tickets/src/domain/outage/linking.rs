//! A ticket and the outage that caused it.

use uuid::Uuid;

use super::Outage;
use crate::domain::draft::{Draft, FollowUp, What};
use crate::domain::lifecycle::{Event, is_open};
use crate::domain::linking::Cascade;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

impl Draft<'_> {
    /// Notes at registration which outage the ticket is about, if any.
    pub(crate) fn caused_by(&mut self, outage: Option<&Outage>) {
        let Some(outage) = outage else { return };
        self.ticket.outage_id = Some(outage.id);
        let details = Details::default().with("outageId", outage.id.to_string());
        self.log(Kind::OutageLinked, &outage.notice.title, details);
    }

    /// Links the ticket to an outage, or to none. The same again changes nothing.
    ///
    /// # Errors
    /// [`Error::State`] for a ticket on which no work is to be done.
    pub(crate) fn link_outage(&mut self, outage: Option<Uuid>, note: &str) -> Result<(), Error> {
        if self.ticket.outage_id == outage {
            return Ok(());
        }
        self.step(Event::LinkOutage)?;
        let before = std::mem::replace(&mut self.ticket.outage_id, outage);
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let details = Details::default().change("outageId", &text(before), &text(outage));
        let kind = if outage.is_some() { Kind::OutageLinked } else { Kind::OutageUnlinked };
        self.log(kind, note, details);
        self.tell(What::OutageChanged(before));
        Ok(())
    }

    /// Links the ticket to an outage that was published after it came in, unless another is known or it is done.
    ///
    /// # Errors
    /// As [`Self::link_outage`].
    pub(crate) fn meet_outage(&mut self, outage: &Outage) -> Result<(), Error> {
        let is_free = is_open(self.ticket.state) && self.ticket.outage_id.is_none();
        if is_free { self.link_outage(Some(outage.id), &outage.notice.title) } else { Ok(()) }
    }

    /// Solves the ticket because its outage is over; tells whether it did. One that somebody has solved, given up or
    /// linked elsewhere is left as it is.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub(crate) fn outage_over(
        &mut self,
        outage: Uuid,
        solution: &str,
        follow_up: FollowUp,
    ) -> Result<bool, Error> {
        if self.ticket.outage_id != Some(outage) || !is_open(self.ticket.state) {
            return Ok(false);
        }
        self.follow_up = follow_up;
        self.resolve(solution, Vec::new())?;
        Ok(true)
    }

    /// Takes a child along whose parent was solved because its outage is over. One that the outage caused itself is solved
    /// in its own turn.
    ///
    /// # Errors
    /// As [`Self::follow`].
    pub(crate) fn outage_of_parent_over(
        &mut self,
        parent: &Ticket,
        outage: Uuid,
        follow_up: FollowUp,
    ) -> Result<(), Error> {
        if self.ticket.outage_id == Some(outage) {
            return Ok(());
        }
        // The call about an outage is for whom it is known to have hit.
        self.follow_up = if follow_up == FollowUp::Outage { FollowUp::Usual } else { follow_up };
        self.follow(parent, Cascade::Resolve)
    }
}
