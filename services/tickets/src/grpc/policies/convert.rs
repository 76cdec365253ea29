//! Between the contract's policies and the domain's.

use hotline_calendar::EndOf;
use hotline_core::error::Field;
use hotline_core::etag;
use hotline_core::time::{from_proto, to_proto_optional};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::tickets::v1::{SlaGoal, SlaPauses, SlaPolicy as Message, WaitReason, sla_goal};

use crate::domain::policy::Policy;
use crate::domain::policy_admin::Given;
use crate::domain::policy_book::PolicyVersion;
use crate::domain::target::{Amount, Target};
use crate::error::Error;
use crate::grpc::convert::wait_reason;

/// Returns a version as the contract has it; `versions` are all of its policy.
pub(crate) fn message(version: &PolicyVersion, versions: &[PolicyVersion]) -> Message {
    let PolicyVersion { policy, position, effective_from, retired, record } = version;
    let latest = versions.last().map_or(record.version, |last| last.record.version);
    Message {
        position: *position,
        effective_from: to_proto_optional(*effective_from),
        version: record.version,
        recorded_by: record.by.clone(),
        recorded_at: to_proto_optional(record.at),
        note: record.note.clone(),
        retired: *retired,
        etag: etag::of(latest.into()),
        ..self::policy(policy.clone())
    }
}

/// Returns a policy as the contract has it, of no version.
pub(crate) fn policy(policy: Policy) -> Message {
    Message {
        types: named(&policy.types, |name| {
            TicketType::from_str_name(&format!("TICKET_TYPE_{name}")).map(i32::from)
        }),
        priorities: named(&policy.priorities, |name| {
            Priority::from_str_name(&format!("PRIORITY_{name}")).map(i32::from)
        }),
        channels: named(&policy.channels, |name| {
            Channel::from_str_name(&format!("CHANNEL_{name}")).map(i32::from)
        }),
        response: policy.response.as_ref().map(goal),
        resolution: policy.resolution.as_ref().map(goal),
        total_resolution: policy.total_resolution.as_ref().map(goal),
        update: policy.update.as_ref().map(goal),
        key: policy.key,
        name: policy.name,
        category_codes: policy.categories,
        key_account: policy.key_account,
        ..Message::default()
    }
}

/// Reads a policy as somebody gave it.
///
/// # Errors
/// [`Error::Fields`] for a goal that is none.
pub(crate) fn given(message: Message) -> Result<Given, Error> {
    let mut wrong = Vec::new();
    let mut read = |goal: Option<SlaGoal>, path: &str| match goal.map(target).transpose() {
        Ok(target) => target,
        Err((en, zh)) => {
            wrong.push(Field { path: path.into(), en: en.into(), zh: zh.into() });
            None
        }
    };
    let policy = Policy {
        types: message.types().map(|kind| short(kind.as_str_name(), "TICKET_TYPE_")).collect(),
        priorities: message.priorities().map(|priority| short(priority.as_str_name(), "PRIORITY_")).collect(),
        channels: message.channels().map(|channel| short(channel.as_str_name(), "CHANNEL_")).collect(),
        response: read(message.response.clone(), "response"),
        resolution: read(message.resolution.clone(), "resolution"),
        total_resolution: read(message.total_resolution.clone(), "totalResolution"),
        update: read(message.update.clone(), "update"),
        key: message.key,
        name: message.name,
        categories: message.category_codes,
        key_account: message.key_account,
    };
    if !wrong.is_empty() {
        return Err(Error::Fields(wrong));
    }
    let position = Some(message.position).filter(|position| *position != 0);
    let effective_from = from_proto(message.effective_from.as_ref());
    Ok(Given { policy, position, effective_from })
}

fn named(names: &[String], number: impl Fn(&str) -> Option<i32>) -> Vec<i32> {
    names.iter().filter_map(|name| number(name)).collect()
}

fn short(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_owned()
}

fn goal(target: &Target) -> SlaGoal {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let (amount, same_time) = match target.amount {
        Amount::Minutes(minutes) => (sla_goal::Amount::Minutes(number(minutes)), false),
        Amount::Hours(hours) => (sla_goal::Amount::Hours(number(hours)), false),
        Amount::WorkingDays(days, end_of) => {
            (sla_goal::Amount::WorkingDays(number(days)), end_of == EndOf::SameTime)
        }
    };
    let reason = |name: &String| WaitReason::from_str_name(&format!("WAIT_REASON_{name}")).map(i32::from);
    let pauses = target.pauses.as_ref();
    SlaGoal {
        amount: Some(amount),
        calendar: target.calendar.clone(),
        same_time,
        pauses: pauses.map(|reasons| SlaPauses { reasons: reasons.iter().filter_map(reason).collect() }),
    }
}

fn target(goal: SlaGoal) -> Result<Target, (&'static str, &'static str)> {
    let number = |number: i32| u32::try_from(number).unwrap_or_default();
    let end_of = if goal.same_time { EndOf::SameTime } else { EndOf::Day };
    let amount = match goal.amount {
        Some(sla_goal::Amount::Minutes(minutes)) => Amount::Minutes(number(minutes)),
        Some(sla_goal::Amount::Hours(hours)) => Amount::Hours(number(hours)),
        Some(sla_goal::Amount::WorkingDays(days)) => Amount::WorkingDays(number(days), end_of),
        None => {
            return Err(("needs minutes, workingDays or hours", "需要给出 minutes、workingDays 或 hours"));
        }
    };
    let in_hours = matches!(amount, Amount::Hours(_));
    if in_hours != goal.calendar.is_empty() {
        return Err(if in_hours {
            ("is in hours by the clock on the wall and takes no calendar", "以自然小时计，不能指定日历")
        } else {
            ("needs a calendar", "需要指定日历")
        });
    }
    let pauses =
        goal.pauses.map(|pauses| pauses.reasons().map(|reason| wait_reason(reason).to_owned()).collect());
    Ok(Target { amount, calendar: goal.calendar, pauses })
}
