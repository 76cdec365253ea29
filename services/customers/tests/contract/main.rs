//! What the customer service promises, over SQLite and PostgreSQL, asked through its whole stack of layers.

mod bench;
mod calls;
mod costs;
mod customers;
mod fake_dispatch;
mod fake_tickets;
mod imports;
mod interactions;
mod remote_sessions;
