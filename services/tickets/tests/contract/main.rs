//! The ticket service from outside, over SQLite and PostgreSQL: its methods through all its layers, its events, its
//! deadlines.

mod calendars;
mod catalogue;
mod contacts;
mod costs;
mod dispatching;
mod explaining;
mod history;
mod lists;
mod matters;
mod neighbours;
mod outages;
mod plans;
mod policies;
mod promises;
mod registering;
mod registers;
mod repairs;
mod searching;
mod stand_ins;
mod suggestion;
mod support;
mod walking;
