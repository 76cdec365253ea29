//! How long the stages of work may take, and who is told of what nobody confirmed.

use hotline_proto::common::v1::Priority;
use serde::{Deserialize, Serialize};

/// Minutes of wall time by priority; 0 is no budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Minutes {
    /// 紧急
    pub critical_minutes: u32,
    /// 高
    pub high_minutes: u32,
    /// 中, and where no priority is known.
    pub medium_minutes: u32,
    /// 低
    pub low_minutes: u32,
}

impl Minutes {
    /// Makes a budget of each priority, from the highest.
    pub(super) const fn new([critical, high, medium, low]: [u32; 4]) -> Self {
        Self { critical_minutes: critical, high_minutes: high, medium_minutes: medium, low_minutes: low }
    }

    /// Returns the minutes of a priority; 0 is no budget.
    pub(crate) fn of(self, priority: Priority) -> u32 {
        match priority {
            Priority::Critical => self.critical_minutes,
            Priority::High => self.high_minutes,
            Priority::Medium | Priority::Unspecified => self.medium_minutes,
            Priority::Low => self.low_minutes,
        }
    }
}

/// Who is told of work that nobody confirmed, from the member upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    /// 处理人: the reminder.
    Member,
    /// 班组长
    Lead,
    /// 主管
    Supervisor,
    /// 经理
    Manager,
}

/// One step of an escalation chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Who is told.
    pub level: Level,
    /// Minutes of wall time after the time for the confirmation is over, 0 to 10,080 (7 days).
    pub after_minutes: u32,
    /// Who that is by name (`sub` of their tokens). Default empty: whoever has the role.
    #[serde(default)]
    pub subjects: Vec<String>,
}

/// Returns the chain of teams that have none of their own.
pub(super) fn chain() -> Vec<Rung> {
    [(Level::Member, 0), (Level::Lead, 10), (Level::Supervisor, 20), (Level::Manager, 40)]
        .map(|(level, after_minutes)| Rung { level, after_minutes, subjects: Vec::new() })
        .into()
}

/// What the fairness report takes for day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fairness {
    /// IANA time zone of the hours. Default `Asia/Shanghai`.
    pub time_zone: String,
    /// When the day begins, `HH:MM:SS`: work taken on before is night work. Default `08:00:00` (D7).
    pub day_begins: chrono::NaiveTime,
    /// When it ends, after `day_begins`. Default `21:00:00` (D7).
    pub day_ends: chrono::NaiveTime,
}

impl Default for Fairness {
    fn default() -> Self {
        let at = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self { time_zone: "Asia/Shanghai".into(), day_begins: at(8), day_ends: at(21) }
    }
}

impl Fairness {
    /// Reads the zone.
    pub(crate) fn zone(&self) -> anyhow::Result<chrono_tz::Tz> {
        let zone = self.time_zone.parse();
        zone.map_err(|_| anyhow::anyhow!("dispatch.fairness.time_zone names no zone: `{}`", self.time_zone))
    }
}
