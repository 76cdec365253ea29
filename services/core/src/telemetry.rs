//! Logs, traces and metrics: what operators see of the suite.

use std::collections::HashMap;
use std::future::Future;
use std::io::IsTerminal;

use hotline_proto::events::v1::Envelope;
use http::HeaderMap;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, global};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use prometheus::{Encoder, Registry, TextEncoder};
use serde::{Deserialize, Serialize};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// How the suite tells what it does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which log lines are written, as `level` or `target=level,…`.
    pub log: String,
    /// `pretty` for people, `json` for machines.
    pub format: Format,
    /// Where traces go (OTLP over gRPC); empty is nowhere.
    pub otlp_endpoint: String,
    /// `service.name` of traces and metrics.
    pub service_name: String,
}

/// What log lines look like.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Pretty,
    /// For machines, one object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            log: "info,sea_orm=warn,sea_orm_migration=warn,sqlx=warn".into(),
            format: Format::Pretty,
            otlp_endpoint: String::new(),
            service_name: "hotline".into(),
        }
    }
}

/// What [`init`] started; ends it with [`Telemetry::shutdown`].
pub struct Telemetry {
    tracer: SdkTracerProvider,
    meter: SdkMeterProvider,
    registry: Registry,
}

/// Starts logs, traces and metrics for this process. Call it once, inside the runtime.
///
/// # Errors
/// When a setting can't be used.
pub fn init(config: &Config) -> anyhow::Result<Telemetry> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let resource = Resource::builder().with_service_name(config.service_name.clone()).build();
    let mut tracer = SdkTracerProvider::builder().with_resource(resource.clone());
    if !config.otlp_endpoint.is_empty() {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(&config.otlp_endpoint).build()?;
        tracer = tracer.with_batch_exporter(exporter);
    } else {
        // Ids are still made and passed on, for logs and for those who collect.
        tracer = tracer.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
    }
    let tracer = tracer.build();
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
    let meter = SdkMeterProvider::builder().with_resource(resource).with_reader(exporter).build();
    global::set_meter_provider(meter.clone());

    // The exporter's own spans must not feed back into it. Spans of single statements are only worth their cost where
    // somebody collects them.
    let statements = if config.otlp_endpoint.is_empty() { "off" } else { "info" };
    let traced = EnvFilter::new(format!(
        "info,sea_orm={statements},sqlx={statements},h2=off,hyper=off,hyper_util=off,tonic=off,tower=off,opentelemetry=off"
    ));
    let traces = tracing_opentelemetry::layer()
        .with_tracer(opentelemetry::trace::TracerProvider::tracer(&tracer, "hotline"))
        .with_filter(traced);
    let logs = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let logs = match config.format {
        Format::Pretty => logs.with_target(false).boxed(),
        Format::Json => logs.json().flatten_event(true).boxed(),
    };
    let filter = EnvFilter::try_new(&config.log)?;
    tracing_subscriber::registry().with(traces).with(logs.with_filter(filter)).try_init()?;
    Ok(Telemetry { tracer, meter, registry })
}

impl Telemetry {
    /// Returns the metrics in Prometheus' text format.
    ///
    /// # Errors
    /// When a metric can't be written.
    pub fn prometheus(&self) -> anyhow::Result<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8(text)?)
    }

    /// Returns a handle that renders the metrics after this value has moved on.
    pub fn metrics(&self) -> Metrics {
        Metrics(self.registry.clone())
    }

    /// Sends what is still buffered. Blocks: call it where that may be.
    pub fn shutdown(self) {
        for error in [self.tracer.shutdown().err(), self.meter.shutdown().err()].into_iter().flatten() {
            tracing::debug!(%error, "telemetry was not flushed");
        }
    }
}

/// Renders the process's metrics.
#[derive(Clone)]
pub struct Metrics(Registry);

impl Metrics {
    /// Returns the metrics in Prometheus' text format; empty where they can't be written.
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.0.gather(), &mut text) {
            Ok(()) => String::from_utf8(text).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "metrics can't be written");
                String::new()
            }
        }
    }
}

/// Returns the W3C trace context of the current span; empty where there is none.
pub fn current_traceparent() -> String {
    let mut carrier = HashMap::new();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&Span::current().context(), &mut carrier);
    });
    carrier.remove("traceparent").unwrap_or_default()
}

/// Returns the id of the current trace, 32 hex digits; empty where there is none.
pub fn current_trace_id() -> String {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    if span.is_valid() { span.trace_id().to_string() } else { String::new() }
}

/// Makes `span` a child of the trace that came in with these headers; a bad one starts a new trace.
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
    let parent = headers.get("traceparent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A span that was entered already keeps its own parent.
    let _ = span.set_parent(context_of(parent));
}

/// Returns the span in which an event is applied: part of the trace that caused the event.
pub fn event_span(consumer: &str, event: &Envelope) -> Span {
    let span =
        tracing::info_span!("event", otel.kind = "consumer", consumer, event = event.name, id = event.id);
    let _ = span.set_parent(context_of(&event.trace_parent));
    span
}

/// Runs `future` in `span`.
pub fn within<F: Future>(span: Span, future: F) -> impl Future<Output = F::Output> {
    future.instrument(span)
}

fn context_of(traceparent: &str) -> Context {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    global::get_text_map_propagator(|propagator| propagator.extract(&carrier))
}
