//! Duplicates: what was promised on one is owed on the other (T8, T17).

use hotline_proto::tickets::v1::PromiseTier;

use super::*;
use crate::domain::sla::replay::replay;

fn promised(time: &str, tier: PromiseTier) -> Story {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then(time, |draft| draft.promise_answer(tier));
    story
}

fn absorbs(survivor: &mut Story, time: &str, duplicate: &Story) {
    let duplicate = Ticket { id: Uuid::from_u128(4711), ..duplicate.ticket.clone() };
    survivor.then(time, |draft| draft.absorb(&duplicate).map(drop));
}

#[test]
fn an_answer_that_was_promised_on_a_duplicate_is_owed_on_the_survivor() {
    let duplicate = promised("2026-03-02 09:05", PromiseTier::Minutes10);
    let mut survivor = Story::begin(registered(fault(), "2026-03-02 09:00"));
    absorbs(&mut survivor, "2026-03-02 09:08", &duplicate);
    assert_eq!(survivor.due(Which::Answer), at("2026-03-02 09:15"));
    assert!(survivor.told.contains(&What::Promised));
    survivor.then("2026-03-02 09:30", |_| Ok(()));
    assert_eq!(survivor.told_at(Which::Answer, Kind::SlaBreached), [at("2026-03-02 09:15")]);
    let again =
        replay(&survivor.ticket, &survivor.timeline(), &RULES, at("2026-03-02 09:30")).expect("known years");
    assert_eq!(again.ticket.answer_clock, survivor.ticket.answer_clock);
}

#[test]
fn what_is_owed_sooner_stays_and_what_was_broken_is_not_owed_twice() {
    let late = promised("2026-03-02 09:05", PromiseTier::Minutes30);
    let mut survivor = promised("2026-03-02 09:06", PromiseTier::Minutes20);
    absorbs(&mut survivor, "2026-03-02 09:08", &late);
    assert_eq!(survivor.due(Which::Answer), at("2026-03-02 09:26"));

    let mut broken = promised("2026-03-02 09:05", PromiseTier::Minutes10);
    broken.then("2026-03-02 09:20", |_| Ok(()));
    let mut survivor = Story::begin(registered(fault(), "2026-03-02 09:00"));
    absorbs(&mut survivor, "2026-03-02 09:21", &broken);
    assert!(survivor.ticket.answer_clock.is_none());
}
