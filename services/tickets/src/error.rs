//! What the ticket service refuses, and why.

use std::collections::HashMap;

use hotline_calendar::Error as Time;
use hotline_core::error::{Error as Core, Field, Reason};
use hotline_proto::common::v1::TicketState;
use hotline_proto::tickets::v1::OutageState;
use sea_orm::DbErr;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::domain::lifecycle::{Event, legal, state_en, state_zh};
use crate::domain::outage::moves::{self, Move};
use crate::domain::refusal::Refusal;

mod plans;

pub(crate) use plans::PlanError;

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
    #[error("a ticket that is {} can't {}; it can {}", state_en(*state), event.en(), ways(*state, Event::en, "nothing any more"))]
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
    /// Nothing of the kind can be done with an outage notice that stands there (T13).
    #[error("an outage notice that is {} can't {}", moves::state_en(*state), wanted.en())]
    OutageState {
        /// Where the notice stands.
        state: OutageState,
        /// What was to be done.
        wanted: Move,
    },
    /// There is no promise that could be changed.
    #[error("no time is promised for the solution of this ticket, so there is none to extend")]
    Unpromised,
    /// There is a calendar of this key already (T11).
    #[error("there is a calendar `{0}` already: replace it, or choose another key")]
    CalendarExists(String),
    /// It is as shipped: there is nothing that was made at run time (T11).
    #[error("the calendar `{0}` is as shipped: there is nothing to take back, and what is shipped stays")]
    CalendarShipped(String),
    /// Others count by the calendar (T11).
    #[error("the calendar `{key}` is needed by {}: a calendar that times were promised by stays", .by.join(", "))]
    CalendarNeeded {
        /// Its key.
        key: String,
        /// Who names it, such as `policy standard`.
        by: Vec<String>,
    },
    /// There is a policy of this key already (T10).
    #[error("there is a policy `{0}` already: replace it, or choose another key")]
    PolicyExists(String),
    /// Categories name the policy (T10).
    #[error("the policy `{key}` is named by {}: name another there first", .by.join(", "))]
    PolicyNeeded {
        /// Its key.
        key: String,
        /// Who names it, such as `category repair.public`.
        by: Vec<String>,
    },
    /// The search index of this replica is being filled (T16).
    #[error("the search index of this replica is being filled: try again in a moment")]
    SearchFilling,
    /// There is a category of this code already (T1).
    #[error("there is a category `{0}` already: change it, or choose another code")]
    CategoryExists(String),
    /// The rules of its kind of trouble refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Working time can't be told.
    #[error(transparent)]
    Calendar(#[from] Time),
    /// What speaks against a command on a plan (T7).
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The settings or the shipped data make no sense.
    #[error("the settings of tickets are wrong: {0}")]
    Settings(String),
}

fn ways(state: TicketState, name: fn(Event) -> &'static str, none: &str) -> String {
    let names: Vec<_> = legal(state).map(name).collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

fn calendar_zh(error: &Time) -> String {
    match error {
        Time::YearMissing { calendar, region, year } => format!(
            "日历 `{calendar}` 缺少 {year} 年的节假日：请在该年公布后用 `PUT /v1/holidays/{region}/{year}` 或 \
             `hotline calendars year {region} {year} <文件>` 添加年度文件"
        ),
        Time::NoOpening { calendar, after } => format!(
            "日历 `{calendar}` 在 {after} 之后 400 天内没有开放时间：请用 `PUT /v1/calendars/{calendar}` 或 \
             `hotline calendars` 设置开放时间，或撤销例外"
        ),
        Time::OutOfReach { calendar } => {
            format!("按日历 `{calendar}` 计算的时间超过一百年：其开放时间不足以计算承诺的时限")
        }
        _ => "系统内部错误".into(),
    }
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Core(error) => error.code(),
            Self::Plan(error) => error.code(),
            Self::Number(_) | Self::Fields(_) => Code::InvalidArgument,
            Self::PolicyExists(_) | Self::CategoryExists(_) => Code::AlreadyExists,
            Self::State { .. }
            | Self::OutageState { .. }
            | Self::Unpromised
            | Self::PolicyNeeded { .. }
            | Self::CalendarShipped(_)
            | Self::CalendarNeeded { .. } => Code::FailedPrecondition,
            // What people administer may leave no time to count by: theirs to mend, no fault of ours.
            Self::Calendar(Time::YearMissing { .. } | Time::NoOpening { .. } | Time::OutOfReach { .. }) => {
                Code::FailedPrecondition
            }
            Self::CalendarExists(_) => Code::AlreadyExists,
            Self::Refused(Refusal::OwnCase) => Code::PermissionDenied,
            Self::Refused(_) => Code::FailedPrecondition,
            Self::LeaseLost { .. } => Code::Aborted,
            Self::SearchFilling => Code::Unavailable,
            Self::Calendar(_) | Self::Settings(_) => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Core(error) => error.reason(),
            Self::Plan(error) => error.reason(),
            Self::Number(_) => "TICKET_NUMBER_INVALID",
            Self::Fields(_) => "INVALID_REQUEST",
            Self::State { .. } => "TICKET_STATE_CONFLICT",
            Self::LeaseLost { .. } => "LEASE_LOST",
            Self::OutageState { .. } => "OUTAGE_STATE_CONFLICT",
            Self::Refused(refusal) => refusal.reason(),
            Self::Unpromised => "NO_SOLUTION_PROMISED",
            Self::PolicyExists(_) => "POLICY_EXISTS",
            Self::PolicyNeeded { .. } => "POLICY_NEEDED",
            Self::CategoryExists(_) => "CATEGORY_EXISTS",
            Self::CalendarExists(_) => "CALENDAR_EXISTS",
            Self::CalendarShipped(_) => "CALENDAR_SHIPPED",
            Self::CalendarNeeded { .. } => "CALENDAR_NEEDED",
            Self::SearchFilling => "SEARCH_FILLING",
            Self::Calendar(Time::YearMissing { .. }) => "CALENDAR_YEAR_MISSING",
            Self::Calendar(Time::NoOpening { .. } | Time::OutOfReach { .. }) => "CALENDAR_CLOSED",
            Self::Calendar(_) | Self::Settings(_) => "INTERNAL",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Core(error) => error.zh(),
            Self::Plan(error) => error.zh(),
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
                ways(*state, Event::zh, "无")
            ),
            Self::Refused(refusal) => refusal.zh(),
            Self::LeaseLost { .. } => "该派单已不再持有此工单".into(),
            Self::OutageState { state, wanted } => {
                format!("{}的故障通知不能{}", moves::state_zh(*state), wanted.zh())
            }
            Self::Unpromised => "该工单未承诺解决时间，无法延期".into(),
            Self::PolicyExists(key) => format!("时限策略 `{key}` 已存在：请替换它或换用其他标识"),
            Self::PolicyNeeded { key, by } => {
                format!("时限策略 `{key}` 正被 {} 使用，请先在那里改用其他策略", by.join("、"))
            }
            Self::CategoryExists(code) => format!("分类 `{code}` 已存在：请修改它，或换一个编码"),
            Self::CalendarExists(key) => format!("日历 `{key}` 已存在：请替换该日历，或换一个标识"),
            Self::CalendarShipped(key) => {
                format!("日历 `{key}` 为系统自带且未更改：没有可撤销的更改，自带日历不能删除")
            }
            Self::CalendarNeeded { key, by } => {
                format!("日历 `{key}` 正被使用（{}）：按其作出过承诺的日历不能删除", by.join("、"))
            }
            Self::SearchFilling => "检索索引正在重建，请稍后重试".into(),
            Self::Calendar(error) => calendar_zh(error),
            Self::Settings(_) => "系统内部错误".into(),
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
            Self::Plan(error) => error.metadata(),
            Self::State { state, .. } => HashMap::from([
                ("state".into(), state.as_str_name().into()),
                ("legalMoves".into(), ways(*state, Event::name, "")),
            ]),
            Self::OutageState { state, .. } => {
                let legal: Vec<_> = moves::legal(*state).map(Move::name).collect();
                HashMap::from([
                    ("state".into(), state.as_str_name().into()),
                    ("legalMoves".into(), legal.join(", ")),
                ])
            }
            Self::CalendarNeeded { by, .. } => HashMap::from([("neededBy".into(), by.join(", "))]),
            Self::Calendar(Time::YearMissing { calendar, year, .. }) => {
                HashMap::from([("calendar".into(), calendar.clone()), ("year".into(), year.to_string())])
            }
            Self::Calendar(Time::NoOpening { calendar, .. } | Time::OutOfReach { calendar }) => {
                HashMap::from([("calendar".into(), calendar.clone())])
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
