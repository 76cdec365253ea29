//! The rows behind callbacks and tries. Enums are stored as their numbers in the contract.

/// A callback, with what it knows of its ticket.
pub(super) mod callback {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "callbacks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: i32,
        pub customer_id: Option<Uuid>,
        pub subject: String,
        pub state: i32,
        pub opens_at: DateTimeUtc,
        pub due_at: DateTimeUtc,
        pub holder: String,
        pub epoch: i64,
        pub token: String,
        pub lease_expires_at: Option<DateTimeUtc>,
        pub satisfied: Option<bool>,
        pub score: Option<i32>,
        pub end_reason: String,
        pub overtaken: bool,
        pub created_at: DateTimeUtc,
        pub ended_at: Option<DateTimeUtc>,
        pub version: i64,
        pub ticket_id: Option<Uuid>,
        /// The ticket while the callback is live: unique, so that a ticket has one live callback at most.
        pub live_ticket_id: Option<Uuid>,
        pub ticket_number: String,
        pub ticket_type: i32,
        pub category_code: String,
        pub team_key: String,
        pub solved_by: String,
        pub priority: i32,
        pub channel: i32,
        pub resolution: String,
        pub solved: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The callback of a customer of an outage that is over.
pub(super) mod outage {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outage_callbacks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub outage_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer_id: Uuid,
        pub callback_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Another ticket that a callback is about.
pub(super) mod other_ticket {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "callback_tickets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub callback_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub ticket_id: Uuid,
        pub subject: String,
        pub ticket_number: String,
        pub ticket_type: i32,
        pub category_code: String,
        pub team_key: String,
        pub solved_by: String,
        pub priority: i32,
        pub channel: i32,
        pub resolution: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A try to reach the customer.
pub(super) mod attempt {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub callback_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub at: DateTimeUtc,
        pub agent: String,
        pub outcome: i32,
        pub reasons: Json,
        pub comment: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
