//! What can go wrong with callbacks.

use std::collections::HashMap;

use hotline_core::error::{self, Error as CoreError, Field, Reason};
use sea_orm::DbErr;
use tonic::{Code, Status};
use uuid::Uuid;

/// What can go wrong with callbacks.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever sent this does not hold the callback, or not any more.
    #[error("the lease is not held, or not any more")]
    LeaseLost,
    /// The callback has come to its end.
    #[error("the callback has ended as {state}")]
    Ended {
        /// How, as `CALLBACK_STATE_…`.
        state: &'static str,
    },
    /// The ticket has an open callback already.
    #[error("the ticket already has the open callback `{id}`")]
    AlreadyOpen {
        /// The open callback.
        id: Uuid,
    },
    /// A time can't be computed.
    #[error("the time of the callback can't be computed: {0}")]
    Calendar(#[from] hotline_calendar::Error),
    /// What can go wrong anywhere.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::LeaseLost => Code::Aborted,
            Self::Ended { .. } | Self::AlreadyOpen { .. } | Self::Calendar(_) => Code::FailedPrecondition,
            Self::Core(error) => error.code(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::LeaseLost => "LEASE_LOST",
            Self::Ended { .. } => "CALLBACK_ENDED",
            Self::AlreadyOpen { .. } => "CALLBACK_OPEN",
            Self::Calendar(_) => "CALENDAR",
            Self::Core(error) => error.reason(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::LeaseLost => "未持有该回访任务，或持有已到期".into(),
            Self::Ended { state } => format!("该回访已结束（{state}）"),
            Self::AlreadyOpen { id } => format!("该工单已有未完成的回访 `{id}`"),
            Self::Calendar(error) => format!("无法计算回访时间：{error}"),
            Self::Core(error) => error.zh(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        match self {
            Self::Core(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::AlreadyOpen { id } => HashMap::from([("callbackId".into(), id.to_string())]),
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

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Core(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error::status(&error)
    }
}

impl From<Error> for CoreError {
    /// For events and deadlines, where nobody is told but the log.
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            other => Self::Internal(other.into()),
        }
    }
}
