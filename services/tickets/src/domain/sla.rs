//! What the clocks of a ticket have told and should have told: computed from its own history, by any rules (T10).
//!
//! The history is the timeline: every entry that did not follow from the clocks themselves. Replaying it runs the very
//! code that the commands run, so that a replay by the rules of then gives what is stored, and a replay by others what
//! they would have given.

pub(crate) mod metric_events;
pub(crate) mod repair;
pub(crate) mod replay;
pub(crate) mod simulation;
pub(crate) mod standing;
