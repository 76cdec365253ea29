//! What the ticket service refuses, and why.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hotline_core::error::{Error as Core, Field, Reason};
use hotline_proto::common::v1::TicketState;
use sea_orm::DbErr;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::domain::lifecycle::{Event, legal, state_en, state_zh};

/// What can go wrong with a ticket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What can go wrong in any service.
    #[error(transparent)]
    Core(#[from] Core),
    /// Neither an id nor a number: a digit was misheard (T4).
    #[error("`{0}` is no ticket number: a digit is wrong or two are swapped")]
    Number(String),
    /// Required fields are missing or wrong; each is named (T3).
    #[error("{}", .0.iter().map(|field| format!("`{}` {}", field.path, field.en)).collect::<Vec<_>>().join("; "))]
    Fields(Vec<Field>),
    /// The life cycle has no such move from there (T6).
    #[error("a ticket that is {} can't {}; it can {}", state_en(*state), event.en(), moves(*state, Event::en, "nothing any more"))]
    State {
        /// Where the ticket stands.
        state: TicketState,
        /// What was to happen.
        event: Event,
    },
    /// Somebody else holds the work now, or nobody does (D3).
    #[error("assignment {assignment} no longer holds the ticket under epoch {epoch}")]
    LeaseLost {
        /// The assignment that was named.
        assignment: Uuid,
        /// Its epoch.
        epoch: i64,
    },
    /// It is over already, and what is over is not changed any more (T13).
    #[error("the outage is over since {since}")]
    OutageOver {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// There is no promise that could be changed.
    #[error("no time is promised for the solution of this ticket, so there is none to extend")]
    Unpromised,
    /// Working time can't be told.
    #[error(transparent)]
    Calendar(#[from] hotline_calendar::Error),
    /// The settings or the shipped data make no sense.
    #[error("the settings of tickets are wrong: {0}")]
    Settings(String),
}

fn moves(state: TicketState, name: fn(Event) -> &'static str, none: &str) -> String {
    let names: Vec<_> = legal(state).map(name).collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Core(error) => error.code(),
            Self::Number(_) | Self::Fields(_) => Code::InvalidArgument,
            Self::State { .. }
            | Self::OutageOver { .. }
            | Self::Unpromised
            | Self::Calendar(hotline_calendar::Error::YearMissing { .. }) => Code::FailedPrecondition,
            Self::LeaseLost { .. } => Code::Aborted,
            Self::Calendar(_) | Self::Settings(_) => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Core(error) => error.reason(),
            Self::Number(_) => "TICKET_NUMBER_INVALID",
            Self::Fields(_) => "INVALID_REQUEST",
            Self::State { .. } => "TICKET_STATE_CONFLICT",
            Self::LeaseLost { .. } => "LEASE_LOST",
            Self::OutageOver { .. } => "OUTAGE_STATE_CONFLICT",
            Self::Unpromised => "NO_SOLUTION_PROMISED",
            Self::Calendar(hotline_calendar::Error::YearMissing { .. }) => "CALENDAR_YEAR_MISSING",
            Self::Calendar(_) | Self::Settings(_) => "INTERNAL",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Core(error) => error.zh(),
            Self::Number(given) => format!("`{given}` 不是工单号：有一位数字有误或两位颠倒"),
            Self::Fields(fields) => {
                let fields: Vec<_> =
                    fields.iter().map(|field| format!("`{}` {}", field.path, field.zh)).collect();
                fields.join("；")
            }
            Self::State { state, event } => format!(
                "{}的工单不能{}；可以：{}",
                state_zh(*state),
                event.zh(),
                moves(*state, Event::zh, "无")
            ),
            Self::LeaseLost { .. } => "该派单已不再持有此工单".into(),
            Self::OutageOver { since } => format!("该故障已于 {since} 恢复"),
            Self::Unpromised => "该工单未承诺解决时间，无法延期".into(),
            Self::Calendar(hotline_calendar::Error::YearMissing { calendar, region, year }) => {
                format!("日历 `{calendar}` 缺少 {year} 年的节假日：请在公布后添加年度文件 `{region}/{year}`")
            }
            Self::Calendar(_) | Self::Settings(_) => "系统内部错误".into(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        match self {
            Self::Core(error) => error.fields(),
            Self::Fields(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::Core(error) => error.metadata(),
            Self::State { state, .. } => HashMap::from([
                ("state".into(), state.as_str_name().into()),
                ("legalMoves".into(), moves(*state, Event::name, "")),
            ]),
            Self::Calendar(hotline_calendar::Error::YearMissing { calendar, year, .. }) => {
                HashMap::from([("calendar".into(), calendar.clone()), ("year".into(), year.to_string())])
            }
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

impl From<Error> for Core {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            other => Self::Internal(other.into()),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        hotline_core::error::status(&error)
    }
}
