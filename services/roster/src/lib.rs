//! Duty rosters (D7, D8): who of a team is on duty when, and what may be changed of that.
//!
//! A [`Roster`] says who is on turn in which week, at which hours of which kind of day, and who on which holiday. A
//! [`Book`] lays what was agreed later over it: rotation < override < swap, where an override is somebody else's name for a
//! stretch of time, or the cover of an approved leave. All of it is wall time in a zone: an hour of duty is an hour on the
//! wall, whatever clocks do meanwhile.
//!
//! Every change goes through the book, which refuses it where it would leave a gap or put one person on duty twice at a
//! time, and says why. What was so before the change does not count against it.
//!
//! The crate reads no clock and no file, and does no input or output: time, ids and calendars come in as arguments.

mod book;
mod changes;
mod draw;
mod duty;
mod faults;
mod feed;
mod hours;
mod layers;
mod leave;
mod leaving;
mod overrides;
mod quality;
mod refusal;
mod roster;
mod shift;
mod staff;
mod stands_on;
mod swap;
mod wall;

pub use book::Book;
pub use draw::{Candidate, Drawn, Ranked, draw, holidays_between};
pub use duty::{Duty, Watch, on_duty};
pub use faults::{Cause, Fault};
pub use feed::feed;
pub use hours::Hours;
pub use leave::{Leave, LeaveState};
pub use overrides::Override;
pub use quality::{Load, Quality, quality};
pub use refusal::Refusal;
pub use roster::{Quarter, Roster};
pub use shift::{Shift, Source};
pub use staff::Staff;
pub use stands_on::StandsOn;
pub use swap::{Swap, SwapStatus, Taken};
pub use wall::Wall;
