//! The suite driven from outside: stages that start it in one process or in many, a client that speaks to it as a
//! front end would, and drills that break it while it works and check what it promised.

pub mod client;
pub mod drill;
pub mod live;
pub mod machine;
pub mod program;
pub mod second_line;
pub mod servers;
pub mod stage;

pub use client::{Client, Reply};
pub use live::LiveEvents;
pub use stage::Stage;
