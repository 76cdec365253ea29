//! More time for a solution, agreed with the customer (T9).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::{Calendar, Span};
use hotline_core::error::Field;
use hotline_proto::common::v1::TicketType;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Which;
use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::Event;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// A later due time for the solution of the current round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extension {
    /// When it was given.
    pub(crate) at: DateTime<Utc>,
    /// The due time before it.
    pub(crate) from: DateTime<Utc>,
    /// The due time it gives, unless work stands still before it.
    pub(crate) until: DateTime<Utc>,
    /// Who agreed for the customer; none where nobody was asked, which complaints don't allow.
    pub(crate) consent: Option<Consent>,
}

/// The customer's consent, on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consent {
    /// Who agreed.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// How, such as `PHONE`.
    pub(crate) channel: String,
}

impl Extension {
    /// Returns the due time: `until`, and after it as much working time as work has stood still since it was given.
    ///
    /// # Errors
    /// What the calendar can't tell.
    pub(crate) fn due(
        &self,
        calendar: &Calendar,
        pauses: &[Span],
    ) -> Result<DateTime<Utc>, hotline_calendar::Error> {
        let given = calendar.elapsed(self.at, self.until, &[])?;
        let paused = given - calendar.elapsed(self.at, self.until, pauses)?;
        if paused > TimeDelta::zero() {
            calendar.add_working(self.until, paused, pauses)
        } else {
            Ok(self.until)
        }
    }
}

impl Draft<'_> {
    /// Gives the solution until a later time. What was due before is written down, told, and measured by.
    ///
    /// # Errors
    /// [`Error::State`]; [`Error::Unpromised`] where no solution is promised; [`Error::Fields`] for a time that is not later, for a
    /// complaint without the customer's consent (T9), and for a consent that is still to come; [`Error::Calendar`].
    pub(crate) fn extend(
        &mut self,
        until: DateTime<Utc>,
        reason: &str,
        consent: Option<Consent>,
    ) -> Result<(), Error> {
        self.step(Event::Extend)?;
        let due = self.ticket.due_as_of(Which::Resolution, self.at, &self.rules.calendars);
        let from = due.ok_or(Error::Unpromised)?;
        let wrong = self.wrong_with(until > from.max(self.at), consent.as_ref());
        if !wrong.is_empty() {
            return Err(Error::Fields(wrong));
        }
        let details = Details::default()
            .time("fromResolutionDueAt", Some(from))
            .time(Which::Resolution.due_name(), Some(until))
            .with("consentBy", consent.as_ref().map_or("", |consent| consent.by.as_str()))
            .time("consentAt", consent.as_ref().map(|consent| consent.at))
            .with("consentChannel", consent.as_ref().map_or("", |consent| consent.channel.as_str()));
        let extension = Extension { at: self.at, from, until, consent };
        let told = What::Extended { extension: extension.clone(), reason: reason.to_owned() };
        self.extended(extension)?;
        self.log(Kind::Extended, reason, details);
        self.tell(told);
        Ok(())
    }

    /// Moves the due time of the solution by an extension.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn extended(&mut self, extension: Extension) -> Result<(), Error> {
        if let Some(clock) = self.ticket.clock_mut(Which::Resolution) {
            clock.extensions.push(extension);
        }
        self.recompute()
    }

    /// Names what speaks against an extension; `later` tells whether it gives more time.
    fn wrong_with(&self, later: bool, consent: Option<&Consent>) -> Vec<Field> {
        let field =
            |path: &str, en: &str, zh: &str| Field { path: path.into(), en: en.into(), zh: zh.into() };
        let mut wrong = Vec::new();
        if !later {
            let (en, zh) = (
                "must lie in the future, after the time that is promised now",
                "必须晚于现在和当前承诺的时间",
            );
            wrong.push(field("until", en, zh));
        }
        match consent {
            None if self.ticket.kind == TicketType::Complaint => wrong.push(field(
                "customerConsent",
                "is required: a complaint is extended only with the customer's consent (who, when, by which channel)",
                "必填：投诉延期须征得客户同意并记录（何人、何时、通过何种渠道）",
            )),
            Some(consent) if consent.at > self.at => {
                wrong.push(field("customerConsent.at", "must not lie in the future", "不能是将来的时间"));
            }
            _ => {}
        }
        wrong
    }
}
