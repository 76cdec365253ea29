//! Random calendars, policies and runs of commands.

use chrono::Weekday;
use chrono_tz::Tz;
use hotline_calendar::{
    Almanac, CalendarSpec, DayHours, Edition, EndOf, ExceptionSpec, HolidayRegions, HoursSpec, Interval,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::walk::Step;
use super::*;
use crate::config::Answers;
use crate::domain::policy::Policy;
use crate::domain::target::{Amount, Target};

/// Zones, and mornings a few days before their clocks change; one never changes them.
const PLACES: [(Tz, &str); 7] = [
    (Tz::Asia__Shanghai, "2026-02-11T01:00:00Z"),
    (Tz::Europe__Berlin, "2026-03-25T08:00:00Z"),
    (Tz::Europe__Berlin, "2026-10-21T07:00:00Z"),
    (Tz::America__New_York, "2026-03-04T14:00:00Z"),
    (Tz::America__New_York, "2026-10-28T13:00:00Z"),
    (Tz::Australia__Lord_Howe, "2026-04-01T22:00:00Z"),
    (Tz::Australia__Lord_Howe, "2026-09-30T22:00:00Z"),
];

/// A calendar, what is promised by it, and what happens.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) zone: Tz,
    pub(super) spec: CalendarSpec,
    /// For tickets of critical and high, and of medium priority. To those of low priority nothing is promised.
    pub(super) policies: [Policy; 2],
    pub(super) start: DateTime<Utc>,
    pub(super) steps: Vec<Step>,
}

impl Case {
    pub(super) fn rules(&self) -> Rules {
        let mut almanac = Almanac::parse("", HolidayRegions::default()).expect("nothing is valid");
        almanac.add(Edition { effective_from: None, spec: self.spec.clone() });
        let config = Config {
            time_zone: self.zone.name().to_owned(),
            calendar: "any".to_owned(),
            answers: Answers { minutes_calendar: "any".to_owned(), days_calendar: "any".to_owned() },
            policies: self.policies.to_vec(),
            ..Config::default()
        };
        Rules::new(config, almanac).expect("it makes sense")
    }

    /// Returns what is promised to a ticket that is open.
    pub(super) fn promised(&self, ticket: &Ticket, which: Which) -> Option<&Target> {
        let policy = match ticket.priority {
            Priority::Critical | Priority::High => &self.policies[0],
            Priority::Medium => &self.policies[1],
            Priority::Low | Priority::Unspecified => return None,
        };
        policy.target(which)
    }
}

/// Up to three intervals, often around the hours at which clocks change.
fn day_hours() -> impl Strategy<Value = DayHours> {
    let marks = prop::collection::btree_set(prop_oneof![0..=240_u16, 0..=1440_u16], 0..=6);
    marks.prop_map(|marks| {
        let marks: Vec<u16> = marks.into_iter().collect();
        let intervals = marks.chunks_exact(2).map(|pair| Interval::new(pair[0], pair[1]).expect("in order"));
        DayHours::new(intervals.collect()).expect("no overlap")
    })
}

/// Open on Sundays and Mondays at least, so that every promise ends within some weeks.
fn hours() -> impl Strategy<Value = HoursSpec> {
    prop::collection::vec(day_hours(), 5).prop_map(|days| {
        let [tue, wed, thu, fri, sat] = days.try_into().expect("five days");
        let nine_hours = DayHours::new(vec![Interval::new(60, 600).expect("in order")]).expect("no overlap");
        let (sun, mon) = (nine_hours.clone(), nine_hours);
        HoursSpec { mon, tue, wed, thu, fri, sat, sun, ..HoursSpec::default() }
    })
}

fn calendar(zone: Tz, start: DateTime<Utc>) -> impl Strategy<Value = CalendarSpec> {
    let others = subsequence(vec![Weekday::Tue, Weekday::Thu, Weekday::Sat, Weekday::Sun], 0..=4);
    let exceptions = prop::collection::btree_map(0..14_i64, (day_hours(), any::<Option<bool>>()), 0..4);
    (hours(), others, exceptions).prop_map(move |(hours, others, exceptions)| {
        let exception = |(days, (hours, working)): (i64, (DayHours, Option<bool>))| {
            let date = (start + TimeDelta::days(days)).date_naive().to_string();
            let exception = ExceptionSpec::new("例外", &date, hours).expect("a date");
            working.map_or(exception.clone(), |working| exception.with_working(working))
        };
        CalendarSpec {
            key: "any".to_owned(),
            name: "任意".to_owned(),
            zone: zone.name().to_owned(),
            holidays: None,
            working_days: [vec![Weekday::Mon, Weekday::Wed, Weekday::Fri], others].concat(),
            hours,
            exceptions: exceptions.into_iter().map(exception).collect(),
        }
    })
}

pub(super) fn any_target(calendar: &'static str) -> impl Strategy<Value = Target> {
    let amount = prop_oneof![
        (1..900_u32).prop_map(Amount::Minutes),
        (1..60_u32).prop_map(Amount::Hours),
        (0..4_u32, select(vec![EndOf::Day, EndOf::SameTime]))
            .prop_map(|(days, end_of)| Amount::WorkingDays(days, end_of)),
    ];
    let reasons = ["CUSTOMER", "THIRD_PARTY", "APPROVAL"].map(str::to_owned).to_vec();
    let pauses = prop::option::of(subsequence(reasons, 0..=3));
    (amount, pauses).prop_map(move |(amount, pauses)| {
        let key = if matches!(amount, Amount::Hours(_)) { "" } else { calendar };
        Target {
            amount,
            calendar: key.to_owned(),
            pauses: pauses.map(|reasons| reasons.into_iter().collect()),
        }
    })
}

fn any_policy(key: &'static str, priorities: &'static [&'static str]) -> impl Strategy<Value = Policy> {
    let target = || prop::option::weighted(0.8, any_target("any"));
    (target(), target(), target(), target()).prop_map(|(response, resolution, total_resolution, update)| {
        Policy {
            key: key.to_owned(),
            priorities: priorities.iter().map(|name| (*name).to_owned()).collect(),
            response,
            resolution,
            total_resolution,
            update,
            ..Policy::default()
        }
    })
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let place = select(&PLACES[..]).prop_map(|(zone, around)| (zone, at_utc(around)));
    let start = (place, 0..4_000_i64)
        .prop_map(|((zone, around), offset)| (zone, around, around + TimeDelta::minutes(offset)));
    let calendar = start.prop_flat_map(|(zone, around, start)| {
        calendar(zone, around).prop_map(move |spec| (zone, spec, start))
    });
    let policies = (any_policy("urgent", &["CRITICAL", "HIGH"]), any_policy("usual", &["MEDIUM"]))
        .prop_map(<[_; 2]>::from);
    // An extension is another promise than that of the policy. Work that starts, waits and goes on comes most often.
    let others = (0_u8..21).prop_filter("no extension", |command| *command != 17);
    let command =
        prop_oneof![4 => others, 2 => Just(2), 4 => Just(6), 3 => Just(8), 1 => Just(15), 1 => Just(18)];
    let steps = prop::collection::vec((0_i64..1_200, command, any::<u8>()), 6..20);
    (calendar, policies, steps).prop_map(|((zone, spec, start), policies, steps)| Case {
        zone,
        spec,
        policies,
        start,
        steps,
    })
}

fn at_utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}
