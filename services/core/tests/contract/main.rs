//! What the services may rely on, over SQLite and PostgreSQL, in one process and over Redis and TCP.

mod deadlines;
mod events;
mod fake;
mod idempotency;
mod listeners;
mod paging;
mod redis_bus;
mod relays;
mod road;
mod servers;
mod storage;
mod sweeps;
mod toys;
mod transport;
