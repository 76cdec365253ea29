//! The index as a whole.

use uuid::Uuid;

use super::{Change, Document, Hit, Index, Query};

const NOW: i64 = 1_772_000_000;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn article(n: u128, title: &str) -> Document {
    Document { id: id(n), version: 1, title: title.into(), ..Document::default() }
}

fn put(document: Document) -> Change {
    Change::Put(Box::new(document))
}

fn index(documents: impl IntoIterator<Item = Document>) -> Index {
    let index = Index::new().expect("index");
    let changes: Vec<Change> = documents.into_iter().map(put).collect();
    index.apply(&changes).expect("applied");
    index
}

fn query(text: &str) -> Query {
    Query { text: text.into(), now: NOW, limit: 10, ..Query::default() }
}

fn found(index: &Index, query: &Query) -> Vec<u128> {
    let hits = index.search(query).expect("hits");
    hits.iter().map(|hit| hit.id.as_u128()).collect()
}

fn first(index: &Index, text: &str) -> Hit {
    index.search(&query(text)).expect("hits").into_iter().next().expect("a hit")
}

#[test]
fn a_two_character_word_inside_a_sentence_is_found() {
    let index = index([
        article(1, "开仓以后想要在手机上设置止损价格应该怎么操作"),
        article(2, "如何防止漏水"),
        Document {
            body: "持仓时可以随时修改止损，也可以取消。".into(), ..article(3, "持仓须知")
        },
        Document {
            body: "为防止意外损坏，请勿停止供电。".into(), ..article(4, "供电须知")
        },
    ]);
    assert_eq!(found(&index, &query("止损")), [1, 3]);
    assert_eq!(first(&index, "止损").highlight, "开仓以后想要在手机上设置<em>止损</em>价格应该怎么操作");
}

#[test]
fn one_character_is_a_query() {
    let index = index([
        article(1, "停电了怎么办"),
        article(2, "停水了怎么办"),
        Document { body: "充电桩在地下车库。".into(), ..article(3, "车库") },
    ]);
    assert_eq!(found(&index, &query("电")), [1, 3]);
}

#[test]
fn english_is_found_in_any_case_and_unfinished_or_mistyped() {
    let index = index([article(1, "Reset your Password"), article(2, "Printer out of paper")]);
    for text in
        ["PASSWORD", "passw", "passwords", "pasword", "ｐａｓｓｗｏｒｄ", "how do i reset my passwrod"]
    {
        assert_eq!(found(&index, &query(text)).first(), Some(&1), "{text}");
    }
    assert_eq!(first(&index, "passw").highlight, "Reset your <em>Password</em>");
}

#[test]
fn mixed_scripts_are_found_with_and_without_a_space() {
    let index = index([
        article(1, "访客 Wi-Fi 怎么连"),
        article(2, "访客WiFi密码是多少"),
        article(3, "门禁密码是多少"),
    ]);
    for text in ["WiFi密码", "wifi 密码", "ＷＩＦＩ密码"] {
        assert_eq!(found(&index, &query(text)).first(), Some(&2), "{text}");
    }
}

#[test]
fn a_synonym_is_found_and_marked() {
    let index = index([article(1, "怎么登录账号"), article(2, "怎么交物业费")]);
    assert_eq!(found(&index, &query("如何登陆帐号")), [1]);
    assert_eq!(first(&index, "如何登陆帐号").highlight, "<em>怎么登录账号</em>");
}

#[test]
fn another_way_to_ask_finds_the_article_once_and_is_shown() {
    let questions = vec!["水压低怎么回事".into(), "家里没有水怎么回事".into()];
    let index = index([Document { questions, ..article(1, "供水故障处理") }, article(2, "供电故障处理")]);
    assert_eq!(found(&index, &query("家里没有水")), [1]);
    assert_eq!(first(&index, "家里没有水").highlight, "<em>家里没有</em>水怎么回事");
}

#[test]
fn words_parted_among_title_questions_and_body_are_found_together() {
    let index = index([
        Document {
            body: "请联系物业并提供楼栋号码，维保人员一小时内到场。".into(),
            ..article(1, "电梯故障如何报修")
        },
        Document {
            questions: vec!["上网总是断线".into(), "网速很慢".into()],
            body: "请看光猫上是否亮红灯，重启后再试。".into(),
            ..article(2, "宽带故障怎么处理")
        },
        Document { body: "请按楼栋到前台领取。".into(), ..article(3, "门禁卡领取") },
    ]);
    for (text, expected) in [
        ("电梯 楼栋", 1),
        ("楼栋 电梯", 1),
        ("断线 红灯", 2),
        ("宽带 光猫", 2),
        ("宽带 网速", 2),
        ("电梯故障 维保人员 楼栋", 1),
        ("电梯的楼栋", 1),
    ] {
        assert_eq!(found(&index, &query(text)), [expected], "{text}");
    }
}

#[test]
fn words_of_which_only_some_are_anywhere_are_no_answer() {
    let index = index([
        Document {
            body: "请联系物业并提供楼栋号码。".into(), ..article(1, "电梯故障如何报修")
        },
        Document { body: "请先看总阀。".into(), ..article(2, "家里没有水怎么回事") },
        Document { body: "Sign in to my page and pay.".into(), ..article(3, "How to get a card") },
    ]);
    for text in ["电梯 宠物", "楼栋 宠物", "空调不制冷了怎么回事", "签证 护照", "how to renew my visa"]
    {
        assert!(found(&index, &query(text)).is_empty(), "{text}");
    }
}

#[test]
fn english_is_found_in_the_other_number() {
    let index = index([
        article(1, "How to pay the parking fee"),
        Document {
            body: "Ask the front desk about all queries and boxes.".into(),
            ..article(2, "Deliveries")
        },
        Document { body: "The coffee machine is on the first floor.".into(), ..article(3, "Pantry") },
    ]);
    for (text, expected) in [
        ("parking fees", 1),
        ("fees", 1),
        ("fee", 1),
        ("query", 2),
        ("box", 2),
        ("delivery", 2),
        ("delivery query", 2),
        ("coffees", 3),
    ] {
        assert_eq!(found(&index, &query(text)), [expected], "{text}");
    }
    assert_eq!(first(&index, "fees").highlight, "How to pay the parking <em>fee</em>");
    assert!(found(&index, &query("visa passports")).is_empty());
}

#[test]
fn a_highlight_is_escaped() {
    let index = index([article(1, "<script>alert(1)</script> 密码")]);
    assert_eq!(first(&index, "密码").highlight, "&lt;script&gt;alert(1)&lt;/script&gt; <em>密码</em>");
}

#[test]
fn a_change_is_seen_by_the_next_search() {
    let index = index([article(1, "停水通知")]);
    index.apply(&[put(Document { version: 2, ..article(1, "电梯检修") })]).expect("applied");
    assert!(found(&index, &query("停水")).is_empty());
    assert_eq!(first(&index, "电梯").version, 2);
    index.apply(&[Change::Remove(id(1)), Change::Remove(id(9))]).expect("applied");
    assert!(found(&index, &query("电梯")).is_empty());
    assert!(index.versions().is_empty());
}

#[test]
fn changes_of_one_batch_happen_in_order() {
    let index = index([]);
    let changes =
        [put(article(1, "停水")), Change::Remove(id(1)), put(article(1, "停电")), put(article(2, "停气"))];
    index.apply(&changes).expect("applied");
    assert!(found(&index, &query("停水")).is_empty());
    assert_eq!(found(&index, &query("停电")), [1]);
    assert_eq!(index.versions(), [(id(1), 1), (id(2), 1)].into());
}

#[test]
fn an_earlier_version_never_replaces_a_later_one() {
    let index = index([Document { version: 3, ..article(1, "停电") }]);
    index.apply(&[put(Document { version: 2, ..article(1, "停水") })]).expect("applied");
    assert_eq!(index.versions(), [(id(1), 3)].into());
    assert!(found(&index, &query("停水")).is_empty());
}

#[test]
fn a_category_is_searched_with_its_subtree_and_no_other() {
    let in_category = |n, code: &str| Document { category_code: code.into(), ..article(n, "门锁维修") };
    let index = index([
        in_category(1, "repair"),
        in_category(2, "repair.private"),
        in_category(3, "repairs"),
        in_category(4, ""),
    ]);
    let under = |code: &str| found(&index, &Query { category_code: Some(code.into()), ..query("门锁") });
    assert_eq!(under("repair"), [1, 2]);
    assert_eq!(under("repair.private"), [2]);
    assert!(under("rep").is_empty());
    assert_eq!(found(&index, &query("门锁")), [1, 2, 3, 4]);
}

#[test]
fn kind_project_and_validity_narrow_the_search() {
    let index = index([
        Document { kind: "policy".into(), project: "east".into(), ..article(1, "退房政策") },
        Document { kind: "notice".into(), ..article(2, "退房政策") },
        Document { project: "west".into(), valid_from: Some(NOW), ..article(3, "退房政策") },
        Document { valid_from: Some(NOW + 1), ..article(4, "退房政策") },
    ]);
    assert_eq!(found(&index, &query("退房")), [1, 2, 3]);
    assert_eq!(found(&index, &Query { kind: Some("policy".into()), ..query("退房") }), [1]);
    assert_eq!(found(&index, &Query { project: Some("west".into()), ..query("退房") }), [2, 3]);
    assert_eq!(found(&index, &Query { now: NOW + 1, ..query("退房") }), [1, 2, 3, 4]);
}

#[test]
fn what_looks_like_an_operator_is_text() {
    let index = index([article(1, "title:密码 AND (账号 OR *)"), article(2, "邮箱满了")]);
    for text in [
        "\"密码",
        "title:密码",
        "密码*",
        "(密码",
        "密码 AND NOT 密码",
        "+密码 -密码",
        "密码^2~",
        "/密码/",
        "\\密码",
    ] {
        assert_eq!(found(&index, &query(text)).first(), Some(&1), "{text}");
    }
    assert!(found(&index, &query("*")).is_empty());
    assert!(found(&index, &query("kind:policy")).is_empty());
}

#[test]
fn nothing_to_look_for_gives_no_hits() {
    let index = index([article(1, "密码")]);
    for text in ["", "   ", "？！。，", "\"\"", "🙂", "\0"] {
        assert!(found(&index, &query(text)).is_empty(), "{text:?}");
    }
    assert!(found(&Index::new().expect("index"), &query("密码")).is_empty());
}

#[test]
fn a_ticket_of_any_length_finds_what_its_beginning_is_about() {
    let index = index([article(1, "家里停水怎么办"), article(2, "怎么申请居住证")]);
    let text = format!("您好，我家里今天早上开始停水了，请问怎么办？{}", "啰嗦话".repeat(100_000));
    assert_eq!(found(&index, &query(&text)), [1]);
}

#[test]
fn an_unrelated_question_has_no_answer() {
    let index = index([article(1, "怎么申请居住证"), article(2, "怎么交物业费")]);
    assert!(found(&index, &query("空调不制冷了怎么回事")).is_empty());
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let index = index((1..=25).map(|n| article(n, "停水通知")));
    let page = |offset| found(&index, &Query { offset, ..query("停水") });
    let all: Vec<u128> = [page(0), page(10), page(20), page(30)].concat();
    assert_eq!(all, (1..=25).collect::<Vec<_>>());
}

#[test]
fn searches_go_on_while_articles_change() {
    let index = index([article(1, "停水通知")]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for version in 2..30 {
                index.apply(&[put(Document { version, ..article(1, "停水通知") })]).expect("applied");
            }
        });
        scope.spawn(|| {
            for _ in 0..100 {
                assert_eq!(found(&index, &query("停水")), [1]);
            }
        });
    });
    assert_eq!(index.versions(), [(id(1), 29)].into());
}
