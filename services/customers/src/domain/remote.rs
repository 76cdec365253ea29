//! A remote session on a customer's device: no consent, no session, and a consent of its own for every change (C10).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Error as CoreError;
use hotline_proto::common::v1::Channel;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;

/// Changes of one session at most; whoever needs more begins another.
const MOST_CHANGES: usize = 100;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// After how long a session ends by itself.
    pub(crate) session: TimeDelta,
    /// How long before a session the customer may have agreed to it.
    pub(crate) agreed: TimeDelta,
    /// How long before a change is recorded the customer may have agreed to it.
    pub(crate) consent: TimeDelta,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteSession {
    pub(crate) id: Uuid,
    pub(crate) about: About,
    /// Who looks at the device.
    pub(crate) agent: String,
    /// The agent's first team; empty for none.
    pub(crate) team_key: String,
    pub(crate) purpose: String,
    pub(crate) tool: String,
    pub(crate) consent: Consent,
    pub(crate) started_at: DateTime<Utc>,
    /// When it ends by itself.
    pub(crate) ends_by: DateTime<Utc>,
    pub(crate) ending: Option<Ending>,
    /// Oldest first.
    pub(crate) changes: Vec<Change>,
    pub(crate) version: i64,
}

/// Whose device it is, and why it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) customer_id: Uuid,
    pub(crate) interaction_id: Option<Uuid>,
    pub(crate) ticket_id: Option<Uuid>,
    /// Leaf of the catalogue of the ticket, or what the contact is about; may be empty.
    pub(crate) category_code: String,
}

/// A customer's consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consent {
    /// Who agreed.
    pub(crate) by: String,
    pub(crate) at: DateTime<Utc>,
    /// Number of the channel in the contract.
    pub(crate) channel: i32,
}

/// A change of settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: String,
    /// What it touches, as the customer was told.
    pub(crate) scope: String,
    /// What it may do, as the customer was told.
    pub(crate) effect: String,
    pub(crate) what: String,
    pub(crate) consent: Consent,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: String,
    /// Empty where it ended by itself.
    pub(crate) result: String,
    /// Its time was over.
    pub(crate) expired: bool,
}

/// What a session is made of besides its id and its time.
pub(crate) struct Beginning {
    pub(crate) about: About,
    pub(crate) agent: String,
    pub(crate) team_key: String,
    pub(crate) purpose: String,
    pub(crate) tool: String,
    pub(crate) consent: Option<Consent>,
}

impl RemoteSession {
    /// Starts a session.
    ///
    /// # Errors
    /// [`CoreError::Field`] that names `customerConsent`, where it is missing, lies in the future, or is too old.
    pub(crate) fn start(
        id: Uuid,
        given: Beginning,
        now: DateTime<Utc>,
        limits: Limits,
    ) -> Result<Self, Error> {
        let consent = given.consent.ok_or(CoreError::Field {
            field: "customerConsent",
            en: "is required: ask the customer and record who agreed, when and how; without consent there is no session",
            zh: "必填：请先征得客户同意并记录同意人、时间和渠道，未经同意不得远程操作",
        })?;
        not_in_the_future(&consent, now)?;
        if consent.at < now - limits.agreed {
            return Err(refused_time(
                "is too long ago: ask the customer again before the session and record that consent",
                "距今过久：请在远程协助前重新征得客户同意并记录",
            ));
        }
        Ok(Self {
            id,
            about: given.about,
            agent: given.agent,
            team_key: given.team_key,
            purpose: given.purpose,
            tool: given.tool,
            consent,
            started_at: now,
            ends_by: now + limits.session,
            ending: None,
            changes: Vec::new(),
            version: 1,
        })
    }

    /// Records a change of settings to which the customer agreed since the change before it, and not long ago.
    ///
    /// # Errors
    /// [`Error::SessionEnded`]; [`CoreError::Field`] that names `customerConsent`, where it is missing, lies in the future,
    /// is the consent to the session or to an earlier change, or is too old. [`Error::TooManyChanges`].
    pub(crate) fn change(
        mut self,
        change: impl FnOnce(Consent) -> Change,
        consent: Option<Consent>,
        now: DateTime<Utc>,
        limits: Limits,
    ) -> Result<Self, Error> {
        self.still_open(now)?;
        let consent = consent.ok_or(CoreError::Field {
            field: "customerConsent",
            en: "is required: tell the customer scope and possible effect of the change and record a second consent",
            zh: "必填：更改设置前须告知客户范围和可能的影响，并再次征得同意",
        })?;
        not_in_the_future(&consent, now)?;
        self.is_of_its_own(&consent)?;
        if consent.at < now - limits.consent {
            return Err(refused_time(
                "is too long ago for this change: tell the customer what it may do, ask again and record that consent",
                "距本次更改过久：请告知客户影响，重新征得同意并记录",
            ));
        }
        if self.changes.len() >= MOST_CHANGES {
            return Err(Error::TooManyChanges { most: MOST_CHANGES });
        }
        self.changes.push(change(consent));
        self.version += 1;
        Ok(self)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// [`Error::SessionEnded`].
    pub(crate) fn end(self, result: String, by: String, now: DateTime<Utc>) -> Result<Self, Error> {
        self.still_open(now)?;
        let ending = Ending { at: now, by, result, expired: false };
        Ok(Self { ending: Some(ending), version: self.version + 1, ..self })
    }

    /// Ends the session because its time is over; none where it has ended.
    pub(crate) fn expire(self, by: String) -> Option<Self> {
        let ending = Ending { at: self.ends_by, by, result: String::new(), expired: true };
        self.ending.is_none().then(|| Self { ending: Some(ending), version: self.version + 1, ..self })
    }

    /// Checks that a consent was given to nothing else before: after the session began, and after the consent to the
    /// change before.
    fn is_of_its_own(&self, consent: &Consent) -> Result<(), Error> {
        if consent.at < self.started_at || consent.at <= self.consent.at {
            return Err(refused_time(
                "is older than the session: a change needs a consent of its own",
                "早于本次远程协助：更改设置须另行征得同意",
            ));
        }
        if self.changes.last().is_some_and(|before| consent.at <= before.consent.at) {
            return Err(refused_time(
                "is not later than the consent to the change before: every change needs a consent of its own",
                "不晚于上一次更改的同意时间：每次更改设置都须另行征得同意",
            ));
        }
        Ok(())
    }

    fn still_open(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let ended = self.ending.as_ref().map(|ending| ending.at);
        match ended.or(Some(self.ends_by).filter(|by| *by <= now)) {
            Some(at) => Err(Error::SessionEnded { at }),
            None => Ok(()),
        }
    }
}

impl Consent {
    /// Returns the channel by which the customer agreed.
    pub(crate) fn channel(&self) -> Channel {
        Channel::try_from(self.channel).unwrap_or_default()
    }
}

fn not_in_the_future(consent: &Consent, now: DateTime<Utc>) -> Result<(), Error> {
    if consent.at > now {
        return Err(refused_time(
            "lies in the future: a consent is recorded once it was given",
            "是将来的时间：征得同意后方可记录",
        ));
    }
    Ok(())
}

fn refused_time(en: &'static str, zh: &'static str) -> Error {
    Error::Core(CoreError::Field { field: "customerConsent.at", en, zh })
}

#[cfg(test)]
mod tests;
