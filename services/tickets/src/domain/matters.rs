//! What a kind of trouble asks for besides the way that every ticket goes: the judgement of its validity (T5), the
//! investigation of a complaint (T9, T14), the merge of a duplicate, tags and watchers (T17).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// See the module. What a ticket has none of takes no room where it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Matters {
    /// What was judged of its validity, last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) judgement: Option<Judgement>,
    /// What became of it as a complaint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) complaint: Option<Complaint>,
    /// How it was merged, where it is a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merge: Option<Merge>,
    /// Words it is found by.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) tags: BTreeSet<String>,
    /// Who wants to know what happens to it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) watchers: BTreeSet<String>,
    /// How many tickets are parts of it.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) children: u32,
    /// How often the customer called again about it (C7).
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) contacts: u32,
}

/// What was judged of a request (有效性判断, T5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Validity {
    /// It goes on.
    Valid,
    /// The agreed statement is given.
    Invalid,
    /// Whose it is, is told.
    OutOfScope,
}

/// A judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Judgement {
    /// What was judged.
    pub(crate) validity: Validity,
    /// The agreed statement (统一说辞) that was given, or that is being agreed on.
    pub(crate) statement: Option<Uuid>,
    /// That statement has not been approved yet: the case is being analysed.
    pub(crate) analysed: bool,
    /// Which department and contact were given, of what is outside our scope.
    pub(crate) guidance: String,
    /// Who judged.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// What became of a complaint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Complaint {
    /// When a team got it that was to handle it; none while it lies where it was registered.
    pub(crate) forwarded_at: Option<DateTime<Utc>>,
    /// It was forwarded on the day received.
    pub(crate) forwarded_same_day: bool,
    /// Whom or what it is about, as it was found.
    pub(crate) party: Option<Party>,
    /// Who investigates it.
    pub(crate) investigator: String,
    /// Since when.
    pub(crate) investigated_at: Option<DateTime<Utc>>,
    /// What was found.
    pub(crate) finding: Option<Finding>,
    /// What the customer was told of it.
    pub(crate) feedback: Option<Feedback>,
    /// The complaint before it about the same matter.
    pub(crate) repeats: Option<Uuid>,
    /// The how-manieth complaint about the matter, from 1; 0 of one registered before they were counted.
    pub(crate) ordinal: u32,
}

/// The party complained of (被投诉方).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Party {
    /// What it is.
    pub(crate) kind: PartyKind,
    /// Which: of an agent the subject, else a key or name.
    pub(crate) name: String,
}

/// What a party complained of is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PartyKind {
    /// One of our people.
    Agent,
    /// One of our teams or departments.
    Team,
    /// A partner.
    ThirdParty,
    /// Anybody else.
    Other,
}

/// What an investigation found (T14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// Whether the complaint is right.
    pub(crate) verdict: Verdict,
    /// What was found, in words.
    pub(crate) summary: String,
    /// What is done about it.
    pub(crate) measures: String,
    /// Who concluded it.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// Whether a complaint is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// It is.
    Upheld,
    /// In part.
    PartlyUpheld,
    /// It is not.
    NotUpheld,
}

/// What the customer was told of a finding (反馈).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Feedback {
    /// In words.
    pub(crate) note: String,
    /// How: the name of a channel.
    pub(crate) channel: String,
    /// The customer accepts it; none where that was not said.
    pub(crate) accepted: Option<bool>,
    /// Who told.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// How a duplicate was merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Merge {
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Who.
    pub(crate) by: String,
    /// Who watched the survivor since then because of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) watchers: BTreeSet<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
