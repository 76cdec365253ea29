//! The rows behind customers and contacts. Enums are stored as their numbers in the contract.

/// A customer; its numbers are rows of [`super::phone`].
pub(super) mod customer {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub title: String,
        pub emails: Json,
        pub project: String,
        pub room: String,
        pub segment: i32,
        pub contract_status: i32,
        pub notes: String,
        pub external_key: Option<String>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub version: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A customer's telephone number, in the customer's own order.
pub(super) mod phone {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_phones")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub e164: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A number whose first call made a customer. The row is the lock under which that happens once.
pub(super) mod first_call {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "first_calls")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub e164: String,
        pub at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A contact.
pub(super) mod interaction {
    use sea_orm::FromJsonQueryResult;
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "interactions")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) customer_id: Uuid,
        pub(crate) channel: i32,
        pub(crate) direction: i32,
        pub(crate) phone: String,
        pub(crate) agent: String,
        pub(crate) started_at: DateTimeUtc,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) intent: i32,
        pub(crate) category_code: String,
        pub(crate) summary: String,
        pub(crate) outcome: i32,
        pub(crate) ticket_id: Option<Uuid>,
        pub(crate) outage_id: Option<Uuid>,
        pub(crate) team_key: String,
        /// How the prompt to hand it over stands, by which it is listed.
        pub(crate) overrun: i32,
        pub(crate) handling: Handling,
        pub(crate) version: i64,
    }

    /// How long it may take, and what was agreed about a longer one.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub(crate) struct Handling(pub(crate) crate::domain::Handling);

    impl ActiveModelBehavior for ActiveModel {}
}

/// A remote session.
pub(super) mod remote_session {
    use sea_orm::FromJsonQueryResult;
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    use crate::domain::remote::{Change, Consent};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "remote_sessions")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) customer_id: Uuid,
        pub(crate) interaction_id: Option<Uuid>,
        pub(crate) ticket_id: Option<Uuid>,
        pub(crate) category_code: String,
        pub(crate) agent: String,
        pub(crate) team_key: String,
        pub(crate) purpose: String,
        pub(crate) tool: String,
        pub(crate) consent: Recorded,
        pub(crate) started_at: DateTimeUtc,
        pub(crate) ends_by: DateTimeUtc,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: String,
        pub(crate) result: String,
        pub(crate) expired: bool,
        pub(crate) changes: Changes,
        pub(crate) version: i64,
    }

    /// The customer's consent to the session.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub(crate) struct Recorded(pub(crate) Consent);

    /// What was changed, oldest first.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub(crate) struct Changes(pub(crate) Vec<Change>);

    impl ActiveModelBehavior for ActiveModel {}
}
