//! What is written down of each thing that happens to a ticket: never changed, never removed (T6).

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use hotline_proto::common::v1::TicketState;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Registered.
    Created,
    /// A team has it.
    Assigned,
    /// Given to another team.
    HandedOver,
    /// Taken on.
    Started,
    /// Work stopped.
    Waiting,
    /// Work went on.
    Resumed,
    /// Priority set anew.
    Reprioritized,
    /// Corrected.
    Updated,
    /// Solved.
    Resolved,
    /// The customer could not be reached to be told what came of it.
    Unreachable,
    /// Confirmed.
    Verified,
    /// Ended.
    Closed,
    /// Opened again.
    Reopened,
    /// Given up.
    Cancelled,
    /// Given back.
    Released,
    /// The next handler was reached by telephone.
    Confirmed,
    /// Nobody confirmed it in its time, and somebody was told.
    Escalated,
    /// Somebody came to the site.
    Arrived,
    /// A third party was shown the customer.
    Disclosed,
    /// The customer was promised an answer.
    Promised,
    /// The solution got more time.
    Extended,
    /// The customer was told how far the work is.
    Informed,
    /// Its validity was judged.
    Judged,
    /// Somebody said something about it.
    Commented,
    /// Merged into another ticket, of which it is a duplicate.
    Merged,
    /// The merge was undone.
    Unmerged,
    /// It has to do with another ticket.
    Linked,
    /// It has nothing to do with another ticket any more.
    Unlinked,
    /// Its tags were changed.
    Tagged,
    /// Its watchers were changed.
    Watched,
    /// A complaint reached the team that handles it.
    Forwarded,
    /// The investigation of a complaint began.
    Investigated,
    /// The investigation of a complaint came to its finding.
    Concluded,
    /// The customer was told the finding.
    FedBack,
    /// The customer called again about it.
    Contacted,
    /// A call about it lasted too long, or longer with the customer's consent.
    CallOverran,
    /// Something happened in a remote session.
    RemoteSession,
    /// An outage is known as its cause.
    OutageLinked,
    /// The outage is not its cause after all.
    OutageUnlinked,
    /// Its plan moved on.
    Planned,
    /// Due times set.
    SlaSet,
    /// A clock warned.
    SlaWarned,
    /// A clock ran out.
    SlaBreached,
    /// A clock was stopped in time.
    SlaMet,
    /// A clock was stopped too late.
    SlaMissed,
    /// What a clock had told was put right.
    SlaRepaired,
    /// Brought in from another system.
    Imported,
    /// What another system did and the life cycle has no word for.
    Noted,
}

impl Kind {
    /// Every kind.
    const ALL: [Self; 48] = [
        Self::Created,
        Self::Assigned,
        Self::HandedOver,
        Self::Started,
        Self::Waiting,
        Self::Resumed,
        Self::Reprioritized,
        Self::Updated,
        Self::Resolved,
        Self::Unreachable,
        Self::Verified,
        Self::Closed,
        Self::Reopened,
        Self::Cancelled,
        Self::Released,
        Self::Confirmed,
        Self::Escalated,
        Self::Arrived,
        Self::Disclosed,
        Self::Promised,
        Self::Extended,
        Self::Informed,
        Self::Judged,
        Self::Commented,
        Self::Merged,
        Self::Unmerged,
        Self::Linked,
        Self::Unlinked,
        Self::Tagged,
        Self::Watched,
        Self::Forwarded,
        Self::Investigated,
        Self::Concluded,
        Self::FedBack,
        Self::Contacted,
        Self::CallOverran,
        Self::RemoteSession,
        Self::OutageLinked,
        Self::OutageUnlinked,
        Self::Planned,
        Self::SlaSet,
        Self::SlaWarned,
        Self::SlaBreached,
        Self::SlaMet,
        Self::SlaMissed,
        Self::SlaRepaired,
        Self::Imported,
        Self::Noted,
    ];

    /// Returns the name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Assigned => "ASSIGNED",
            Self::HandedOver => "HANDED_OVER",
            Self::Started => "STARTED",
            Self::Waiting => "WAITING",
            Self::Resumed => "RESUMED",
            Self::Reprioritized => "REPRIORITIZED",
            Self::Updated => "UPDATED",
            Self::Resolved => "RESOLVED",
            Self::Unreachable => "UNREACHABLE",
            Self::Verified => "VERIFIED",
            Self::Closed => "CLOSED",
            Self::Reopened => "REOPENED",
            Self::Cancelled => "CANCELLED",
            Self::Released => "RELEASED",
            Self::Confirmed => "CONFIRMED",
            Self::Escalated => "ESCALATED",
            Self::Arrived => "ARRIVED",
            Self::Disclosed => "DISCLOSED",
            Self::Promised => "PROMISED",
            Self::Extended => "EXTENDED",
            Self::Informed => "INFORMED",
            Self::Judged => "JUDGED",
            Self::Commented => "COMMENTED",
            Self::Merged => "MERGED",
            Self::Unmerged => "UNMERGED",
            Self::Linked => "LINKED",
            Self::Unlinked => "UNLINKED",
            Self::Tagged => "TAGGED",
            Self::Watched => "WATCHED",
            Self::Forwarded => "FORWARDED",
            Self::Investigated => "INVESTIGATED",
            Self::Concluded => "CONCLUDED",
            Self::FedBack => "FED_BACK",
            Self::Contacted => "CONTACTED",
            Self::CallOverran => "CALL_OVERRAN",
            Self::RemoteSession => "REMOTE_SESSION",
            Self::OutageLinked => "OUTAGE_LINKED",
            Self::OutageUnlinked => "OUTAGE_UNLINKED",
            Self::Planned => "PLANNED",
            Self::SlaSet => "SLA_SET",
            Self::SlaWarned => "SLA_WARNED",
            Self::SlaBreached => "SLA_BREACHED",
            Self::SlaMet => "SLA_MET",
            Self::SlaMissed => "SLA_MISSED",
            Self::SlaRepaired => "SLA_REPAIRED",
            Self::Imported => "IMPORTED",
            Self::Noted => "NOTED",
        }
    }

    /// Returns the kind of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Tells whether the clocks made it by themselves, of what else happened.
    pub(crate) fn follows_from_others(self) -> bool {
        matches!(
            self,
            Self::SlaSet
                | Self::SlaWarned
                | Self::SlaBreached
                | Self::SlaMet
                | Self::SlaMissed
                | Self::SlaRepaired
        )
    }
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// What happened.
    pub(crate) kind: Kind,
    /// When; for a clock its due time, however late it was noticed.
    pub(crate) at: DateTime<Utc>,
    /// Who: a user's subject or `service:<name>`.
    pub(crate) actor: String,
    /// The state after it.
    pub(crate) state: TicketState,
    /// In the actor's words.
    pub(crate) note: String,
    /// What changed, by name; the value before carries the prefix `from`.
    pub(crate) details: BTreeMap<String, String>,
}

/// Details as they are gathered; what is empty is left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details(BTreeMap<String, String>);

impl Details {
    /// Adds a value.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds a value that tells something also where it is empty.
    pub(crate) fn even_empty(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds a time.
    pub(crate) fn time(self, name: &str, at: Option<DateTime<Utc>>) -> Self {
        let text = at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        self.with(name, text.unwrap_or_default())
    }

    /// Adds the values before and after, where they differ.
    pub(crate) fn change(self, name: &str, before: &str, after: &str) -> Self {
        if before == after {
            return self;
        }
        let mut letters = name.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let from: String = "from".chars().chain(first).chain(letters).collect();
        self.with(&from, before).with(name, after)
    }

    /// Returns what changed, by name: values before are told with those after.
    pub(crate) fn names(&self) -> Vec<String> {
        let before =
            |name: &str| name.strip_prefix("from").is_some_and(|rest| rest.starts_with(char::is_uppercase));
        self.0.keys().filter(|name| !before(name)).cloned().collect()
    }

    /// Tells whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what was gathered.
    pub(crate) fn done(self) -> BTreeMap<String, String> {
        self.0
    }
}
