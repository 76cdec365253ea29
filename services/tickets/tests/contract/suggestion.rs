//! Which category a text suggests: nothing at first, then what closed tickets taught (T1).

use chrono::TimeDelta;
use hotline_proto::tickets::v1::{
    CloseTicketRequest, CreateTicketRequest, ResolveTicketRequest, RetireCategoryRequest,
    SuggestCategoriesRequest, SuggestCategoriesResponse,
};
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, agent, fault, on_each};

const NETWORK: [&str; 6] =
    ["宽带断线", "光猫红灯没有网络", "网络很慢", "宽带上不了网", "路由器没有网络", "宽带时断时续"];
const LIGHTS: [&str; 6] =
    ["楼道灯不亮", "楼道灯坏了", "电梯厅灯不亮", "车库灯坏", "楼道照明灯闪", "大堂灯不亮"];

async fn close(desk: &Desk, code: &str, subject: &str) {
    let request = CreateTicketRequest {
        category_code: code.into(),
        subject: subject.into(),
        description: subject.into(),
        ..fault()
    };
    let id = desk.create(request).await.id;
    let resolve =
        ResolveTicketRequest { id: id.clone(), resolution: "已处理".into(), ..Default::default() };
    desk.ask(|mut client| async move { client.resolve_ticket(resolve).await }).await.expect("is solved");
    let close = CloseTicketRequest { id, ..CloseTicketRequest::default() };
    desk.ask(|mut client| async move { client.close_ticket(close).await }).await.expect("is closed");
}

async fn suggest(desk: &Desk, text: &str) -> SuggestCategoriesResponse {
    let request = SuggestCategoriesRequest { text: text.into(), ..SuggestCategoriesRequest::default() };
    agent().scope(desk.catalogue().suggest_categories(request)).await.expect("is told").into_inner()
}

/// Waits until it has learned from so many texts.
async fn learned(desk: &Desk, texts: i32) -> SuggestCategoriesResponse {
    loop {
        let told = suggest(desk, "宽带没有网络").await;
        if told.trained_on == texts {
            return told;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn closed_tickets_teach_what_texts_suggest_and_more_of_them_teach_anew() {
    on_each(|mut desk| async move {
        let stop = CancellationToken::new();
        let tasks: Vec<_> = std::mem::take(&mut desk.tasks)
            .into_iter()
            .map(|task| tokio::spawn(task(stop.clone())))
            .collect();
        let nothing = suggest(&desk, "宽带断线").await;
        assert_eq!((nothing.trained_on, nothing.suggestions.len(), nothing.trained_at), (0, 0, None));
        for (subject, light) in NETWORK.iter().zip(LIGHTS) {
            close(&desk, "repair.private", subject).await;
            close(&desk, "repair.public", light).await;
        }
        close(&desk, "repair.paid", "换锁").await;
        desk.clock.advance(TimeDelta::minutes(31)).expect("a manual clock");
        let told = learned(&desk, 12).await;
        let codes: Vec<&str> = told
            .suggestions
            .iter()
            .flat_map(|one| &one.category)
            .map(|category| category.code.as_str())
            .collect();
        assert_eq!(codes, ["repair.private", "repair.public"], "a category of one ticket is not suggested");
        let sum: f64 = told.suggestions.iter().map(|one| one.confidence).sum();
        assert!((sum - 1.0).abs() < 1e-9 && told.suggestions[0].confidence > 0.5, "{told:?}");
        for subject in NETWORK.iter().chain(&NETWORK).chain(&NETWORK).chain(&NETWORK[..2]) {
            close(&desk, "repair.private", subject).await;
        }
        desk.clock.advance(TimeDelta::minutes(31)).expect("a manual clock");
        learned(&desk, 32).await;
        let retire =
            RetireCategoryRequest { code: "repair.private".into(), ..RetireCategoryRequest::default() };
        desk.order(desk.catalogue().retire_category(retire)).await.expect("is retired");
        let told = suggest(&desk, "宽带没有网络").await;
        assert_eq!(told.suggestions.len(), 1, "nothing that is retired is suggested");
        stop.cancel();
        for task in tasks {
            task.await.expect("ends");
        }
    })
    .await;
}
