//! Customers, contacts and telephone numbers, and what may happen to them. Pure: time and ids come in.

mod customer;
mod handling;
mod interaction;
mod phone;
pub(crate) mod remote;

pub(crate) use customer::{Customer, Profile};
pub(crate) use handling::{Answer, HandOver, Handling};
pub(crate) use interaction::{About, Activity, Interaction};
pub(crate) use phone::NumberPlan;
