//! Drills: people work while something breaks, every acknowledged result is written down outside the system, and
//! afterwards a checker compares what was promised with what is there.

pub mod checker;
pub mod crowd;
pub mod fault;
pub mod figures;
pub mod ground;
pub mod history;
pub mod load;
mod people;
pub mod person;
pub mod snapshot;

pub use checker::Finding;
pub use fault::Fault;
pub use ground::{Ground, Site};
pub use history::History;
pub use load::{Load, Run};
pub use snapshot::Snapshot;
