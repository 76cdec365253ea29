//! A contact, which ends once, as an activity record (业务活动记录, C4).

use chrono::{DateTime, Utc};
use hotline_core::id;
use hotline_core::time::to_proto_optional;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::{Direction, Intent, Outcome};
use hotline_proto::events::v1::{InteractionEnded, InteractionOverran};
use uuid::Uuid;

use super::{Answer, HandOver, Handling};
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
    /// The agent's first team when it began; empty for none.
    pub(crate) team_key: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) activity: Activity,
    pub(crate) handling: Handling,
    pub(crate) version: i64,
}

/// What is noted when a contact ends; while it goes on, only what it is about and its ticket may be known.
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

/// What a contact is about, as far as it could be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) category_code: String,
    pub(crate) ticket_id: Option<Uuid>,
    pub(crate) suggested_team: String,
}

impl Interaction {
    /// Ends the contact with its activity record, which keeps what was said before of what the record leaves out.
    ///
    /// # Errors
    /// [`Error::Ended`] when it has one.
    pub(crate) fn end(self, activity: Activity, now: DateTime<Utc>) -> Result<Self, Error> {
        self.goes_on()?;
        let known = self.activity;
        let category_code =
            if activity.category_code.is_empty() { known.category_code } else { activity.category_code };
        let ticket_id = activity.ticket_id.or(known.ticket_id);
        let activity = Activity { category_code, ticket_id, ..activity };
        Ok(Self { ended_at: Some(now), activity, version: self.version + 1, ..self })
    }

    /// Notes what it is about, and the team it could be handed over to.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub(crate) fn classify(mut self, category_code: String, suggested_team: String) -> Result<Self, Error> {
        self.goes_on()?;
        self.activity.category_code = category_code;
        self.handling.suggested_team = suggested_team;
        Ok(Self { version: self.version + 1, ..self })
    }

    /// Notes what was found of what it is about; what was said of it stays.
    pub(crate) fn recognised(mut self, about: About) -> Self {
        if self.activity.category_code.is_empty() {
            self.activity.category_code = about.category_code;
        }
        if self.handling.suggested_team.is_empty() {
            self.handling.suggested_team = about.suggested_team;
        }
        self.activity.ticket_id = self.activity.ticket_id.or(about.ticket_id);
        self
    }

    /// Records what the customer said when asked to go on (C9).
    ///
    /// # Errors
    /// [`Error::Ended`]; [`Error::Unlimited`] where nobody has to ask.
    pub(crate) fn answer(mut self, answer: Answer) -> Result<Self, Error> {
        self.goes_on()?;
        if self.handling.due_at.is_none() {
            return Err(Error::Unlimited);
        }
        self.handling.answers.push(answer);
        Ok(Self { version: self.version + 1, ..self })
    }

    /// Records that its ticket was handed over. That is so even if the contact ended meanwhile.
    pub(crate) fn hand_over(mut self, ticket_id: Uuid, over: HandOver) -> Self {
        self.activity.ticket_id.get_or_insert(ticket_id);
        self.handling.handed_over = Some(over);
        Self { version: self.version + 1, ..self }
    }

    /// Checks that it has not ended.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub(crate) fn goes_on(&self) -> Result<(), Error> {
        self.ended_at.map_or(Ok(()), |at| Err(Error::Ended { at }))
    }

    /// Returns the event that prompts agent and lead.
    pub(crate) fn overran_event(&self, project: &str) -> InteractionOverran {
        InteractionOverran {
            interaction_id: self.id.to_string(),
            customer_id: self.customer_id.to_string(),
            agent: self.agent.clone(),
            team_key: self.team_key.clone(),
            channel: self.channel.into(),
            category_code: self.activity.category_code.clone(),
            suggested_team_key: self.handling.suggested_team.clone(),
            started_at: to_proto_optional(Some(self.started_at)),
            project: project.to_owned(),
        }
    }

    /// Returns the event that tells of its end.
    pub(crate) fn ended_event(&self, project: &str) -> InteractionEnded {
        let handling = &self.handling;
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
            team_key: self.team_key.clone(),
            limit_seconds: self.limit_seconds(),
            continue_consent: handling.consent(),
            handed_over_to: handling
                .handed_over
                .as_ref()
                .map(|over| over.team_key.clone())
                .unwrap_or_default(),
            overran_at: to_proto_optional(handling.overran_at),
        }
    }

    fn limit_seconds(&self) -> i32 {
        let limit = self.handling.due_at.map_or(0, |due| (due - self.started_at).num_seconds());
        i32::try_from(limit).unwrap_or(i32::MAX)
    }
}
