//! What may be agreed, and what is refused with which reason (D8).

mod common;

use common::{DESK, FIELD, at, book, date, id, leave, march, on_duty, put, swap, wall};
use hotline_calendar::Span;
use hotline_roster::{Book, Refusal, Source, SwapStatus, feed, quality};

const NOW: &str = "2026-03-02T00:00:00Z";
/// Saturday of the first week, at noon in Shanghai.
const SATURDAY: &str = "2026-03-07T04:00:00Z";

fn published() -> Book {
    book().publish(march(1, DESK, &["ann", "bob", "cyd"])).expect("nothing is wrong with it")
}

fn saturday() -> hotline_roster::Wall {
    wall("2026-03-07T00:00", "2026-03-08T00:00")
}

fn person(book: &Book, team: &str, when: &str) -> (String, Source) {
    let shift = on_duty(book, team, at(when)).expect("somebody is on duty");
    (shift.person, shift.source)
}

#[test]
fn rotation_gives_way_to_an_override_and_both_to_a_swap() {
    let book = published();
    assert_eq!(person(&book, DESK, SATURDAY), ("ann".into(), Source::Rotation));
    let book = book.put_on(put(2, DESK, saturday(), "dan", 1), at(NOW)).expect("dan is free");
    assert_eq!(person(&book, DESK, SATURDAY), ("dan".into(), Source::Override(id(2))));
    let mut book = book;
    book.swaps.push(swap(3, DESK, saturday(), "dan"));
    let book = book.take(id(3), "eve", 2, at(NOW)).expect("eve is free");
    assert_eq!(person(&book, DESK, SATURDAY), ("eve".into(), Source::Swap(id(3))));
    assert_eq!(book.put_on(put(4, DESK, saturday(), "bob", 3), at(NOW)).err(), Some(Refusal::SwapAgreed));
    let book = book.give_back(id(3), at(NOW)).expect("it has not begun");
    assert_eq!(person(&book, DESK, SATURDAY).0, "dan", "who asked is on duty again");
    let book = book.put_off(id(2), at(NOW)).expect("it has not begun");
    assert_eq!(person(&book, DESK, SATURDAY).0, "ann");
}

#[test]
fn a_swap_is_of_ones_own_duty_and_taken_by_somebody_else_in_time() {
    let mut book = published();
    let theirs = book.ask(DESK, &saturday(), "bob", at(NOW));
    assert!(matches!(theirs, Err(Refusal::NotTheirs { .. })), "{theirs:?}");
    let night = wall("2026-03-07T21:00", "2026-03-08T06:00");
    assert_eq!(book.ask(DESK, &night, "ann", at(NOW)), Err(Refusal::NoDuty { wall: night }));
    let begins = book.ask(DESK, &saturday(), "ann", at(NOW));
    assert_eq!(begins, Ok(at("2026-03-07T01:00:00Z")), "duty begins at nine");
    book.swaps.push(swap(3, DESK, saturday(), "ann"));
    assert_eq!(book.take(id(3), "ann", 1, at(NOW)).err(), Some(Refusal::OwnSwap));
    let late = book.take(id(3), "bob", 1, at(SATURDAY)).err();
    assert_eq!(late, Some(Refusal::SwapClosed { status: SwapStatus::PastDue }));
    assert_eq!(person(&book, DESK, SATURDAY).0, "ann", "nobody took it: the original stays");
    let stranger = book.take(id(3), "zoe", 1, at(NOW)).err();
    assert_eq!(stranger, Some(Refusal::NoMember { person: "zoe".into(), team: DESK.into() }));
    book.staff.add(DESK, "new", date("2026-01-15"));
    let new = book.take(id(3), "new", 1, at(NOW)).err();
    assert_eq!(new, Some(Refusal::TooNew { person: "new".into(), from: date("2026-04-15") }));
    let taken = book.take(id(3), "bob", 1, at(NOW)).expect("bob is free");
    let twice = taken.take(id(3), "cyd", 2, at(NOW)).err();
    assert_eq!(twice, Some(Refusal::SwapClosed { status: SwapStatus::Taken }));
    let begun = taken.give_back(id(3), at(SATURDAY)).err();
    assert!(matches!(begun, Some(Refusal::Begun { .. })), "{begun:?}");
}

#[test]
fn a_swap_on_which_another_builds_is_not_undone_before_that() {
    let mut book = published();
    book.swaps.push(swap(3, DESK, saturday(), "ann"));
    let mut book = book.take(id(3), "bob", 1, at(NOW)).expect("bob is free");
    book.swaps.push(swap(4, DESK, saturday(), "bob"));
    let book = book.take(id(4), "cyd", 2, at(NOW)).expect("cyd is free");
    assert_eq!(book.give_back(id(3), at(NOW)).err(), Some(Refusal::BuiltOn));
    let book = book.give_back(id(4), at(NOW)).and_then(|book| book.give_back(id(3), at(NOW)));
    assert_eq!(person(&book.expect("in turn"), DESK, SATURDAY).0, "ann");
}

#[test]
fn leave_puts_the_cover_on_duty_wherever_the_person_would_be() {
    let week = wall("2026-03-04T00:00", "2026-03-12T00:00");
    let mut book = published();
    book.leaves.push(leave(5, DESK, week, "ann"));
    assert_eq!(book.grant(id(5), "ann", 1, at(NOW)).err(), Some(Refusal::OwnCover));
    let granted = book.grant(id(5), "dan", 1, at(NOW)).expect("dan is free");
    assert_eq!(person(&granted, DESK, SATURDAY), ("dan".into(), Source::Leave(id(5))));
    assert_eq!(person(&granted, DESK, "2026-03-10T04:00:00Z").0, "bob", "whose own turn it is");
    let again = granted.grant(id(5), "eve", 2, at(NOW)).err();
    assert_eq!(again, Some(Refusal::LeaveDecided));
    let back = granted.put_on(put(6, DESK, saturday(), "ann", 3), at(NOW)).err();
    assert!(matches!(&back, Some(Refusal::Gap(fault)) if fault.person == "ann"), "{back:?}");
    let home = granted.stay(id(5), at(NOW)).expect("it has not begun");
    assert_eq!(person(&home, DESK, SATURDAY).0, "ann");
}

#[test]
fn a_cover_who_is_away_or_on_duty_elsewhere_is_refused_with_the_reason() {
    let mut book = published();
    book.leaves.push(leave(5, DESK, saturday(), "dan"));
    book.leaves.push(leave(6, DESK, saturday(), "ann"));
    let mut book = book.grant(id(5), "eve", 1, at(NOW)).expect("dan has no duty anyway");
    let away = book.grant(id(6), "dan", 2, at(NOW)).expect_err("dan is away himself");
    assert_eq!(away.code(), "ROSTER_GAP");
    assert_eq!(
        away.to_string(),
        "nobody would be on duty for `desk` from 2026-03-07 09:00 to 2026-03-07 20:00 (Asia/Shanghai): `dan` is on leave \
         then, have a colleague take this duty first"
    );
    assert!(away.zh().contains("`dan` 届时请假"), "{}", away.zh());
    book = book.publish(march(2, FIELD, &["eve"])).expect("eve is free");
    let twice = book.grant(id(6), "eve", 2, at(NOW)).expect_err("eve is on duty for the other team");
    assert_eq!(twice.code(), "ROSTER_TWICE");
    assert!(twice.to_string().starts_with("`eve` would be on duty twice from 2026-03-07 09:00"), "{twice}");
    assert!(book.grant(id(6), "cyd", 2, at(NOW)).is_ok());
}

#[test]
fn who_took_a_duty_over_does_not_go_on_leave_over_it() {
    let mut book = published();
    book.swaps.push(swap(3, DESK, saturday(), "ann"));
    let mut book = book.take(id(3), "bob", 1, at(NOW)).expect("bob is free");
    book.leaves.push(leave(5, DESK, saturday(), "bob"));
    let refused = book.grant(id(5), "cyd", 2, at(NOW)).err();
    assert!(matches!(&refused, Some(Refusal::Gap(fault)) if fault.person == "bob"), "{refused:?}");
}

#[test]
fn a_roster_that_meets_another_or_names_strangers_or_forgets_a_holiday_is_not_published() {
    let book = published();
    let refused = |roster| book.publish(roster).expect_err("is refused").code();
    assert_eq!(refused(march(2, DESK, &["dan"])), "ROSTERS_MEET");
    assert_eq!(refused(march(2, FIELD, &["zoe"])), "NOT_A_MEMBER");
    assert_eq!(refused(march(2, FIELD, &["ann"])), "ROSTER_TWICE");
    let mut festival = march(2, FIELD, &["dan"]);
    (festival.first, festival.last) = (date("2026-02-02"), date("2026-03-01"));
    assert_eq!(refused(festival.clone()), "HOLIDAY_UNNAMED");
    festival.holidays.insert("春节".into(), "eve".into());
    let book = book.publish(festival).expect("now it does");
    assert_eq!(person(&book, FIELD, "2026-02-17T04:00:00Z"), ("eve".into(), Source::Holiday("春节".into())));
}

#[test]
fn what_was_wrong_before_a_change_does_not_count_against_it() {
    let mut book = published();
    book.staff.remove(DESK, "ann");
    let book = book.put_on(put(2, DESK, saturday(), "dan", 1), at(NOW)).expect("it mends a part");
    let told = quality(&book, DESK, at(NOW)).expect("known years");
    assert!(told.gaps.iter().all(|gap| gap.person == "ann") && told.gaps.len() == 13, "{:?}", told.gaps);
    assert!(told.score < 80, "{told:?}");
}

#[test]
fn an_even_roster_without_gaps_has_full_marks_and_dates_between_rosters_cost() {
    let mut whole = march(1, DESK, &["ann", "bob", "cyd"]);
    whole.hours = common::daily(&["08:00-20:00"]);
    whole.last = date("2026-03-22");
    let book = book().publish(whole.clone()).expect("nothing is wrong with it");
    let told = quality(&book, DESK, at("2026-03-01T00:00:00Z")).expect("known years");
    assert_eq!((told.score, told.gaps.len()), (100, 0), "{told:?}");
    let later =
        hotline_roster::Roster { id: id(2), first: date("2026-03-25"), last: date("2026-04-03"), ..whole };
    let book = book.publish(later).expect("nothing is wrong with it");
    let told = quality(&book, DESK, at("2026-03-01T00:00:00Z")).expect("known years");
    assert_eq!(told.gaps.len(), 2, "the 23rd and the 24th");
    assert!(told.score < 100 && told.loads[0].person == "ann" && told.loads[0].overloaded, "{told:?}");
}

#[test]
fn who_is_next_and_who_relieves_are_told_for_any_instant() {
    let book = published();
    let span = Span::new(at("2026-03-06T00:00:00Z"), at("2026-03-12T00:00:00Z"));
    let shifts = book.shifts(DESK, span).expect("known years");
    let sunday = hotline_roster::on_duty(&shifts, at("2026-03-08T12:30:00Z"));
    assert!(sunday.current.is_none(), "after 20:00");
    assert_eq!(sunday.next.map(|shift| &*shift.person), Some("bob"));
    let noon = hotline_roster::on_duty(&shifts, at(SATURDAY));
    assert_eq!(noon.current.map(|shift| &*shift.person), Some("ann"));
    assert_eq!(
        noon.next.map(|shift| (&*shift.person, shift.span.from)),
        Some(("ann", at("2026-03-08T01:00:00Z")))
    );
    assert_eq!(
        noon.relief.map(|shift| (&*shift.person, shift.span.from)),
        Some(("bob", at("2026-03-09T00:00:00Z")))
    );
    let first = hotline_roster::on_duty(&shifts, at("2026-03-07T01:00:00Z")).current;
    assert!(first.is_some(), "the first instant belongs to the shift");
    assert!(
        hotline_roster::on_duty(&shifts, at("2026-03-07T12:00:00Z")).current.is_none(),
        "the last does not"
    );
}

#[test]
fn calendar_programs_get_every_shift_under_a_lasting_id() {
    let book = published();
    let span = Span::new(at("2026-03-06T16:00:00Z"), at("2026-03-08T16:00:00Z"));
    let shifts = book.shifts(DESK, span).expect("known years");
    let file = feed("值班", &shifts, at(NOW));
    assert_eq!(file.matches("BEGIN:VEVENT").count(), 2, "{file}");
    assert!(file.contains("DTSTART:20260307T010000Z") && file.contains("DTEND:20260307T120000Z"), "{file}");
    assert!(file.contains(&format!("UID:{}-20260307T010000Z@hotline", id(1))), "{file}");
    assert_eq!(file, feed("值班", &shifts, at(NOW)));
}

#[test]
fn national_day_2026_has_its_person_and_the_make_up_days_are_worked() {
    let mut roster = march(1, DESK, &["ann", "bob", "cyd"]);
    (roster.first, roster.last) = (date("2026-09-14"), date("2026-10-18"));
    roster.holidays = [("国庆节".into(), "dan".into()), ("中秋节".into(), "eve".into())].into();
    let book = book().publish(roster).expect("both holidays are named");
    let hours = |day: &str| {
        let from = at(&format!("{day}T00:00:00+08:00"));
        let shifts = book.shifts(DESK, Span::new(from, from + chrono::TimeDelta::days(1))).expect("known");
        assert_eq!(shifts.len(), 1);
        (shifts[0].person.clone(), shifts[0].span.duration().num_hours())
    };
    assert_eq!(hours("2026-09-20"), ("ann".into(), 13), "a Sunday that is worked");
    assert_eq!(hours("2026-09-26"), ("eve".into(), 11));
    assert_eq!(hours("2026-10-01"), ("dan".into(), 11));
    assert_eq!(hours("2026-10-07"), ("dan".into(), 11));
    assert_eq!(hours("2026-10-08"), ("ann".into(), 13), "the turns went on beneath");
    assert_eq!(hours("2026-10-10"), ("ann".into(), 13), "a Saturday that is worked");
    assert_eq!(hours("2026-10-11"), ("ann".into(), 11));
}
