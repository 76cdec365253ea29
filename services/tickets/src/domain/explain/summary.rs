//! A clock in one sentence, for whoever asks why.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::clock::Which;
use crate::domain::explain::Explained;
use crate::domain::explain::days::{Day, Why};
use crate::domain::sentence::Sentence;
use crate::domain::target::{Amount, Target};

/// Returns the sentence on a clock, told at `now` with times of its calendar's zone.
pub(crate) fn of(clock: &Explained, now: DateTime<Utc>) -> Sentence {
    let (promise, used, end) = (promise(clock), used(clock), end(clock, now));
    Sentence {
        zh: format!("{}：{}；{}。", promise.zh, used.zh, end.zh),
        en: format!("{}: {}; {}.", promise.en, used.en, end.en),
    }
}

/// Returns what a clock measures.
pub(crate) fn name(which: Which) -> Sentence {
    match which {
        Which::Response => said("首次响应", "First response"),
        Which::Resolution => said("解决", "Resolution"),
        Which::Answer => said("承诺答复", "Promised answer"),
        Which::Total => said("总解决", "Total resolution"),
        Which::Update => said("进展告知", "Update"),
    }
}

/// Returns for whom or what a ticket waits.
pub(crate) fn party(reason: &str) -> Sentence {
    match reason {
        "CUSTOMER" => said("等待客户", "waiting for the customer"),
        "THIRD_PARTY" => said("等待第三方", "waiting for a third party"),
        "APPROVAL" => said("等待审批", "waiting for an approval"),
        _ => said("暂停", "paused"),
    }
}

/// Returns how long something may take, in the words of the contract.
pub(crate) fn amount(target: &Target) -> Sentence {
    match target.amount {
        Amount::Minutes(minutes) => length(TimeDelta::minutes(minutes.into())),
        Amount::Hours(hours) => length(TimeDelta::hours(hours.into())),
        Amount::WorkingDays(days, _) => {
            let unit = if days == 1 { "working day" } else { "working days" };
            said(format!("{days}个工作日"), format!("{days} {unit}"))
        }
    }
}

/// Returns a length of time in hours and minutes; below a minute, in seconds.
pub(crate) fn length(time: TimeDelta) -> Sentence {
    let seconds = time.num_seconds().abs();
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => said(format!("{seconds}秒"), format!("{seconds} s")),
        (0, minutes) => said(format!("{minutes}分"), format!("{minutes} min")),
        (hours, 0) => said(format!("{hours}小时"), format!("{hours} h")),
        (hours, minutes) => said(format!("{hours}小时{minutes}分"), format!("{hours} h {minutes} min")),
    }
}

/// Returns a wall time; with the year where it is not that of `now`.
pub(crate) fn when(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Sentence {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    if at.year() == now.year() {
        said(at.format("%-m月%-d日%H:%M").to_string(), at.format("%-d %b %H:%M").to_string())
    } else {
        said(at.format("%Y年%-m月%-d日%H:%M").to_string(), at.format("%-d %b %Y %H:%M").to_string())
    }
}

fn said(zh: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { zh: zh.into(), en: en.into() }
}

fn promise(clock: &Explained) -> Sentence {
    let (name, amount, calendar) = (name(clock.which), amount(&clock.clock.target), &clock.calendar_name);
    said(
        format!("{}时限{}（{calendar}）", name.zh, amount.zh),
        format!("{} within {} ({calendar})", name.en, amount.en),
    )
}

fn used(clock: &Explained) -> Sentence {
    if !clock.days.is_empty() {
        return counted_days(&clock.days);
    }
    let used = length(clock.used);
    let pauses: Vec<Sentence> = clock
        .pauses()
        .into_iter()
        .map(|(reason, time)| {
            let (party, time) = (party(reason), length(time));
            said(format!("{}{}", party.zh, time.zh), format!("{} {}", time.en, party.en))
        })
        .collect();
    let used = said(format!("已用{}", used.zh), format!("{} used", used.en));
    without(used, &pauses)
}

/// Says which date is the last that counts, and what was left out on the way.
fn counted_days(days: &[Day]) -> Sentence {
    let Some((last, date, number)) =
        days.iter().enumerate().rev().find_map(|(place, day)| Some((place, day.date, day.number?)))
    else {
        return Sentence::default();
    };
    let (promised, rest) = days.split_at(last);
    let counted = said(
        format!("第{number}个工作日为{}", date.format("%-m月%-d日")),
        format!("working day {number} is {}", date.format("%-d %b")),
    );
    let mut skipped: Vec<(Sentence, usize)> = Vec::new();
    for reason in promised.iter().filter(|day| day.number.is_none()).filter_map(|day| left_out(&day.why)) {
        match skipped.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, count)) => *count += 1,
            None => skipped.push((reason, 1)),
        }
    }
    let skipped: Vec<Sentence> = skipped
        .into_iter()
        .map(|(reason, count)| {
            let unit = if count == 1 { "day" } else { "days" };
            said(format!("{}{count}天", reason.zh), format!("{count} {unit} {}", reason.en))
        })
        .collect();
    let counted = without(counted, &skipped);
    if rest.iter().any(|day| day.why == Why::MovedOn) {
        return said(
            format!("{}，到期时仍在等待而顺延", counted.zh),
            format!("{}, moved on as the ticket waited then", counted.en),
        );
    }
    counted
}

fn left_out(why: &Why) -> Option<Sentence> {
    Some(match why {
        Why::Weekend => said("周末", "weekend"),
        Why::Holiday(name) | Why::Exception(name) => said(name, name),
        Why::Paused => said("全天等待", "waiting all day"),
        Why::Over => said("登记时已下班", "over at the start"),
        Why::Working | Why::MakeUp(_) | Why::Start | Why::MovedOn | Why::Extended => return None,
    })
}

fn without(counted: Sentence, left_out: &[Sentence]) -> Sentence {
    if left_out.is_empty() {
        return counted;
    }
    let list = |text: fn(&Sentence) -> &str| left_out.iter().map(text).collect::<Vec<_>>();
    let (zh, en) = (list(|part| &part.zh).join("、"), list(|part| &part.en).join(", "));
    said(format!("{}，扣除{zh}", counted.zh), format!("{}, {en} not counted", counted.en))
}

fn end(clock: &Explained, now: DateTime<Utc>) -> Sentence {
    let (due, left) = (when(clock.due_at, now, clock.zone), length(clock.left));
    let extended = match clock.unextended_due_at {
        Some(before) => {
            let before = when(before, now, clock.zone);
            said(format!("（已延期，原为{}）", before.zh), format!(" (extended, was {})", before.en))
        }
        None => Sentence::default(),
    };
    let Some(stopped_at) = clock.stopped_at else {
        return still_running(clock, now, &due, &left, &extended);
    };
    let stopped = when(stopped_at, now, clock.zone);
    match clock.clock.met {
        None => said(
            format!("{}随工单取消而停止", stopped.zh),
            format!("stopped {} as the ticket was cancelled", stopped.en),
        ),
        Some(true) => said(
            format!("{}完成，未超时，还余{}{}", stopped.zh, left.zh, extended.zh),
            format!("done {}, in time with {} left{}", stopped.en, left.en, extended.en),
        ),
        // A promise that was broken once stays broken, whatever becomes of its due time.
        Some(false) if clock.left > TimeDelta::zero() => said(
            format!("{}完成，但此前已超时{}", stopped.zh, extended.zh),
            format!("done {}, but it had run out before{}", stopped.en, extended.en),
        ),
        Some(false) => said(
            format!("{}到期{}，{}完成，超时{}", due.zh, extended.zh, stopped.zh, left.zh),
            format!("due {}{}, done {}, late by {}", due.en, extended.en, stopped.en, left.en),
        ),
    }
}

fn still_running(
    clock: &Explained,
    now: DateTime<Utc>,
    due: &Sentence,
    left: &Sentence,
    extended: &Sentence,
) -> Sentence {
    let (due_zh, due_en) =
        (format!("{}到期{}", due.zh, extended.zh), format!("due {}{}", due.en, extended.en));
    if clock.due_at <= now {
        return said(format!("{due_zh}，已超时{}", left.zh), format!("{due_en}, late by {}", left.en));
    }
    if clock.waiting_for.is_empty() {
        return said(format!("还剩{}，{due_zh}", left.zh), format!("{} left, {due_en}", left.en));
    }
    let party = party(&clock.waiting_for);
    said(
        format!("正在{}，计时暂停，还剩{}；若现在继续处理，{due_zh}", party.zh, left.zh),
        format!("{}, the clock stands still with {} left; if work goes on now, {due_en}", party.en, left.en),
    )
}
