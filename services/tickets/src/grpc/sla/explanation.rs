//! Explanations as the contract has them.

use chrono::TimeDelta;
use hotline_calendar::Reason;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::tickets::v1::{
    SlaClockExplanation, SlaDay, SlaDayReason, SlaExplanation, SlaInterval, SlaMetricEvent,
    SlaMetricEventKind, SlaPause, SlaReason, SlaTarget, SlaUsage, WaitReason, sla_target,
};

use crate::domain::explain::days::{Day, Why};
use crate::domain::explain::intervals::Interval;
use crate::domain::explain::{Explained, Explanation, summary};
use crate::domain::sla::metric_events::{Metric, MetricEvent};
use crate::domain::target::Amount;
use crate::domain::usage::Share;
use crate::grpc::convert;

/// As many intervals and dates of a clock go into an answer.
const LONGEST: usize = 2_000;

/// Returns the explanation of a ticket, with what happened to its measures and who used its time.
pub(super) fn message(explanation: &Explanation, events: &[MetricEvent], usage: &[Share]) -> SlaExplanation {
    SlaExplanation {
        ticket_id: explanation.ticket.id.to_string(),
        number: explanation.ticket.number.clone(),
        as_of: Some(to_proto(explanation.as_of)),
        policy: explanation.ticket.policy.clone(),
        time_zone: explanation.zone.name().to_owned(),
        clocks: explanation.clocks.iter().map(|explained| clock(explained, explanation)).collect(),
        events: events.iter().take(LONGEST).map(event).collect(),
        usage: usage.iter().map(share).collect(),
    }
}

fn event(event: &MetricEvent) -> SlaMetricEvent {
    let kind = match event.what {
        Metric::Activated => SlaMetricEventKind::Activated,
        Metric::Paused => SlaMetricEventKind::Paused,
        Metric::Fulfilled => SlaMetricEventKind::Fulfilled,
        Metric::TargetSet => SlaMetricEventKind::TargetSet,
        Metric::Warned => SlaMetricEventKind::Warned,
        Metric::Breached => SlaMetricEventKind::Breached,
        Metric::Ended => SlaMetricEventKind::Ended,
    };
    SlaMetricEvent {
        clock: convert::clock(event.which) as i32,
        instance: event.instance,
        kind: kind as i32,
        at: Some(to_proto(event.at)),
        due_at: to_proto_optional(event.due_at),
    }
}

fn share(share: &Share) -> SlaUsage {
    SlaUsage {
        team_key: share.team.clone(),
        assignee: share.assignee.clone(),
        waiting_for: waiting_for(&share.waiting_for),
        working_seconds: share.working_seconds,
        elapsed_seconds: share.elapsed_seconds,
    }
}

fn clock(explained: &Explained, explanation: &Explanation) -> SlaClockExplanation {
    let sentence = summary::of(explained, explanation.as_of);
    let left_out = |all: usize| i32::try_from(all.saturating_sub(LONGEST)).unwrap_or(i32::MAX);
    SlaClockExplanation {
        clock: convert::clock(explained.which) as i32,
        target: Some(target(explained)),
        started_at: Some(to_proto(explained.clock.started_at)),
        warn_at: Some(to_proto(explained.warn_at)),
        due_at: Some(to_proto(explained.due_at)),
        unextended_due_at: to_proto_optional(explained.unextended_due_at),
        stopped_at: to_proto_optional(explained.stopped_at),
        paused: !explained.waiting_for.is_empty(),
        warned: explained.clock.warned,
        breached: explained.clock.breached,
        met: explained.clock.met,
        used_seconds: seconds(explained.used),
        left_seconds: seconds(explained.left),
        pauses: explained.pauses().into_iter().map(pause).collect(),
        intervals: explained.intervals.iter().take(LONGEST).map(interval).collect(),
        intervals_left_out: left_out(explained.intervals.len()),
        days: explained.days.iter().take(LONGEST).map(day).collect(),
        days_left_out: left_out(explained.days.len()),
        sentence_zh: sentence.zh,
        sentence_en: sentence.en,
    }
}

fn target(explained: &Explained) -> SlaTarget {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let target = &explained.clock.target;
    let amount = match target.amount {
        Amount::Minutes(minutes) => sla_target::Amount::Minutes(number(minutes)),
        Amount::Hours(hours) => sla_target::Amount::Hours(number(hours)),
        Amount::WorkingDays(days, _) => sla_target::Amount::WorkingDays(number(days)),
    };
    SlaTarget {
        amount: Some(amount),
        calendar: target.calendar.clone(),
        calendar_name: explained.calendar_name.clone(),
        time_zone: explained.zone.name().to_owned(),
        pauses_for: reasons()
            .filter(|reason| explained.which.pauses_for(Some(target), convert::wait_reason(*reason)))
            .map(|reason| reason as i32)
            .collect(),
    }
}

fn pause((party, time): (&str, TimeDelta)) -> SlaPause {
    SlaPause { waiting_for: waiting_for(party), seconds: seconds(time) }
}

fn interval(interval: &Interval) -> SlaInterval {
    let (reason, name) = match &interval.reason {
        Reason::Open => (SlaReason::Open, ""),
        Reason::MakeUp { name } => (SlaReason::MakeUp, name.as_str()),
        Reason::Paused => (SlaReason::Paused, ""),
        Reason::OutsideHours => (SlaReason::OutsideHours, ""),
        Reason::Weekend => (SlaReason::Weekend, ""),
        Reason::Holiday { name } => (SlaReason::Holiday, name.as_str()),
        Reason::ClosedByException { name } => (SlaReason::Exception, name.as_str()),
    };
    SlaInterval {
        from: Some(to_proto(interval.span.from)),
        to: Some(to_proto(interval.span.to)),
        counted: interval.counted(),
        reason: reason as i32,
        name: name.to_owned(),
        waiting_for: waiting_for(&interval.waiting_for),
        ahead: interval.ahead,
    }
}

fn day(day: &Day) -> SlaDay {
    let (reason, name) = match &day.why {
        Why::Working => (SlaDayReason::Working, ""),
        Why::MakeUp(name) => (SlaDayReason::MakeUp, name.as_str()),
        Why::Start => (SlaDayReason::Start, ""),
        Why::Weekend => (SlaDayReason::Weekend, ""),
        Why::Holiday(name) => (SlaDayReason::Holiday, name.as_str()),
        Why::Exception(name) => (SlaDayReason::Exception, name.as_str()),
        Why::Paused => (SlaDayReason::Paused, ""),
        Why::Over => (SlaDayReason::Over, ""),
        Why::MovedOn => (SlaDayReason::MovedOn, ""),
        Why::Extended => (SlaDayReason::Extended, ""),
    };
    SlaDay {
        date: day.date.to_string(),
        counted: day.number.is_some(),
        number: day.number.map_or(0, |number| i32::try_from(number).unwrap_or(i32::MAX)),
        reason: reason as i32,
        name: name.to_owned(),
    }
}

/// Returns every reason to wait.
fn reasons() -> impl Iterator<Item = WaitReason> {
    (1..).map_while(|number| WaitReason::try_from(number).ok())
}

fn waiting_for(party: &str) -> i32 {
    WaitReason::from_str_name(&format!("WAIT_REASON_{party}")).unwrap_or_default() as i32
}

fn seconds(time: TimeDelta) -> i32 {
    i32::try_from(time.num_seconds()).unwrap_or(if time < TimeDelta::zero() { i32::MIN } else { i32::MAX })
}
