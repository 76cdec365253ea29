//! The service from outside: events in, reports out, on every database.

mod backlog;
mod budget;
mod cost;
mod definitions;
mod incidents;
mod journey;
mod messages;
mod poison;
mod recomputing;
mod refusals;
mod repairs;
mod suite;
mod time;
