//! Why a change of a roster can't be, in words for both languages.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::faults::{Cause, Fault};
use crate::stands_on::StandsOn;
use crate::swap::SwapStatus;
use crate::{Shift, Wall};

/// Why a change is refused. `Display` is the English sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody would be on duty.
    #[error("nobody would be on duty for `{}` {}: {}", .0.team, when(.0), why(.0))]
    Gap(Fault),
    /// Somebody would be on duty in two places.
    #[error("`{}` would be on duty twice {}: for `{}` and for `{}`", .0.person, when(.0), .0.team, elsewhere(.0))]
    Twice(Fault),
    /// There is no duty in the stretch.
    #[error("there is no duty from {wall}: name a time of a published roster")]
    NoDuty {
        /// The stretch.
        wall: Wall,
    },
    /// What was is not changed.
    #[error("it begins at {at}, which is past: name a time from now on")]
    Begun {
        /// When it began.
        at: DateTime<Utc>,
    },
    /// Somebody else is on duty in part of the stretch.
    #[error("`{other}` and not `{person}` is on duty {}: name a time that is all of `{person}`'s duty", shown(*.from, *.zone))]
    NotTheirs {
        /// Whose duty it was to be.
        person: String,
        /// Whose it is.
        other: String,
        /// From when.
        from: DateTime<Utc>,
        /// The zone in which the team reads it.
        zone: Tz,
    },
    /// A swap was agreed for the time, which counts more.
    #[error("a swap was agreed for this time, which counts more: have it taken back first")]
    SwapAgreed,
    /// Nobody takes their own swap.
    #[error("you can't take your own swap: a colleague takes it, or withdraw it")]
    OwnSwap,
    /// The swap is not open.
    #[error("the swap is {}: only an open one can be taken, and one is taken back once", status_en(*.status))]
    SwapClosed {
        /// How it stands.
        status: SwapStatus,
    },
    /// A later swap of the same time builds on this one.
    #[error("a later swap builds on this one: have that taken back first")]
    BuiltOn,
    /// Nobody covers themselves.
    #[error("the cover has to be somebody else")]
    OwnCover,
    /// The leave was decided already.
    #[error("the leave was decided or taken back already")]
    LeaveDecided,
    /// Somebody is not of the team.
    #[error("`{person}` is no member of `{team}`")]
    NoMember {
        /// Who.
        person: String,
        /// The team.
        team: String,
    },
    /// Somebody has not been in service for three months.
    #[error("`{person}` may be on duty from {from} on, after three months of service")]
    TooNew {
        /// Who.
        person: String,
        /// The first date on which they may.
        from: NaiveDate,
    },
    /// Another published roster of the team has some of the dates.
    #[error("the team has a published roster from {first} to {last}: choose dates outside it")]
    RostersMeet {
        /// Its first date.
        first: NaiveDate,
        /// Its last date.
        last: NaiveDate,
    },
    /// A holiday has nobody by name.
    #[error("holiday `{name}` has nobody: name who is on duty on it")]
    HolidayUnnamed {
        /// The holiday.
        name: String,
    },
    /// People are, or were, on duty by the roster.
    #[error("the roster began at {at}: from then on overrides, swaps and leave change it")]
    RosterBegun {
        /// When its first shift began.
        at: DateTime<Utc>,
    },
    /// What was agreed stands on the roster.
    #[error("{} of `{person}` from {wall} stands on this roster: have it taken back first", what.en())]
    StandsOn {
        /// What.
        what: StandsOn,
        /// Whose.
        person: String,
        /// When.
        wall: Wall,
    },
    /// A member who leaves is on duty from now on.
    #[error("`{person}` is on duty for `{team}` {}: have others take {} first, by overrides or swaps", shifts(.first, *.more), if *.more == 0 { "it" } else { "all of it" })]
    StillOnDuty {
        /// The team.
        team: String,
        /// Who.
        person: String,
        /// The first shifts.
        first: Vec<Shift>,
        /// How many more there are.
        more: usize,
    },
    /// Nobody of the team may be on duty.
    #[error("nobody of the team has been in service for three months by {date}")]
    NobodyEligible {
        /// The first date of the roster.
        date: NaiveDate,
    },
    /// The calendar has no answer.
    #[error(transparent)]
    Calendar(#[from] hotline_calendar::Error),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        if fault.is_gap() { Self::Gap(fault) } else { Self::Twice(fault) }
    }
}

impl Refusal {
    /// Returns a stable code, `UPPER_SNAKE_CASE`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Gap(_) => "ROSTER_GAP",
            Self::Twice(_) => "ROSTER_TWICE",
            Self::NoDuty { .. } => "NO_DUTY",
            Self::Begun { .. } => "ROSTER_TIME_PAST",
            Self::NotTheirs { .. } => "NOT_THEIR_DUTY",
            Self::SwapAgreed => "SWAP_AGREED",
            Self::OwnSwap => "OWN_SWAP",
            Self::SwapClosed { .. } => "SWAP_CLOSED",
            Self::BuiltOn => "SWAP_BUILT_ON",
            Self::OwnCover => "OWN_COVER",
            Self::LeaveDecided => "LEAVE_DECIDED",
            Self::NoMember { .. } => "NOT_A_MEMBER",
            Self::TooNew { .. } => "TOO_NEW_FOR_DUTY",
            Self::RostersMeet { .. } => "ROSTERS_MEET",
            Self::HolidayUnnamed { .. } => "HOLIDAY_UNNAMED",
            Self::RosterBegun { .. } => "ROSTER_BEGUN",
            Self::StandsOn { .. } => "ROSTER_STOOD_ON",
            Self::StillOnDuty { .. } => "MEMBER_ON_DUTY",
            Self::NobodyEligible { .. } => "NOBODY_ELIGIBLE",
            Self::Calendar(hotline_calendar::Error::YearMissing { .. }) => "CALENDAR_YEAR_MISSING",
            Self::Calendar(_) => "CALENDAR_UNUSABLE",
        }
    }

    /// Returns the sentence in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Gap(fault) => format!("`{}` {}将无人值班：{}", fault.team, when_zh(fault), why_zh(fault)),
            Self::Twice(fault) => format!(
                "`{}` {}将同时为 `{}` 和 `{}` 值班",
                fault.person,
                when_zh(fault),
                fault.team,
                elsewhere(fault)
            ),
            Self::NoDuty { wall } => format!("{wall} 期间没有值班：请指定已发布值班表内的时间"),
            Self::Begun { at } => format!("开始时间 {at} 已过：请指定从现在起的时间"),
            Self::NotTheirs { person, other, from, zone } => {
                format!(
                    "{} 值班的是 `{other}` 而不是 `{person}`：请只选 `{person}` 的班",
                    shown(*from, *zone)
                )
            }
            Self::SwapAgreed => "这段时间已有换班，换班优先：请先撤销换班".into(),
            Self::OwnSwap => "不能接自己的换班：请由同事接班，或撤销".into(),
            Self::SwapClosed { status } => {
                format!("换班{}：只有待接的可以接班，且只能撤销一次", status_zh(*status))
            }
            Self::BuiltOn => "之后的换班以此为基础：请先撤销后一次换班".into(),
            Self::OwnCover => "替班人必须是他人".into(),
            Self::LeaveDecided => "请假已审批或已撤回".into(),
            Self::NoMember { person, team } => format!("`{person}` 不是 `{team}` 的成员"),
            Self::TooNew { person, from } => format!("`{person}` 入职满三个月（{from}）起方可值班"),
            Self::RostersMeet { first, last } => {
                format!("班组已有 {first} 至 {last} 的值班表：请选择其他日期")
            }
            Self::HolidayUnnamed { name } => format!("节日“{name}”没有值班人：请指定"),
            Self::RosterBegun { at } => {
                format!("值班表已于 {at} 开始：此后只能通过调班、换班或请假变更")
            }
            Self::StandsOn { what, person, wall } => {
                format!("`{person}` 的{}（{wall}）以此值班表为基础：请先撤销", what.zh())
            }
            Self::StillOnDuty { team, person, first, more } => format!(
                "`{person}` 仍有 `{team}` 的值班：{}：请先通过调班或换班由他人接替",
                shifts_zh(first, *more)
            ),
            Self::NobodyEligible { date } => format!("到 {date} 班组内没有入职满三个月的人员"),
            Self::Calendar(error) => format!("日历无法使用：{error}"),
        }
    }
}

fn shown(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

fn stretch(shift: &Shift) -> String {
    let to = shift.span.to.with_timezone(&shift.zone).format("%H:%M");
    format!("{}-{to}", shown(shift.span.from, shift.zone))
}

fn shifts(first: &[Shift], more: usize) -> String {
    let named: Vec<_> = first.iter().map(stretch).collect();
    let more = if more == 0 { String::new() } else { format!(" and {more} more times") };
    format!("on {}{more}", named.join(", "))
}

fn shifts_zh(first: &[Shift], more: usize) -> String {
    let named: Vec<_> = first.iter().map(stretch).collect();
    let more = if more == 0 { String::new() } else { format!(" 等共 {} 班", first.len() + more) };
    format!("{}{more}", named.join("、"))
}

fn when(fault: &Fault) -> String {
    format!(
        "from {} to {} ({})",
        shown(fault.span.from, fault.zone),
        shown(fault.span.to, fault.zone),
        fault.zone
    )
}

fn when_zh(fault: &Fault) -> String {
    format!(
        "{} 至 {}（{}）",
        shown(fault.span.from, fault.zone),
        shown(fault.span.to, fault.zone),
        fault.zone
    )
}

fn why(fault: &Fault) -> String {
    match &fault.cause {
        Cause::OnLeave => {
            format!("`{}` is on leave then, have a colleague take this duty first", fault.person)
        }
        Cause::Left => format!("`{}` is no member of the team", fault.person),
        Cause::Nobody | Cause::Elsewhere(_) => "no roster names anybody".into(),
    }
}

fn why_zh(fault: &Fault) -> String {
    match &fault.cause {
        Cause::OnLeave => format!("`{}` 届时请假，请先由同事接班", fault.person),
        Cause::Left => format!("`{}` 不是班组成员", fault.person),
        Cause::Nobody | Cause::Elsewhere(_) => "值班表没有安排人员".into(),
    }
}

fn elsewhere(fault: &Fault) -> &str {
    match &fault.cause {
        Cause::Elsewhere(team) => team,
        _ => &fault.team,
    }
}

const fn status_en(status: SwapStatus) -> &'static str {
    match status {
        SwapStatus::Open => "open",
        SwapStatus::Taken => "taken",
        SwapStatus::PastDue => "past due",
        SwapStatus::Deleted => "taken back",
    }
}

const fn status_zh(status: SwapStatus) -> &'static str {
    match status {
        SwapStatus::Open => "待接",
        SwapStatus::Taken => "已被接",
        SwapStatus::PastDue => "已过期",
        SwapStatus::Deleted => "已撤销",
    }
}
