//! Settings of the callback service.

use std::time::Duration;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

/// Settings of the callback service, with their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long after the solution the customer may be called, minutes. Default 120.
    pub delay_minutes: u32,
    /// Working days after the solution until whose end the customer is called. Default 1.
    pub due_working_days: u32,
    /// How long after an outage is over its customers may be called, minutes. Default 0.
    pub outage_delay_minutes: u32,
    /// How long after they may be called customers of an outage that is over are called at the latest, minutes.
    /// Default 240.
    pub outage_due_minutes: u32,
    /// Tries at most before a customer counts as unreachable. Default 3.
    pub tries: u32,
    /// Time between two tries at least, minutes; they also are on different half-days. Default 120.
    pub try_gap_minutes: u32,
    /// Working days over which the tries are spread at most. Default 3.
    pub try_working_days: u32,
    /// When the second half of a day begins, wall time of the calendar of allowed hours. Default `13:00:00`.
    pub noon: NaiveTime,
    /// Key of the calendar of allowed hours. Default `callback`.
    pub calendar: String,
    /// Key of the calendar that counts working days. In a year it does not know every date counts. Default `office`.
    pub office_calendar: String,
    /// How often queue and database are compared, seconds. Default 3.
    pub reconcile_seconds: u32,
    /// Which solved tickets are called back and why, the first rule that fits; where none does, nobody calls.
    /// Default: complaints, any of a key account, repairs, housekeeping and value-added services.
    pub kinds: Vec<KindRule>,
}

/// Why the customer of certain tickets is called back. What a rule leaves out fits every ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KindRule {
    /// Why, such as `CALLBACK_KIND_COMPLAINT`.
    pub kind: String,
    /// Type of the ticket, such as `TICKET_TYPE_COMPLAINT`; empty is any.
    pub ticket_type: String,
    /// Category of the ticket, a board or a leaf; empty is any.
    pub category: String,
    /// Only tickets of key accounts (重点客户).
    pub key_account: bool,
}

impl Default for Config {
    fn default() -> Self {
        let rule = |kind: &str, ticket_type: &str, category: &str| KindRule {
            kind: kind.into(),
            ticket_type: ticket_type.into(),
            category: category.into(),
            key_account: false,
        };
        let key_account = KindRule { key_account: true, ..rule("CALLBACK_KIND_KEY_ACCOUNT", "", "") };
        Self {
            delay_minutes: 120,
            due_working_days: 1,
            outage_delay_minutes: 0,
            outage_due_minutes: 240,
            tries: 3,
            try_gap_minutes: 120,
            try_working_days: 3,
            noon: NaiveTime::from_hms_opt(13, 0, 0).unwrap_or_default(),
            calendar: "callback".into(),
            office_calendar: "office".into(),
            reconcile_seconds: 3,
            kinds: vec![
                rule("CALLBACK_KIND_COMPLAINT", "TICKET_TYPE_COMPLAINT", ""),
                key_account,
                rule("CALLBACK_KIND_REPAIR", "TICKET_TYPE_FAULT", ""),
                rule("CALLBACK_KIND_VALUE_ADDED", "TICKET_TYPE_SERVICE_REQUEST", "housekeeping"),
                rule("CALLBACK_KIND_VALUE_ADDED", "TICKET_TYPE_SERVICE_REQUEST", "value-added"),
            ],
        }
    }
}

impl Config {
    pub(crate) fn reconcile_every(&self) -> Duration {
        Duration::from_secs(u64::from(self.reconcile_seconds.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn a_file_changes_what_it_names_and_an_unknown_key_is_refused() {
        let read = serde_json::from_str::<Config>;
        let changed = read(r#"{"tries": 5, "noon": "12:30"}"#).expect("it can be read");
        assert_eq!((changed.tries, changed.noon.to_string().as_str()), (5, "12:30:00"));
        assert_eq!(changed.kinds, Config::default().kinds);
        assert!(read(r#"{"trys": 5}"#).is_err());
    }
}
