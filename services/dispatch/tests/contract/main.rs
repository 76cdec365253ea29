//! What the service promises, through its layers, on SQLite and PostgreSQL.

mod absence;
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
mod leaves;
mod model;
mod offers;
mod presence;
mod queues;
mod records;
mod rerouting;
mod rosters;
mod routing;
mod swaps;
mod targets;
mod teams;
mod versions;
