//! What became of an attempt, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use crate::schedule::LONGEST_PAUSE;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx: the receiver has it.
    Delivered,
    /// 410: the receiver wants nothing more, ever.
    Gone,
    /// Another 4xx: the receiver will not have this message, however often it comes.
    Refused,
    /// 408, 425, 429, 502, 503, 504: not now.
    Busy,
    /// Another 5xx, or what is no status of HTTP.
    Failed,
    /// 3xx: the message is not carried on to an address that nobody has checked.
    Redirected,
    /// No answer in time.
    TimedOut,
    /// No connection, or one that broke.
    Unreachable,
    /// The name leads to an address that must not be called, or the URL to none.
    Blocked,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing more to do.
    Done,
    /// Another attempt, while there are any.
    Again,
    /// No other attempt by itself.
    Dead,
    /// No other attempt of any message.
    Disable,
}

impl Outcome {
    /// Returns what a status means.
    #[must_use]
    pub fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Delivered,
            300..=399 => Self::Redirected,
            410 => Self::Gone,
            408 | 425 | 429 | 502..=504 => Self::Busy,
            400..=499 => Self::Refused,
            _ => Self::Failed,
        }
    }

    /// Returns what follows.
    #[must_use]
    pub fn consequence(self) -> Consequence {
        match self {
            Self::Delivered => Consequence::Done,
            Self::Gone => Consequence::Disable,
            Self::Refused => Consequence::Dead,
            Self::Busy
            | Self::Failed
            | Self::Redirected
            | Self::TimedOut
            | Self::Unreachable
            | Self::Blocked => Consequence::Again,
        }
    }

    /// Returns its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "DELIVERED",
            Self::Gone => "GONE",
            Self::Refused => "REFUSED",
            Self::Busy => "BUSY",
            Self::Failed => "FAILED",
            Self::Redirected => "REDIRECTED",
            Self::TimedOut => "TIMED_OUT",
            Self::Unreachable => "UNREACHABLE",
            Self::Blocked => "BLOCKED",
        }
    }
}

/// Reads `Retry-After`: seconds, or a time of HTTP; how long to wait from `now`, a day at most. `None` for what is neither.
#[must_use]
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = header.trim();
    let wait = match header.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(seconds.into()),
        Err(_) => DateTime::parse_from_rfc2822(header).ok()?.to_utc() - now,
    };
    Some(wait.clamp(TimeDelta::zero(), LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use http::StatusCode;

    use super::{Consequence, Outcome, retry_after};

    #[test]
    fn a_status_says_what_follows() {
        use Consequence::{Again, Dead, Disable, Done};
        let table = [
            (200, Done),
            (204, Done),
            (299, Done),
            (301, Again),
            (304, Again),
            (307, Again),
            (400, Dead),
            (401, Dead),
            (404, Dead),
            (408, Again),
            (410, Disable),
            (422, Dead),
            (425, Again),
            (429, Again),
            (500, Again),
            (502, Again),
            (503, Again),
            (504, Again),
            (599, Again),
            (999, Again),
        ];
        for (status, consequence) in table {
            let outcome = Outcome::of(StatusCode::from_u16(status).expect("a status"));
            assert_eq!(outcome.consequence(), consequence, "{status}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_time_and_a_day_at_most() {
        let now = DateTime::from_timestamp(1_445_412_420, 0).expect("2015-10-21T07:27:00Z");
        assert_eq!(retry_after("120", now), Some(TimeDelta::minutes(2)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now), Some(TimeDelta::minutes(1)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:00:00 GMT", now), Some(TimeDelta::zero()));
        assert_eq!(retry_after("4000000000", now), Some(TimeDelta::hours(24)));
        for text in ["", "soon", "-5", "1.5"] {
            assert_eq!(retry_after(text, now), None, "{text}");
        }
    }
}
