//! The tables of customers and contacts, and every use of them.

pub(crate) mod customers;
mod entity;
pub(crate) mod imports;
pub(crate) mod interactions;
mod migrations;
#[cfg(test)]
mod plans;
pub(crate) mod remote;

pub(crate) use migrations::all as migrations;

use hotline_core::error::Error;

/// Reads an enum of the contract from its stored number.
fn known<E: TryFrom<i32, Error: std::error::Error + Send + Sync + 'static>>(stored: i32) -> Result<E, Error> {
    E::try_from(stored).map_err(|error| Error::Internal(error.into()))
}
