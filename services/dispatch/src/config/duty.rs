//! Calls outside office hours (D9): how long things may take.

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::domain::duty_log::Times;
use crate::domain::emergency::Plan;

/// Minutes that an offer stands at most that is remembered wherever its member may claim.
const LONGEST_OFFER: u16 = 110;

/// How long things may take around calls outside office hours, minutes of wall time, each from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Duty {
    /// From the call until something is done about it. Default 30.
    pub answer_minutes: u16,
    /// From the time of a remote session until its outcome. Default 60.
    pub remote_minutes: u16,
    /// From the start of an emergency until a coordinator is reached, for plans without a time of their own. Default 15.
    pub coordinator_minutes: u16,
    /// From then until the local engineer is called. Default 15.
    pub engineer_minutes: u16,
    /// From then until production runs again. Default 240.
    pub solve_minutes: u16,
    /// From then until the customer is told. Default 15.
    pub tell_minutes: u16,
    /// From the start of work, for how long registered work is kept for its person, up to 110. Default 60.
    pub first_minutes: u16,
    /// From the end of a turn of duty until hand-over notes that nobody wrote are made. Default 15.
    pub handover_minutes: u16,
    /// From the begin of the next turn until they are to have been read; then the lead is told. Default 30.
    pub acknowledge_minutes: u16,
    /// Between two questions for a contract that could not be asked for. Default 5.
    pub contract_minutes: u16,
}

impl Default for Duty {
    fn default() -> Self {
        Self {
            answer_minutes: 30,
            remote_minutes: 60,
            coordinator_minutes: 15,
            engineer_minutes: 15,
            solve_minutes: 240,
            tell_minutes: 15,
            first_minutes: 60,
            handover_minutes: 15,
            acknowledge_minutes: 30,
            contract_minutes: 5,
        }
    }
}

impl Duty {
    /// Refuses settings that can't be used.
    ///
    /// # Errors
    /// With the setting.
    pub(super) fn check(self) -> anyhow::Result<()> {
        for (name, minutes) in [
            ("answer", self.answer_minutes),
            ("remote", self.remote_minutes),
            ("coordinator", self.coordinator_minutes),
            ("engineer", self.engineer_minutes),
            ("solve", self.solve_minutes),
            ("tell", self.tell_minutes),
            ("first", self.first_minutes),
            ("handover", self.handover_minutes),
            ("acknowledge", self.acknowledge_minutes),
            ("contract", self.contract_minutes),
        ] {
            anyhow::ensure!(minutes > 0, "dispatch.duty.{name}_minutes must be from 1");
        }
        let longest = self.first_minutes <= LONGEST_OFFER;
        anyhow::ensure!(longest, "dispatch.duty.first_minutes must be up to {LONGEST_OFFER}");
        Ok(())
    }

    /// Returns how long stages may take, by the plan that runs where one does.
    pub(crate) fn times(self, plan: Option<&Plan>) -> Times {
        let minutes = |usual: u16, own: Option<i32>| {
            TimeDelta::minutes(own.filter(|own| *own > 0).map_or(usual.into(), i64::from))
        };
        Times {
            answer: minutes(self.answer_minutes, None),
            remote: minutes(self.remote_minutes, None),
            coordinator: minutes(self.coordinator_minutes, plan.map(|plan| plan.coordinator_minutes)),
            engineer: minutes(self.engineer_minutes, plan.map(|plan| plan.engineer_minutes)),
            solve: minutes(self.solve_minutes, plan.map(|plan| plan.solve_minutes)),
            tell: minutes(self.tell_minutes, plan.map(|plan| plan.tell_minutes)),
        }
    }

    /// Returns how long registered work is kept for its person.
    pub(crate) fn first(self) -> Duration {
        Duration::from_secs(u64::from(self.first_minutes) * 60)
    }

    /// Returns how long is waited for who goes off duty to write.
    pub(crate) fn handover(self) -> TimeDelta {
        TimeDelta::minutes(self.handover_minutes.into())
    }

    /// Returns how long is waited for who comes to read.
    pub(crate) fn acknowledge(self) -> TimeDelta {
        TimeDelta::minutes(self.acknowledge_minutes.into())
    }

    /// Returns the time between two questions for a contract.
    pub(crate) fn contract(self) -> TimeDelta {
        TimeDelta::minutes(self.contract_minutes.into())
    }
}
