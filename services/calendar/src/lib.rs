//! Working time of named calendars: working minutes and working days, two units that never stand for each other.
//!
//! A [`Calendar`] has weekly opening hours (any number of intervals a day), a time zone, holidays and make-up working
//! days (调休) from year files, and dates of its own that break the rule. It is open at an instant when a wall clock in
//! its zone shows a time inside the hours of the date it shows. Nothing else is needed where clocks change: a wall time
//! that does not exist is never open, one that comes twice is open both times (requirements T10, T11).
//!
//! - [`Calendar::add_working`] and [`Calendar::elapsed`] count open time, exact to the clock's own precision.
//! - [`Calendar::add_working_days`] and [`Calendar::working_days_between`] count dates.
//! - [`Calendar::explain`] and [`Calendar::explain_working_days`] show what was counted and what was not, and why.
//!
//! An [`Almanac`] holds what calendars are made from and can grow while the program runs: year files, and editions of a
//! calendar that hold from a date on. [`Calendars::missing_years`] tells in time which year file has to be added.
//!
//! Pauses come in as intervals and are taken out of the calendar like breaks. A calculation that needs a year nobody has
//! announced yet fails with [`Error::YearMissing`]; it never guesses. Cost grows with the number of dates walked, and no
//! walk is longer than a hundred years.
//!
//! The crate reads no clock and no file: the shipped data is compiled in, more comes as text.

mod almanac;
mod calendar;
mod calendars;
mod dates;
mod error;
mod explain;
mod holidays;
mod hours;
mod missing_years;
mod rules;
mod shipped;
mod span;
mod spec;
mod stretch;
mod walk;
mod working_days;
mod working_time;

pub use almanac::Almanac;
pub use calendar::{Calendar, DayKind};
pub use calendars::Calendars;
pub use dates::Dates;
pub use error::Error;
pub use explain::{Explained, ExplainedDay, Reason, Standing};
pub use holidays::{HolidayRegions, Holidays, SpecialDay};
pub use hours::{DayHours, Interval};
pub use missing_years::{MissingYear, Urgency};
pub use span::Span;
pub use spec::{CalendarSpec, Edition, ExceptionSpec, HoursSpec};
pub use stretch::openings_on;
pub use working_days::EndOf;
