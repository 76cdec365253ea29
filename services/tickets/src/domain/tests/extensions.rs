//! More time: with the customer's consent, later than promised, moved by waiting, kept apart in the figures (T9).

use hotline_proto::common::v1::TicketType;

use super::*;
use crate::domain::extension::Consent;

fn consent(time: &str) -> Option<Consent> {
    Some(Consent { by: "王先生".into(), at: at(time), channel: "PHONE".into() })
}

/// A complaint of Monday 2 March: three working days, until Thursday 18:00.
fn complaint() -> Story {
    let given = Registration {
        category_code: "complaint.service".into(),
        project: "曲江一期".into(),
        fields: BTreeMap::from([("room".into(), "1".into()), ("complainedOf".into(), "物业".into())]),
        ..fault()
    };
    let story = Story::begin(registered(given, "2026-03-02 09:00"));
    assert_eq!(story.ticket.kind, TicketType::Complaint);
    story
}

fn refused(result: Result<(), Error>) -> Vec<String> {
    let Err(Error::Fields(fields)) = result else { panic!("it must be refused: {result:?}") };
    fields.into_iter().map(|field| field.path).collect()
}

fn stopped(story: &Story) -> Option<(bool, bool)> {
    story.told.iter().rev().find_map(|what| match what {
        What::Fulfilled(stopped) => Some((stopped.met, stopped.met_by_extension)),
        _ => None,
    })
}

#[test]
fn a_complaint_is_not_extended_without_the_customers_consent() {
    let mut story = complaint();
    let before = story.ticket.clone();
    let later = at("2026-03-10 18:00");
    let without = story.at(at("2026-03-03 10:00"), |draft| draft.extend(later, "缺料", None));
    assert_eq!(refused(without), ["customerConsent"]);
    let to_come = |draft: &mut Draft<'_>| draft.extend(later, "缺料", consent("2026-03-03 10:01"));
    assert_eq!(refused(story.at(at("2026-03-03 10:00"), to_come)), ["customerConsent.at"]);
    assert_eq!(story.ticket, before);
}

#[test]
fn an_extension_gives_more_time_than_was_promised() {
    let mut story = complaint();
    for until in ["2026-03-05 18:00", "2026-03-04 18:00", "2026-03-02 10:00"] {
        let no_later = |draft: &mut Draft<'_>| draft.extend(at(until), "缺料", consent("2026-03-03 09:30"));
        assert_eq!(refused(story.at(at("2026-03-03 10:00"), no_later)), ["until"]);
    }
    let mut unpromised = Story::begin(registered(fault(), "2026-03-02 09:00"));
    unpromised.ticket.resolution_clock = None;
    let nothing =
        unpromised.at(at("2026-03-02 10:00"), |draft| draft.extend(at("2026-03-05 18:00"), "x", None));
    assert!(matches!(nothing, Err(Error::Unpromised)));
    story.then("2026-03-03 10:00", |draft| draft.resolve("道歉并整改", Vec::new()));
    let solved = story.at(at("2026-03-03 10:01"), |draft| {
        draft.extend(at("2026-03-10 18:00"), "缺料", consent("2026-03-03 09:30"))
    });
    assert!(matches!(solved, Err(Error::State { .. })));
}

#[test]
fn the_due_time_before_stays_on_record_and_the_new_one_is_promised() {
    let mut story = complaint();
    story.then("2026-03-03 10:00", |draft| {
        draft.extend(at("2026-03-10 12:00"), "等待配件", consent("2026-03-03 09:30"))
    });
    assert_eq!(story.due(Which::Resolution), at("2026-03-10 12:00"));
    let entry = story.entries.iter().find(|entry| entry.kind == Kind::Extended).expect("it was written down");
    assert_eq!(entry.note, "等待配件");
    let details: Vec<_> = entry.details.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("consentAt", "2026-03-03T01:30:00Z"),
        ("consentBy", "王先生"),
        ("consentChannel", "PHONE"),
        ("fromResolutionDueAt", "2026-03-05T10:00:00Z"),
        ("resolutionDueAt", "2026-03-10T04:00:00Z"),
    ];
    assert_eq!(details, expected);
    assert!(
        story.told.iter().any(|what| matches!(what, What::Extended { reason, .. } if reason == "等待配件"))
    );
    // The time before it passes in silence; the new one does not.
    story.then("2026-03-09 18:00", |_| Ok(()));
    assert!(!story.kinds().contains(&"SLA_BREACHED") || story.due(Which::Response) < at("2026-03-09 18:00"));
    assert!(!story.ticket.clock(Which::Resolution).expect("promised").breached);
    story.then("2026-03-10 12:00", |_| Ok(()));
    assert!(story.ticket.clock(Which::Resolution).expect("promised").breached);
}

#[test]
fn what_is_in_time_only_by_an_extension_is_told_apart() {
    for (solved, expected) in [
        ("2026-03-05 17:59", (true, false)),
        ("2026-03-05 18:00", (true, true)),
        ("2026-03-10 11:59", (true, true)),
        ("2026-03-10 12:00", (false, false)),
    ] {
        let mut story = complaint();
        story.then("2026-03-03 10:00", |draft| {
            draft.extend(at("2026-03-10 12:00"), "等待配件", consent("2026-03-03 09:30"))
        });
        story.then(solved, |draft| draft.resolve("已处理", Vec::new()));
        assert_eq!(stopped(&story), Some(expected), "{solved}");
    }
    // A promise that was broken before stays broken.
    let mut story = complaint();
    story.then("2026-03-06 10:00", |draft| {
        draft.extend(at("2026-03-10 12:00"), "等待配件", consent("2026-03-06 09:30"))
    });
    story.then("2026-03-09 10:00", |draft| draft.resolve("已处理", Vec::new()));
    assert_eq!(stopped(&story), Some((false, false)));
}

#[test]
fn waiting_moves_an_extension_by_the_office_time_waited() {
    let mut story = complaint();
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-03 10:00", |draft| {
        draft.extend(at("2026-03-10 12:00"), "等待配件", consent("2026-03-03 09:30"))
    });
    story.then("2026-03-04 10:00", |draft| draft.wait("CUSTOMER", None, ""));
    story.then("2026-03-04 12:00", |draft| draft.resume(""));
    assert_eq!(story.due(Which::Resolution), at("2026-03-10 14:00"));
    // Over night nothing is waited.
    story.then("2026-03-04 18:00", |draft| draft.wait("CUSTOMER", None, ""));
    story.then("2026-03-05 09:00", |draft| draft.resume(""));
    assert_eq!(story.due(Which::Resolution), at("2026-03-10 14:00"));
}

#[test]
fn a_new_priority_keeps_an_extension_and_a_new_round_does_not() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 10:00", |draft| draft.extend(at("2026-03-04 12:00"), "缺料", None));
    story.then("2026-03-02 11:00", |draft| draft.reprioritize(Level::High, Level::High, "停产"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-04 12:00"));
    story.then("2026-03-02 12:00", |draft| draft.reprioritize(Level::Low, Level::Low, "不急"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-05 18:00"));
    story.then("2026-03-02 13:00", |draft| draft.resolve("x", Vec::new()));
    story.then("2026-03-02 14:00", |draft| draft.reopen("又断了"));
    assert!(story.ticket.clock(Which::Resolution).expect("promised").extensions.is_empty());
}

#[test]
fn of_two_extensions_the_later_counts_and_the_first_due_time_is_measured_by() {
    let mut story = complaint();
    for until in ["2026-03-10 12:00", "2026-03-11 12:00"] {
        story.then("2026-03-03 10:00", |draft| draft.extend(at(until), "缺料", consent("2026-03-03 09:30")));
    }
    assert_eq!(story.due(Which::Resolution), at("2026-03-11 12:00"));
    let froms: Vec<_> = story
        .ticket
        .clock(Which::Resolution)
        .expect("promised")
        .extensions
        .iter()
        .map(|one| one.from)
        .collect();
    assert_eq!(froms, [at("2026-03-05 18:00"), at("2026-03-10 12:00")]);
    story.then("2026-03-11 11:00", |draft| draft.resolve("已处理", Vec::new()));
    assert_eq!(stopped(&story), Some((true, true)));
}
