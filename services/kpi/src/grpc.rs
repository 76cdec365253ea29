//! The service as the contract declares it.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::error::Error as CoreError;
use hotline_core::time::{from_proto, to_proto};
use hotline_proto::kpi::v1::kpi_service_server::KpiService;
use hotline_proto::kpi::v1::{
    GetReportRequest, Granularity as GranularityProto, ListMetricsRequest, ListMetricsResponse,
    Metric as MetricProto, RecomputeRequest, RecomputeResponse, Report, ReportRow,
};
use prost_types::Timestamp;
use tonic::{Request, Response, Status};

use crate::domain::calendar::{Granularity, Span};
use crate::domain::dimension::{Dimension, Grouping};
use crate::domain::metric::Metric;
use crate::domain::metrics;
use crate::domain::report::{Question, Row};
use crate::error::Error;
use crate::store::{recompute, reports};

/// Days of a report whose request does not say where it begins.
const DEFAULT_DAYS: i64 = 30;

/// Answers for the figures of the suite.
pub(crate) struct Figures {
    db: Db,
    clock: Clock,
}

impl Figures {
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }
}

#[tonic::async_trait]
impl KpiService for Figures {
    async fn list_metrics(
        &self,
        _: Request<ListMetricsRequest>,
    ) -> Result<Response<ListMetricsResponse>, Status> {
        let metrics = metrics::all().iter().map(definition).collect();
        Ok(Response::new(ListMetricsResponse { metrics }))
    }

    async fn get_report(&self, request: Request<GetReportRequest>) -> Result<Response<Report>, Status> {
        let question = question(&request.into_inner(), self.clock.now())?;
        let rows = reports::read(&self.db, &question).await?;
        Ok(Response::new(Report {
            rows: rows.into_iter().map(|row| report_row(row, question.grouping)).collect(),
            definitions: question.metrics.iter().map(|metric| definition(metric)).collect(),
        }))
    }

    async fn recompute(&self, _: Request<RecomputeRequest>) -> Result<Response<RecomputeResponse>, Status> {
        let done = recompute::recompute(&self.db).await?;
        Ok(Response::new(RecomputeResponse { facts: done.facts, changed: done.changed }))
    }
}

fn definition(metric: &Metric) -> MetricProto {
    MetricProto {
        name: metric.name.clone(),
        definition: metric.definition.clone(),
        definition_zh: metric.definition_zh.clone(),
        unit: metric.unit.name().into(),
        version: metric.version,
    }
}

fn report_row(row: Row, grouping: Grouping) -> ReportRow {
    let names = grouping.dimensions().map(|dimension| dimension.name().to_owned());
    ReportRow {
        group: names.zip(row.group).collect(),
        from: Some(to_proto(row.slice.from)),
        to: Some(to_proto(row.slice.to)),
        values: row.values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

fn question(request: &GetReportRequest, now: DateTime<Utc>) -> Result<Question, Error> {
    Ok(Question {
        range: range(request, now)?,
        grouping: grouping(&request.group_by)?,
        metrics: chosen(&request.metrics)?,
        granularity: granularity(request)?,
        zone: zone(&request.time_zone)?,
    })
}

fn range(request: &GetReportRequest, now: DateTime<Utc>) -> Result<Span, CoreError> {
    let to = instant(request.to.as_ref(), "to")?.unwrap_or(now);
    let from = instant(request.from.as_ref(), "from")?.unwrap_or(to - TimeDelta::days(DEFAULT_DAYS));
    if from >= to {
        return Err(CoreError::Field { field: "from", en: "must be before `to`", zh: "必须早于 `to`" });
    }
    Ok(Span { from, to })
}

/// Reads a time of the years that a time stamp can name (AIP-142).
fn instant(at: Option<&Timestamp>, field: &'static str) -> Result<Option<DateTime<Utc>>, CoreError> {
    let Some(at) = at else { return Ok(None) };
    let time = from_proto(Some(at)).filter(|time| (1..=9999).contains(&time.year()));
    let wrong = CoreError::Field {
        field,
        en: "must be a time of the years 1 to 9999",
        zh: "必须是公元 1 至 9999 年的时间",
    };
    time.map(Some).ok_or(wrong)
}

fn grouping(names: &[String]) -> Result<Grouping, CoreError> {
    let unknown =
        CoreError::Field {
            field: "groupBy", en: "names no dimension of figures", zh: "含有未知的分组维度"
        };
    let dimensions = names.iter().map(|name| Dimension::from_name(name));
    let dimensions = dimensions.collect::<Option<Vec<_>>>().ok_or(unknown)?;
    Ok(Grouping::of(&dimensions))
}

fn chosen(names: &[String]) -> Result<Vec<&'static Metric>, Error> {
    if names.is_empty() {
        return Ok(metrics::all().iter().collect());
    }
    let mut chosen = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match metrics::named(name) {
            named if named.is_empty() => return Err(Error::UnknownMetric { index, name: name.clone() }),
            named => chosen.extend(named),
        }
    }
    chosen.sort_by_key(|metric| &metric.name);
    chosen.dedup_by_key(|metric| &metric.name);
    Ok(chosen)
}

fn granularity(request: &GetReportRequest) -> Result<Option<Granularity>, CoreError> {
    let unknown = CoreError::Field { field: "granularity", en: "is not known", zh: "未知" };
    let granularity = GranularityProto::try_from(request.granularity).map_err(|_| unknown)?;
    Ok(match granularity {
        GranularityProto::Unspecified => None,
        GranularityProto::Hour => Some(Granularity::Hour),
        GranularityProto::Day => Some(Granularity::Day),
        GranularityProto::Week => Some(Granularity::Week),
        GranularityProto::Month => Some(Granularity::Month),
    })
}

fn zone(name: &str) -> Result<Option<Tz>, CoreError> {
    if name.is_empty() {
        return Ok(None);
    }
    let wrong = CoreError::Field {
        field: "timeZone",
        en: "is not a time zone, as in `Asia/Shanghai`",
        zh: "不是有效的时区，例如 `Asia/Shanghai`",
    };
    name.parse().map(Some).map_err(|_| wrong)
}
