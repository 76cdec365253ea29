//! The table of tickets.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SimpleExpr;

use crate::domain::number::Reference;
use crate::store::parts::{Fields, Ids, OptionalClock, OptionalLease, StoredCourse, StoredMatters, Waits};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tickets")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) kind: i32,
    pub(crate) category_code: String,
    pub(crate) category_policy: String,
    pub(crate) subject: String,
    pub(crate) description: String,
    pub(crate) fields: Fields,
    pub(crate) customer_id: Uuid,
    pub(crate) channel: i32,
    pub(crate) urgency: i32,
    pub(crate) impact: i32,
    pub(crate) priority: i32,
    pub(crate) state: i32,
    pub(crate) team_key: String,
    pub(crate) assignee: String,
    pub(crate) owner_agent: String,
    pub(crate) interaction_id: Option<Uuid>,
    pub(crate) project: String,
    pub(crate) key_account: bool,
    pub(crate) completeness: f64,
    pub(crate) resolution: String,
    pub(crate) article_ids: Ids,
    pub(crate) solved_by: String,
    pub(crate) external_key: Option<String>,
    pub(crate) reopen_count: i32,
    pub(crate) reassignment_count: i32,
    pub(crate) wait_count: i32,
    pub(crate) customer_wait_count: i32,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) responded_at: Option<DateTimeUtc>,
    pub(crate) resolved_at: Option<DateTimeUtc>,
    pub(crate) closed_at: Option<DateTimeUtc>,
    pub(crate) policy: String,
    pub(crate) response_clock: OptionalClock,
    pub(crate) resolution_clock: OptionalClock,
    pub(crate) answer_clock: OptionalClock,
    pub(crate) course: StoredCourse,
    pub(crate) waits: Waits,
    pub(crate) wait_until: Option<DateTimeUtc>,
    pub(crate) lease: OptionalLease,
    pub(crate) survivor_id: Option<Uuid>,
    pub(crate) parent_id: Option<Uuid>,
    pub(crate) outage_id: Option<Uuid>,
    pub(crate) matters: StoredMatters,
    pub(crate) callbacks: Ids,
    pub(crate) version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Returns the condition that names one ticket.
pub(crate) fn is(which: &Reference) -> SimpleExpr {
    match which {
        Reference::Id(id) => Column::Id.eq(*id),
        Reference::Number(number) => Column::Number.eq(number.as_str()),
    }
}
