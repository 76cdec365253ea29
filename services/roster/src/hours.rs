//! The hours of duty by kind of day.

use hotline_calendar::{DayHours, DayKind, Interval};
use serde::{Deserialize, Serialize};

/// Hours of duty as wall time; a kind of day without any has no duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// On working days, make-up working days (调休) included.
    pub working: DayHours,
    /// On days without work that are no holidays.
    pub weekend: DayHours,
    /// On holidays.
    pub holiday: DayHours,
}

impl Default for Hours {
    /// 08:00–21:00 on working days, 09:00–20:00 otherwise.
    fn default() -> Self {
        let hours = |from: u16, to: u16| {
            Interval::new(from * 60, to * 60)
                .and_then(|hours| DayHours::new(vec![hours]))
                .unwrap_or_else(|_| DayHours::all_day())
        };
        Self { working: hours(8, 21), weekend: hours(9, 20), holiday: hours(9, 20) }
    }
}

impl Hours {
    /// Returns the hours on a day of this kind. A calendar's own exception counts as a working day or as a day without
    /// work, as it says.
    #[must_use]
    pub const fn on(&self, kind: &DayKind) -> &DayHours {
        match kind {
            DayKind::Holiday { .. } => &self.holiday,
            kind if kind.is_working() => &self.working,
            _ => &self.weekend,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_make_up_day_has_the_hours_of_a_working_day() {
        let hours = Hours::default();
        let shown = |kind: &DayKind| hours.on(kind).intervals()[0].to_string();
        let name = || "春节".to_owned();
        assert_eq!(shown(&DayKind::MakeUp { name: name() }), "08:00-21:00");
        assert_eq!(shown(&DayKind::Exception { name: name(), working: true }), "08:00-21:00");
        assert_eq!(shown(&DayKind::Exception { name: name(), working: false }), "09:00-20:00");
        assert_eq!(shown(&DayKind::Holiday { name: name() }), "09:00-20:00");
        assert_eq!(shown(&DayKind::Weekend), "09:00-20:00");
    }
}
