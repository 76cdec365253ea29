//! The service from outside: events in, reports out, on every database.

mod backlog;
mod definitions;
mod incidents;
mod journey;
mod messages;
mod recomputing;
mod refusals;
mod suite;
mod time;
