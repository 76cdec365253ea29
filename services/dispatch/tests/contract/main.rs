//! What the service promises, through its layers, on SQLite and PostgreSQL.

mod aside;
mod batches;
mod claims;
mod confirmation;
mod control;
mod costs;
mod crowd;
mod escalation;
mod events;
mod fairness;
mod harness;
mod leases;
mod model;
mod offers;
mod partners;
mod presence;
mod queues;
mod records;
mod rerouting;
mod routing;
mod targets;
mod teams;
mod versions;
