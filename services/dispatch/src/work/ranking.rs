//! How well people do, as the figures say (K7): what a draw ranks them by.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Error as Core;
use hotline_core::time::to_proto;
use hotline_core::upstream::{Upstreams, Way};
use hotline_proto::kpi::v1::kpi_service_client::KpiServiceClient;
use hotline_proto::kpi::v1::{GetReportRequest, Report};
use tonic::Code;

use crate::error::Error;

/// The figures of how much time count.
const PERIOD: TimeDelta = TimeDelta::days(92);
const SATISFACTION: &str = "csat_mean";
const SOLVED: &str = "tickets_resolved";
const CLOSED: &str = "tickets_closed";

/// How well somebody does; what there is no figure of is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Mean score of their customers, 1 to 5.
    pub(super) satisfaction: Option<f64>,
    /// Tickets closed ÷ tickets solved, 1 at most.
    pub(super) closure_rate: Option<f64>,
}

/// The figures of the suite. Never asked while a transaction is open.
#[derive(Clone)]
pub(super) struct Ranking(KpiServiceClient<Way>);

impl Ranking {
    /// Makes the way to the service.
    pub(super) fn new(upstreams: &Upstreams) -> Self {
        Self(KpiServiceClient::new(upstreams.way("kpi")))
    }

    /// Returns the figures of a team's people for the 92 days before `to`.
    ///
    /// # Errors
    /// [`Error::RankingUnavailable`] where the figures can't be had now: nobody is drawn without.
    pub(super) async fn of_team(
        &self,
        team_key: &str,
        to: DateTime<Utc>,
    ) -> Result<HashMap<String, Figures>, Error> {
        let request = GetReportRequest {
            from: Some(to_proto(to - PERIOD)),
            to: Some(to_proto(to)),
            group_by: vec!["team".into(), "agent".into()],
            metrics: [SATISFACTION, SOLVED, CLOSED].map(Into::into).into(),
            ..GetReportRequest::default()
        };
        match self.0.clone().get_report(request).await {
            Ok(report) => Ok(read(report.into_inner(), team_key)),
            Err(status) if matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded) => {
                tracing::warn!(error = %status, "no roster is drawn: the figures can't be had");
                Err(Error::RankingUnavailable)
            }
            Err(status) => Err(Core::Upstream(status).into()),
        }
    }
}

fn read(report: Report, team_key: &str) -> HashMap<String, Figures> {
    let own =
        report.rows.into_iter().filter(|row| row.group.get("team").is_some_and(|team| team == team_key));
    let figures = own.filter_map(|row| {
        let value = |name: &str| row.values.get(name).copied();
        let solved = value(SOLVED).filter(|solved| *solved > 0.0);
        let closure_rate = solved.map(|solved| (value(CLOSED).unwrap_or_default() / solved).min(1.0));
        let person = row.group.get("agent").filter(|person| !person.is_empty())?;
        Some((person.clone(), Figures { satisfaction: value(SATISFACTION), closure_rate }))
    });
    figures.collect()
}

#[cfg(test)]
mod tests {
    use hotline_proto::kpi::v1::{Report, ReportRow};

    use super::{Figures, read};

    #[test]
    fn figures_are_those_of_the_team_and_never_above_all() {
        let row = |team: &str, agent: &str, values: &[(&str, f64)]| ReportRow {
            group: [("team".to_owned(), team.to_owned()), ("agent".to_owned(), agent.to_owned())].into(),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            ..ReportRow::default()
        };
        let rows = vec![
            row("desk", "ann", &[("csat_mean", 4.5), ("tickets_resolved", 4.0), ("tickets_closed", 3.0)]),
            row("desk", "bob", &[("tickets_resolved", 2.0), ("tickets_closed", 5.0)]),
            row("desk", "cyd", &[("tickets_closed", 5.0)]),
            row("desk", "", &[("tickets_resolved", 5.0)]),
            row("other", "ann", &[("csat_mean", 1.0)]),
        ];
        let figures = read(Report { rows, ..Report::default() }, "desk");
        assert_eq!(figures["ann"], Figures { satisfaction: Some(4.5), closure_rate: Some(0.75) });
        assert_eq!(figures["bob"], Figures { satisfaction: None, closure_rate: Some(1.0) });
        assert_eq!(figures["cyd"], Figures::default());
        assert_eq!(figures.len(), 3);
    }
}
