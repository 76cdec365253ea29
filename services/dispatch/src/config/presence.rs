//! How long people may be away from work (D6, F11).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::domain::presence::stay::Limits;

/// The longest times of what people do, minutes; 0 is without end. Who stays longer is away, which nobody has reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Presence {
    /// 小休. Default 15.
    pub break_minutes: u16,
    /// 就餐. Default 60.
    pub meal_minutes: u16,
    /// 培训. Default 240.
    pub training_minutes: u16,
    /// 话后处理. Default 30.
    pub wrap_up_minutes: u16,
    /// 离席 that was reported with a reason. Default 60.
    pub reported_minutes: u16,
    /// 离席 that was not: then the person is logged out and their lead told. From 1. Default 15.
    pub unreported_minutes: u16,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            break_minutes: 15,
            meal_minutes: 60,
            training_minutes: 240,
            wrap_up_minutes: 30,
            reported_minutes: 60,
            unreported_minutes: 15,
        }
    }
}

impl Presence {
    /// Refuses settings that can't be used.
    ///
    /// # Errors
    /// With the setting.
    pub(super) fn check(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.unreported_minutes > 0, "dispatch.presence.unreported_minutes must be from 1");
        Ok(())
    }

    /// Returns the times.
    pub(crate) fn limits(self) -> Limits {
        let within = |minutes: u16| (minutes > 0).then(|| TimeDelta::minutes(minutes.into()));
        Limits {
            short_break: within(self.break_minutes),
            meal: within(self.meal_minutes),
            training: within(self.training_minutes),
            wrap_up: within(self.wrap_up_minutes),
            reported: within(self.reported_minutes),
            unreported: TimeDelta::minutes(self.unreported_minutes.into()),
        }
    }
}
