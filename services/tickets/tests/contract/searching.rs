//! Search: what is written is found, and what is found is so (T16).

use std::path::Path;

use hotline_core::clock::Clock;
use hotline_core::error::reason_of;
use hotline_core::testing::{TestDb, databases, eventually};
use hotline_core::time::to_proto;
use hotline_proto::common::v1::{Channel, TicketState, TicketType};
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_proto::tickets::v1::{
    CreateCommentRequest, HandOverTicketRequest, ImportTicketsRequest, ImportedTicket, ListTicketsRequest,
    ResolveTicketRequest, SearchOrder, SearchTicketsRequest, SearchTicketsResponse, TagTicketRequest, Ticket,
    UpdateTicketRequest,
};
use hotline_tickets::{Config, Migrator, NAME};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::support::{Desk, agent, at, fault};

mod lasting;

/// A service whose index follows its database.
struct Searched {
    desk: Desk,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Searched {
    async fn open(test: &TestDb, folder: &Path) -> Self {
        let db = test.open::<Migrator>(NAME).await;
        let mut config = Config::default();
        config.search.folder = folder.to_owned();
        let mut desk = Desk::with(db, Clock::manual(at("2026-03-02 09:00")), config).await;
        let stop = CancellationToken::new();
        let tasks = std::mem::take(&mut desk.tasks).into_iter().map(|task| tokio::spawn(task(stop.clone())));
        Self { tasks: tasks.collect(), desk, stop }
    }

    async fn close(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.expect("ends");
        }
    }

    async fn search(&self, request: SearchTicketsRequest) -> Result<SearchTicketsResponse, Status> {
        self.desk.ask(|mut client| async move { client.search_tickets(request).await }).await
    }

    /// Waits until a search finds just these tickets, in this order.
    async fn finds(&self, request: SearchTicketsRequest, expected: &[&Ticket]) -> SearchTicketsResponse {
        let mut last = SearchTicketsResponse::default();
        eventually(&format!("{request:?} finds {}", expected.len()), async || {
            last = self.search(request.clone()).await.unwrap_or_default();
            let found = last.hits.iter().map(|hit| hit.ticket.as_ref().map(|ticket| ticket.id.as_str()));
            !last.partial && found.eq(expected.iter().map(|ticket| Some(ticket.id.as_str())))
        })
        .await;
        last
    }

    async fn list(&self, request: ListTicketsRequest) -> Vec<String> {
        let listed = self.desk.ask(|mut client| async move { client.list_tickets(request).await }).await;
        listed.expect("is listed").tickets.into_iter().map(|ticket| ticket.id).collect()
    }

    async fn create(&self, subject: &str, description: &str) -> Ticket {
        self.desk.clock.advance(chrono::TimeDelta::minutes(1)).expect("a manual clock");
        let (subject, description) = (subject.to_owned(), description.to_owned());
        self.desk
            .create(hotline_proto::tickets::v1::CreateTicketRequest { subject, description, ..fault() })
            .await
    }
}

fn query(q: &str) -> SearchTicketsRequest {
    SearchTicketsRequest { q: q.into(), ..SearchTicketsRequest::default() }
}

fn newest(q: &str) -> SearchTicketsRequest {
    SearchTicketsRequest { order: SearchOrder::Newest as i32, ..query(q) }
}

/// Runs a test on each database with an empty folder.
async fn on_each<F: Future<Output = ()>>(test: impl Fn(TestDb, tempfile::TempDir) -> F) {
    for database in databases::<Migrator>(NAME).await {
        test(database, tempfile::tempdir().expect("a temp folder")).await;
    }
}

#[tokio::test]
async fn what_is_written_is_found_as_it_is_now() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let ticket = here.create("宽带断线", "光猫亮红灯，电话 13800138000").await;
        let found = here.finds(query("红灯"), &[&ticket]).await;
        assert_eq!((found.total, found.total_is_least), (1, false));
        let highlight = &found.hits[0].highlights[0];
        assert_eq!(
            (highlight.field.as_str(), highlight.text.as_str()),
            ("description", "光猫亮<em>红灯</em>，电话 13800138000")
        );
        here.finds(query("8000"), &[&ticket]).await;
        here.finds(query("1502"), &[&ticket]).await;
        let patch =
            Ticket { id: ticket.id.clone(), description: "电视没有信号".into(), ..Ticket::default() };
        let update = UpdateTicketRequest { ticket: Some(patch), ..UpdateTicketRequest::default() };
        here.desk
            .ask(|mut client| async move { client.update_ticket(update).await })
            .await
            .expect("is legal");
        here.finds(query("没有信号"), &[&ticket]).await;
        here.finds(query("红灯"), &[]).await;
        let resolve = ResolveTicketRequest {
            id: ticket.id.clone(),
            resolution: "更换尾纤".into(),
            ..ResolveTicketRequest::default()
        };
        here.desk
            .ask(|mut client| async move { client.resolve_ticket(resolve).await })
            .await
            .expect("is legal");
        let found = here.finds(query("尾纤"), &[&ticket]).await;
        assert_eq!(found.hits[0].ticket.as_ref().map(Ticket::state), Some(TicketState::Resolved));
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn comments_are_searched_and_tags_narrow() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let (first, second) = (here.create("停水", "三栋停水").await, here.create("停水", "四栋停水").await);
        let matters = || MatterServiceClient::new(here.desk.upstream.clone());
        let text = "已联系自来水公司".to_owned();
        let comment =
            CreateCommentRequest { ticket_id: first.id.clone(), text, ..CreateCommentRequest::default() };
        agent().scope(matters().create_comment(comment)).await.expect("is legal");
        let found = here.finds(query("自来水"), &[&first]).await;
        assert_eq!(found.hits[0].highlights[0].field, "comment");
        let tag = TagTicketRequest {
            id: second.id.clone(),
            add: vec!["VIP".into()],
            ..TagTicketRequest::default()
        };
        agent().scope(matters().tag_ticket(tag)).await.expect("is legal");
        here.finds(SearchTicketsRequest { tag: "vip".into(), ..query("停水") }, &[&second]).await;
        let list =
            ListTicketsRequest { q: "停水".into(), tag: "vip".into(), ..ListTicketsRequest::default() };
        assert_eq!(here.list(list).await, std::slice::from_ref(&second.id));
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn imported_tickets_are_found() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let past = ImportedTicket {
            external_key: "old/1".into(),
            customer_id: hotline_core::id::new().to_string(),
            r#type: TicketType::Complaint as i32,
            category_code: "complaint.environment".into(),
            channel: Channel::Portal as i32,
            subject: "小区停车费".into(),
            description: "A3区教师村小区盼望早日安装电梯".into(),
            created_at: Some(to_proto(at("2019-04-25 09:32"))),
            ..ImportedTicket::default()
        };
        let request = ImportTicketsRequest { tickets: vec![past] };
        let reply = here.desk.ask(|mut client| async move { client.import_tickets(request).await }).await;
        let id = reply.expect("is imported").results[0].id.clone();
        let ticket = here.desk.get(&id).await.expect("is there");
        here.finds(query("安装电梯"), &[&ticket]).await;
        here.finds(query("a3区"), &[&ticket]).await;
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn each_filter_narrows_and_a_number_is_the_best_hit() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let first = here.create("停水", "三栋停水").await;
        let second = here.create("报修", &format!("停水，见 {}", first.number)).await;
        here.finds(query(&first.number), &[&first, &second]).await;
        here.finds(query("停水"), &[&first, &second]).await;
        here.finds(newest("停水"), &[&second, &first]).await;
        let moved = HandOverTicketRequest {
            id: second.id.clone(),
            team_key: "on-site-east".into(),
            ..HandOverTicketRequest::default()
        };
        here.desk
            .ask(|mut client| async move { client.hand_over_ticket(moved).await })
            .await
            .expect("is legal");
        let base = || query("停水");
        let narrowed = [
            (SearchTicketsRequest { team_key: "on-site-east".into(), ..base() }, &second),
            (SearchTicketsRequest { customer_id: first.customer_id.clone(), ..base() }, &first),
            (SearchTicketsRequest { created_before: second.created_at, ..base() }, &first),
            (SearchTicketsRequest { created_after: second.created_at, ..base() }, &second),
        ];
        for (request, expected) in narrowed {
            here.finds(request, &[expected]).await;
        }
        here.finds(SearchTicketsRequest { category_code: "repair".into(), ..base() }, &[&first, &second])
            .await;
        here.finds(SearchTicketsRequest { category_code: "complaint".into(), ..base() }, &[]).await;
        here.finds(SearchTicketsRequest { state: vec![TicketState::Closed as i32], ..base() }, &[]).await;
        here.finds(SearchTicketsRequest { r#type: TicketType::Complaint as i32, ..base() }, &[]).await;
        let list = ListTicketsRequest {
            q: "停水".into(),
            team_key: "on-site-east".into(),
            ..ListTicketsRequest::default()
        };
        assert_eq!(here.list(list).await, std::slice::from_ref(&second.id));
        let list = ListTicketsRequest {
            q: "停水".into(),
            external_key: "old/1".into(),
            ..ListTicketsRequest::default()
        };
        assert_eq!(here.list(list).await, Vec::<String>::new());
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_tickets_come_in() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let mut tickets = Vec::new();
        for number in 0..7 {
            tickets.push(here.create(["停水", "报修"][number % 2], "停水了").await);
        }
        tickets.reverse();
        let by_time: Vec<&Ticket> = tickets.iter().collect();
        let mut by_rank = by_time.clone();
        by_rank.sort_by_key(|ticket| ticket.subject != "停水");
        here.finds(newest("停水"), &by_time).await;
        for (order, expected) in [(SearchOrder::Newest, by_time), (SearchOrder::Relevance, by_rank)] {
            let mut request = SearchTicketsRequest { page_size: 2, order: order as i32, ..query("停水") };
            let mut seen = Vec::new();
            loop {
                let page = here.search(request.clone()).await.expect("is found");
                seen.extend(page.hits.into_iter().filter_map(|hit| hit.ticket));
                here.create("停水", "又停水了").await;
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            let known: Vec<&str> = expected.iter().map(|ticket| ticket.id.as_str()).collect();
            let seen: Vec<&str> =
                seen.iter().map(|ticket| ticket.id.as_str()).filter(|id| known.contains(id)).collect();
            assert_eq!(seen, known, "{order:?}");
        }
        let mut list =
            ListTicketsRequest { q: "停水".into(), page_size: 2, ..ListTicketsRequest::default() };
        let first = list.clone();
        let page = here
            .desk
            .ask(|mut client| async move { client.list_tickets(first).await })
            .await
            .expect("is listed");
        list.page_token = page.next_page_token;
        let later = here.list(list.clone()).await;
        assert!(page.tickets.iter().all(|ticket| !later.contains(&ticket.id)));
        list.q = "停电".into();
        let refused = here.desk.ask(|mut client| async move { client.list_tickets(list).await }).await;
        assert_eq!(reason_of(&refused.expect_err("the token is of another list")), "PAGE_TOKEN_INVALID");
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_query_with_nothing_to_look_for_is_refused_by_name() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let refused = here.search(query("，。!")).await.expect_err("there is nothing to look for");
        assert_eq!(reason_of(&refused), "INVALID_REQUEST");
        assert!(refused.message().contains("`q`"), "{}", refused.message());
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_search_costs_two_statements() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let ticket = here.create("停电", "如来电所述").await;
        here.finds(query("停电"), &[&ticket]).await;
        // The looks for what others write are statements too, now and then.
        let mut least = u64::MAX;
        for _ in 0..5 {
            let before = here.desk.db.statements();
            here.search(query("停电")).await.expect("is found");
            least = least.min(here.desk.db.statements() - before);
        }
        // The tickets as they are now, and their comments.
        assert_eq!(least, 2);
        here.close().await;
    })
    .await;
}
