//! Figures that answer as asked.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use hotline_core::testing::grpc_answer;
use hotline_core::upstream::Upstream;
use hotline_proto::kpi::v1::{GetReportRequest, Report, ReportRow};
use http::{Request, Response};
use http_body_util::BodyExt;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt, service_fn};

use super::TEAM;

/// Metrics with their values, of a person of [`TEAM`].
pub(crate) type Values = &'static [(&'static str, f64)];

/// See the module; knows nobody at first.
#[derive(Default)]
pub(crate) struct Figures {
    rows: Mutex<Vec<(&'static str, Values)>>,
    away: Mutex<bool>,
    asked: Mutex<Vec<GetReportRequest>>,
}

impl Figures {
    /// Says how well people of [`TEAM`] do.
    pub(crate) fn say(&self, rows: &[(&'static str, Values)]) {
        *self.rows.lock().expect("no test panics here") = rows.to_vec();
    }

    /// Can't be reached from now on, or can again.
    pub(crate) fn go_away(&self, away: bool) {
        *self.away.lock().expect("no test panics here") = away;
    }

    /// Returns what was asked.
    pub(crate) fn asked(&self) -> Vec<GetReportRequest> {
        self.asked.lock().expect("no test panics here").clone()
    }

    /// Returns the service as others reach it.
    pub(crate) fn stack(self: Arc<Self>) -> Upstream {
        let answer = move |request| {
            let this = self.clone();
            async move { Ok::<_, Infallible>(this.answer(request).await) }
        };
        BoxCloneSyncService::new(service_fn(answer).map_err(BoxError::from))
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        if *self.away.lock().expect("no test panics here") {
            return Status::unavailable("the figures are away").into_http();
        }
        assert!(request.uri().path().ends_with("/GetReport"), "{}", request.uri());
        let frame = request.into_body().collect().await.expect("a whole request").to_bytes();
        let asked = GetReportRequest::decode(frame.slice(5..)).expect("decodes");
        self.asked.lock().expect("no test panics here").push(asked);
        let rows = self.rows.lock().expect("no test panics here").clone();
        let row = |(agent, values): (&str, Values)| ReportRow {
            group: [("team", TEAM), ("agent", agent)].map(|(name, value)| (name.into(), value.into())).into(),
            values: values.iter().map(|(name, value)| ((*name).into(), *value)).collect(),
            ..ReportRow::default()
        };
        grpc_answer(&Report { rows: rows.into_iter().map(row).collect(), ..Report::default() })
    }
}
