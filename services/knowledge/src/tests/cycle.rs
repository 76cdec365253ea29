//! From draft to published and out of use (B2).

use hotline_core::clock::Clock;
use hotline_core::testing;
use hotline_proto::knowledge::v1::knowledge_service_server::KnowledgeService;
use hotline_proto::knowledge::v1::{
    Article, ArticleState, ListArticleVersionsRequest, SubmitArticleRequest, UpdateArticleRequest,
};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use super::desk::{Desk, START, article, by, refused};
use crate::{Migrator, NAME};

async fn versions(desk: &Desk, id: &str) -> Vec<Article> {
    let request = ListArticleVersionsRequest { id: id.into(), ..Default::default() };
    let response = desk.api.list_article_versions(Request::new(request)).await.expect("lists");
    response.into_inner().versions
}

#[tokio::test]
async fn an_article_is_written_submitted_and_published_by_someone_else() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let given =
            Article { author: "mallory".into(), published_version: 7, ..article("请先关闭总阀。") };
        let draft = desk.create("anna", given).await;
        assert_eq!(
            (draft.state(), draft.version, draft.published_version, draft.author.as_str()),
            (ArticleState::Draft, 1, 0, "anna")
        );
        let submitted = desk.submit("anna", &draft.id).await.expect("a complete draft");
        assert_eq!(submitted.state(), ArticleState::Submitted);
        let own = desk.approve("anna", &draft.id).await.expect_err("is refused");
        assert_eq!(own.code(), Code::PermissionDenied);
        assert_eq!(refused(Err(own)), "ARTICLE_OWN_APPROVAL");
        let published = desk.approve("ben", &draft.id).await.expect("ben wrote nothing");
        assert_eq!(
            (published.state(), published.published_version, published.reviewer.as_str()),
            (ArticleState::Published, 1, "ben")
        );
        assert_eq!(desk.get(&draft.id).await.expect("exists"), published);
        let events = desk.events().await;
        assert_eq!(events.len(), 1);
        assert_eq!(
            (events[0].article_id.as_str(), events[0].version, events[0].category_code.as_str()),
            (draft.id.as_str(), 1, "repair.private")
        );
    }
}

#[tokio::test]
async fn of_two_approvals_at_once_one_publishes() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let id = desk.create("anna", article("请先关闭总阀。")).await.id;
        desk.submit("anna", &id).await.expect("a complete draft");
        let (ben, carl) = tokio::join!(desk.approve("ben", &id), desk.approve("carl", &id));
        let (done, late): (Vec<_>, Vec<_>) = [ben, carl].into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), late.len()), (1, 1));
        assert_eq!(refused(late.into_iter().next().expect("one")), "ARTICLE_STATE_CONFLICT");
        assert_eq!(desk.events().await.len(), 1);
    }
}

#[tokio::test]
async fn an_incomplete_draft_is_refused_naming_its_empty_fields() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let desk = Desk::open(&test.db, &Clock::manual(START)).await;
    let draft = desk.create("anna", Article { title: "水管爆裂".into(), ..Article::default() }).await;
    let status = desk.submit("anna", &draft.id).await.expect_err("kind and body are empty");
    let violations = status.get_details_bad_request().expect("names fields").field_violations;
    assert_eq!(violations.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["kind", "body"]);
    assert_eq!(refused(Err(status)), "ARTICLE_INCOMPLETE");
}

#[tokio::test]
async fn an_illegal_move_is_refused_naming_the_legal_ones() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let desk = Desk::open(&test.db, &Clock::manual(START)).await;
    let draft = desk.create("anna", article("请先关闭总阀。")).await;
    let status = desk.approve("ben", &draft.id).await.expect_err("nothing was submitted");
    assert_eq!(status.code(), Code::FailedPrecondition);
    let info = status.get_details_error_info().expect("says why");
    assert_eq!(
        (info.reason.as_str(), info.metadata["legal"].as_str()),
        ("ARTICLE_STATE_CONFLICT", "update,submit,retire")
    );
    assert_eq!(desk.get(&draft.id).await.expect("exists"), draft, "a refusal changes nothing");
}

#[tokio::test]
async fn a_change_made_on_an_older_version_is_refused() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let draft = desk.create("anna", article("请先关闭总阀。")).await;
        let changed = desk.update("ben", &draft.id, article("请拨打电话。"), &["body"]).await;
        assert_ne!(changed.expect("a draft changes").etag, draft.etag);
        let submit = SubmitArticleRequest { id: draft.id.clone(), etag: draft.etag.clone() };
        assert_eq!(refused(by("anna", desk.api.submit_article(Request::new(submit))).await), "ETAG_MISMATCH");
        let in_body = UpdateArticleRequest { article: Some(draft), ..Default::default() };
        assert_eq!(
            refused(by("anna", desk.api.update_article(Request::new(in_body))).await),
            "ETAG_MISMATCH"
        );
    }
}

#[tokio::test]
async fn only_what_an_article_says_can_be_changed_and_only_as_named() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let desk = Desk::open(&test.db, &Clock::manual(START)).await;
    let draft = desk.create("anna", article("请先关闭总阀。")).await;
    let patch = Article { title: "漏水".into(), body: "另一个".into(), ..Article::default() };
    let changed = desk.update("anna", &draft.id, patch.clone(), &["title", "category_code"]).await;
    let changed = changed.expect("a draft changes");
    assert_eq!(
        (changed.title.as_str(), changed.category_code.as_str(), changed.body.as_str()),
        ("漏水", "", "请先关闭总阀。")
    );
    assert_eq!(
        refused(desk.update("anna", &draft.id, patch, &["published_version"]).await),
        "UPDATE_MASK_INVALID"
    );
}

#[tokio::test]
async fn every_version_that_was_submitted_is_kept_with_what_became_of_it() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let id = desk.publish(article("第一版")).await.id;
        desk.update("carl", &id, article("第二版"), &["body"]).await.expect("the next version");
        assert_eq!(versions(&desk, &id).await.len(), 1, "a draft is not a version that anyone has submitted");
        desk.submit("carl", &id).await.expect("a complete draft");
        let rejected = desk.reject("ben", &id).await.expect("under review");
        assert_eq!((rejected.state(), rejected.review_note.as_str()), (ArticleState::Rejected, "过时"));
        desk.update("carl", &id, article("第三版"), &["body"]).await.expect("another version");
        desk.submit("carl", &id).await.expect("a complete draft");
        desk.approve("anna", &id).await.expect("anna wrote the first version only");

        let kept: Vec<_> = versions(&desk, &id)
            .await
            .into_iter()
            .map(|kept| (kept.version, kept.state(), kept.body, kept.author, kept.reviewer, kept.review_note))
            .collect();
        let version = |number, state, body: &str, author: &str, reviewer: &str, note: &str| {
            (number, state, body.to_owned(), author.to_owned(), reviewer.to_owned(), note.to_owned())
        };
        assert_eq!(
            kept,
            [
                version(3, ArticleState::Published, "第三版", "carl", "anna", "准确"),
                version(2, ArticleState::Rejected, "第二版", "carl", "ben", "过时"),
                version(1, ArticleState::Published, "第一版", "anna", "ben", "准确"),
            ]
        );
        assert_eq!(desk.events().await.iter().map(|event| event.version).collect::<Vec<_>>(), [1, 3]);
    }
}

#[tokio::test]
async fn what_is_retired_stays_retired_with_all_its_versions() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let id = desk.publish(article("第一版")).await.id;
        desk.update("anna", &id, article("第二版"), &["body"]).await.expect("the next version");
        let retired = desk.retire("carl", &id).await.expect("in use");
        assert_eq!(
            (
                retired.state(),
                retired.published_version,
                retired.reviewer.as_str(),
                retired.review_note.as_str()
            ),
            (ArticleState::Retired, 0, "carl", "不再提供")
        );
        let kept = versions(&desk, &id).await;
        assert_eq!((kept[0].state(), kept[0].reviewer.as_str()), (ArticleState::Retired, "ben"));
        assert_eq!(
            refused(desk.update("anna", &id, article("第三版"), &["body"]).await),
            "ARTICLE_STATE_CONFLICT"
        );
    }
}

#[tokio::test]
async fn an_article_that_is_not_there_is_not_found() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let desk = Desk::open(&test.db, &Clock::manual(START)).await;
    let id = "018f0000-0000-7000-8000-000000000000";
    assert_eq!(refused(desk.get(id).await), "NOT_FOUND");
    assert_eq!(refused(desk.submit("anna", id).await), "NOT_FOUND");
}
