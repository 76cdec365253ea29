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
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "interactions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub customer_id: Uuid,
        pub channel: i32,
        pub direction: i32,
        pub phone: String,
        pub agent: String,
        pub started_at: DateTimeUtc,
        pub ended_at: Option<DateTimeUtc>,
        pub intent: i32,
        pub category_code: String,
        pub summary: String,
        pub outcome: i32,
        pub ticket_id: Option<Uuid>,
        pub outage_id: Option<Uuid>,
        pub version: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
