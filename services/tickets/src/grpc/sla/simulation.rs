//! Simulations: the rules to try, read from the request; what came of them, as the contract has it.

use hotline_core::error::{Field, Reason};
use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::{
    SimulateSlaRequest, SlaChange, SlaOutcome, SlaSimulatedClock, SlaSimulation,
};

use super::changes;
use crate::domain::policy_book::PolicyVersion;
use crate::domain::rule_version::Record;
use crate::domain::rules::Rules;
use crate::domain::sla::simulation::{Outcomes, Simulation};
use crate::domain::sla::standing::Difference;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::grpc::{calendars, convert, policies};

/// Tickets of a page where the caller does not say.
pub(super) const USUAL: u64 = 1_000;
/// Tickets of a page at most.
pub(super) const MOST: u64 = 5_000;
/// Tickets that are told one by one where the caller does not say.
pub(super) const EXAMPLES: usize = 20;

/// Returns the rules as they would be.
///
/// # Errors
/// [`Error::Fields`] or [`Error::Calendar`] for rules that make no sense.
pub(super) fn rules(known: &Rules, request: &SimulateSlaRequest) -> Result<Rules, Error> {
    let mut almanac = known.almanac.clone();
    for calendar in &request.calendars {
        almanac.add(calendars::reading::edition(calendar)?);
    }
    let mut rules = known.with_almanac(almanac)?;
    for key in &request.without_policies {
        rules.policies.forget(key);
    }
    for (index, message) in request.policies.iter().enumerate() {
        let given = policies::convert::given(message.clone()).map_err(|error| at(index, error))?;
        let wrong = given.policy.wrong(&rules.calendars);
        if let Some((path, why)) = wrong.into_iter().next() {
            let field = Field { path, zh: format!("无效：{why}"), en: why };
            return Err(at(index, Error::Fields(vec![field])));
        }
        let place = rules.policies.versions(&given.policy.key).last().map(|version| version.position);
        if given.effective_from.is_none() {
            rules.policies.forget(&given.policy.key);
        }
        rules.policies.record(PolicyVersion {
            position: given.position.or(place).unwrap_or_else(|| rules.policies.last_place()),
            policy: given.policy,
            effective_from: given.effective_from,
            retired: false,
            record: Record::default(),
        });
    }
    Ok(rules)
}

/// Names the policy of the list that an error is about.
fn at(index: usize, error: Error) -> Error {
    let Error::Fields(mut fields) = error else { return error };
    for field in &mut fields {
        field.path = format!("policies[{index}].{}", field.path);
    }
    Error::Fields(fields)
}

/// Returns a simulation as the contract has it.
pub(super) fn message(simulation: Simulation, next_page_token: String) -> SlaSimulation {
    let clocks = simulation.clocks.iter().map(|(which, (was, would_be))| SlaSimulatedClock {
        clock: convert::clock(*which) as i32,
        was: Some(outcome(*was)),
        would_be: Some(outcome(*would_be)),
    });
    let because = simulation.untold_because.as_ref();
    SlaSimulation {
        tickets: simulation.tickets,
        clocks: clocks.collect(),
        examples: simulation
            .examples
            .iter()
            .flat_map(|(ticket, all)| all.iter().map(|one| example(ticket, one)))
            .collect(),
        untold: simulation.untold,
        untold_because: because
            .map_or(String::new(), |error| Locale::current().pick(error.to_string(), error.zh())),
        next_page_token,
    }
}

fn outcome(outcomes: Outcomes) -> SlaOutcome {
    let Outcomes { met, missed, overdue, running } = outcomes;
    SlaOutcome { met, missed, overdue, running }
}

fn example(ticket: &Ticket, difference: &Difference) -> SlaChange {
    let (which, instance) = difference.place;
    SlaChange {
        ticket_id: ticket.id.to_string(),
        number: ticket.number.clone(),
        clock: convert::clock(which) as i32,
        instance,
        was: difference.was.as_ref().map(changes::standing),
        is: difference.is.as_ref().map(changes::standing),
    }
}
