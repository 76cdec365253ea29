//! What is stored as JSON in one column, read straight into what the domain knows.

use std::collections::BTreeMap;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::clock::Clock;
use crate::domain::course::Course;
use crate::domain::lease::Lease;
use crate::domain::matters::Matters;
use crate::domain::ticket::Wait;

/// What the form asks for besides, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Fields(pub(crate) BTreeMap<String, String>);

/// Ids of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Ids(pub(crate) Vec<Uuid>);

/// Texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Texts(pub(crate) Vec<String>);

/// A clock, where a target applies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct OptionalClock(pub(crate) Option<Clock>);

/// The course of a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct StoredCourse(pub(crate) Course);

/// What a kind of trouble asks for besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct StoredMatters(pub(crate) Matters);

/// The times that work waited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Waits(pub(crate) Vec<Wait>);

/// The assignment that has the ticket, where one has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct OptionalLease(pub(crate) Option<Lease>);
