//! The ticket service from outside, over SQLite and PostgreSQL: its methods through all its layers, its events, its
//! deadlines.

mod costs;
mod dispatching;
mod explaining;
mod history;
mod lists;
mod neighbours;
mod outages;
mod promises;
mod registering;
mod stand_ins;
mod support;
