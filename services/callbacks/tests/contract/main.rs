//! What the callback service promises, over SQLite and PostgreSQL, asked through its whole stack of layers.

mod answers;
mod bench;
mod by_hand;
mod calendars;
mod claims;
mod costs;
mod fake_tickets;
mod faults;
mod news;
mod no_queue;
mod outages;
mod tries;
