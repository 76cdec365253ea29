//! Promised answers: one of six tiers, never over three working days, kept or broken (T8).

use hotline_proto::tickets::v1::PromiseTier as Tier;

use super::*;
use crate::domain::sentence;

fn consultation(promise: Tier) -> Registration {
    Registration {
        category_code: "consult.property".into(),
        urgency: Level::Unspecified,
        impact: Level::Unspecified,
        promise,
        project: "曲江一期".into(),
        fields: BTreeMap::from([
            ("room".into(), "3-1502".into()),
            ("question".into(), "物业费怎么交？".into()),
        ]),
        ..fault()
    }
}

fn asked(promise: Tier) -> Story {
    Story::begin(registered(consultation(promise), "2026-03-02 09:00"))
}

fn refused(result: Result<(), Error>) -> (String, String) {
    let Err(Error::Fields(mut fields)) = result else { panic!("it must be refused: {result:?}") };
    let field = fields.pop().expect("it names the field");
    (field.path, field.en)
}

fn kept(story: &Story) -> Vec<bool> {
    let answers = story.told.iter().filter_map(|what| match what {
        What::Fulfilled(stopped) if stopped.which == Which::Answer => Some(stopped.met),
        _ => None,
    });
    answers.collect()
}

#[test]
fn every_tier_is_due_when_the_customer_was_told() {
    let expected = [
        (Tier::Minutes10, "2026-03-02 09:10"),
        (Tier::Minutes20, "2026-03-02 09:20"),
        (Tier::Minutes30, "2026-03-02 09:30"),
        (Tier::WorkingDays1, "2026-03-03 18:00"),
        (Tier::WorkingDays2, "2026-03-04 18:00"),
        (Tier::WorkingDays3, "2026-03-05 18:00"),
    ];
    for (tier, due) in expected {
        let story = asked(tier);
        assert_eq!(story.due(Which::Answer), at(due), "{tier:?}");
        let clock = story.ticket.clock(Which::Answer).expect("promised");
        assert_eq!(crate::domain::answer::tier(&clock.target), tier);
        let entry =
            story.entries.iter().find(|entry| entry.kind == Kind::Promised).expect("it was written down");
        assert_eq!(entry.details["tier"], tier.as_str_name().trim_start_matches("PROMISE_TIER_"));
    }
    assert!(asked(Tier::Unspecified).ticket.clock(Which::Answer).is_none());
    // Minutes are the customer's, also at night.
    let night = registered(consultation(Tier::Minutes30), "2026-03-02 23:50").ticket;
    assert_eq!(night.clock(Which::Answer).expect("promised").due_at, at("2026-03-03 00:20"));
}

#[test]
fn an_answer_in_time_keeps_the_promise_and_one_at_its_end_does_not() {
    for (time, met) in [("2026-03-02 09:29", true), ("2026-03-02 09:30", false)] {
        let mut story = asked(Tier::Minutes30);
        story.then(time, |draft| draft.resolve("线上缴纳", Vec::new()));
        assert_eq!(kept(&story), [met], "{time}");
    }
    let mut story = asked(Tier::Minutes30);
    story.then("2026-03-02 12:00", |_| Ok(()));
    let breached = story.entries.iter().filter(|entry| entry.kind == Kind::SlaBreached);
    let breached: Vec<_> = breached.filter(|entry| entry.details["clock"] == "ANSWER").collect();
    assert_eq!(breached.iter().map(|entry| entry.at).collect::<Vec<_>>(), [at("2026-03-02 09:30")]);
    assert_eq!(breached[0].details["answerDueAt"], "2026-03-02T01:30:00Z");
}

#[test]
fn nothing_is_promised_after_three_working_days() {
    let mut story = asked(Tier::Unspecified);
    let later = story.at(at("2026-03-03 09:00"), |draft| draft.promise_answer(Tier::WorkingDays3));
    let (path, why) = refused(later);
    assert_eq!(path, "tier");
    assert!(why.contains("no answer is promised after 2026-03-05 18:00"), "{why}");
    story.then("2026-03-03 09:00", |draft| draft.promise_answer(Tier::WorkingDays2));
    assert_eq!(story.due(Which::Answer), at("2026-03-05 18:00"));
}

#[test]
fn a_promise_is_made_sooner_but_not_later_while_it_can_be_kept() {
    let mut story = asked(Tier::Minutes30);
    let later = story.at(at("2026-03-02 09:05"), |draft| draft.promise_answer(Tier::WorkingDays1));
    assert!(refused(later).1.contains("promised, by 2026-03-02 09:30"));
    story.then("2026-03-02 09:05", |draft| draft.promise_answer(Tier::Minutes10));
    assert_eq!(story.due(Which::Answer), at("2026-03-02 09:15"));
    assert!(kept(&story).is_empty());
    // Once broken it is measured so, and the customer is told another time.
    story.then("2026-03-02 10:00", |draft| draft.promise_answer(Tier::WorkingDays1));
    assert_eq!((kept(&story), story.due(Which::Answer)), (vec![false], at("2026-03-03 18:00")));
    story.then("2026-03-02 11:00", |draft| draft.resolve("线上缴纳", Vec::new()));
    assert_eq!(kept(&story), [false, true]);
    let solved = story.at(at("2026-03-02 11:01"), |draft| draft.promise_answer(Tier::Minutes10));
    assert!(matches!(solved, Err(Error::State { .. })));
}

#[test]
fn only_the_customers_own_silence_stops_the_clock() {
    for (reason, due) in [("CUSTOMER", "2026-03-02 10:25"), ("THIRD_PARTY", "2026-03-02 09:30")] {
        let mut story = asked(Tier::Minutes30);
        story.then("2026-03-02 09:05", |draft| draft.start("engineer", "t", assignment(10, 1)));
        story.then("2026-03-02 09:05", |draft| draft.wait(reason, None, ""));
        let shown = story.ticket.due_as_of(Which::Answer, at("2026-03-02 10:00"), &RULES.calendars);
        assert_eq!(shown, Some(at(due)), "{reason}");
        story.then("2026-03-02 10:00", |draft| draft.resume(""));
        assert_eq!(story.due(Which::Answer), at(due), "{reason}");
        let breached = story.ticket.clock(Which::Answer).expect("promised").breached;
        assert_eq!(breached, reason == "THIRD_PARTY");
    }
}

#[test]
fn a_round_anew_owes_no_answer_until_one_is_promised() {
    let mut story = asked(Tier::Minutes30);
    story.then("2026-03-02 09:10", |draft| draft.resolve("线上缴纳", Vec::new()));
    story.then("2026-03-02 10:00", |draft| draft.reopen("没说清"));
    assert!(!story.ticket.owes_an_answer());
    story.then("2026-03-02 10:00", |draft| draft.promise_answer(Tier::Minutes10));
    assert_eq!(story.due(Which::Answer), at("2026-03-02 10:10"));
}

#[test]
fn the_sentence_names_the_promised_answer() {
    let story = asked(Tier::Minutes30);
    let told = |now: &str| {
        let now = at(now);
        let expected = story.ticket.expected_at(now, &RULES.calendars);
        sentence::of(&story.ticket, expected, now, RULES.zone)
    };
    assert!(told("2026-03-02 09:10").zh.ends_with("，我们承诺今天09:30前答复您。"));
    assert!(told("2026-03-02 09:10").en.ends_with("; we promised you an answer by 09:30 today."));
    assert!(told("2026-03-02 09:40").zh.contains("原承诺今天09:30前答复您，现已超过承诺时间"));
}
