//! A remote session on a customer's device: no consent, no session, and a consent of its own for every change (C10).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Error as CoreError;
use hotline_proto::common::v1::Channel;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;

/// Changes of one session at most; whoever needs more begins another.
const MOST_CHANGES: usize = 100;

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
    /// Starts a session that lasts `longest` at most.
    ///
    /// # Errors
    /// [`CoreError::Field`] that names `customerConsent`, where it is missing or lies in the future.
    pub(crate) fn start(
        id: Uuid,
        given: Beginning,
        now: DateTime<Utc>,
        longest: TimeDelta,
    ) -> Result<Self, Error> {
        let consent = given.consent.ok_or(CoreError::Field {
            field: "customerConsent",
            en: "is required: ask the customer and record who agreed, when and how; without consent there is no session",
            zh: "必填：请先征得客户同意并记录同意人、时间和渠道，未经同意不得远程操作",
        })?;
        not_in_the_future(&consent, now)?;
        Ok(Self {
            id,
            about: given.about,
            agent: given.agent,
            team_key: given.team_key,
            purpose: given.purpose,
            tool: given.tool,
            consent,
            started_at: now,
            ends_by: now + longest,
            ending: None,
            changes: Vec::new(),
            version: 1,
        })
    }

    /// Records a change of settings to which the customer agreed since the session began.
    ///
    /// # Errors
    /// [`Error::SessionEnded`]; [`CoreError::Field`] that names `customerConsent`, where it is missing, lies in the future,
    /// or is older than the session: then it is the consent to the session. [`Error::TooManyChanges`].
    pub(crate) fn change(
        mut self,
        change: impl FnOnce(Consent) -> Change,
        consent: Option<Consent>,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        self.still_open(now)?;
        let consent = consent.ok_or(CoreError::Field {
            field: "customerConsent",
            en: "is required: tell the customer scope and possible effect of the change and record a second consent",
            zh: "必填：更改设置前须告知客户范围和可能的影响，并再次征得同意",
        })?;
        not_in_the_future(&consent, now)?;
        if consent.at < self.started_at {
            return Err(Error::Core(CoreError::Field {
                field: "customerConsent.at",
                en: "is older than the session: a change needs a consent of its own",
                zh: "早于本次远程协助：更改设置须另行征得同意",
            }));
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
        return Err(Error::Core(CoreError::Field {
            field: "customerConsent.at",
            en: "lies in the future: a consent is recorded once it was given",
            zh: "是将来的时间：征得同意后方可记录",
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn agreed(minute: i64) -> Option<Consent> {
        Some(Consent { by: "王芳".into(), at: at(minute), channel: Channel::Phone.into() })
    }

    fn start(consent: Option<Consent>) -> Result<RemoteSession, Error> {
        let given = Beginning {
            about: About::default(),
            agent: "engineer".into(),
            team_key: "second-line-network".into(),
            purpose: "检查网卡设置".into(),
            tool: "向日葵".into(),
            consent,
        };
        RemoteSession::start(Uuid::nil(), given, at(10), TimeDelta::hours(4))
    }

    fn change(session: RemoteSession, consent: Option<Consent>, minute: i64) -> Result<RemoteSession, Error> {
        let what = |consent| Change {
            at: at(minute),
            by: "engineer".into(),
            scope: "DNS".into(),
            effect: "网络中断一分钟".into(),
            what: "改为自动获取".into(),
            consent,
        };
        session.change(what, consent, at(minute))
    }

    fn field(refused: Error) -> &'static str {
        match refused {
            Error::Core(CoreError::Field { field, .. }) => field,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn without_a_consent_there_is_no_session() {
        assert_eq!(field(start(None).expect_err("no consent")), "customerConsent");
        assert_eq!(field(start(agreed(11)).expect_err("not yet")), "customerConsent.at");
        assert_eq!(start(agreed(9)).expect("agreed").ends_by, at(250));
    }

    #[test]
    fn a_change_needs_a_consent_of_its_own() {
        let session = start(agreed(9)).expect("agreed");
        assert_eq!(field(change(session.clone(), None, 12).expect_err("no consent")), "customerConsent");
        let first = change(session.clone(), agreed(9), 12).expect_err("that is the consent to the session");
        assert_eq!(field(first), "customerConsent.at");
        assert_eq!(
            field(change(session.clone(), agreed(13), 12).expect_err("not yet")),
            "customerConsent.at"
        );
        let changed = change(session, agreed(11), 12).expect("agreed twice");
        assert_eq!((changed.changes.len(), changed.version), (1, 2));
    }

    #[test]
    fn what_has_ended_is_not_changed_any_more() {
        let session = start(agreed(9)).expect("agreed");
        let ended = session.clone().end("已恢复".into(), "engineer".into(), at(20)).expect("ends");
        assert!(
            matches!(change(ended.clone(), agreed(21), 21), Err(Error::SessionEnded { at: when }) if when == at(20))
        );
        assert!(
            ended.clone().end(String::new(), String::new(), at(22)).is_err()
                && ended.expire(String::new()).is_none()
        );
        let late = change(session.clone(), agreed(250), 250).expect_err("its time is over, swept or not");
        assert!(matches!(late, Error::SessionEnded { at: when } if when == at(250)));
        let expired =
            session.expire("service:customers".into()).and_then(|session| session.ending).expect("ends");
        assert!(expired.expired && expired.at == at(250));
    }

    #[test]
    fn a_session_holds_so_many_changes() {
        let mut session = start(agreed(9)).expect("agreed");
        for _ in 0..MOST_CHANGES {
            session = change(session, agreed(11), 12).expect("is recorded");
        }
        assert!(matches!(change(session, agreed(11), 12), Err(Error::TooManyChanges { most: MOST_CHANGES })));
    }
}
