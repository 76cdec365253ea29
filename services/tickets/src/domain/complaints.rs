//! Complaints: forwarded on the day received, investigated, concluded, and told to the customer before they are closed
//! (T9, T14, X3.3).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::common::v1::{Channel, TicketType};
use uuid::Uuid;

use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::{Event, is_open};
use crate::domain::matters::{Complaint, Feedback, Finding, Party, PartyKind, Verdict};
use crate::domain::refusal::Refusal;
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// A complaint before about the same matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// The latest of them.
    pub(crate) id: Uuid,
    /// Its number.
    pub(crate) number: String,
    /// The how-manieth about the matter it was, from 1; 0 where that is not known.
    pub(crate) ordinal: u32,
}

impl Ticket {
    /// Begins what becomes of a complaint; `earlier` is the one before about the same matter.
    pub(crate) fn complain(&mut self, earlier: Option<&Earlier>) {
        if self.kind == TicketType::Complaint {
            self.matters.complaint = Some(Complaint {
                repeats: earlier.map(|earlier| earlier.id),
                ordinal: earlier.map_or(0, |earlier| earlier.ordinal.max(1)) + 1,
                ..Complaint::default()
            });
        }
    }
}

impl Ticket {
    fn not_handled_by(&self, subject: &str) -> Result<(), Error> {
        let party = self.matters.complaint.as_ref().and_then(|complaint| complaint.party.as_ref());
        let party = party.filter(|_| self.kind == TicketType::Complaint);
        party.map_or(Ok(()), |party| party.is_not(subject))
    }
}

impl Draft<'_> {
    /// Notes when a complaint first reaches the team that handles it.
    pub(crate) fn forwarded(&mut self) {
        if self.ticket.kind != TicketType::Complaint || self.ticket.team_key.is_empty() {
            return;
        }
        let same_day = self.rules.date(self.ticket.created_at) == self.rules.date(self.at);
        let complaint = self.ticket.matters.complaint.get_or_insert_default();
        if complaint.forwarded_at.is_some() {
            return;
        }
        complaint.forwarded_at = Some(self.at);
        complaint.forwarded_same_day = same_day;
        let delay_seconds = (self.at - self.ticket.created_at).num_seconds();
        let details = Details::default()
            .with("teamKey", self.ticket.team_key.clone())
            .with("sameDay", same_day.to_string())
            .with("delaySeconds", delay_seconds.to_string());
        self.log(Kind::Forwarded, "", details);
        self.tell(What::Forwarded { same_day, delay_seconds });
    }

    /// Follows a change of the ticket's type. What becomes a complaint begins as one, with the one `earlier` about the
    /// same matter; what was one does not leave its customer without word. Either way other people are to handle it.
    ///
    /// # Errors
    /// [`Refusal::ComplaintOpen`] or [`Refusal::OwnCase`]; [`Error::Calendar`].
    pub(crate) fn retyped(&mut self, before: &Ticket, earlier: Option<&Earlier>) -> Result<(), Error> {
        let (was, is) = [before.kind, self.ticket.kind].map(|kind| kind == TicketType::Complaint).into();
        if was == is {
            return Ok(());
        }
        if was {
            before.not_handled_by(&self.who.subject)?;
            let complaint = before.matters.complaint.as_ref();
            let begun = complaint.is_some_and(|known| known.investigated_at.is_some());
            let told = complaint.is_some_and(|known| known.feedback.is_some());
            if !told && (begun || !is_open(before.state)) {
                return Err(Refusal::ComplaintOpen.into());
            }
        } else {
            self.ticket.complain(earlier);
        }
        if is_open(before.state) { self.hand_over("", "") } else { Ok(()) }
    }

    /// Begins the investigation, by who acts; another one takes it over the same way.
    ///
    /// # Errors
    /// [`Error::State`]; [`Refusal::NoComplaint`] or [`Refusal::OwnCase`].
    pub(crate) fn investigate(&mut self, party: Party, note: &str) -> Result<(), Error> {
        self.step(Event::Investigate)?;
        self.complaint()?;
        party.is_not(&self.who.subject)?;
        let details = Details::default()
            .with("partyKind", party_name(party.kind))
            .with("party", party.name.clone())
            .with("investigator", self.who.subject.clone());
        let complaint = self.ticket.matters.complaint.get_or_insert_default();
        complaint.party = Some(party);
        self.who.subject.clone_into(&mut complaint.investigator);
        complaint.investigated_at = Some(self.at);
        self.log(Kind::Investigated, note, details);
        Ok(())
    }

    /// Concludes the investigation. The same again corrects the finding; the customer is told anew.
    ///
    /// # Errors
    /// [`Error::State`]; [`Refusal::NoComplaint`], [`Refusal::NotInvestigated`] or [`Refusal::OwnCase`].
    pub(crate) fn conclude(&mut self, verdict: Verdict, summary: &str, measures: &str) -> Result<(), Error> {
        self.step(Event::Conclude)?;
        let party = self.complaint()?.party;
        self.not_about_oneself()?;
        let party = party.ok_or(Refusal::NotInvestigated)?;
        let finding = Finding {
            verdict,
            summary: summary.to_owned(),
            measures: measures.to_owned(),
            by: self.who.subject.clone(),
            at: self.at,
        };
        let complaint = self.ticket.matters.complaint.get_or_insert_default();
        complaint.finding = Some(finding);
        complaint.feedback = None;
        let details = Details::default()
            .with("verdict", verdict_name(verdict))
            .with("partyKind", party_name(party.kind))
            .with("party", party.name)
            .with("measures", measures);
        self.log(Kind::Concluded, summary, details);
        self.tell(What::Concluded);
        Ok(())
    }

    /// Records what the customer was told of the complaint: its finding, or how it was solved.
    ///
    /// # Errors
    /// [`Error::State`]; [`Refusal::NoComplaint`] or [`Refusal::OwnCase`]; [`Refusal::NotConcluded`] where an
    /// investigation goes on.
    pub(crate) fn feed_back(
        &mut self,
        note: &str,
        channel: Channel,
        accepted: Option<bool>,
    ) -> Result<(), Error> {
        self.step(Event::Feedback)?;
        self.complaint()?;
        self.not_about_oneself()?;
        self.must_be_concluded()?;
        let feedback = Feedback {
            note: note.to_owned(),
            channel: channel.as_str_name().to_owned(),
            accepted,
            by: self.who.subject.clone(),
            at: self.at,
        };
        let details = Details::default()
            .with("channel", channel.as_str_name())
            .with("accepted", accepted.map(|accepted| accepted.to_string()).unwrap_or_default());
        self.ticket.matters.complaint.get_or_insert_default().feedback = Some(feedback);
        self.log(Kind::FedBack, note, details);
        self.tell(What::FedBack);
        Ok(())
    }

    /// Notes what a callback told the customer of a complaint, where nobody had told it before.
    pub(crate) fn fed_back_by_callback(&mut self, comment: &str) {
        let waits_for_it =
            self.ticket.matters.complaint.as_ref().is_some_and(|known| known.feedback.is_none());
        if self.ticket.kind == TicketType::Complaint && waits_for_it {
            // A callback that reached a satisfied customer has told what came of it, unless nothing has yet.
            let _ = self.feed_back(comment, Channel::Phone, Some(true));
        }
    }

    /// Refuses the end of a complaint of which the customer has not been told what came of it. One who confirmed the
    /// solution knows it, unless an investigation came to a finding besides.
    ///
    /// # Errors
    /// [`Refusal::FeedbackMissing`] or [`Refusal::NotConcluded`].
    pub(crate) fn must_be_fed_back(&self, confirmed: bool) -> Result<(), Error> {
        self.must_be_concluded()?;
        let complaint = self.ticket.matters.complaint.as_ref();
        let told = complaint.is_none_or(|complaint| {
            complaint.feedback.is_some() || (confirmed && complaint.investigated_at.is_none())
        });
        if told || self.ticket.kind != TicketType::Complaint {
            return Ok(());
        }
        Err(Refusal::FeedbackMissing.into())
    }

    /// Refuses the end of a complaint whose investigation has come to no finding.
    ///
    /// # Errors
    /// [`Refusal::NotConcluded`].
    pub(crate) fn must_be_concluded(&self) -> Result<(), Error> {
        let complaint = self.ticket.matters.complaint.as_ref();
        let goes_on =
            complaint.is_some_and(|known| known.investigated_at.is_some() && known.finding.is_none());
        if goes_on && self.ticket.kind == TicketType::Complaint {
            return Err(Refusal::NotConcluded.into());
        }
        Ok(())
    }

    /// Refuses who a complaint is about what only others may do with it: judge it, tell its customer, end it.
    ///
    /// # Errors
    /// [`Refusal::OwnCase`].
    pub(crate) fn not_about_oneself(&self) -> Result<(), Error> {
        self.ticket.not_handled_by(&self.who.subject)
    }

    fn complaint(&self) -> Result<Complaint, Error> {
        if self.ticket.kind != TicketType::Complaint {
            return Err(Refusal::NoComplaint.into());
        }
        Ok(self.ticket.matters.complaint.clone().unwrap_or_default())
    }
}

impl Party {
    fn is_not(&self, subject: &str) -> Result<(), Error> {
        if self.kind == PartyKind::Agent && self.name == subject {
            Err(Refusal::OwnCase.into())
        } else {
            Ok(())
        }
    }
}

impl Rules {
    /// Returns since when an earlier complaint counts as one about the same matter.
    pub(crate) fn same_matter_since(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at - TimeDelta::days(self.same_matter_days.into())
    }
}

/// Returns the name in timelines and events.
pub(crate) fn party_name(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Agent => "AGENT",
        PartyKind::Team => "TEAM",
        PartyKind::ThirdParty => "THIRD_PARTY",
        PartyKind::Other => "OTHER",
    }
}

/// Returns the name in timelines and events.
pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Upheld => "UPHELD",
        Verdict::PartlyUpheld => "PARTLY_UPHELD",
        Verdict::NotUpheld => "NOT_UPHELD",
    }
}
