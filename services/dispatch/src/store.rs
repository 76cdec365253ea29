//! The tables of the service: the only room that knows how they are stored. Functions that change something take the
//! command's transaction; those that read take any connection.

pub(crate) mod agreements;
pub(crate) mod assignments;
pub(crate) mod available;
pub(crate) mod declines;
pub(crate) mod deliveries;
pub(crate) mod disclosures;
pub(crate) mod duty;
pub(crate) mod duty_logs;
pub(crate) mod emergency_plans;
mod entity;
pub(crate) mod first_start;
pub(crate) mod handovers;
pub(crate) mod holdings;
pub(crate) mod links;
pub(crate) mod listing;
pub(crate) mod members;
mod migrations;
pub(crate) mod offering;
#[cfg(test)]
mod plans;
pub(crate) mod presence;
pub(crate) mod received;
pub(crate) mod rosters;
pub(crate) mod rules;
pub(crate) mod standing;
pub(crate) mod stays;
pub(crate) mod teams;
pub(crate) mod versions;
pub(crate) mod webhooks;

pub(crate) use entity::delivery::Model as DeliveryRow;
pub(crate) use entity::disclosure::Model as DisclosureRow;
pub(crate) use entity::duty_log::{Called, Miss, Missed, Model as DutyLogRow, StartedPlan};
pub(crate) use entity::duty_override::Model as OverrideRow;
pub(crate) use entity::duty_step::Model as DutyStepRow;
pub(crate) use entity::emergency_plan::{Contacts, Model as EmergencyPlanRow};
pub(crate) use entity::handover::{Item as HandoverItemRow, Items as HandoverItems, Model as HandoverRow};
pub(crate) use entity::holding::Model as HoldingRow;
pub(crate) use entity::leave::Model as LeaveRow;
pub(crate) use entity::lists::{
    Budgets, Chain, Cost, Costs, Levels, Numbers, Selector, Selectors, Targets, Texts,
};
pub(crate) use entity::member::Model as MemberRow;
pub(crate) use entity::partner_link::Model as LinkRow;
pub(crate) use entity::presence::Model as PresenceRow;
pub(crate) use entity::presence_stay::Model as StayRow;
pub(crate) use entity::received::Model as ReceivedRow;
pub(crate) use entity::roster::{DutyHours, Holidays, Model as RosterRow, Ranking};
pub(crate) use entity::routing_version::Model as VersionRow;
pub(crate) use entity::rule::Model as RuleRow;
pub(crate) use entity::shift_swap::Model as SwapRow;
pub(crate) use entity::team::Model as TeamRow;
pub(crate) use entity::webhook::Model as WebhookRow;
pub(crate) use migrations::all as migrations;
