//! What happens to a measure of time is known without a promise, so that a late one counts exactly (Zendesk's metric
//! events, `ServiceNow`'s retroactive start).

use super::five_clocks::{policy, rules};
use super::*;
use crate::domain::sla::metric_events::{self, Metric};
use crate::domain::sla::replay::replay;
use crate::domain::sla::simulation::{Outcomes, Simulation};
use crate::domain::sla::standing;

/// Promises something to critical tickets only.
const CRITICAL_ONLY: &str = r#"
    [[policies]]
    key = "critical"
    priorities = ["CRITICAL"]
    response = { minutes = 60, calendar = "office" }
    resolution = { minutes = 240, calendar = "office" }
    update = { minutes = 60, calendar = "office", pauses = [] }
"#;

fn nothing_promised() -> Rules {
    rules(CRITICAL_ONLY, Vec::new())
}

/// Started after 30 minutes, waited from 10 to 11 and, for others, from 11:30 to 12.
fn begun(rules: &Rules) -> Story {
    let mut story = Story::begin(registered_by(rules, fault(), "2026-03-02 09:00"));
    let mut then = |time: &str, decide: &dyn Fn(&mut Draft<'_>) -> Result<(), Error>| {
        story.by(rules, at(time), decide).expect("is legal");
    };
    then("2026-03-02 09:30", &|draft| draft.start("engineer", "t", assignment(10, 0)));
    then("2026-03-02 10:00", &|draft| draft.wait("CUSTOMER", None, ""));
    then("2026-03-02 11:00", &|draft| draft.resume(""));
    then("2026-03-02 11:30", &|draft| draft.wait("THIRD_PARTY", None, ""));
    then("2026-03-02 12:00", &|draft| draft.resume(""));
    story
}

fn events(story: &Story, which: Which) -> Vec<(i32, Metric, DateTime<Utc>)> {
    let all = metric_events::of(&story.ticket, &story.entries).into_iter();
    let own = all.filter(|event| event.which == which);
    own.map(|event| (event.instance, event.what, event.at)).collect()
}

#[test]
fn a_ticket_without_a_promise_tells_when_each_measure_ran_and_stood_still() {
    let rules = rules("[[policies]]\nkey = 'others'\ntypes = ['OTHER']", Vec::new());
    let mut story = begun(&rules);
    story.by(&rules, at("2026-03-02 15:00"), |draft| draft.inform("x", Channel::Phone)).expect("is legal");
    story.by(&rules, at("2026-03-02 16:00"), |draft| draft.resolve("x", Vec::new())).expect("is legal");
    story.by(&rules, at("2026-03-03 09:00"), |draft| draft.reopen("x")).expect("is legal");
    assert!(Which::ALL.iter().all(|which| story.ticket.clock(*which).is_none()));
    use Metric::{Activated, Ended, Fulfilled, Paused};
    let response = [(1, Activated, at("2026-03-02 09:00")), (1, Fulfilled, at("2026-03-02 09:30"))];
    assert_eq!(events(&story, Which::Response), response);
    let resolution = [
        (1, Activated, at("2026-03-02 09:00")),
        (1, Paused, at("2026-03-02 10:00")),
        (1, Activated, at("2026-03-02 11:00")),
        (1, Paused, at("2026-03-02 11:30")),
        (1, Activated, at("2026-03-02 12:00")),
        (1, Fulfilled, at("2026-03-02 16:00")),
        (2, Activated, at("2026-03-03 09:00")),
    ];
    assert_eq!(events(&story, Which::Resolution), resolution);
    let update = [
        (1, Activated, at("2026-03-02 09:30")),
        (1, Paused, at("2026-03-02 10:00")),
        (1, Activated, at("2026-03-02 11:00")),
        (1, Fulfilled, at("2026-03-02 15:00")),
        (2, Activated, at("2026-03-02 15:00")),
        (2, Ended, at("2026-03-02 16:00")),
        (3, Activated, at("2026-03-03 09:00")),
    ];
    assert_eq!(events(&story, Which::Update), update, "only the customer's own silence stops it");
}

#[test]
fn a_promise_made_late_by_priority_counts_from_the_start_with_the_pauses_before_it() {
    let rules = nothing_promised();
    let mut story = begun(&rules);
    let raise = |draft: &mut Draft<'_>| draft.reprioritize(Level::High, Level::High, "停产");
    story.by(&rules, at("2026-03-02 12:10"), raise).expect("is legal");
    assert!(story.ticket.clock(Which::Response).is_none(), "it was given before anything was promised");
    assert_eq!(story.due(Which::Resolution), at("2026-03-02 14:30"));
    assert_eq!(story.due(Which::Update), at("2026-03-02 10:30"), "its own states: none");
    assert_eq!(story.told_at(Which::Update, Kind::SlaBreached), [at("2026-03-02 10:30")]);
    let told = events(&story, Which::Resolution);
    assert_eq!(told.last(), Some(&(1, Metric::TargetSet, at("2026-03-02 12:10"))));
}

#[test]
fn a_promise_made_afterwards_is_computed_as_if_it_had_been_there() {
    let late = "key = 'late'\nresponse = { minutes = 20, calendar = 'office' }\n\
        resolution = { minutes = 180, calendar = 'office', pauses = ['CUSTOMER'] }";
    let (before, after) = (nothing_promised(), rules(CRITICAL_ONLY, vec![policy(late, 300)]));
    let story = begun(&before);
    let from_the_start = begun(&after);
    let now = at("2026-03-02 14:00");
    let replayed = replay(&story.ticket, &story.timeline(), &after, now).expect("known years");
    let mut swept = from_the_start;
    swept.by(&after, now, |_| Ok(())).expect("a sweep");
    assert_eq!(replayed.ticket, swept.ticket);
    let told = standing::of(&replayed.ticket, &replayed.entries);
    assert_eq!(told, standing::of(&swept.ticket, &swept.entries));
    assert_eq!(told[&(Which::Response, 1)].breached_at, Some(at("2026-03-02 09:20")));
    assert_eq!(told[&(Which::Resolution, 1)].breached_at, Some(at("2026-03-02 13:00")));
}

#[test]
fn a_simulation_counts_how_each_clock_would_have_gone_and_changes_nothing() {
    let late = "key = 'late'\nresponse = { minutes = 20, calendar = 'office' }\n\
        resolution = { minutes = 480, calendar = 'office' }";
    let (before, after) = (nothing_promised(), rules(CRITICAL_ONLY, vec![policy(late, 300)]));
    let story = begun(&before);
    let mut simulation = Simulation::default();
    for _ in 0..3 {
        let both = (&before, &after);
        let looked =
            simulation.look_at(story.ticket.clone(), &story.entries, both, at("2026-03-02 14:00"), 2);
        looked.expect("known years");
    }
    let none = Outcomes::default();
    assert_eq!(simulation.clocks[&Which::Response], (none, Outcomes { missed: 3, ..none }));
    assert_eq!(simulation.clocks[&Which::Resolution], (none, Outcomes { running: 3, ..none }));
    assert_eq!((simulation.tickets, simulation.examples.len(), simulation.untold), (3, 2, 0));
}
