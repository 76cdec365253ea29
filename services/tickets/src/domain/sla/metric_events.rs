//! What happened to every measure of time of a ticket, whether a target applied or not: a policy attached late can be
//! computed exactly, because activation and pauses are known without one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::TicketState;

use crate::domain::clock::Which;
use crate::domain::sla::replay::time;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Entry, Kind};

/// Something that happened to a measure of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MetricEvent {
    /// Which measure.
    pub(crate) which: Which,
    /// The how-manieth of its kind on this ticket, from 1.
    pub(crate) instance: i32,
    /// What.
    pub(crate) what: Metric,
    /// When; of a breach the due time.
    pub(crate) at: DateTime<Utc>,
    /// The due time then; none where no target applied.
    pub(crate) due_at: Option<DateTime<Utc>>,
}

/// What can happen to a measure of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// It began or went on.
    Activated,
    /// It stood still.
    Paused,
    /// What it measures was done.
    Fulfilled,
    /// A target was set, or set anew.
    TargetSet,
    /// A share of the target was used up.
    Warned,
    /// The target ran out.
    Breached,
    /// There is nothing left to measure.
    Ended,
}

/// Returns what happened to the measures of a ticket by its timeline, which is in order.
pub(crate) fn of(ticket: &Ticket, entries: &[Entry]) -> Vec<MetricEvent> {
    let mut reader = Reader { ticket, running: BTreeMap::new(), begun: BTreeMap::new(), events: Vec::new() };
    for entry in entries {
        reader.read(entry);
    }
    reader.events
}

/// A measure that has begun and was not fulfilled.
struct Running {
    instance: i32,
    paused: bool,
}

struct Reader<'a> {
    ticket: &'a Ticket,
    running: BTreeMap<Which, Running>,
    begun: BTreeMap<Which, i32>,
    events: Vec<MetricEvent>,
}

impl Reader<'_> {
    fn read(&mut self, entry: &Entry) {
        if !entry.kind.follows_from_others() && entry.state != TicketState::Waiting {
            self.go_on(entry.at);
        }
        match entry.kind {
            Kind::Created => self.begin(&[Which::Response, Which::Resolution, Which::Total], entry.at),
            Kind::Waiting => self.pause(entry),
            Kind::Started => self.responded(entry.at),
            Kind::Informed if self.running.contains_key(&Which::Update) => {
                self.end(&[Which::Update], Metric::Fulfilled, entry.at);
                self.begin(&[Which::Update], entry.at);
            }
            Kind::Promised => {
                self.end(&[Which::Answer], Metric::Ended, entry.at);
                self.begin(&[Which::Answer], entry.at);
            }
            Kind::Resolved => {
                let done = [Which::Response, Which::Resolution, Which::Answer, Which::Total];
                self.end(&done, Metric::Fulfilled, entry.at);
                self.end(&[Which::Update], Metric::Ended, entry.at);
            }
            Kind::Reopened => self.begin(&[Which::Resolution, Which::Total, Which::Update], entry.at),
            Kind::Cancelled => self.end(&Which::ALL, Metric::Ended, entry.at),
            Kind::SlaWarned => self.told(entry, Metric::Warned),
            Kind::SlaBreached => self.told(entry, Metric::Breached),
            _ => {}
        }
        let sets = matches!(entry.kind, Kind::SlaSet | Kind::Promised | Kind::Extended | Kind::Resumed);
        if sets {
            self.targets(entry);
        }
        if entry.kind == Kind::SlaRepaired {
            self.told(entry, Metric::TargetSet);
        }
    }

    fn responded(&mut self, at: DateTime<Utc>) {
        self.end(&[Which::Response], Metric::Fulfilled, at);
        if !self.running.contains_key(&Which::Update) {
            self.begin(&[Which::Update], at);
        }
    }

    fn begin(&mut self, measures: &[Which], at: DateTime<Utc>) {
        for which in measures {
            let begun = self.begun.entry(*which).or_default();
            *begun += 1;
            self.running.insert(*which, Running { instance: *begun, paused: false });
            self.events.push(MetricEvent {
                which: *which,
                instance: *begun,
                what: Metric::Activated,
                at,
                due_at: None,
            });
        }
    }

    fn end(&mut self, measures: &[Which], what: Metric, at: DateTime<Utc>) {
        for which in measures {
            if let Some(Running { instance, .. }) = self.running.remove(which) {
                self.events.push(MetricEvent { which: *which, instance, what, at, due_at: None });
            }
        }
    }

    fn pause(&mut self, entry: &Entry) {
        let reason = entry.details.get("reason").map_or("", String::as_str);
        for (which, running) in &mut self.running {
            let target = self.ticket.clock(*which).map(|clock| &clock.target);
            if which.pauses_for(target, reason) && !running.paused {
                running.paused = true;
                let (which, instance) = (*which, running.instance);
                let what = Metric::Paused;
                self.events.push(MetricEvent { which, instance, what, at: entry.at, due_at: None });
            }
        }
    }

    fn go_on(&mut self, at: DateTime<Utc>) {
        for (which, running) in self.running.iter_mut().filter(|(_, running)| running.paused) {
            running.paused = false;
            let (which, instance) = (*which, running.instance);
            self.events.push(MetricEvent { which, instance, what: Metric::Activated, at, due_at: None });
        }
    }

    /// What a clock told of itself.
    fn told(&mut self, entry: &Entry, what: Metric) {
        let Some(which) = entry.details.get("clock").and_then(|name| Which::named(name)) else { return };
        let instance = instance(entry).unwrap_or_else(|| self.begun.get(&which).copied().unwrap_or(1));
        let due_at = time(entry, which.due_name());
        self.events.push(MetricEvent { which, instance, what, at: entry.at, due_at });
    }

    fn targets(&mut self, entry: &Entry) {
        for which in Which::ALL {
            let (Some(due_at), Some(running)) = (time(entry, which.due_name()), self.running.get(&which))
            else {
                continue;
            };
            let (instance, what) = (running.instance, Metric::TargetSet);
            self.events.push(MetricEvent { which, instance, what, at: entry.at, due_at: Some(due_at) });
        }
    }
}

/// Returns which instance of its clock an entry tells of, where it says so.
pub(super) fn instance(entry: &Entry) -> Option<i32> {
    entry.details.get("instance").and_then(|number| number.parse().ok())
}
