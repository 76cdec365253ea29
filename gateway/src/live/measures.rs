//! What operators see of the streams.

use std::sync::LazyLock;

use opentelemetry::metrics::{Counter, UpDownCounter};
use opentelemetry::{KeyValue, global};

/// A stream was opened.
pub(super) fn opened() {
    STREAMS.add(1, &[]);
}

/// A stream is no more.
pub(super) fn closed() {
    STREAMS.add(-1, &[]);
}

/// Events were told on a stream.
pub(super) fn told(count: u64) {
    EVENTS.add(count, &[]);
}

/// A stream's client was told something else than an event: `reset`, `slow`, `expired` or `stopping`.
pub(super) fn notice(what: &'static str) {
    NOTICES.add(1, &[KeyValue::new("notice", what)]);
}

static STREAMS: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    global::meter("hotline")
        .i64_up_down_counter("hotline.live.streams")
        .with_description("Streams of live events that are open.")
        .build()
});

static EVENTS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("hotline")
        .u64_counter("hotline.live.events")
        .with_description("Live events told, once for each stream.")
        .build()
});

static NOTICES: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("hotline")
        .u64_counter("hotline.live.notices")
        .with_description("Streams that were reset or ended by the gateway, by why.")
        .build()
});
