//! The methods that explain promises.

use chrono::TimeDelta;
use hotline_calendar::Reason;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::google::api::HttpBody;
use hotline_proto::tickets::v1::sla_service_server::SlaService;
use hotline_proto::tickets::v1::{
    DrawSlaRequest, ExplainSlaRequest, SlaClock, SlaClockExplanation, SlaDay, SlaDayReason, SlaExplanation,
    SlaInterval, SlaPause, SlaReason, SlaTarget, WaitReason, sla_target,
};
use tonic::{Request, Response};

use super::Reply;
use crate::domain::explain::days::{Day, Why};
use crate::domain::explain::intervals::Interval;
use crate::domain::explain::{self, Explained, Explanation, picture, summary};
use crate::domain::number::Reference;
use crate::domain::policy::Target;
use crate::domain::ticket::Which;
use crate::error::Error;
use crate::store::Store;

/// As many intervals and dates of a clock go into an answer.
const LONGEST: usize = 2_000;

/// The service that explains promises.
pub(crate) struct Promises {
    store: Store,
}

impl Promises {
    /// Returns the service on a store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    async fn explanation(&self, id: &str) -> Result<Explanation, Error> {
        let ticket = self.store.get(&Reference::parse(id)?).await?;
        explain::explain(&ticket, self.store.clock.now(), &self.store.rules)
    }
}

#[tonic::async_trait]
impl SlaService for Promises {
    async fn explain_sla(&self, request: Request<ExplainSlaRequest>) -> Reply<SlaExplanation> {
        let explanation = self.explanation(&request.get_ref().id).await?;
        Ok(Response::new(message(&explanation)))
    }

    async fn draw_sla(&self, request: Request<DrawSlaRequest>) -> Reply<HttpBody> {
        let explanation = self.explanation(&request.get_ref().id).await?;
        Ok(Response::new(HttpBody {
            content_type: "image/svg+xml".into(),
            data: picture::draw(&explanation).into_bytes(),
            extensions: Vec::new(),
        }))
    }
}

fn message(explanation: &Explanation) -> SlaExplanation {
    SlaExplanation {
        ticket_id: explanation.ticket.id.to_string(),
        number: explanation.ticket.number.clone(),
        as_of: Some(to_proto(explanation.as_of)),
        policy: explanation.ticket.policy.clone(),
        time_zone: explanation.zone.name().to_owned(),
        clocks: explanation.clocks.iter().map(|explained| clock(explained, explanation)).collect(),
    }
}

fn clock(explained: &Explained, explanation: &Explanation) -> SlaClockExplanation {
    let sentence = summary::of(explained, explanation.as_of);
    let left_out = |all: usize| i32::try_from(all.saturating_sub(LONGEST)).unwrap_or(i32::MAX);
    SlaClockExplanation {
        clock: match explained.which {
            Which::Response => SlaClock::Response as i32,
            Which::Resolution => SlaClock::Resolution as i32,
            Which::Answer => SlaClock::Answer as i32,
        },
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
    let amount = match &explained.clock.target {
        Target::Minutes { minutes, .. } => sla_target::Amount::Minutes(number(*minutes)),
        Target::WorkingDays { working_days, .. } => sla_target::Amount::WorkingDays(number(*working_days)),
    };
    SlaTarget {
        amount: Some(amount),
        calendar: explained.clock.target.calendar().to_owned(),
        calendar_name: explained.calendar_name.clone(),
        time_zone: explained.zone.name().to_owned(),
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

fn waiting_for(party: &str) -> i32 {
    WaitReason::from_str_name(&format!("WAIT_REASON_{party}")).unwrap_or_default() as i32
}

fn seconds(time: TimeDelta) -> i32 {
    i32::try_from(time.num_seconds()).unwrap_or(if time < TimeDelta::zero() { i32::MIN } else { i32::MAX })
}
