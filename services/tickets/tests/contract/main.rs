//! The ticket service from outside, over SQLite and PostgreSQL: its methods through all its layers, its events, its
//! deadlines.

mod dispatching;
mod history;
mod lists;
mod promises;
mod registering;
mod support;
