//! One vocabulary for what went wrong, and the one place that turns it into a gRPC status with `google.rpc` details.

use std::collections::HashMap;

use hotline_proto::locale::Locale;
use sea_orm::DbErr;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::BoxError;

use self::transient::is_transient;

mod panics;
mod transient;

pub use panics::caught;
pub(crate) use panics::panicked;

/// What a service's error says about itself. `Display` is the English message.
pub trait Reason: std::error::Error {
    /// The gRPC code; faults of ours are `INTERNAL`.
    fn code(&self) -> Code;

    /// The stable reason, `UPPER_SNAKE_CASE`, at most 63 characters (AIP-193).
    fn reason(&self) -> &'static str;

    /// The message in Chinese.
    fn zh(&self) -> String;

    /// The request fields that are wrong.
    fn fields(&self) -> Vec<Field> {
        Vec::new()
    }

    /// Values that a program may want, such as the legal moves.
    fn metadata(&self) -> HashMap<String, String> {
        HashMap::new()
    }

    /// A status of another service that passes through unchanged.
    fn passed_on(&self) -> Option<&Status> {
        None
    }
}

/// A request field that is wrong, with the reason in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Path as in JSON: `customer.phones[0]`.
    pub path: String,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// What can go wrong in any service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such record, or the caller may not know of it.
    #[error("{what} `{id}` not found")]
    NotFound {
        /// Kind of record.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// One field is wrong.
    #[error("`{field}` {en}")]
    Field {
        /// Path as in JSON.
        field: &'static str,
        /// In English.
        en: &'static str,
        /// In Chinese.
        zh: &'static str,
    },
    /// The record changed since the caller read it.
    #[error("the record changed since it was read: its etag is now {current}")]
    Stale {
        /// The etag it has now.
        current: String,
    },
    /// The page token belongs to another list, or to none.
    #[error("the page token does not belong to this list")]
    PageToken,
    /// The mask names a field that can't be changed.
    #[error("`{path}` can't be changed; updateMask may name {allowed}")]
    Mask {
        /// The path in the mask.
        path: String,
        /// What it may name.
        allowed: String,
    },
    /// The caller has no business with the record.
    #[error("{0}")]
    Forbidden(&'static str, &'static str),
    /// The call carries no valid identity.
    #[error("the call carries no valid identity: {0}")]
    Unauthenticated(&'static str),
    /// The key was used for another request.
    #[error("the idempotency key was used with another request")]
    IdempotencyReused,
    /// The request of the same key still runs.
    #[error("a request with the same idempotency key is still running")]
    IdempotencyRunning,
    /// The key itself can't be used.
    #[error("an idempotency key has 1 to 255 printable ASCII characters")]
    IdempotencyKey,
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// The call took longer than its caller would wait.
    #[error("the call took longer than its caller would wait")]
    OutOfTime,
    /// Another service can't be reached.
    #[error("the service `{0}` can't be reached now")]
    Unreachable(String, #[source] Option<BoxError>),
    /// Another service refused or failed.
    #[error("{}", .0.message())]
    Upstream(#[from] Status),
    /// A fault of ours.
    #[error("an internal fault occurred")]
    Internal(#[source] anyhow::Error),
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::NotFound,
            Self::Field { .. } | Self::PageToken | Self::Mask { .. } | Self::IdempotencyKey => {
                Code::InvalidArgument
            }
            Self::Stale { .. } | Self::IdempotencyRunning => Code::Aborted,
            Self::Forbidden(..) => Code::PermissionDenied,
            Self::Unauthenticated(_) => Code::Unauthenticated,
            Self::IdempotencyReused => Code::FailedPrecondition,
            Self::OutOfTime => Code::DeadlineExceeded,
            Self::Unreachable(..) => Code::Unavailable,
            Self::Database(error) if is_transient(error) => Code::Unavailable,
            Self::Upstream(status) => status.code(),
            Self::Database(_) | Self::Internal(_) => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Field { .. } => "INVALID_REQUEST",
            Self::Stale { .. } => "ETAG_MISMATCH",
            Self::PageToken => "PAGE_TOKEN_INVALID",
            Self::Mask { .. } => "UPDATE_MASK_INVALID",
            Self::Forbidden(..) => "FORBIDDEN",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::IdempotencyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::IdempotencyRunning => "IDEMPOTENCY_KEY_IN_USE",
            Self::IdempotencyKey => "IDEMPOTENCY_KEY_INVALID",
            Self::OutOfTime => "DEADLINE_EXCEEDED",
            Self::Unreachable(..) => "SERVICE_UNAVAILABLE",
            Self::Database(error) if is_transient(error) => "DATABASE_UNAVAILABLE",
            Self::Upstream(_) => "UPSTREAM",
            Self::Database(_) | Self::Internal(_) => "INTERNAL",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::NotFound { what, id } => format!("找不到 {what} `{id}`"),
            Self::Field { field, zh, .. } => format!("`{field}` {zh}"),
            Self::Stale { current } => format!("记录已被他人修改，当前 etag 为 {current}"),
            Self::PageToken => "分页标记不属于此列表".into(),
            Self::Mask { path, allowed } => format!("不能修改 `{path}`；updateMask 可包含 {allowed}"),
            Self::Forbidden(_, zh) => (*zh).into(),
            Self::Unauthenticated(_) => "调用没有有效的身份".into(),
            Self::IdempotencyReused => "该幂等键已用于另一个请求".into(),
            Self::IdempotencyRunning => "相同幂等键的请求仍在处理".into(),
            Self::IdempotencyKey => "幂等键须为 1 到 255 个可打印 ASCII 字符".into(),
            Self::OutOfTime => "处理超时，请稍后重试".into(),
            Self::Unreachable(service, _) => format!("服务 `{service}` 暂时不可用，请稍后重试"),
            Self::Database(error) if is_transient(error) => "数据库暂时不可用，请稍后重试".into(),
            Self::Upstream(status) => status.message().into(),
            Self::Database(_) | Self::Internal(_) => "系统内部错误".into(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let field =
            |path: &str, en: &str, zh: &str| vec![Field { path: path.into(), en: en.into(), zh: zh.into() }];
        match self {
            Self::Field { field: path, en, zh } => field(path, en, zh),
            Self::PageToken => field("pageToken", "does not belong to this list", "不属于此列表"),
            Self::Mask { path, .. } => {
                field("updateMask", &format!("must not name `{path}`"), &format!("不能包含 `{path}`"))
            }
            _ => Vec::new(),
        }
    }

    fn passed_on(&self) -> Option<&Status> {
        match self {
            Self::Upstream(status) => Some(status),
            _ => None,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        status(&error)
    }
}

/// Turns an error into a status: `ErrorInfo` with the reason, the message in the caller's language, the wrong fields.
/// A fault of ours is logged here, once, and tells the caller nothing but where to look.
pub fn status<E: Reason>(error: &E) -> Status {
    if let Some(status) = error.passed_on() {
        return status.clone();
    }
    let code = error.code();
    if matches!(code, Code::Internal | Code::Unavailable | Code::Unknown) {
        tracing::error!(error = %chain(error), reason = error.reason(), "request failed");
    }
    let locale = Locale::current();
    let mut details = ErrorDetails::new();
    details
        .set_error_info(error.reason(), "hotline", error.metadata())
        .set_localized_message(locale.tag(), locale.pick(error.to_string(), error.zh()));
    for field in error.fields() {
        details.add_bad_request_violation(field.path, locale.pick(field.en, field.zh));
    }
    Status::with_error_details(code, error.to_string(), details)
}

/// Returns the reason in a status's `ErrorInfo`; empty where it has none.
pub fn reason_of(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// Returns the error and its causes in one line; a cause that its effect has told already is not told again.
pub fn chain(error: &(impl std::error::Error + ?Sized)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let told = error.to_string();
        if !text.contains(&told) {
            text = format!("{text}: {told}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use hotline_proto::locale::Locale;
    use sea_orm::DbErr;
    use tonic::Code;
    use tonic_types::StatusExt;

    use super::{Error, reason_of, status};

    #[tokio::test]
    async fn a_wrong_field_is_named_in_the_callers_language() {
        let error =
            Error::Field { field: "phone", en: "is not a telephone number", zh: "不是电话号码" };
        let status = Locale::Zh.scope(async { status(&error) }).await;
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason_of(&status), "INVALID_REQUEST");
        let violations = status.get_details_bad_request().expect("names fields").field_violations;
        assert_eq!(
            (violations[0].field.as_str(), violations[0].description.as_str()),
            ("phone", "不是电话号码")
        );
        assert_eq!(status.get_details_localized_message().expect("localized").locale, "zh-CN");
    }

    #[test]
    fn a_fault_tells_nothing_of_the_inside() {
        let status = status(&Error::Database(DbErr::Custom("secret table".into())));
        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("secret"));
    }
}
