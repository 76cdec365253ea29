//! The customer is kept informed: the clock of updates (T10).

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::Channel;

use crate::domain::clock::Which;
use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::{Event, is_open};
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

impl Draft<'_> {
    /// Notes that the customer was told how far the work is, or how it was solved. The clock of updates, where it runs, is
    /// met or missed and starts again; it never runs before the first response, which has a clock of its own.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn inform(&mut self, note: &str, channel: Channel) -> Result<(), Error> {
        self.tell_customer(note, channel, false)
    }

    /// The same by the sentence for that (C8).
    ///
    /// # Errors
    /// As [`Self::inform`].
    pub(crate) fn tell_status(&mut self, sentence: &str, channel: Channel) -> Result<(), Error> {
        self.tell_customer(sentence, channel, true)
    }

    fn tell_customer(&mut self, note: &str, channel: Channel, status: bool) -> Result<(), Error> {
        self.step(Event::Inform)?;
        let details = Details::default()
            .with("channel", channel.as_str_name().trim_start_matches("CHANNEL_"))
            .with("status", if status { "true" } else { "" });
        self.log(Kind::Informed, note, details);
        self.tell(What::Informed { channel, status, agent: self.who.subject.clone() });
        self.informed()
    }

    /// Starts the clock of updates again, if it ever ran.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn informed(&mut self) -> Result<(), Error> {
        if self.ticket.course.informed_at.is_none() {
            return Ok(());
        }
        self.stop(Which::Update)?;
        self.expect_updates(self.at)
    }

    /// Starts a clock of updates from a time on.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn expect_updates(&mut self, from: DateTime<Utc>) -> Result<(), Error> {
        let course = &mut self.ticket.course;
        course.informed_at = Some(from);
        course.updates += 1;
        course.update = None;
        self.set_update_clock()
    }

    /// Sets the clock of updates by what is promised now; one that runs keeps its start and its pauses.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn set_update_clock(&mut self) -> Result<(), Error> {
        let Some(from) = self.ticket.course.informed_at else { return Ok(()) };
        let goal = self.ticket.course.update_goal.clone();
        let goal = goal.filter(|_| is_open(self.ticket.state));
        self.set_clock(Which::Update, goal.as_ref(), from)
    }

    /// Ends the clock of updates with the round: one that has run out is missed, one that has not is forgotten.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn end_updates(&mut self) -> Result<(), Error> {
        if self.ticket.course.update.as_ref().is_some_and(|clock| clock.breached) {
            self.stop(Which::Update)?;
        }
        self.ticket.course.update = None;
        self.ticket.course.informed_at = None;
        Ok(())
    }
}
