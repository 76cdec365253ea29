//! Whatever is drawn, swapped and granted: no hour of duty without anybody, nobody in two places, and the schedule is what
//! a clerk would find who looks at every quarter of an hour by itself.

mod common;

use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use common::{DESK, FIELD, PEOPLE, book, daily, date, id, leave, march, put, swap};
use hotline_calendar::{Calendars, DayKind, Span};
use hotline_roster::{Book, Candidate, Hours, Refusal, Roster, Wall, draw, holidays_between};
use proptest::prelude::*;

/// Every stretch of these tests begins and ends on one of these; so do changes of clocks.
const STEP: TimeDelta = TimeDelta::minutes(15);
const ZONES: [Tz; 4] =
    [Tz::Asia__Shanghai, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe];
/// Mondays before clocks change in some of these zones.
const BEGINNINGS: [&str; 3] = ["2026-03-02", "2026-03-23", "2026-10-19"];

#[derive(Clone, Debug)]
struct World {
    zones: (usize, usize),
    hours: (usize, usize),
    beginning: usize,
    seed: u8,
}

/// What people try; numbers pick among what there is.
#[derive(Clone, Debug)]
enum Attempt {
    Publish { team: bool, seed: u8, late: bool },
    PutOn { team: bool, day: u8, quarters: (u8, u8), person: usize },
    PutOff { which: usize },
    Ask { team: bool, shift: usize, cut: bool },
    Take { which: usize, person: usize },
    GiveBack { which: usize },
    Request { team: bool, day: u8, days: u8, person: usize, cover: usize },
    Stay { which: usize },
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let person = 0..PEOPLE.len();
    let one = prop_oneof![
        1 => (any::<bool>(), any::<u8>(), any::<bool>())
            .prop_map(|(team, seed, late)| Attempt::Publish { team, seed, late }),
        3 => (any::<bool>(), 0..20_u8, (0..96_u8, 1..97_u8), person.clone())
            .prop_map(|(team, day, quarters, person)| Attempt::PutOn { team, day, quarters, person }),
        1 => any::<usize>().prop_map(|which| Attempt::PutOff { which }),
        4 => (any::<bool>(), any::<usize>(), any::<bool>())
            .prop_map(|(team, shift, cut)| Attempt::Ask { team, shift, cut }),
        4 => (any::<usize>(), person.clone()).prop_map(|(which, person)| Attempt::Take { which, person }),
        2 => any::<usize>().prop_map(|which| Attempt::GiveBack { which }),
        3 => (any::<bool>(), 0..20_u8, 1..6_u8, person.clone(), person)
            .prop_map(|(team, day, days, person, cover)| Attempt::Request { team, day, days, person, cover }),
        1 => any::<usize>().prop_map(|which| Attempt::Stay { which }),
    ];
    prop::collection::vec(one, 1..40)
}

fn worlds() -> impl Strategy<Value = World> {
    (0..ZONES.len(), 0..ZONES.len(), 0..3_usize, 0..3_usize, 0..BEGINNINGS.len(), any::<u8>()).prop_map(
        |(one, two, early, late, beginning, seed)| World {
            zones: (one, two),
            hours: (early, late),
            beginning,
            seed,
        },
    )
}

/// Around the clock, the usual hours, and hours in which clocks change.
fn hours(which: usize) -> Hours {
    match which {
        0 => daily(&["00:00-24:00"]),
        1 => Hours::default(),
        _ => daily(&["01:30-02:15", "02:45-12:00"]),
    }
}

fn team(second: bool) -> &'static str {
    if second { FIELD } else { DESK }
}

impl World {
    fn first(&self) -> chrono::NaiveDate {
        date(BEGINNINGS[self.beginning])
    }

    /// A roster of two weeks that a draw made of half of the people.
    fn roster(&self, second: bool, number: u128, seed: u8, late: bool) -> Roster {
        let (zone, which) = if second { (self.zones.1, self.hours.1) } else { (self.zones.0, self.hours.0) };
        let first = if late { self.first() + Days::new(14) } else { self.first() };
        let some = PEOPLE.iter().enumerate().filter(|(place, _)| place % 2 == usize::from(second));
        let candidates = some.map(|(_, person)| Candidate {
            person: (*person).into(),
            since: date("2020-01-01"),
            satisfaction: None,
            closure_rate: None,
        });
        let last = first + Days::new(13);
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let calendar = calendars.get("duty").expect("shipped");
        let holidays = holidays_between(calendar, first, last).expect("known years");
        let drawn =
            draw(candidates.collect(), first, &holidays, &seed.to_string(), 0).expect("somebody serves");
        let turns: Vec<&str> = drawn.turns.iter().map(String::as_str).collect();
        Roster {
            holidays: drawn.holidays,
            first,
            last,
            zone: ZONES[zone],
            hours: hours(which),
            ..march(number, team(second), &turns)
        }
    }

    fn span(&self) -> Span {
        let first = self.first().and_hms_opt(0, 0, 0).expect("midnight").and_utc();
        Span::new(first - TimeDelta::days(2), first + TimeDelta::days(31))
    }

    fn wall(&self, second: bool, day: u8, (from, to): (u8, u8)) -> Wall {
        let zone = ZONES[if second { self.zones.1 } else { self.zones.0 }];
        let midnight = self.first().and_hms_opt(0, 0, 0).expect("midnight") + TimeDelta::days(day.into());
        let quarter = |count: u8| midnight + STEP * i32::from(count);
        Wall { from: quarter(from), to: quarter(to), zone }
    }
}

/// Makes an attempt; what is refused changes nothing.
fn attempt(
    world: &World,
    mut book: Book,
    what: &Attempt,
    order: i64,
    now: DateTime<Utc>,
) -> Result<Book, Refusal> {
    let number = u128::try_from(order).expect("from 1") + 100;
    let nothing = |wall| Refusal::NoDuty { wall };
    match *what {
        Attempt::Publish { team, seed, late } => book.publish(world.roster(team, number, seed, late)),
        Attempt::PutOn { team: second, day, quarters, person } => {
            let wall = world.wall(second, day, quarters);
            book.put_on(put(number, team(second), wall, PEOPLE[person], order), now)
        }
        Attempt::PutOff { which } => match book.overrides.len() {
            0 => Ok(book),
            count => book.put_off(book.overrides[which % count].id, now),
        },
        Attempt::Ask { team: second, shift, cut } => {
            let shifts = book.shifts(team(second), world.span())?;
            let any = world.wall(second, 0, (0, 1));
            let shift = shifts.get(shift % shifts.len().max(1)).ok_or(nothing(any))?;
            let local = |at: DateTime<Utc>| at.with_timezone(&shift.zone).naive_local();
            let to = if cut { shift.span.from + STEP * 3 } else { shift.span.to };
            let wall = Wall { from: local(shift.span.from), to: local(to), zone: shift.zone };
            let starts_at = book.ask(team(second), &wall, &shift.person, now)?;
            let asked = swap(number, team(second), wall, &shift.person);
            book.swaps.push(hotline_roster::Swap { starts_at, ..asked });
            Ok(book)
        }
        Attempt::Take { which, person } => match book.swaps.len() {
            0 => Ok(book),
            count => book.take(book.swaps[which % count].id, PEOPLE[person], order, now),
        },
        Attempt::GiveBack { which } => match book.swaps.len() {
            0 => Ok(book),
            count => book.give_back(book.swaps[which % count].id, now),
        },
        Attempt::Request { team: second, day, days, person, cover } => {
            let wall = world.wall(second, day, (0, 0));
            let wall = Wall { to: wall.from + TimeDelta::days(days.into()), ..wall };
            book.leaves.push(leave(number, team(second), wall, PEOPLE[person]));
            book.grant(id(number), PEOPLE[cover], order, now)
        }
        Attempt::Stay { which } => match book.leaves.len() {
            0 => Ok(book),
            count => book.stay(book.leaves[which % count].id, now),
        },
    }
}

/// A wall clock's reading lies in the stretch.
fn shows(wall: &Wall, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&wall.zone).naive_local();
    wall.from <= local && local < wall.to
}

/// Who is on duty at one instant, by looking at nothing else.
fn clerk(book: &Book, team: &str, at: DateTime<Utc>) -> Option<String> {
    let read = |roster: &Roster| at.with_timezone(&roster.zone).naive_local();
    let roster =
        book.rosters.iter().find(|roster| roster.team == team && roster.covers(read(roster).date()))?;
    let local: NaiveDateTime = read(roster);
    let kind = book.calendars.get(&roster.calendar).ok()?.day_kind(local.date()).ok()?;
    let minute = local.hour() * 60 + local.minute();
    let open = |hours: &hotline_calendar::Interval| {
        (u32::from(hours.start())..u32::from(hours.end())).contains(&minute)
    };
    if !roster.hours.on(&kind).intervals().iter().any(open) {
        return None;
    }
    let named = match &kind {
        DayKind::Holiday { name } => roster.holidays.get(name).cloned(),
        _ => None,
    };
    let mut person = named.or_else(|| roster.on_turn(local.date()).map(str::to_owned))?;
    let mut below: Vec<(i64, Option<&str>, &str)> = Vec::new();
    let overrides = book.overrides.iter().filter(|one| one.team == team && shows(&one.wall, at));
    below.extend(overrides.map(|one| (one.order, None, one.person.as_str())));
    let leaves =
        book.leaves.iter().filter(|one| one.team == team && one.is_granted() && shows(&one.wall, at));
    below.extend(leaves.map(|one| (one.order, Some(one.person.as_str()), one.cover.as_str())));
    below.sort_by_key(|(order, ..)| *order);
    for (_, instead_of, other) in below {
        if instead_of.is_none_or(|instead_of| instead_of == person) {
            other.clone_into(&mut person);
        }
    }
    let swaps = book.swaps.iter().filter(|swap| swap.team == team && !swap.deleted && shows(&swap.wall, at));
    let taken = swaps.filter_map(|swap| swap.taken.as_ref()).max_by_key(|taken| taken.order);
    Some(taken.map_or(person, |taken| taken.by.clone()))
}

/// Compares the schedule with the clerk's, and checks that those on duty are there, and in one place.
fn check(world: &World, book: &Book) -> Result<(), TestCaseError> {
    let span = world.span();
    let schedules = [DESK, FIELD].map(|team| (team, book.shifts(team, span).expect("known years")));
    let mut at = span.from;
    while at < span.to {
        let mut on_duty = Vec::new();
        for (team, shifts) in &schedules {
            let now: Vec<_> =
                shifts.iter().filter(|shift| shift.span.from <= at && at < shift.span.to).collect();
            let by_clerk = clerk(book, team, at);
            prop_assert!(now.len() <= 1, "{team} at {at}: {now:?}");
            prop_assert_eq!(
                now.first().map(|shift| shift.person.clone()),
                by_clerk.clone(),
                "{} at {}",
                team,
                at
            );
            on_duty.extend(by_clerk);
        }
        for person in &on_duty {
            let away = book
                .leaves
                .iter()
                .any(|one| one.is_granted() && one.person == *person && shows(&one.wall, at));
            prop_assert!(!away, "{person} is on leave and on duty at {at}");
        }
        prop_assert!(on_duty.len() < 2 || on_duty[0] != on_duty[1], "{on_duty:?} at {at}");
        at += STEP;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_that_is_agreed_leaves_a_gap_or_puts_anybody_on_duty_twice(
        world in worlds(),
        attempts in attempts(),
    ) {
        let mut now = world.first().and_hms_opt(0, 0, 0).expect("midnight").and_utc() - TimeDelta::days(3);
        let desk = book().publish(world.roster(false, 1, world.seed, false)).expect("nobody is on duty yet");
        let mut book = desk.publish(world.roster(true, 2, world.seed, false)).expect("these are others");
        for (order, what) in (1..).zip(&attempts) {
            now += TimeDelta::hours(5);
            book = attempt(&world, book.clone(), what, order, now).unwrap_or(book);
        }
        check(&world, &book)?;
        prop_assert!(book.faults(world.span()).expect("known years").is_empty());
    }
}

/// Without this the property could hold because everything is refused.
#[test]
fn much_of_what_is_tried_is_agreed() {
    let world = World { zones: (1, 2), hours: (0, 1), beginning: 2, seed: 7 };
    let now = world.first().and_hms_opt(0, 0, 0).expect("midnight").and_utc() - TimeDelta::days(3);
    let desk = book().publish(world.roster(false, 1, 7, false)).expect("nobody is on duty yet");
    let mut book = desk.publish(world.roster(true, 2, 7, false)).expect("these are others");
    let tried = [
        Attempt::Ask { team: false, shift: 4, cut: false },
        Attempt::Take { which: 0, person: 2 },
        Attempt::Take { which: 0, person: 4 },
        Attempt::PutOn { team: false, day: 6, quarters: (0, 20), person: 2 },
        Attempt::Request { team: false, day: 7, days: 5, person: 2, cover: 4 },
        Attempt::Publish { team: false, seed: 9, late: true },
        Attempt::GiveBack { which: 0 },
        Attempt::PutOff { which: 0 },
        Attempt::Stay { which: 0 },
    ];
    let mut agreed = 0;
    for (order, what) in (1..).zip(&tried) {
        match attempt(&world, book.clone(), what, order, now) {
            Ok(next) => {
                agreed += 1;
                book = next;
                check(&world, &book).expect("nothing is wrong");
            }
            Err(refusal) => assert!(!refusal.zh().is_empty(), "{refusal}"),
        }
    }
    assert!(agreed >= 6, "only {agreed} of {} were agreed", tried.len());
}
