//! Webhooks.

use hotline_proto::dispatch::v1::WebhookState;
use sea_orm::entity::prelude::*;

use super::lists::Texts;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub url: String,
    pub event_types: Texts,
    pub description: String,
    pub state: i32,
    pub disabled_reason: String,
    pub disabled_at: Option<DateTimeUtc>,
    pub failing_since: Option<DateTimeUtc>,
    pub quiet_until: Option<DateTimeUtc>,
    pub secret: String,
    pub previous_secret: Option<String>,
    pub previous_secret_until: Option<DateTimeUtc>,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns a webhook that tells everything, made now.
    pub(crate) fn fresh(id: Uuid, now: DateTimeUtc) -> Self {
        Self {
            id,
            team_key: String::new(),
            url: String::new(),
            event_types: Texts::default(),
            description: String::new(),
            state: WebhookState::Enabled.into(),
            disabled_reason: String::new(),
            disabled_at: None,
            failing_since: None,
            quiet_until: None,
            secret: String::new(),
            previous_secret: None,
            previous_secret_until: None,
            created_by: String::new(),
            created_at: now,
            version: 1,
        }
    }

    /// Returns the webhook as it goes on: what failed before is forgotten.
    pub(crate) fn enabled(self) -> Self {
        Self {
            state: WebhookState::Enabled.into(),
            disabled_reason: String::new(),
            disabled_at: None,
            failing_since: None,
            quiet_until: None,
            ..self
        }
    }
}
