//! Time and duration between chrono and protobuf.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use prost_types::{Duration, Timestamp};

/// Returns the time as a message.
pub fn to_proto(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(999_999_999),
    }
}

/// Returns the time as a message, where there is one.
pub fn to_proto_optional(at: Option<DateTime<Utc>>) -> Option<Timestamp> {
    at.map(to_proto)
}

/// Reads a time, in whole microseconds; `None` where it is absent or out of range.
pub fn from_proto(at: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    let time = DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)?;
    Some(time.trunc_subsecs(6))
}

/// Reads a duration; `None` where it is absent or out of range.
pub fn delta(duration: Option<&Duration>) -> Option<TimeDelta> {
    let duration = duration?;
    TimeDelta::new(duration.seconds, u32::try_from(duration.nanos).ok()?)
}
