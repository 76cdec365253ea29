//! Which team gets a ticket: ordered rules, the first that matches decides, the default rule always does (D2).

use chrono::{DateTime, SecondsFormat, Utc};
use hotline_calendar::Calendars;
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
    /// Any of these regions.
    pub(crate) regions: Vec<String>,
    /// Only at certain times.
    pub(crate) hours: Option<Hours>,
}

/// Inside or outside the opening hours of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hours {
    /// Key of the calendar.
    pub(crate) calendar: String,
    /// While it is open, or while it is closed.
    pub(crate) within: bool,
}

/// A rule as it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate<'a> {
    /// What it asks of a ticket.
    pub(crate) conditions: &'a Conditions,
    /// The team that would get it.
    pub(crate) team_key: &'a str,
    /// That team's queue takes nothing in.
    pub(crate) closed: bool,
}

/// What rules look at.
#[derive(Clone, Debug)]
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
    /// 区域, every one it is in.
    pub(crate) regions: Vec<&'a str>,
    /// When it comes in.
    pub(crate) at: DateTime<Utc>,
    /// The calendars as they are known.
    pub(crate) calendars: &'a Calendars,
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
    /// The regions it is in.
    Region(Vec<String>),
    /// The calendar is open and should be closed, or the other way round.
    Hours {
        /// The calendar.
        calendar: String,
        /// Whether it is open.
        open: bool,
        /// The time by a clock on its wall.
        local: String,
    },
    /// There is no such calendar any more.
    NoCalendar(String),
    /// The team's queue runs empty and takes nothing in.
    Draining(String),
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
        if self.key_account.is_some_and(|wanted| wanted != facts.key_account) {
            return Some(Mismatch::KeyAccount(facts.key_account));
        }
        if !holds(&self.regions, |region| facts.regions.contains(&&**region)) {
            let regions = facts.regions.iter().map(|region| (*region).to_owned());
            return Some(Mismatch::Region(regions.collect()));
        }
        self.hours.as_ref().and_then(|hours| hours.mismatch(facts))
    }
}

impl Hours {
    /// Tells whether the calendar is open then; none where there is no such calendar.
    pub(crate) fn open(&self, facts: &Facts) -> Option<bool> {
        let calendar = facts.calendars.get(&self.calendar).ok()?;
        Some(calendar.is_likely_open(facts.at))
    }

    fn mismatch(&self, facts: &Facts) -> Option<Mismatch> {
        let Ok(calendar) = facts.calendars.get(&self.calendar) else {
            return Some(Mismatch::NoCalendar(self.calendar.clone()));
        };
        let open = calendar.is_likely_open(facts.at);
        let local = || facts.at.with_timezone(&calendar.zone()).to_rfc3339_opts(SecondsFormat::Secs, true);
        (open != self.within).then(|| Mismatch::Hours {
            calendar: self.calendar.clone(),
            open,
            local: local(),
        })
    }
}

/// A condition that names nothing holds.
fn holds<T>(any_of: &[T], test: impl FnMut(&T) -> bool) -> bool {
    any_of.is_empty() || any_of.iter().any(test)
}

/// Tells whether a category is `root` or in its subtree: `repair` covers `repair.private`, not `repairs`.
pub(crate) fn is_below(code: &str, root: &str) -> bool {
    code.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Tries rules in order: returns the index of the first that matches, and why those before it did not.
pub(crate) fn decide<'a>(
    rules: impl IntoIterator<Item = Candidate<'a>>,
    facts: &Facts,
) -> (Option<usize>, Vec<Mismatch>) {
    let mut refused = Vec::new();
    for (index, rule) in rules.into_iter().enumerate() {
        match rule.conditions.mismatch(facts) {
            None if rule.closed => refused.push(Mismatch::Draining(rule.team_key.to_owned())),
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
            Self::Region(regions) if regions.is_empty() => "no region is known".into(),
            Self::Region(regions) => format!("no region of `{}` is among the rule's", regions.join("`, `")),
            Self::Hours { calendar, open: true, local } => {
                format!("the calendar `{calendar}` is open at {local}")
            }
            Self::Hours { calendar, open: false, local } => {
                format!("the calendar `{calendar}` is closed at {local}")
            }
            Self::NoCalendar(key) => format!("there is no calendar `{key}`"),
            Self::Draining(team) => format!("the queue of `{team}` is being drained"),
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
            Self::Region(regions) if regions.is_empty() => "所属区域未知".into(),
            Self::Region(regions) => format!("所属区域“{}”不在规则所列之内", regions.join("”、“")),
            Self::Hours { calendar, open: true, local } => format!("日历 `{calendar}` 在 {local} 为开放时间"),
            Self::Hours { calendar, open: false, local } => {
                format!("日历 `{calendar}` 在 {local} 为关闭时间")
            }
            Self::NoCalendar(key) => format!("没有日历 `{key}`"),
            Self::Draining(team) => format!("班组 `{team}` 的队列正在排空"),
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
