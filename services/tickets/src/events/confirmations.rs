//! What dispatch tells of work that leaves it where it is: telephone calls, escalations, arrivals (D4, D10), and what third
//! parties saw of the customer (D5).

use hotline_core::time::from_proto;
use hotline_proto::events::v1::{
    AssignmentArrived, AssignmentConfirmed, AssignmentEscalated, AssignmentSnapshot, CustomerDisclosed,
};

use super::Turn;
use crate::domain::timeline::{Details, Kind};

type Noted = (Option<AssignmentSnapshot>, Turn);

/// The next handler was reached by telephone.
pub(super) fn confirmed(event: AssignmentConfirmed) -> Noted {
    let details = of(event.assignment.as_ref())
        .with("by", event.by)
        .with("phone", event.phone)
        .time("confirmedAt", from_proto(event.confirmed_at.as_ref()));
    (event.assignment, Turn::Noted(Kind::Confirmed, details))
}

/// Somebody was told that nobody confirmed.
pub(super) fn escalated(event: AssignmentEscalated) -> Noted {
    let details = of(event.assignment.as_ref())
        .with("step", event.step.to_string())
        .with("level", event.level)
        .with("to", event.to.join(", "))
        .time("dueAt", from_proto(event.due_at.as_ref()));
    (event.assignment, Turn::Noted(Kind::Escalated, details))
}

/// The holder came to the site.
pub(super) fn arrived(event: AssignmentArrived) -> Noted {
    let details = of(event.assignment.as_ref())
        .with("assignee", event.assignment.as_ref().map(|work| work.assignee.clone()).unwrap_or_default())
        .time("arrivedAt", from_proto(event.arrived_at.as_ref()));
    (event.assignment, Turn::Noted(Kind::Arrived, details))
}

/// Somebody of a third party saw the customer for the first time.
pub(super) fn disclosed(event: CustomerDisclosed) -> Noted {
    let details = of(event.assignment.as_ref())
        .with("to", event.disclosed_to)
        .with("way", event.way)
        .with("fields", event.fields.join(", "));
    (event.assignment, Turn::Noted(Kind::Disclosed, details))
}

fn of(assignment: Option<&AssignmentSnapshot>) -> Details {
    let team = assignment.map(|assignment| assignment.team_key.clone());
    Details::default().with("teamKey", team.unwrap_or_default())
}
