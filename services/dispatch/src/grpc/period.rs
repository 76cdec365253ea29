//! The period of a report.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Error;
use hotline_core::time::from_proto;
use prost_types::Timestamp;

/// The longest period: a quarter.
const LONGEST: TimeDelta = TimeDelta::days(92);

/// Reads a period: without an end until `now`, without a beginning as long as is `usual`.
///
/// # Errors
/// [`Error::Field`] that names `from`.
pub(super) fn read(
    from: Option<&Timestamp>,
    to: Option<&Timestamp>,
    usual: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Error> {
    let to = from_proto(to).unwrap_or(now);
    let from = from_proto(from).unwrap_or(to - usual);
    if from >= to {
        return Err(Error::Field { field: "from", en: "must be before `to`", zh: "必须早于 `to`" });
    }
    if to - from > LONGEST {
        let (en, zh) = ("must be at most 92 days before `to`", "距 `to` 不能超过 92 天");
        return Err(Error::Field { field: "from", en, zh });
    }
    Ok((from, to))
}
