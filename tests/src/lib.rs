//! The suite driven from outside: stages that start it in one process or in many, and a client that speaks to it as a
//! front end would.

pub mod client;
pub mod program;
pub mod stage;

pub use client::{Client, Reply};
pub use stage::Stage;
