//! What can go wrong.

use std::collections::HashMap;

use hotline_core::error::{self as core, Field, Reason};
use tonic::{Code, Status};

use crate::domain::report::{MAX_ROWS, TooLarge};

/// What can go wrong in the service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What can go wrong in any service.
    #[error(transparent)]
    Core(#[from] core::Error),
    /// There is no metric of this name.
    #[error("there is no metric `{name}`")]
    UnknownMetric {
        /// Its place in the request, from 0.
        index: usize,
        /// The name asked for.
        name: String,
    },
    /// The report would have too many rows, or too many values.
    #[error(
        "the report would be too large: it has at most {MAX_ROWS} rows, fewer with many metrics; choose a \
         coarser granularity, a shorter range, fewer groups or fewer metrics"
    )]
    TooLarge,
}

impl From<TooLarge> for Error {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Core(error.into())
    }
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Core(error) => error.code(),
            Self::UnknownMetric { .. } | Self::TooLarge => Code::InvalidArgument,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Core(error) => error.reason(),
            Self::UnknownMetric { .. } => "METRIC_UNKNOWN",
            Self::TooLarge => "REPORT_TOO_LARGE",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Core(error) => error.zh(),
            Self::UnknownMetric { name, .. } => format!("没有指标 `{name}`"),
            Self::TooLarge => format!(
                "报表过大：最多 {MAX_ROWS} 行，指标多时更少；请选择更粗的粒度、更短的时间范围、更少的分组或更少的指标"
            ),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let field = |path: String, en: &str, zh: &str| vec![Field { path, en: en.into(), zh: zh.into() }];
        match self {
            Self::Core(error) => error.fields(),
            Self::UnknownMetric { index, .. } => {
                field(format!("metrics[{index}]"), "is no metric", "不是指标")
            }
            Self::TooLarge => field("granularity".into(), "gives too many rows", "产生的行过多"),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::Core(error) => error.metadata(),
            _ => HashMap::new(),
        }
    }

    fn passed_on(&self) -> Option<&Status> {
        match self {
            Self::Core(error) => error.passed_on(),
            _ => None,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        core::status(&error)
    }
}
