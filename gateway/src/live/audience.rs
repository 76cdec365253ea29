//! Who hears what live. It follows the access rules of the methods that show the same records: every role but
//! `third_party` reads tickets, contacts, callbacks and articles; a third party sees the work of its own teams only, and
//! here nothing of the customer.
//!
//! | events | who |
//! |---|---|
//! | `ticket.*`, `assignment.*`, `webhook.*` | every role but `third_party`; third parties those of their own teams, without what is of the customer |
//! | `sla.repaired` | `supervisor`, `operations`, `admin`, as the reports of repairs |
//! | `calendars.changed` | nobody: it is between services |
//! | any other | every role but `third_party` |

use std::collections::BTreeSet;

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use serde_json::Value;

/// Who hears an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Every role but `third_party`.
    Staff,
    /// Those, and third parties of the team that has the record, or had it before.
    Teams,
    /// Any of these roles.
    Roles(&'static [Role]),
    /// Nobody.
    Nobody,
}

/// What is said differently of some kinds, by how their names begin.
const RULES: [(&str, Audience); 5] = [
    ("ticket.", Audience::Teams),
    ("assignment.", Audience::Teams),
    ("webhook.", Audience::Teams),
    ("sla.repaired", Audience::Roles(&[Role::Supervisor, Role::Operations, Role::Admin])),
    ("calendars.changed", Audience::Nobody),
];

/// What a third party is told of a record: what it needs to keep its list of work in order. Everything else is not for
/// it, above all new fields that nobody thought of here.
const TOLD_OUTSIDE: [&str; 31] = [
    "id",
    "number",
    "ticketId",
    "ticketNumber",
    "type",
    "categoryCode",
    "priority",
    "fromPriority",
    "state",
    "teamKey",
    "fromTeamKey",
    "toTeamKey",
    "assignee",
    "epoch",
    "queuedAt",
    "createdAt",
    "responseDueAt",
    "respondedAt",
    "resolutionDueAt",
    "resolvedAt",
    "closedAt",
    "reopenCount",
    "reassignmentCount",
    "firstResponse",
    "waitedSeconds",
    "handledSeconds",
    "level",
    "arrivedAt",
    "webhookId",
    "ticket",
    "assignment",
];

/// How much of an event a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// All of it.
    Whole,
    /// What third parties may know.
    Outside,
    /// Nothing.
    Nothing,
}

/// Returns who hears events of this name.
pub(super) fn of(name: &str) -> Audience {
    let rule = RULES.iter().find(|(beginning, _)| name.starts_with(beginning));
    rule.map_or(Audience::Staff, |(_, audience)| *audience)
}

impl Audience {
    /// Returns how much a caller is told of an event about a record of these teams.
    pub(super) fn share(self, caller: &Caller, teams: &BTreeSet<String>) -> Share {
        let is_staff = caller.roles.iter().any(|role| *role != Role::ThirdParty);
        let heard = match self {
            Self::Staff | Self::Teams => is_staff,
            Self::Roles(roles) => roles.iter().any(|role| caller.has(*role)),
            Self::Nobody => false,
        };
        let is_own = caller.teams.iter().any(|team| teams.contains(team));
        match (heard, self) {
            (true, _) => Share::Whole,
            (false, Self::Teams) if caller.has(Role::ThirdParty) && is_own => Share::Outside,
            _ => Share::Nothing,
        }
    }
}

/// Leaves of a payload what third parties may know.
pub(super) fn outside(payload: &Value) -> Value {
    match payload {
        Value::Object(fields) => {
            let told = fields.iter().filter(|(name, _)| TOLD_OUTSIDE.contains(&name.as_str()));
            Value::Object(told.map(|(name, value)| (name.clone(), outside(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hotline_core::caller::Caller;
    use hotline_proto::auth::v1::Role;
    use serde_json::json;

    use super::{Share, of, outside};

    fn share(name: &str, roles: &[Role], team: &str) -> Share {
        let caller = Caller {
            roles: roles.iter().copied().collect(),
            teams: vec!["vendor".into()],
            ..Caller::default()
        };
        of(name).share(&caller, &BTreeSet::from([team.to_owned()]))
    }

    #[test]
    fn the_table_holds() {
        for name in ["ticket.created", "assignment.queued", "callback.completed", "outage.published"] {
            assert_eq!(share(name, &[Role::Agent], "any"), Share::Whole, "{name}");
            assert_eq!(share(name, &[], "vendor"), Share::Nothing, "{name}");
        }
        for name in ["ticket.waiting", "assignment.accepted", "webhook.disabled"] {
            assert_eq!(share(name, &[Role::ThirdParty], "vendor"), Share::Outside, "{name}");
            assert_eq!(share(name, &[Role::ThirdParty], "other"), Share::Nothing, "{name}");
            assert_eq!(share(name, &[Role::ThirdParty, Role::Engineer], "other"), Share::Whole, "{name}");
        }
        for name in ["callback.completed", "sla.breached", "interaction.ended"] {
            assert_eq!(share(name, &[Role::ThirdParty], "vendor"), Share::Nothing, "{name}");
        }
        assert_eq!(share("sla.repaired", &[Role::Agent], "any"), Share::Nothing);
        assert_eq!(share("sla.repaired", &[Role::Operations], "any"), Share::Whole);
        assert_eq!(share("calendars.changed", &[Role::Admin], "any"), Share::Nothing);
    }

    #[test]
    fn a_third_party_is_told_nothing_of_the_customer() {
        let payload = json!({
            "ticket": {"id": "1", "customerId": "c", "room": "3-1502", "description": "王芳 13800138000", "teamKey": "vendor"},
            "note": "王芳在家", "firstResponse": true,
        });
        let told = json!({"ticket": {"id": "1", "teamKey": "vendor"}, "firstResponse": true});
        assert_eq!(outside(&payload), told);
    }
}
