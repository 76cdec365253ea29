//! What can go wrong here, besides what can go wrong in any service.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use hotline_core::error::{Error as Core, Field, Reason};
use hotline_core::seats::NoSeat;
use hotline_roster::Refusal;
use tonic::{Code, Status};

use crate::domain::duty_log;
use crate::domain::state::{Move, State};

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What can go wrong in any service.
    #[error(transparent)]
    Core(#[from] Core),
    /// Another team has the key.
    #[error("another team has the key `{0}`")]
    TeamKeyTaken(String),
    /// The person is a member already.
    #[error("`{subject}` is a member of `{team_key}` already")]
    MemberExists {
        /// The person.
        subject: String,
        /// The team.
        team_key: String,
    },
    /// The default rule stays, last and without conditions.
    #[error("there is one default rule: it can't be removed, moved or given conditions")]
    DefaultRule,
    /// The team of the default rule takes what nobody else does.
    #[error("the default rule gives work to `{0}`: let it name another team before its queue is drained")]
    DefaultTeam(String),
    /// A supervisor decided who has to do the work.
    #[error("a supervisor decided that this team has to do the work: it can't be returned or transferred")]
    DecidedFinally,
    /// Wrap-up was made longer already.
    #[error("wrap-up can be made longer once: `finish` ends it, else its time does")]
    WrapUpExtended,
    /// Somebody was reached already.
    #[error("the work was confirmed already: `{by}` was reached at {}", at.to_rfc3339_opts(SecondsFormat::AutoSi, true))]
    ConfirmedAlready {
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// The holder has arrived already.
    #[error("the arrival was reported already: at {}", .0.to_rfc3339_opts(SecondsFormat::AutoSi, true))]
    ArrivedAlready(DateTime<Utc>),
    /// No key is set that secrets of webhooks could be encrypted with.
    #[error("webhooks are off: set dispatch.webhooks.key, which encrypts their secrets")]
    WebhooksOff,
    /// The webhook is disabled.
    #[error("the webhook is disabled: `enable` it first")]
    WebhookDisabled,
    /// A signed message has the id of another one.
    #[error("another message with this webhook-id was taken before")]
    MessageReused,
    /// Links are for third parties.
    #[error("`{0}` is no third party: its members sign in, and need no link")]
    NotForPartners(String),
    /// No such link was ever given out.
    #[error("the link is not known: ask who sent it for a new one")]
    LinkUnknown,
    /// The link was good once.
    #[error("the link is not good any more: ask who sent it for a new one")]
    LinkGone,
    /// The caller does not hold the lease, or no longer.
    #[error("the lease is lost: it ran out, the work has ended, or the token is not the holder's")]
    LeaseLost,
    /// A roster does not allow it.
    #[error(transparent)]
    Roster(#[from] Refusal),
    /// A call outside office hours does not allow it.
    #[error(transparent)]
    Duty(#[from] duty_log::Refusal),
    /// What is published is not changed by hand.
    #[error("the roster is published: put somebody on duty by an override, or have them swap or go on leave")]
    RosterPublished,
    /// Only what is published is withdrawn.
    #[error("the roster is a draft: nobody is on duty by it, change or delete it")]
    RosterDraft,
    /// Nobody is drawn without figures.
    #[error(
        "the draw needs satisfaction and closure rates, and the figures can't be had now: nothing was drawn, try again later"
    )]
    RankingUnavailable,
    /// Too many streams are open.
    #[error(transparent)]
    NoSeat(#[from] NoSeat),
    /// The process does not hear what happens.
    #[error("what happens can't be heard here now: try again in some seconds")]
    NoFeed,
    /// The assignment can't make this move from where it stands.
    #[error("the assignment is {}: it can {}", .state.en(), moves(.state))]
    StateConflict {
        /// Where it stands.
        state: State,
    },
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Core(error) => error.code(),
            Self::Duty(refusal) => refusal.code(),
            Self::TeamKeyTaken(_) | Self::MemberExists { .. } | Self::MessageReused => Code::AlreadyExists,
            Self::DefaultRule
            | Self::DefaultTeam(_)
            | Self::DecidedFinally
            | Self::WrapUpExtended
            | Self::ConfirmedAlready { .. }
            | Self::ArrivedAlready(_)
            | Self::Roster(_)
            | Self::RosterPublished
            | Self::RosterDraft
            | Self::WebhooksOff
            | Self::WebhookDisabled
            | Self::NotForPartners(_)
            | Self::LinkGone
            | Self::StateConflict { .. } => Code::FailedPrecondition,
            Self::LinkUnknown => Code::NotFound,
            Self::RankingUnavailable | Self::NoFeed => Code::Unavailable,
            Self::NoSeat(_) => Code::ResourceExhausted,
            Self::LeaseLost => Code::Aborted,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Core(error) => error.reason(),
            Self::TeamKeyTaken(_) => "TEAM_KEY_TAKEN",
            Self::MemberExists { .. } => "MEMBER_EXISTS",
            Self::DefaultRule => "DEFAULT_RULE_FIXED",
            Self::DefaultTeam(_) => "DEFAULT_TEAM",
            Self::DecidedFinally => "DECIDED_FINALLY",
            Self::WrapUpExtended => "WRAP_UP_EXTENDED",
            Self::ConfirmedAlready { .. } => "CONFIRMED_ALREADY",
            Self::ArrivedAlready(_) => "ARRIVED_ALREADY",
            Self::Roster(refusal) => refusal.code(),
            Self::Duty(refusal) => refusal.reason(),
            Self::RosterPublished => "ROSTER_PUBLISHED",
            Self::RosterDraft => "ROSTER_DRAFT",
            Self::RankingUnavailable => "RANKING_UNAVAILABLE",
            Self::NoSeat(_) => "TOO_MANY_STREAMS",
            Self::NoFeed => "LIVE_EVENTS_UNAVAILABLE",
            Self::MessageReused => "WEBHOOK_ID_REUSED",
            Self::WebhooksOff => "WEBHOOKS_OFF",
            Self::WebhookDisabled => "WEBHOOK_DISABLED",
            Self::NotForPartners(_) => "NOT_FOR_PARTNERS",
            Self::LinkUnknown => "LINK_UNKNOWN",
            Self::LinkGone => "LINK_GONE",
            Self::LeaseLost => "LEASE_LOST",
            Self::StateConflict { .. } => "ASSIGNMENT_STATE_CONFLICT",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Core(error) => error.zh(),
            Self::TeamKeyTaken(key) => format!("标识 `{key}` 已被其他班组使用"),
            Self::MemberExists { subject, team_key } => format!("`{subject}` 已是 `{team_key}` 的成员"),
            Self::DefaultRule => "默认规则必须保留：不能删除、移动或添加条件".into(),
            Self::DefaultTeam(key) => {
                format!("默认规则派往 `{key}`：请先让默认规则改派其他班组，再排空其队列")
            }
            Self::DecidedFinally => "主管已裁定由本班组处理：不能再退回或转派".into(),
            Self::WrapUpExtended => "收尾时间只能延长一次：可用 `finish` 提前结束，否则到时自动结束".into(),
            Self::ConfirmedAlready { by, at } => format!("已登记电话确认：{at} 联系到 `{by}`"),
            Self::ArrivedAlready(at) => format!("已登记到场时间：{at}"),
            Self::Roster(refusal) => refusal.zh(),
            Self::Duty(refusal) => refusal.zh(),
            Self::RosterPublished => "值班表已发布：请用调班、换班或请假变更".into(),
            Self::RosterDraft => "值班表尚未发布：请直接修改或删除".into(),
            Self::RankingUnavailable => "抽签需要满意率和办结率，目前无法取得：未抽签，请稍后重试".into(),
            Self::NoSeat(NoSeat::Full) => "实时流总数已达上限，请稍后重试".into(),
            Self::NoSeat(NoSeat::Own { limit }) => format!("您已打开 {limit} 个实时流，请先关闭一个"),
            Self::NoFeed => "暂时收不到实时变更，请数秒后重试".into(),
            Self::MessageReused => "此 webhook-id 已用于另一条消息".into(),
            Self::WebhooksOff => "事件推送未开启：请先设置 dispatch.webhooks.key（用于加密密钥）".into(),
            Self::WebhookDisabled => "该推送已停用：请先启用（`enable`）".into(),
            Self::NotForPartners(key) => format!("`{key}` 不是第三方班组：其成员请登录处理，无需链接"),
            Self::LinkUnknown => "链接无效：请联系发送人获取新的链接".into(),
            Self::LinkGone => "链接已失效：请联系发送人获取新的链接".into(),
            Self::LeaseLost => "领取已失效：已超时、任务已结束，或凭证不属于您".into(),
            Self::StateConflict { state } => format!("任务{}，可执行的操作：{}", state.zh(), moves(state)),
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
            Self::Core(error) => error.metadata(),
            Self::Duty(refusal) => refusal.metadata(),
            Self::StateConflict { state } => HashMap::from([
                ("state".to_owned(), state.en().to_owned()),
                ("legalMoves".to_owned(), moves(state)),
            ]),
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
        hotline_core::error::status(&error)
    }
}

fn moves(state: &State) -> String {
    let names: Vec<_> = state.moves_of_holder().map(Move::name).collect();
    if names.is_empty() { "-".into() } else { names.join(", ") }
}
