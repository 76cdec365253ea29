//! Customers, contacts and telephone numbers, and what may happen to them. Pure: time and ids come in.

mod customer;
mod interaction;
mod phone;

pub(crate) use customer::{Customer, Profile};
pub(crate) use interaction::{Activity, Interaction};
pub(crate) use phone::NumberPlan;
