//! What a search shows, and what it never shows (B2, B3).

use chrono::TimeDelta;
use hotline_core::clock::Clock;
use hotline_core::testing;
use hotline_core::time::to_proto;
use hotline_proto::knowledge::v1::{Article, ArticleKind, ArticleState, SearchArticlesRequest};

use super::desk::{Desk, START, article};
use crate::{Migrator, NAME};

#[tokio::test]
async fn a_two_character_word_inside_a_sentence_is_found() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let given = Article {
            title: "开仓以后想要在手机上设置止损价格应该怎么操作".into(),
            questions: vec!["如何设置止盈".into()],
            ..article("在持仓页点开设置。")
        };
        let published = desk.publish(given).await;
        desk.publish(Article { title: "如何防止漏水".into(), ..article("请先关闭总阀。") }).await;
        let hits = desk.search(SearchArticlesRequest { q: "止损".into(), ..Default::default() }).await;
        assert_eq!(hits.len(), 1);
        let found = hits[0].article.clone().expect("an article");
        assert_eq!(
            (&found.id, &found.title, &found.questions),
            (&published.id, &published.title, &published.questions)
        );
        assert_eq!((found.version, found.published_version, found.state()), (1, 1, ArticleState::Published));
        assert!(hits[0].highlight.contains("<em>止损</em>") && hits[0].score > 0.0);
    }
}

#[tokio::test]
async fn nothing_unapproved_is_ever_found() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let id = desk.create("anna", article("请先关闭总阀。")).await.id;
        assert!(desk.answers("水管爆裂").await.is_empty(), "a draft");
        desk.submit("anna", &id).await.expect("a complete draft");
        assert!(desk.answers("水管爆裂").await.is_empty(), "under review");
        desk.reject("ben", &id).await.expect("under review");
        desk.index.reconcile().await.expect("reconciles");
        assert!(desk.answers("水管爆裂").await.is_empty(), "rejected");
    }
}

#[tokio::test]
async fn an_update_is_shown_from_its_approval_on_and_the_version_before_until_then() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let id = desk.publish(article("请先关闭总阀。")).await.id;
        desk.update("anna", &id, article("请拨打抢修电话。"), &["body"]).await.expect("the next version");
        desk.submit("anna", &id).await.expect("a complete draft");
        desk.index.reconcile().await.expect("reconciles");
        assert_eq!(desk.answers("水管爆裂").await, ["请先关闭总阀。"]);
        desk.approve("ben", &id).await.expect("ben wrote nothing");
        assert_eq!(desk.answers("水管爆裂").await, ["请拨打抢修电话。"]);
    }
}

#[tokio::test]
async fn what_is_retired_is_no_longer_found() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let id = desk.publish(article("请先关闭总阀。")).await.id;
        desk.retire("carl", &id).await.expect("in use");
        assert!(desk.answers("水管爆裂").await.is_empty());
    }
}

#[tokio::test]
async fn an_approved_version_is_found_when_its_time_has_come() {
    for test in testing::databases::<Migrator>(NAME).await {
        let clock = Clock::manual(START);
        let desk = Desk::open(&test.db, &clock).await;
        let id = desk.publish(article("旧价格")).await.id;
        let from = START + TimeDelta::hours(1);
        let next = Article { valid_from: Some(to_proto(from)), ..article("新价格") };
        desk.update("anna", &id, next, &["body", "valid_from"]).await.expect("the next version");
        desk.submit("anna", &id).await.expect("a complete draft");
        let approved = desk.approve("ben", &id).await.expect("ben wrote nothing");
        assert_eq!((approved.state(), approved.published_version), (ArticleState::Published, 1));
        // A draft begun meanwhile does not stop what was approved.
        let draft = Article { category_code: "product".into(), ..article("另一个价格") };
        desk.update("anna", &id, draft, &["body", "category_code"]).await.expect("the next version");
        desk.sweep().await;
        assert_eq!(desk.answers("水管爆裂").await, ["旧价格"]);

        clock.set(from).expect("a manual clock");
        desk.sweep().await;
        assert_eq!(desk.answers("水管爆裂").await, ["新价格"]);
        assert_eq!(desk.get(&id).await.expect("exists").published_version, 2);
        let told = desk.events().await;
        assert_eq!(
            told.iter().map(|event| (event.version, event.category_code.as_str())).collect::<Vec<_>>(),
            [(1, "repair.private"), (2, "repair.private")]
        );
    }
}

#[tokio::test]
async fn a_search_keeps_to_its_category_kind_and_size() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let desk = Desk::open(&test.db, &Clock::manual(START)).await;
    for (category, kind, body) in [
        ("repair.private", ArticleKind::StandardAnswer, "室内"),
        ("repair.public", ArticleKind::Procedure, "公共"),
        ("repairs", ArticleKind::Procedure, "其他"),
    ] {
        let given = Article { category_code: category.into(), kind: kind.into(), ..article(body) };
        desk.publish(given).await;
    }
    let bodies = async |request: SearchArticlesRequest| {
        let hits = desk.search(SearchArticlesRequest { q: "水管".into(), ..request }).await;
        let mut bodies: Vec<_> = hits.into_iter().map(|hit| hit.article.expect("an article").body).collect();
        bodies.sort();
        bodies
    };
    let category = |code: &str| SearchArticlesRequest { category_code: code.into(), ..Default::default() };
    assert_eq!(bodies(category("repair")).await, ["公共", "室内"]);
    assert_eq!(bodies(category("repair.public")).await, ["公共"]);
    let procedures = SearchArticlesRequest { kind: ArticleKind::Procedure.into(), ..category("repair") };
    assert_eq!(bodies(procedures).await, ["公共"]);
    assert_eq!(bodies(SearchArticlesRequest { page_size: 1, ..Default::default() }).await.len(), 1);
}

#[tokio::test]
async fn an_answer_has_ten_hits_when_nothing_is_said_and_fifty_at_most() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let desk = Desk::open(&test.db, &Clock::manual(START)).await;
    for n in 0..52 {
        desk.publish(article(&format!("第{n}号"))).await;
    }
    for (page_size, hits) in [(0, 10), (20, 20), (500, 50)] {
        let request = SearchArticlesRequest { q: "水管爆裂".into(), page_size, ..Default::default() };
        assert_eq!(desk.search(request).await.len(), hits);
    }
}
