//! What may happen to an article.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_413_200 + seconds, 0).expect("the instant exists")
}

fn content() -> Content {
    Content {
        kind: ArticleKind::StandardAnswer,
        title: "水管爆裂怎么办".into(),
        body: "请先关闭总阀。".into(),
        ..Content::default()
    }
}

fn draft() -> Article {
    Article::draft(Uuid::from_u128(1), content(), "anna", at(0))
}

fn submitted() -> Article {
    let mut article = draft();
    article.submit(at(1)).expect("a complete draft");
    article
}

fn published() -> Article {
    let mut article = submitted();
    article.approve("ben", "好", at(2)).expect("someone else approves");
    article
}

#[test]
fn a_draft_is_submitted_with_kind_title_and_body_only() {
    let mut article = Article::draft(
        Uuid::from_u128(1),
        Content { title: " ".into(), ..Content::default() },
        "anna",
        at(0),
    );
    assert!(
        matches!(article.submit(at(1)), Err(Error::Incomplete(missing)) if missing == ["kind", "title", "body"])
    );
    assert_eq!((article.state, article.revision), (ArticleState::Draft, 1));
    article.update(content(), "anna", at(1)).expect("a draft changes");
    article.submit(at(2)).expect("a complete draft");
    assert_eq!((article.state, article.version), (ArticleState::Submitted, 1));
}

#[test]
fn nobody_approves_what_they_wrote_or_helped_to_write() {
    let mut article = draft();
    article.update(content(), "ben", at(1)).expect("anyone may help");
    article.submit(at(2)).expect("a complete draft");
    for writer in ["anna", "ben"] {
        assert!(matches!(article.approve(writer, "", at(3)), Err(Error::OwnApproval)), "{writer}");
    }
    assert_eq!(article.author, "anna");
    assert_eq!(article.approve("carl", "", at(3)).expect("carl wrote nothing"), Sight::Now);
}

#[test]
fn who_wrote_an_earlier_version_may_approve_the_next() {
    let mut article = published();
    article.update(content(), "ben", at(3)).expect("the next version");
    article.submit(at(4)).expect("a complete draft");
    article.approve("anna", "", at(5)).expect("anna wrote the version before");
    assert_eq!((article.version, article.published_version, article.author.as_str()), (2, 2, "ben"));
}

#[test]
fn an_update_of_what_is_published_leaves_it_visible_until_the_next_is_approved() {
    let mut article = published();
    article.update(content(), "anna", at(3)).expect("the next version");
    assert_eq!(
        (article.state, article.version, article.published_version, article.reviewer.as_str()),
        (ArticleState::Draft, 2, 1, "")
    );
    article.update(content(), "anna", at(4)).expect("still the same draft");
    assert_eq!(article.version, 2);
    article.submit(at(5)).expect("a complete draft");
    article.reject("ben", "过时", at(6)).expect("under review");
    assert_eq!((article.published_version, article.review_note.as_str()), (1, "过时"));
    article.update(content(), "anna", at(7)).expect("another version");
    assert_eq!((article.version, article.published_version), (3, 1));
}

#[test]
fn an_approved_version_waits_for_its_time_and_the_one_before_stays() {
    let mut article = published();
    let later = Content { valid_from: Some(at(100)), ..content() };
    article.update(later, "anna", at(3)).expect("the next version");
    article.submit(at(4)).expect("a complete draft");
    assert_eq!(article.approve("ben", "", at(5)).expect("approved"), Sight::From(at(100)));
    assert_eq!((article.state, article.published_version), (ArticleState::Published, 1));
    assert!(article.go_live(2, at(101)));
    assert_eq!((article.published_version, article.published_changed_at), (2, Some(at(101))));
    assert!(!article.go_live(2, at(102)), "once");
}

#[test]
fn what_was_retired_or_superseded_does_not_go_live() {
    let mut superseded = published();
    superseded.published_version = 3;
    assert!(!superseded.go_live(2, at(9)));
    let mut retired = published();
    retired.retire("carl", "不再提供", at(9)).expect("in use");
    assert_eq!((retired.published_version, retired.published_changed_at), (0, Some(at(9))));
    assert!(!retired.go_live(2, at(10)));
}

#[test]
fn a_time_that_has_come_is_no_wait() {
    let mut article = submitted();
    article.content.valid_from = Some(at(2));
    assert_eq!(article.approve("ben", "", at(2)).expect("approved"), Sight::Now);
}

#[derive(Clone, Debug)]
enum Deed {
    Update(usize, Option<i64>),
    Submit,
    Approve(usize),
    Reject(usize),
    Retire(usize),
    GoLive(i32),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..3_usize, proptest::option::of(0..60_i64)).prop_map(|(who, from)| Deed::Update(who, from)),
        3 => Just(Deed::Submit),
        4 => (0..3_usize).prop_map(Deed::Approve),
        1 => (0..3_usize).prop_map(Deed::Reject),
        1 => (0..3_usize).prop_map(Deed::Retire),
        1 => (1..5_i32).prop_map(Deed::GoLive),
    ]
}

const PEOPLE: [&str; 3] = ["anna", "ben", "carl"];

proptest! {
    #[test]
    fn agents_only_ever_see_what_someone_else_approved(deeds in proptest::collection::vec(deed(), 0..40)) {
        let mut article = draft();
        // Each version that was approved, and from when it may be seen.
        let mut approved: Vec<(i32, DateTime<Utc>)> = Vec::new();
        for (second, deed) in (1..).zip(deeds) {
            let (before, now) = (article.clone(), at(second));
            let done = match deed {
                Deed::Update(who, from) => {
                    let from = from.map(|seconds| now + TimeDelta::seconds(seconds));
                    article.update(Content { valid_from: from, ..content() }, PEOPLE[who], now).is_ok()
                }
                Deed::Submit => article.submit(now).is_ok(),
                Deed::Approve(who) => match article.approve(PEOPLE[who], "", now) {
                    Ok(sight) => {
                        prop_assert!(!before.writers.iter().any(|writer| writer == PEOPLE[who]));
                        let from = if let Sight::From(from) = sight { from } else { now };
                        approved.push((article.version, from));
                        true
                    }
                    Err(_) => false,
                },
                Deed::Reject(who) => article.reject(PEOPLE[who], "", now).is_ok(),
                Deed::Retire(who) => article.retire(PEOPLE[who], "", now).is_ok(),
                // The deadline rings for versions that wait, when their time has come.
                Deed::GoLive(version) => {
                    approved.iter().any(|(number, from)| *number == version && *from <= now)
                        && article.go_live(version, now)
                }
            };
            if !done {
                prop_assert_eq!(&article, &before, "a refusal changes nothing");
                continue;
            }
            let seen = article.published_version;
            prop_assert!(seen == 0 || approved.iter().any(|(number, from)| *number == seen && *from <= now));
            prop_assert!(article.version >= before.version && article.revision == before.revision + 1);
            prop_assert!(seen >= before.published_version || article.state == ArticleState::Retired);
            prop_assert_eq!(seen != before.published_version, article.published_changed_at == Some(now));
        }
    }
}
