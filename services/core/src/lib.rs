//! What every Hotline service stands on. No business rule in it: a concern a file.

pub mod bus;
pub mod calendars;
pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod deadlines;
pub mod error;
pub mod etag;
pub mod id;
pub mod idempotency;
pub mod mask;
pub mod outbox;
pub mod page;
pub mod parked;
pub mod passage;
pub mod region;
pub mod seats;
pub mod server;
pub mod telemetry;
pub mod testing;
pub mod time;
pub mod trouble;
pub mod turns;
mod unary;
pub mod upstream;
