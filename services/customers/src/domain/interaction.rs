//! A contact, which ends once, as an activity record (业务活动记录, C4).

use chrono::{DateTime, Utc};
use hotline_core::id;
use hotline_core::time::to_proto_optional;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::{Direction, Intent, Outcome};
use hotline_proto::events::v1::InteractionEnded;
use uuid::Uuid;

use crate::Error;

/// A contact with a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interaction {
    pub(crate) id: Uuid,
    pub(crate) customer_id: Uuid,
    pub(crate) channel: Channel,
    pub(crate) direction: Direction,
    /// As [`super::NumberPlan::read`] returns it; empty where there was no number.
    pub(crate) phone: String,
    pub(crate) agent: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) activity: Activity,
    pub(crate) version: i64,
}

/// What is noted when a contact ends; nothing is said while it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Activity {
    pub(crate) intent: Intent,
    pub(crate) category_code: String,
    pub(crate) summary: String,
    pub(crate) outcome: Outcome,
    pub(crate) ticket_id: Option<Uuid>,
    /// The outage notice that the customer was told of (T13).
    pub(crate) outage_id: Option<Uuid>,
}

impl Interaction {
    /// Ends the contact with its activity record.
    ///
    /// # Errors
    /// [`Error::Ended`] when it has one.
    pub(crate) fn end(self, activity: Activity, now: DateTime<Utc>) -> Result<Self, Error> {
        match self.ended_at {
            Some(at) => Err(Error::Ended { at }),
            None => Ok(Self { ended_at: Some(now), activity, version: self.version + 1, ..self }),
        }
    }

    /// Returns the event that tells of its end.
    pub(crate) fn ended_event(&self, project: &str) -> InteractionEnded {
        InteractionEnded {
            interaction_id: self.id.to_string(),
            customer_id: self.customer_id.to_string(),
            agent: self.agent.clone(),
            channel: self.channel.into(),
            category_code: self.activity.category_code.clone(),
            intent: self.activity.intent.as_str_name().to_owned(),
            started_at: to_proto_optional(Some(self.started_at)),
            ended_at: to_proto_optional(self.ended_at),
            ticket_id: id::text(self.activity.ticket_id),
            project: project.to_owned(),
        }
    }
}
