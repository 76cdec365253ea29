//! How often one subject may ask: a leaky bucket a key, kept in this process (G4).

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderValue};
use moka::sync::Cache;

/// Keys remembered at most; beyond it the longest idle are forgotten, which can only favour them.
const MOST_KEYS: u64 = 100_000;

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Buckets by key.
#[derive(Clone)]
pub(crate) struct Limiter {
    quota: Quota,
    buckets: Cache<String, Arc<Bucket>>,
}

/// What is left of a subject's quota after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    burst: u64,
    window: u64,
    remaining: u64,
    reset: u64,
}

impl Limiter {
    /// Returns a limiter that lets `burst` in at once and then one every `period`; `None` where either is zero.
    pub(crate) fn new(burst: u32, period: Duration) -> Option<Self> {
        let quota = Quota::with_period(period)?.allow_burst(NonZeroU32::new(burst)?);
        let rested = period * burst;
        let buckets = Cache::builder()
            .max_capacity(MOST_KEYS)
            // An idle bucket that is full again is like none.
            .time_to_idle(rested.max(Duration::from_secs(1)))
            .build();
        Some(Self { quota, buckets })
    }

    /// Takes one from the key's bucket; with an empty bucket, returns how long until there is one again.
    pub(crate) fn take(&self, key: &str) -> (Standing, Result<(), Duration>) {
        let new = || Arc::new(RateLimiter::direct(self.quota).with_middleware());
        let bucket = self.buckets.get_with_by_ref(key, new);
        match bucket.check() {
            Ok(state) => (self.standing(u64::from(state.remaining_burst_capacity())), Ok(())),
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now());
                (self.standing(0), Err(wait))
            }
        }
    }

    fn standing(&self, remaining: u64) -> Standing {
        let burst = u64::from(self.quota.burst_size().get());
        let period = self.quota.replenish_interval().as_secs_f64();
        let seconds = |count: u64| (period * count as f64).ceil() as u64;
        Standing { burst, window: seconds(burst).max(1), remaining, reset: seconds(burst - remaining) }
    }
}

impl Standing {
    /// Writes `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let Self { burst, window, remaining, reset } = self;
        for (name, value) in [
            ("ratelimit-policy", format!("\"default\";q={burst};w={window}")),
            ("ratelimit", format!("\"default\";r={remaining};t={reset}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::Limiter;

    #[test]
    fn each_key_has_its_own_bucket() {
        let limiter = Limiter::new(2, Duration::from_secs(60)).expect("a quota");
        assert!(limiter.take("a").1.is_ok());
        assert!(limiter.take("a").1.is_ok());
        let wait = limiter.take("a").1.expect_err("empty");
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
        assert!(limiter.take("b").1.is_ok());
    }

    #[test]
    fn the_headers_say_what_is_left_and_when_it_is_full_again() {
        let limiter = Limiter::new(400, Duration::from_millis(5)).expect("a quota");
        let mut headers = HeaderMap::new();
        limiter.take("a").0.write(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"default\";q=400;w=2");
        assert_eq!(headers["ratelimit"], "\"default\";r=399;t=1");
    }

    #[test]
    fn zero_is_no_limit() {
        assert!(Limiter::new(0, Duration::from_secs(1)).is_none());
        assert!(Limiter::new(1, Duration::ZERO).is_none());
    }
}
