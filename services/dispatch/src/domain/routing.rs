//! Which team gets a ticket: ordered rules, the first that matches decides, the default rule always does (D2).

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::{Channel, Priority, TicketType};

/// The rank of the default rule: behind the last position that a rule can have.
const LAST: i64 = 1_000_001;

/// A rule: every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// Any of these types.
    pub(crate) types: Vec<i32>,
    /// Any of these categories or their subtrees.
    pub(crate) category_codes: Vec<String>,
    /// Any of these priorities.
    pub(crate) priorities: Vec<i32>,
    /// Any of these projects.
    pub(crate) projects: Vec<String>,
    /// Any of these channels.
    pub(crate) channels: Vec<i32>,
    /// Only key accounts, or only others.
    pub(crate) key_account: Option<bool>,
}

/// What rules look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    /// Kind of trouble.
    pub(crate) ticket_type: TicketType,
    /// Leaf of the catalogue.
    pub(crate) category_code: &'a str,
    /// Urgency × impact.
    pub(crate) priority: Priority,
    /// 所属项目
    pub(crate) project: &'a str,
    /// How it came in.
    pub(crate) channel: Channel,
    /// The customer is a key account.
    pub(crate) key_account: bool,
}

/// The condition that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The type.
    Type(TicketType),
    /// The category.
    Category(String),
    /// The priority.
    Priority(Priority),
    /// The project.
    Project(String),
    /// The channel.
    Channel(Channel),
    /// Key account or not: what the customer is.
    KeyAccount(bool),
}

impl Conditions {
    /// Tells whether no condition is set.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the first condition that does not hold.
    pub(crate) fn mismatch(&self, facts: &Facts) -> Option<Mismatch> {
        let category = |code: &String| is_below(facts.category_code, code);
        if !holds(&self.types, |kind| *kind == i32::from(facts.ticket_type)) {
            return Some(Mismatch::Type(facts.ticket_type));
        }
        if !holds(&self.category_codes, category) {
            return Some(Mismatch::Category(facts.category_code.into()));
        }
        if !holds(&self.priorities, |level| *level == i32::from(facts.priority)) {
            return Some(Mismatch::Priority(facts.priority));
        }
        if !holds(&self.projects, |project| project == facts.project) {
            return Some(Mismatch::Project(facts.project.into()));
        }
        if !holds(&self.channels, |channel| *channel == i32::from(facts.channel)) {
            return Some(Mismatch::Channel(facts.channel));
        }
        let other = self.key_account.is_some_and(|wanted| wanted != facts.key_account);
        other.then_some(Mismatch::KeyAccount(facts.key_account))
    }
}

/// A condition that names nothing holds.
fn holds<T>(any_of: &[T], test: impl FnMut(&T) -> bool) -> bool {
    any_of.is_empty() || any_of.iter().any(test)
}

/// Tells whether a category is `root` or in its subtree: `repair` covers `repair.private`, not `repairs`.
fn is_below(code: &str, root: &str) -> bool {
    code.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Tries rules in order: returns the index of the first that matches, and why those before it did not.
pub(crate) fn decide<'a>(
    rules: impl IntoIterator<Item = &'a Conditions>,
    facts: &Facts,
) -> (Option<usize>, Vec<Mismatch>) {
    let mut refused = Vec::new();
    for (index, rule) in rules.into_iter().enumerate() {
        match rule.mismatch(facts) {
            None => return (Some(index), refused),
            Some(mismatch) => refused.push(mismatch),
        }
    }
    (None, refused)
}

/// Returns where a rule stands among the others, as an instant: that is what lists are cut into pages by.
pub(crate) fn rank(position: i32, default: bool) -> DateTime<Utc> {
    let seconds = if default { LAST } else { i64::from(position) };
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

impl Mismatch {
    /// Says in English which condition did not hold.
    pub(crate) fn en(&self) -> String {
        match self {
            Self::Type(kind) => format!("the type {} is not among the rule's", kind.as_str_name()),
            Self::Category(code) => format!("the category `{code}` is under none of the rule's"),
            Self::Priority(level) => format!("the priority {} is not among the rule's", level.as_str_name()),
            Self::Project(project) => format!("the project `{project}` is not among the rule's"),
            Self::Channel(channel) => {
                format!("the channel {} is not among the rule's", channel.as_str_name())
            }
            Self::KeyAccount(true) => "the customer is a key account".into(),
            Self::KeyAccount(false) => "the customer is not a key account".into(),
        }
    }

    /// Says in Chinese which condition did not hold.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::Type(kind) => format!("类型“{}”不在规则所列之内", type_zh(*kind)),
            Self::Category(code) => format!("类目 `{code}` 不属于规则所列类目"),
            Self::Priority(level) => format!("优先级“{}”不在规则所列之内", priority_zh(*level)),
            Self::Project(project) => format!("所属项目“{project}”不在规则所列之内"),
            Self::Channel(channel) => format!("渠道“{}”不在规则所列之内", channel_zh(*channel)),
            Self::KeyAccount(true) => "客户是重点客户".into(),
            Self::KeyAccount(false) => "客户不是重点客户".into(),
        }
    }
}

fn type_zh(kind: TicketType) -> &'static str {
    match kind {
        TicketType::Unspecified => "未指定",
        TicketType::Consultation => "咨询",
        TicketType::ServiceRequest => "受理",
        TicketType::Fault => "故障",
        TicketType::Complaint => "投诉",
        TicketType::Other => "其他",
    }
}

fn priority_zh(level: Priority) -> &'static str {
    match level {
        Priority::Unspecified => "未指定",
        Priority::Critical => "紧急",
        Priority::High => "高",
        Priority::Medium => "中",
        Priority::Low => "低",
    }
}

fn channel_zh(channel: Channel) -> &'static str {
    match channel {
        Channel::Unspecified => "未指定",
        Channel::Phone => "电话",
        Channel::Chat => "在线客服",
        Channel::Email => "电子邮件",
        Channel::Fax => "传真",
        Channel::Portal => "自助门户",
        Channel::DutyPhone => "值班小灵通",
        Channel::Ivr => "自动语音",
    }
}

#[cfg(test)]
mod tests;
