//! The index as a whole: what is put in is found, and nothing else.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::{Document, Found, Home, Index, Labels, Mark, Order, Place, Query, Texts, Words};

fn start() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().expect("a time")
}

fn mark() -> Mark {
    let mut mark = Mark::new(start());
    mark.below = None;
    mark
}

fn ticket(number: u32, subject: &str) -> Document {
    Document {
        id: Uuid::from_u128(u128::from(number)),
        version: 1,
        created_at: start() + TimeDelta::minutes(i64::from(number)),
        texts: Texts { number: format!("2603020{number:04}"), subject: subject.into(), ..Texts::default() },
        ..Document::default()
    }
}

fn described(number: u32, description: &str) -> Document {
    let mut document = ticket(number, "");
    document.texts.description = description.into();
    document
}

fn index(documents: &[Document]) -> Index {
    let index = Index::in_memory().expect("starts");
    index.put(documents, &[]).expect("is written");
    index.commit(&mark()).expect("is written");
    index
}

fn query(text: &str) -> Query {
    Query {
        words: Words::read(text).expect("words"),
        number: None,
        order: Order::Newest,
        states: Vec::new(),
        kinds: Vec::new(),
        priorities: Vec::new(),
        teams: Vec::new(),
        assignees: Vec::new(),
        categories: Vec::new(),
        customers: Vec::new(),
        tags: Vec::new(),
        watchers: Vec::new(),
        created_after: None,
        created_before: None,
        after: None,
        limit: 10,
        count: 100,
    }
}

fn places(index: &Index, query: &Query) -> Vec<Place> {
    index.search(query).expect("is read").places
}

fn found(index: &Index, query: &Query) -> Vec<u128> {
    places(index, query).into_iter().map(|place| place.id.as_u128()).collect()
}

#[test]
fn a_two_character_word_is_found_inside_a_sentence_newest_first() {
    let index = index(&[
        described(1, "开仓以后想要在手机上设置止损价格应该怎么操作"),
        described(2, "为防止意外损坏，请勿停止供电"),
        ticket(3, "止损"),
    ]);
    assert_eq!(found(&index, &query("止损")), [3, 1]);
    assert_eq!(found(&index, &query("设置止损价格")), [1]);
    assert_eq!(found(&index, &query("防止损坏")), Vec::<u128>::new(), "the text has `防止意外损坏`");
    assert_eq!(found(&index, &query("止")), [3, 2, 1]);
}

#[test]
fn scripts_are_mixed_in_any_width_and_all_words_are_wanted() {
    let index = index(&[
        described(1, "访客ＷｉＦｉ的密码忘了"),
        described(2, "A2区3栋门禁密码"),
        described(3, "A区13栋"),
    ]);
    assert_eq!(found(&index, &query("wifi 密码")), [1]);
    assert_eq!(found(&index, &query("密码")), [2, 1]);
    assert_eq!(found(&index, &query("a2区")), [2]);
    assert_eq!(found(&index, &query("３栋")), [2]);
    assert_eq!(found(&index, &query("13栋")), [3]);
}

#[test]
fn numbers_are_found_by_their_beginning_and_by_any_four_digits_in_a_row() {
    let index = index(&[described(1, "回电 13800138000"), described(2, "回电 13900139001")]);
    assert_eq!(found(&index, &query("8000")), [1]);
    assert_eq!(found(&index, &query("0138")), [1]);
    assert_eq!(found(&index, &query("139")), [2]);
    assert_eq!(found(&index, &query("13800138000")), [1]);
    assert_eq!(found(&index, &query("26030200")), [2, 1], "the number of a ticket is searched too");
}

#[test]
fn the_ticket_of_a_number_is_the_best_hit_and_the_subject_is_better_than_the_rest() {
    let index = index(&[
        ticket(1, "宽带断线"),
        described(2, "宽带 报修，见 26030200001"),
        ticket(3, "宽带报修"),
        described(4, "我家的宽带要报修"),
    ]);
    let best = |text: &str, number: Option<&str>| {
        let query = Query { order: Order::Best, number: number.map(str::to_owned), ..query(text) };
        places(&index, &query).into_iter().map(|place| (place.id.as_u128(), place.rank)).collect::<Vec<_>>()
    };
    assert_eq!(best("26030200001", Some("26030200001")), [(1, 4), (2, 1)]);
    assert_eq!(best("宽带", None), [(3, 3), (1, 3), (4, 1), (2, 1)]);
    assert_eq!(best("宽带 断线", None), [(1, 3)]);
    assert_eq!(best("宽带 报修", None), [(3, 3), (4, 1), (2, 1)]);
    assert_eq!(best("我家的宽带", None), [(4, 1)], "no subject has such a phrase");
}

#[test]
fn filters_and_times_narrow_and_the_count_is_of_all_pages() {
    let mut documents: Vec<Document> = (0..30).map(|number| ticket(number, "停水")).collect();
    for document in documents.iter_mut().step_by(3) {
        document.labels = Labels { state: 2, team_key: "on-site".into(), ..Labels::default() };
    }
    let index = index(&documents);
    let narrowed = Query { states: vec![2, 5], teams: vec!["on-site".into()], ..query("停水") };
    assert_eq!(index.search(&narrowed).expect("is read").total, 10);
    let late = Query { created_after: Some(start() + TimeDelta::minutes(20)), ..narrowed.clone() };
    assert_eq!(found(&index, &late), [27, 24, 21]);
    let early = Query { created_before: Some(start() + TimeDelta::minutes(6)), ..narrowed };
    assert_eq!(found(&index, &early), [3, 0]);
    assert_eq!(index.search(&Query { count: 7, ..query("停水") }).expect("is read").total, 7);
}

#[test]
fn pages_follow_each_other_in_both_orders_while_tickets_come_in_and_change() {
    for order in [Order::Newest, Order::Best] {
        let mut documents: Vec<Document> = (0..40)
            .map(|number| if number % 4 == 0 { described(number, "停水") } else { ticket(number, "停水") })
            .collect();
        // Some of the same time, in several segments.
        for document in &mut documents[10..16] {
            document.created_at = start();
        }
        let index = index(&documents[..20]);
        index.put(&documents[20..], &[]).expect("is written");
        index.commit(&mark()).expect("is written");
        let whole = places(&index, &Query { order, limit: 100, ..query("停水") });
        assert_eq!(whole.len(), 40);
        assert!(whole.is_sorted_by(|one, other| one > other));
        let (mut seen, mut page) = (Vec::new(), Query { order, limit: 7, ..query("停水") });
        loop {
            let places = places(&index, &page);
            seen.extend(places.iter().copied());
            page.after = places.last().copied();
            let (newer, older) =
                (ticket(100 + u32::try_from(seen.len()).unwrap(), "停水"), documents[5].clone());
            index.put(&[newer, older], &[]).expect("is written");
            index.commit(&mark()).expect("is written");
            if places.len() < page.limit {
                break;
            }
        }
        let seen: Vec<Place> = seen.into_iter().filter(|place| place.id < Uuid::from_u128(100)).collect();
        assert_eq!(seen, whole, "{order:?}");
    }
}

#[test]
fn what_is_put_in_again_replaces_what_was_there_also_within_one_commit() {
    let index = index(&[ticket(1, "停水"), ticket(2, "停水")]);
    for subject in ["停电", "停气"] {
        let changed = Document { version: 2, ..ticket(1, subject) };
        index.put(&[changed], &[]).expect("is written");
    }
    index.put(&[], &[Uuid::from_u128(2)]).expect("is written");
    index.commit(&mark()).expect("is written");
    assert_eq!(found(&index, &query("停水")), Vec::<u128>::new());
    assert_eq!(found(&index, &query("停电")), Vec::<u128>::new());
    assert_eq!(found(&index, &query("停气")), [1]);
    let held = [(Uuid::from_u128(1), 2)].into();
    assert_eq!(index.versions().expect("is read"), held);
    assert_eq!(index.versions_of(&[Uuid::from_u128(1), Uuid::from_u128(2)]).expect("is read"), held);
}

#[test]
fn an_index_in_a_folder_outlives_its_process_and_is_made_anew_where_it_can_not_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::take(folder.path()).expect("is free");
    let second = Home::take(folder.path()).expect("another place is free");
    let (index, none) = home.open().expect("is made");
    assert_eq!(none, None);
    index.put(&[ticket(1, "停水")], &[]).expect("is written");
    index.commit(&mark()).expect("is written");
    drop(index);
    let (index, kept) = home.open().expect("is read");
    assert_eq!((kept, found(&index, &query("停水"))), (Some(mark()), vec![1]));
    drop(index);
    let (other, none) = second.open().expect("is made");
    assert_eq!((none, other.versions().expect("is read").len()), (None, 0));
    std::fs::write(folder.path().join("replica-0/index/meta.json"), "{").expect("is written");
    let (index, none) = home.open().expect("is made anew");
    assert_eq!((none, index.versions().expect("is read").len()), (None, 0));
}

fn text() -> impl Strategy<Value = String> {
    "[停水电宽带断线3a8 ，.]{0,24}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_ticket_is_found_exactly_where_its_text_holds_the_word(
        texts in proptest::collection::vec(text(), 1..8),
        word in "[停水电宽带断线]{2,5}",
    ) {
        let documents: Vec<_> = (0..).zip(&texts).map(|(number, text)| described(number, text)).collect();
        let index = index(&documents);
        let holding = (0..).zip(&texts).filter(|(_, text)| text.contains(&word)).map(|(number, _)| number);
        let mut holding: Vec<u128> = holding.collect();
        holding.reverse();
        prop_assert_eq!(found(&index, &query(&word)), holding);
    }

    #[test]
    fn any_part_of_a_text_finds_it(text in "[停水电宽带断线]{2,24}", from in 0usize..24, length in 2usize..8) {
        let characters: Vec<char> = text.chars().collect();
        let from = from.min(characters.len() - 2);
        let part: String = characters[from..].iter().take(length).collect();
        let index = index(&[described(0, &format!("您好，{text}！"))]);
        prop_assert_eq!(found(&index, &query(&part)), [0]);
    }

    #[test]
    fn the_index_and_the_text_agree_on_any_word_of_any_script(
        texts in proptest::collection::vec("[停水3a8x ，]{0,16}", 1..8),
        words in "[停水3a8x]{1,6}( [停水3a8x]{1,6})?",
    ) {
        let documents: Vec<_> = (0..).zip(&texts).map(|(number, text)| Document {
            texts: Texts { description: text.clone(), ..Texts::default() }, ..ticket(number, "")
        }).collect();
        let query = query(&words);
        let agreeing = documents.iter().rev().filter(|document| query.words.passages(&document.texts).is_some());
        let agreeing: Vec<u128> = agreeing.map(|document| document.id.as_u128()).collect();
        let found: Found = index(&documents).search(&query).expect("is read");
        prop_assert_eq!(found.places.iter().map(|place| place.id.as_u128()).collect::<Vec<_>>(), agreeing);
    }
}
