//! What operators see of webhooks.

use std::sync::LazyLock;
use std::time::Duration;

use hotline_webhooks::outcome::Outcome;
use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, global};

/// An attempt ended.
pub(super) fn attempted(outcome: Outcome, took: Duration) {
    ATTEMPTS.record(took.as_secs_f64(), &[KeyValue::new("outcome", outcome.name())]);
}

static ATTEMPTS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("hotline")
        .f64_histogram("hotline.webhooks.attempt.duration")
        .with_unit("s")
        .with_description("Attempts to deliver messages of webhooks, by what became of them.")
        .with_boundaries(vec![0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0])
        .build()
});
