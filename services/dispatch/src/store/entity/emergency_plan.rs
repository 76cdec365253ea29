//! Emergency plans.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::emergency::{Contact, Plan};

/// People who are called, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Contacts(pub(crate) Vec<Contact>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "emergency_plans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub region: String,
    pub coordinators: Contacts,
    pub team_key: String,
    pub fallback: Contacts,
    pub coordinator_minutes: i32,
    pub engineer_minutes: i32,
    pub solve_minutes: i32,
    pub tell_minutes: i32,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns the plan that the rules know.
    pub(crate) fn plan(self) -> Plan {
        Plan {
            id: self.id,
            name: self.name,
            region: self.region,
            coordinators: self.coordinators.0,
            team_key: self.team_key,
            fallback: self.fallback.0.into_iter().next(),
            coordinator_minutes: self.coordinator_minutes,
            engineer_minutes: self.engineer_minutes,
            solve_minutes: self.solve_minutes,
            tell_minutes: self.tell_minutes,
        }
    }
}
