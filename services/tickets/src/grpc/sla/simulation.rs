//! Simulations: the rules to try, read from the request; what came of them, as the contract has it.

use hotline_calendar::{Almanac, Edition};
use hotline_core::error::Reason;
use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::{
    Calendar, SimulateSlaRequest, SlaChange, SlaOutcome, SlaPolicy, SlaSimulatedClock, SlaSimulation,
};

use super::changes;
use crate::domain::catalogue::Catalogue;
use crate::domain::policy_book::PolicyVersion;
use crate::domain::rule_version::Record;
use crate::domain::rules::Rules;
use crate::domain::sla::simulation::{Outcomes, Simulation};
use crate::domain::sla::standing::Difference;
use crate::domain::ticket::Ticket;
use crate::domain::{calendar_admin, policy_admin};
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
/// [`Error::Fields`] for rules that make no sense.
pub(super) fn rules(
    known: &Rules,
    catalogue: &Catalogue,
    request: &SimulateSlaRequest,
) -> Result<Rules, Error> {
    let mut rules = known.with_almanac(almanac(known, &request.calendars)?)?;
    for key in &request.without_policies {
        rules.policies.forget(key);
    }
    for (index, message) in request.policies.iter().enumerate() {
        put(&mut rules, catalogue, message).map_err(|error| within(&format!("policies[{index}]."), error))?;
    }
    Ok(rules)
}

/// Returns what calendars would be made from. One without a date takes the place of all editions of its key, whatever
/// the order of the list.
fn almanac(known: &Rules, calendars: &[Calendar]) -> Result<Almanac, Error> {
    let mut almanac = known.almanac.clone();
    for calendar in calendars.iter().filter(|calendar| calendar.effective_from.is_empty()) {
        almanac.remove(&calendar.key);
    }
    for (index, calendar) in calendars.iter().enumerate() {
        let edition = edition(known, &almanac, calendar);
        almanac.add(edition.map_err(|error| within(&format!("calendars[{index}]."), error))?);
    }
    Ok(almanac)
}

/// Reads a calendar, which has the zone of the one of its key.
fn edition(known: &Rules, almanac: &Almanac, calendar: &Calendar) -> Result<Edition, Error> {
    let mut edition = calendars::reading::edition(calendar)?;
    let spec = &mut edition.spec;
    let before = almanac.editions().find(|edition| edition.spec.key == spec.key);
    let zone = match known.calendars.get(&spec.key) {
        Ok(calendar) => Some(calendar.zone().name()),
        Err(_) => before.map(|edition| edition.spec.zone.as_str()),
    };
    zone.map_or(Ok(()), |zone| calendar_admin::keep_zone(zone, spec))?;
    calendar_admin::check(spec, almanac.regions())?;
    Ok(edition)
}

/// Puts a policy in the place of the one of its key, or adds it.
fn put(rules: &mut Rules, catalogue: &Catalogue, message: &SlaPolicy) -> Result<(), Error> {
    let given = policies::convert::given(message.clone())?;
    let wrong = policy_admin::wrong(&given.policy, &rules.calendars, catalogue);
    if !wrong.is_empty() {
        return Err(Error::Fields(wrong));
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
    Ok(())
}

/// Names the element of the list that an error is about.
fn within(element: &str, error: Error) -> Error {
    let Error::Fields(mut fields) = error else { return error };
    for field in &mut fields {
        field.path = format!("{element}{}", field.path.trim_start_matches("calendar."));
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
