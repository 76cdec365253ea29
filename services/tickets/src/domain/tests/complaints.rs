//! Complaints: no end without a finding and a word to the customer, none by whom they are about (T9, T14).

use hotline_proto::common::v1::TicketType;

use super::*;
use crate::domain::complaints::Earlier;
use crate::domain::editing::Edit;
use crate::domain::judging::Statement;
use crate::domain::matters::{Party, PartyKind, Verdict};
use crate::domain::refusal::Refusal;
use crate::domain::solving::Outcome;

const CALLBACK: Uuid = Uuid::from_u128(90);

/// What somebody tries to do to a ticket, which could survive another.
type Try = fn(&mut Draft<'_>, &Ticket) -> Result<(), Error>;

fn form() -> BTreeMap<String, String> {
    ["room", "complainedOf"].map(|name| (name.to_owned(), "物业".to_owned())).into()
}

fn complaint() -> Story {
    let category_code = "complaint.service".to_owned();
    let given = Registration { category_code, project: "曲江一期".into(), fields: form(), ..fault() };
    Story::begin(registered(given, "2026-03-02 09:00"))
}

fn party(name: &str) -> Party {
    Party { kind: PartyKind::Agent, name: name.into() }
}

fn investigated() -> Story {
    let mut story = complaint();
    story.then("2026-03-02 09:30", |draft| draft.investigate(party("agent2"), "调听录音"));
    story
}

fn edit(story: &Story, code: &str) -> Edit {
    let ticket = &story.ticket;
    Edit {
        earlier: None,
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        category_code: code.into(),
        fields: form(),
        project: "曲江一期".into(),
    }
}

fn refusal(
    story: &mut Story,
    time: &str,
    decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
) -> Refusal {
    let before = story.ticket.clone();
    let refused = story.at(at(time), decide);
    assert_eq!(story.ticket, before, "what is refused changes nothing");
    match refused {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("it must be refused: {other:?}"),
    }
}

#[test]
fn an_investigation_comes_to_its_finding_before_the_complaint_ends() {
    let mut story = investigated();
    let guided = refusal(&mut story, "2026-03-02 10:00", |draft| draft.guide("物业 96116", ""));
    assert_eq!(guided, Refusal::NotConcluded);
    let statement = Statement { article: Uuid::from_u128(900), text: "统一答复".into() };
    let explained = refusal(&mut story, "2026-03-02 10:00", |draft| draft.explain(&statement, ""));
    assert_eq!(explained, Refusal::NotConcluded);
    story.then("2026-03-02 11:00", |draft| draft.resolve("已致歉", Vec::new()));
    story.then("2026-03-03 10:00", |draft| draft.settle(Outcome::Satisfied, "满意", CALLBACK));
    assert_eq!(story.ticket.state, State::Verified, "confirmed, and not over");
    assert_eq!(refusal(&mut story, "2026-03-03 11:00", |draft| draft.close("")), Refusal::NotConcluded);
    story.then("2026-03-03 11:00", |draft| draft.conclude(Verdict::Upheld, "用语不当", "培训"));
    assert_eq!(
        refusal(&mut story, "2026-03-03 11:10", |draft| draft.close_by_hand("")),
        Refusal::FeedbackMissing
    );
    story.then("2026-03-03 11:20", |draft| draft.feed_back("已致歉", Channel::Phone, Some(true)));
    story.then("2026-03-03 11:30", |draft| draft.close_by_hand(""));
    assert_eq!(story.ticket.state, State::Closed);
}

#[test]
fn a_customer_who_was_not_reached_has_still_to_be_told() {
    let mut story = complaint();
    story.then("2026-03-02 11:00", |draft| draft.resolve("已致歉", Vec::new()));
    story.then("2026-03-03 10:00", |draft| draft.settle(Outcome::Unreachable, "三次无人接听", CALLBACK));
    assert_eq!(story.ticket.state, State::Resolved);
    assert_eq!(story.kinds().last(), Some(&"UNREACHABLE"));
    story.then("2026-03-03 11:20", |draft| draft.feed_back("已寄送书面答复", Channel::Email, None));
    story.then("2026-03-03 11:30", |draft| draft.close_by_hand(""));
}

#[test]
fn whom_a_complaint_is_about_neither_judges_nor_ends_it() {
    let mut story = investigated();
    story.then("2026-03-02 10:00", |draft| draft.conclude(Verdict::NotUpheld, "x", ""));
    // Who acts in stories is `agent`.
    story.ticket.matters.complaint.as_mut().expect("a complaint").party = Some(party("agent"));
    let survivor = Ticket { id: Uuid::from_u128(4711), ..story.ticket.clone() };
    let tries: [Try; 8] = [
        |draft, _| draft.judge_valid(""),
        |draft, _| draft.guide("物业 96116", ""),
        |draft, _| draft.analyse(Uuid::from_u128(900), ""),
        |draft, _| draft.conclude(Verdict::NotUpheld, "x", ""),
        |draft, _| draft.feed_back("x", Channel::Phone, None),
        |draft, _| draft.cancel("x"),
        |draft, survivor| draft.merge_into(survivor, Default::default(), "x"),
        |draft, _| draft.close_by_hand(""),
    ];
    for decide in tries {
        let refused = refusal(&mut story, "2026-03-02 11:00", |draft| decide(draft, &survivor));
        assert_eq!(refused, Refusal::OwnCase);
    }
    let away = edit(&story, "repair.private");
    assert_eq!(
        refusal(&mut story, "2026-03-02 11:00", |draft| draft.update(away, &CATALOGUE)),
        Refusal::OwnCase
    );
}

#[test]
fn what_becomes_a_complaint_begins_as_one_and_goes_to_who_handles_complaints() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:00", |draft| draft.assign("second-line-network", assignment(10, 0)));
    let earlier = Earlier { id: Uuid::from_u128(5), number: "260301000001".into(), ordinal: 1 };
    let change = Edit { earlier: Some(earlier), ..edit(&story, "complaint.service") };
    story.then("2026-03-02 10:00", |draft| draft.update(change, &CATALOGUE));
    assert_eq!(story.ticket.kind, TicketType::Complaint);
    let complaint = story.ticket.matters.complaint.clone().expect("a complaint");
    assert_eq!((complaint.ordinal, complaint.repeats), (2, Some(Uuid::from_u128(5))));
    assert!(complaint.forwarded_at.is_none());
    assert_eq!((story.ticket.state, story.ticket.team_key.as_str()), (State::Assigned, ""));
    assert!(story.told.contains(&What::HandedOver(String::new())), "the rules are to choose a team");
    story.then("2026-03-02 10:01", |draft| draft.assign("complaints", assignment(11, 0)));
    let complaint = story.ticket.matters.complaint.clone().expect("a complaint");
    assert!(complaint.forwarded_same_day && complaint.forwarded_at == Some(at("2026-03-02 10:01")));
    let entry = story.entries.iter().find(|entry| entry.kind == Kind::HandedOver).expect("is written down");
    assert_eq!((&*entry.details["fromTeamKey"], &*entry.details["teamKey"]), ("second-line-network", ""));
}

#[test]
fn a_complaint_does_not_become_something_else_while_its_customer_waits_for_word() {
    let mut story = investigated();
    let away = edit(&story, "repair.private");
    let again = away.clone();
    assert_eq!(
        refusal(&mut story, "2026-03-02 10:00", |draft| draft.update(again, &CATALOGUE)),
        Refusal::ComplaintOpen
    );
    let mut solved = complaint();
    solved.then("2026-03-02 11:00", |draft| draft.resolve("已致歉", Vec::new()));
    let again = away.clone();
    assert_eq!(
        refusal(&mut solved, "2026-03-02 12:00", |draft| draft.update(again, &CATALOGUE)),
        Refusal::ComplaintOpen
    );
    let mut mistaken = complaint();
    mistaken.then("2026-03-02 09:05", |draft| draft.update(away, &CATALOGUE));
    assert_eq!(mistaken.ticket.kind, TicketType::Fault);
    assert!(mistaken.told.contains(&What::HandedOver(String::new())));
}

#[test]
fn an_approved_statement_is_no_second_judgement() {
    let mut story = complaint();
    let article = Uuid::from_u128(900);
    story.then("2026-03-02 10:00", |draft| draft.analyse(article, ""));
    story.then("2026-03-02 11:00", |draft| draft.statement_approved(article));
    let statement = Statement { article, text: "统一答复".into() };
    story.then("2026-03-02 11:30", |draft| draft.explain(&statement, ""));
    let judged = story.told.iter().filter(|what| **what == What::Judged).count();
    assert_eq!(judged, 2, "once when it went to analysis, once when the statement was given");
    assert!(story.told.contains(&What::Promised));
}
