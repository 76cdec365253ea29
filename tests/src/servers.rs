//! Servers and processes that belong to this one and end with it.

pub mod leash;
pub mod postgres;

pub use postgres::Postgres;
