//! Lessons on their way into the knowledge base: once, however often it can't be reached.

use std::sync::{Arc, Mutex};

use hotline_core::idempotency;
use hotline_core::testing::eventually;
use hotline_core::upstream::Upstream;
use hotline_proto::events::v1::PlanChanged;
use hotline_proto::knowledge::v1::{Article, ArticleKind, CreateArticleRequest};
use hotline_proto::tickets::v1::CreateTicketRequest;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic_prost::ProstCodec;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::*;

const ARTICLE: &str = "01900000-0000-7000-8000-00000000000a";

/// What was asked of the knowledge service: the key, and the article.
type Asked = Arc<Mutex<Vec<(String, Article)>>>;

/// Returns a knowledge service that writes down what it is asked.
fn knowledge(asked: &Asked) -> Upstream {
    let asked = asked.clone();
    BoxCloneSyncService::new(service_fn(move |call: http::Request<Body>| {
        let asked = asked.clone();
        async move {
            let key = call.headers()[idempotency::HEADER].to_str().expect("a text").to_owned();
            let method = service_fn(move |request: tonic::Request<CreateArticleRequest>| {
                let (asked, key) = (asked.clone(), key.clone());
                async move {
                    let article = request.into_inner().article.expect("an article");
                    asked.lock().expect("no test panics while it is locked").push((key, article));
                    Ok(Response::new(Article { id: ARTICLE.into(), ..Article::default() }))
                }
            });
            Ok(Grpc::new(ProstCodec::default()).unary(method, call).await)
        }
    }))
}

async fn has_article(desk: &Desk, ticket: &Ticket) -> bool {
    get(desk, ticket).await.ending.is_some_and(|ending| ending.article_id == ARTICLE)
}

#[tokio::test]
async fn what_was_learned_becomes_one_draft_even_when_knowledge_is_away_at_first() {
    on_each(|desk| async move {
        let ticket = planned(&desk).await;
        let early = accept(&desk, &ticket, &["备缆要足"], true).await;
        assert_eq!(refused(early), (Code::FailedPrecondition, "PLAN_UNFINISHED".to_owned()));
        for (number, who) in [(1, engineer()), (2, chief())] {
            complete(&desk, &ticket, &who, number).await.expect("is done");
        }
        // Nothing answers for the knowledge service yet.
        let accepted = accept(&desk, &ticket, &["备缆要足"], true).await.expect("is accepted all the same");
        assert_eq!(accepted.state(), PlanState::Accepted);
        desk.sweep_at("2026-03-02 09:00").await;
        let ending = get(&desk, &ticket).await.ending.expect("has ended");
        assert!(ending.article_wanted && ending.article_id.is_empty());

        let asked = Asked::default();
        desk.directory.fill("knowledge", knowledge(&asked));
        desk.sweep_at("2026-03-02 09:30").await;
        eventually("the draft is there", async || has_article(&desk, &ticket).await).await;
        desk.sweep_at("2026-03-02 12:00").await;
        let asked = asked.lock().expect("no test panics while it is locked").clone();
        let (key, article) = &asked[0];
        assert!(asked.iter().all(|(again, _)| again == key), "{asked:?}");
        assert_eq!(*key, format!("tickets:plan:{}:article", accepted.id));
        assert_eq!(
            (article.kind(), article.category_code.as_str()),
            (ArticleKind::Procedure, "repair.private")
        );
        assert_eq!(article.title, format!("经验总结：多个小区同时断网（工单 {}）", ticket.number));
        assert!(article.body.contains("备缆要足") && article.body.contains("步骤1完成"), "{}", article.body);
        for said in ["宽带无法上网", "光猫红灯"] {
            assert!(!article.body.contains(said), "what the customer said stays in the ticket");
        }
        let drafted = |event: &PlanChanged| event.r#move == "ARTICLE_DRAFTED";
        assert_eq!(desk.events::<PlanChanged>().await.iter().filter(|event| drafted(event)).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_people_wrote_of_the_customer_is_not_learned() {
    on_each(|desk| async move {
        let asked = Asked::default();
        desk.directory.fill("knowledge", knowledge(&asked));
        let known = [("name", "王芳"), ("contact", "13812341234"), ("room", "3-1502")];
        let request = CreateTicketRequest {
            subject: "王芳家断网".into(),
            description: "王芳说光猫红灯".into(),
            fields: known.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..fault()
        };
        let ticket = desk.create(request).await;
        open(&desk, &ticket).await.expect("is opened");
        submit(&desk, &ticket).await.expect("is submitted");
        approve(&desk, &ticket, &supervisor()).await.expect("is approved");
        for (number, who) in [(1, engineer()), (2, chief())] {
            let request = CompletePlanStepRequest {
                id: ticket.id.clone(),
                number,
                result: "到3栋1502，王芳确认，回电 138 1234 1234 或 wang@x.cn".into(),
                ..CompletePlanStepRequest::default()
            };
            by(&desk, &who, |mut plans| async move { plans.complete_plan_step(request).await })
                .await
                .expect("is done");
        }
        accept(&desk, &ticket, &["先问王芳再上门"], true).await.expect("is accepted");
        desk.sweep_at("2026-03-02 09:30").await;
        eventually("the draft is there", async || has_article(&desk, &ticket).await).await;
        let asked = asked.lock().expect("no test panics while it is locked").clone();
        let (_, article) = &asked[0];
        for word in ["王芳", "1502", "1234 1234", "wang@", "家断网", "光猫红灯"] {
            assert!(!format!("{}{}", article.title, article.body).contains(word), "{word}: {article:?}");
        }
        let hidden = "到***，王**确认，回电 138****1234 或 w***@x.cn";
        assert_eq!(article.body.matches(hidden).count(), 2, "{}", article.body);
        assert!(article.body.contains("- 先问王**再上门"), "{}", article.body);
    })
    .await;
}
