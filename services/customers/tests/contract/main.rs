//! What the customer service promises, over SQLite and PostgreSQL, asked through its whole stack of layers.

mod bench;
mod costs;
mod customers;
mod fake_tickets;
mod imports;
mod interactions;
