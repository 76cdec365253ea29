//! The service from outside: events in, reports out, on every database.

mod backlog;
mod cost;
mod definitions;
mod incidents;
mod journey;
mod messages;
mod poison;
mod recomputing;
mod refusals;
mod suite;
mod time;
