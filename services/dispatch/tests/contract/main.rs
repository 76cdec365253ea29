//! What the service promises, through its layers, on SQLite and PostgreSQL.

mod batches;
mod claims;
mod costs;
mod crowd;
mod events;
mod harness;
mod leases;
mod queues;
mod records;
mod routing;
mod teams;
