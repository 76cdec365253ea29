//! A customer (C1) and one of whom only the number is known (C2).

use chrono::{DateTime, Utc};
use hotline_proto::customers::v1::{ContractStatus, Segment};
use uuid::Uuid;

/// A customer's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) id: Uuid,
    pub(crate) profile: Profile,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// What people may change of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) title: String,
    /// As [`super::NumberPlan::read`] returns them, each once; the first is called first.
    pub(crate) phones: Vec<String>,
    pub(crate) emails: Vec<String>,
    pub(crate) project: String,
    pub(crate) room: String,
    pub(crate) segment: Segment,
    pub(crate) contract_status: ContractStatus,
    pub(crate) notes: String,
}

impl Customer {
    /// Returns a new record.
    pub(crate) fn new(id: Uuid, profile: Profile, now: DateTime<Utc>) -> Self {
        Self { id, profile, created_at: now, updated_at: now, version: 1 }
    }

    /// Returns the record with a new profile.
    pub(crate) fn with(self, profile: Profile, now: DateTime<Utc>) -> Self {
        Self { profile, updated_at: now, version: self.version + 1, ..self }
    }

    /// Tells whether nothing but the number is known yet (C2).
    pub(crate) fn is_anonymous(&self) -> bool {
        self.profile.name.is_empty()
    }
}

impl Profile {
    /// Returns what is known of somebody who has just called for the first time (C2).
    pub(crate) fn caller(phone: &str) -> Self {
        Self { phones: vec![phone.to_owned()], ..Self::named("") }
    }

    /// Returns the profile of an ordinary customer without a contract.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: String::new(),
            phones: Vec::new(),
            emails: Vec::new(),
            project: String::new(),
            room: String::new(),
            segment: Segment::Ordinary,
            contract_status: ContractStatus::None,
            notes: String::new(),
        }
    }
}
