//! What can go wrong at the door. Each case has a stable reason; `problem` turns reasons into HTTP.

use std::collections::HashMap;
use std::time::Duration;

use hotline_core::error::{Field, Reason};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// A refusal or fault of the gateway itself. Those of services pass through as they are.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What can go wrong in any service.
    #[error(transparent)]
    Core(#[from] hotline_core::error::Error),
    /// The descriptors can't be served; the gateway does not start.
    #[error("the contract can't be served: {0}")]
    Contract(String),
    /// A setting can't be used; the gateway does not start.
    #[error("gateway.{key} {rule}")]
    Config {
        /// The key below `gateway`.
        key: &'static str,
        /// What is wrong with it.
        rule: String,
    },
    /// No route has this path.
    #[error("there is nothing at this path")]
    NoRoute,
    /// No service has this method, or only other services may know of it.
    #[error("there is no such method")]
    NoMethod,
    /// The path has routes, but not for this verb.
    #[error("this path takes {allow} only")]
    WrongVerb {
        /// The verbs it has, separated by commas.
        allow: String,
    },
    /// No token, or not a good one; which of the two and why is for the log only.
    #[error("a valid bearer token is required")]
    Unauthenticated,
    /// The issuer's keys can't be had, so that nobody can be told from anybody.
    #[error("tokens can't be verified now: the issuer does not answer")]
    NoKeys,
    /// The caller's roles do not include one that may do this.
    #[error("your roles do not allow this")]
    WrongRole,
    /// The subject asks too often.
    #[error("too many requests; try again in {} s", seconds(*wait))]
    TooMany {
        /// When the next one is let in.
        wait: Duration,
    },
    /// The gateway has all the work it can bear.
    #[error("the system is busy; try again shortly")]
    Overloaded,
    /// The subject has as many streams of live events as it may.
    #[error("you have {limit} streams of live events open already: close one first")]
    TooManyStreams {
        /// How many it may have.
        limit: usize,
    },
    /// The gateway does not hear the bus: it has just started without one, or stops.
    #[error("live events are not available now; try again shortly")]
    NoFeed,
    /// The body is larger than the limit.
    #[error("a request has at most {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body is not declared as JSON.
    #[error("the body must be application/json")]
    NotJson,
    /// One part of the request can't be read.
    #[error("`{field}` {en}")]
    Malformed {
        /// Path as in JSON, or the name of the parameter.
        field: String,
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// The request has a precondition that this method can't check.
    #[error("this request can't be made conditional: it takes no If-Match")]
    NoPrecondition,
    /// The method answers with a stream, which REST does not carry.
    #[error("this method answers with a stream: call it over gRPC")]
    Stream,
    /// The answer did not come in time.
    #[error("the answer did not come in time")]
    TimedOut,
    /// The name or the password is wrong; which of the two is nobody's business.
    #[error("wrong name or password")]
    WrongPassword,
    /// Tokens come from an external issuer.
    #[error("this system takes the tokens of an external issuer and makes none")]
    IssuerOff,
    /// The suite runs on the system's clock.
    #[error("the clock can't be moved: the suite does not run on a manual clock")]
    NoManualClock,
}

impl Error {
    /// Names a part of the request that can't be read.
    pub(crate) fn malformed(field: impl Into<String>, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::Malformed { field: field.into(), en: en.into(), zh: zh.into() }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { wait } => Some(*wait),
            Self::Overloaded | Self::NoKeys | Self::NoFeed | Self::TooManyStreams { .. } => {
                Some(Duration::from_secs(1))
            }
            _ => None,
        }
    }
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Core(error) => error.code(),
            Self::Contract(_) | Self::Config { .. } => Code::Internal,
            Self::NoRoute | Self::IssuerOff | Self::NoManualClock => Code::NotFound,
            Self::NoMethod | Self::WrongVerb { .. } | Self::Stream => Code::Unimplemented,
            Self::Unauthenticated | Self::WrongPassword => Code::Unauthenticated,
            Self::NoKeys | Self::NoFeed => Code::Unavailable,
            Self::WrongRole => Code::PermissionDenied,
            Self::TooMany { .. } | Self::TooManyStreams { .. } | Self::Overloaded | Self::TooLarge { .. } => {
                Code::ResourceExhausted
            }
            Self::NotJson | Self::Malformed { .. } | Self::NoPrecondition => Code::InvalidArgument,
            Self::TimedOut => Code::DeadlineExceeded,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Core(error) => error.reason(),
            Self::Contract(_) | Self::Config { .. } => "INTERNAL",
            Self::NoRoute => "ROUTE_NOT_FOUND",
            Self::NoMethod => "METHOD_NOT_FOUND",
            Self::WrongVerb { .. } => "METHOD_NOT_ALLOWED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::NoKeys => "ISSUER_UNAVAILABLE",
            Self::WrongRole => "ROLE_REQUIRED",
            Self::TooMany { .. } => "RATE_LIMITED",
            Self::Overloaded => "OVERLOADED",
            Self::TooManyStreams { .. } => "TOO_MANY_STREAMS",
            Self::NoFeed => "LIVE_EVENTS_UNAVAILABLE",
            Self::TooLarge { .. } => "REQUEST_TOO_LARGE",
            Self::NotJson => "UNSUPPORTED_MEDIA_TYPE",
            Self::Malformed { .. } => "INVALID_REQUEST",
            Self::NoPrecondition => "IF_MATCH_UNSUPPORTED",
            Self::Stream => "STREAM_OVER_REST",
            Self::TimedOut => "TIMED_OUT",
            Self::WrongPassword => "WRONG_PASSWORD",
            Self::IssuerOff => "ISSUER_OFF",
            Self::NoManualClock => "CLOCK_NOT_MANUAL",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Core(error) => error.zh(),
            Self::Contract(_) | Self::Config { .. } => "系统内部错误".into(),
            Self::NoRoute => "此路径不存在".into(),
            Self::NoMethod => "没有此方法".into(),
            Self::WrongVerb { allow } => format!("此路径只接受 {allow}"),
            Self::Unauthenticated => "需要有效的访问令牌".into(),
            Self::NoKeys => "身份提供方无响应，暂时无法验证令牌".into(),
            Self::WrongRole => "您的角色无权执行此操作".into(),
            Self::TooMany { wait } => format!("请求过于频繁，请在 {} 秒后重试", seconds(*wait)),
            Self::Overloaded => "系统繁忙，请稍后重试".into(),
            Self::TooManyStreams { limit } => format!("您已打开 {limit} 个实时事件流，请先关闭一个"),
            Self::NoFeed => "实时事件暂时不可用，请稍后重试".into(),
            Self::TooLarge { limit } => format!("请求不得超过 {limit} 字节"),
            Self::NotJson => "请求体必须是 application/json".into(),
            Self::Malformed { field, zh, .. } => format!("`{field}` {zh}"),
            Self::NoPrecondition => "此请求不支持 If-Match".into(),
            Self::Stream => "此方法以流应答，请使用 gRPC 调用".into(),
            Self::TimedOut => "未能及时得到应答".into(),
            Self::WrongPassword => "用户名或密码错误".into(),
            Self::IssuerOff => "本系统使用外部身份提供方的令牌，不签发令牌".into(),
            Self::NoManualClock => "系统未使用手动时钟，无法调整时间".into(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        match self {
            Self::Core(error) => error.fields(),
            Self::Malformed { field, en, zh } => {
                vec![Field { path: field.clone(), en: en.clone(), zh: zh.clone() }]
            }
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::Core(error) => error.metadata(),
            Self::WrongVerb { allow } => HashMap::from([("allow".into(), allow.clone())]),
            Self::TooManyStreams { limit } | Self::TooLarge { limit } => {
                HashMap::from([("limit".into(), limit.to_string())])
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

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let status = hotline_core::error::status(&error);
        let Some(wait) = error.retry_after() else { return status };
        let mut details = status.get_error_details();
        details.set_retry_info(Some(wait));
        Status::with_error_details(status.code(), status.message(), details)
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Core(error.into())
    }
}

/// Returns whole seconds, rounded up, at least one: what `Retry-After` can say.
pub(crate) fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
