//! Short lists that are stored in one column.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// Texts, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Texts(pub(crate) Vec<String>);

/// Numbers of a contract's enum, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Numbers(pub(crate) Vec<i32>);
