//! Short lists that are stored in one column.

use chrono::TimeDelta;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::config::Rung;
use crate::domain::escalation::Step;
use crate::domain::matching;
use crate::domain::stages::{Budget, Dues};
use crate::domain::targets::Target;
use crate::domain::team;

/// Texts, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Texts(pub(crate) Vec<String>);

/// Targets of a rule, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Targets(pub(crate) Vec<Target>);

/// Numbers of a contract's enum, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Numbers(pub(crate) Vec<i32>);

/// How well a member handles which category, as a JSON array of pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Levels(pub(crate) Vec<(String, i32)>);

/// The levels that a team's work asks for, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Selectors(pub(crate) Vec<Selector>);

/// A [`matching::Selector`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Selector {
    pub(crate) category_code: String,
    pub(crate) level: i32,
    pub(crate) relax_after_seconds: Option<i64>,
}

impl From<&Selector> for matching::Selector {
    fn from(stored: &Selector) -> Self {
        Self {
            category_code: stored.category_code.clone(),
            level: stored.level,
            relax_after: stored.relax_after_seconds.and_then(TimeDelta::try_seconds),
        }
    }
}

/// What kinds of a team's work cost, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Costs(pub(crate) Vec<Cost>);

/// A [`team::Cost`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) types: Vec<i32>,
    pub(crate) category_code: String,
    pub(crate) cost: i32,
}

impl From<&Cost> for team::Cost {
    fn from(stored: &Cost) -> Self {
        Self { types: stored.types.clone(), category_code: stored.category_code.clone(), cost: stored.cost }
    }
}

/// Steps of an escalation, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Steps(pub(crate) Vec<Step>);

/// Due times of stages, as a JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct DueTimes(pub(crate) Dues);

/// A chain of escalation, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Chain(pub(crate) Vec<Rung>);

/// Times for stages, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Budgets(pub(crate) Vec<Budget>);
