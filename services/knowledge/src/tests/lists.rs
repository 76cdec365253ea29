//! Lists of articles, by page and by filter.

use hotline_core::clock::Clock;
use hotline_core::testing;
use hotline_proto::knowledge::v1::knowledge_service_server::KnowledgeService;
use hotline_proto::knowledge::v1::{
    Article, ArticleKind, ArticleState, ListArticleVersionsRequest, ListArticleVersionsResponse,
    ListArticlesRequest, ListArticlesResponse,
};
use tonic::{Request, Status};

use super::desk::{Desk, START, article};
use crate::{Migrator, NAME};

async fn list(desk: &Desk, request: ListArticlesRequest) -> Result<ListArticlesResponse, Status> {
    desk.api.list_articles(Request::new(request)).await.map(tonic::Response::into_inner)
}

async fn bodies(desk: &Desk, request: ListArticlesRequest) -> Vec<String> {
    let response = list(desk, request).await.expect("lists");
    response.articles.into_iter().map(|article| article.body).collect()
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_articles_are_added() {
    for test in testing::databases::<Migrator>(NAME).await {
        // The clock stands still: ids alone part the rows.
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        for n in 0..5 {
            desk.create("anna", article(&n.to_string())).await;
        }
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListArticlesRequest { page_size: 2, page_token, ..Default::default() };
            let response = list(&desk, request).await.expect("lists");
            assert!(response.articles.len() <= 2);
            seen.extend(response.articles.into_iter().map(|article| article.body));
            page_token = response.next_page_token;
            if page_token.is_empty() {
                break;
            }
            desk.create("anna", article("later")).await;
        }
        assert_eq!(seen, ["4", "3", "2", "1", "0"]);
    }
}

#[tokio::test]
async fn a_list_keeps_to_its_states_category_and_kind() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        desk.publish(article("published")).await;
        let law = Article { category_code: "repair".into(), kind: ArticleKind::Law.into(), ..article("law") };
        desk.create("anna", law).await;
        for (code, body) in [("repairs", "beside"), ("repair_x", "wild"), ("", "general")] {
            desk.create("anna", Article { category_code: code.into(), ..article(body) }).await;
        }
        let of = |code: &str| ListArticlesRequest { category_code: code.into(), ..Default::default() };
        assert_eq!(bodies(&desk, of("repair")).await, ["law", "published"]);
        assert_eq!(bodies(&desk, of("repair.private")).await, ["published"]);
        assert!(bodies(&desk, of("repai_")).await.is_empty(), "a code is no pattern");
        let kind = ListArticlesRequest { kind: ArticleKind::Law.into(), ..Default::default() };
        assert_eq!(bodies(&desk, kind).await, ["law"]);
        let states = vec![ArticleState::Published.into(), ArticleState::Rejected.into()];
        assert_eq!(
            bodies(&desk, ListArticlesRequest { state: states, ..Default::default() }).await,
            ["published"]
        );
    }
}

#[tokio::test]
async fn a_token_of_another_list_is_refused() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let desk = Desk::open(&test.db, &Clock::manual(START)).await;
    for body in ["a", "b"] {
        desk.create("anna", article(body)).await;
    }
    let first = ListArticlesRequest { page_size: 1, ..Default::default() };
    let page_token = list(&desk, first).await.expect("lists").next_page_token;
    let other = ListArticlesRequest { page_token, kind: ArticleKind::Law.into(), ..Default::default() };
    assert!(list(&desk, other).await.is_err());
}

#[tokio::test]
async fn versions_come_newest_first_by_page() {
    for test in testing::databases::<Migrator>(NAME).await {
        let desk = Desk::open(&test.db, &Clock::manual(START)).await;
        let id = desk.publish(article("1")).await.id;
        for body in ["2", "3"] {
            desk.update("anna", &id, article(body), &["body"]).await.expect("the next version");
            desk.submit("anna", &id).await.expect("a complete draft");
            desk.approve("ben", &id).await.expect("ben wrote nothing");
        }
        let page = async |page_token: String| -> ListArticleVersionsResponse {
            let request = ListArticleVersionsRequest { id: id.clone(), page_size: 2, page_token };
            desk.api.list_article_versions(Request::new(request)).await.expect("lists").into_inner()
        };
        let numbers = |page: &ListArticleVersionsResponse| {
            page.versions.iter().map(|version| version.version).collect()
        };
        let first = page(String::new()).await;
        let (first_numbers, published): (Vec<i32>, i32) =
            (numbers(&first), first.versions[0].published_version);
        assert_eq!((first_numbers, published), (vec![3, 2], 3));
        let last = page(first.next_page_token).await;
        let last_numbers: Vec<i32> = numbers(&last);
        assert_eq!((last_numbers, last.next_page_token.as_str()), (vec![1], ""));
    }
}
