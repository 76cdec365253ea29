//! Lists: filters and paging.

use hotline_core::clock::Clock;
use hotline_core::error::reason_of;
use hotline_proto::common::v1::{Priority, TicketState, TicketType};
use hotline_proto::tickets::v1::{HandOverTicketRequest, ListTicketsRequest, ListTicketsResponse};
use tonic::Status;

use crate::support::{Desk, at, fault, on_each};

async fn list(desk: &Desk, request: ListTicketsRequest) -> Result<ListTicketsResponse, Status> {
    desk.ask(|mut client| async move { client.list_tickets(request).await }).await
}

async fn ids(desk: &Desk, request: ListTicketsRequest) -> Vec<String> {
    let reply = list(desk, request).await.expect("is listed");
    reply.tickets.into_iter().map(|ticket| ticket.id).collect()
}

fn advance(clock: &Clock) {
    clock.advance(chrono::TimeDelta::minutes(1)).expect("a manual clock");
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_tickets_come_in() {
    on_each(|desk| async move {
        let mut expected = Vec::new();
        for number in 0..7 {
            expected.insert(0, desk.create(fault()).await.id);
            // Two at the same time now and then.
            if number % 3 != 0 {
                advance(&desk.clock);
            }
        }
        let (mut seen, mut request) =
            (Vec::new(), ListTicketsRequest { page_size: 2, ..ListTicketsRequest::default() });
        loop {
            let page = list(&desk, request.clone()).await.expect("is listed");
            seen.extend(page.tickets.into_iter().map(|ticket| ticket.id));
            advance(&desk.clock);
            desk.create(fault()).await;
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen, expected);
        request.team_key = "first-line".into();
        let refused = list(&desk, request).await.expect_err("the token is of another list");
        assert_eq!(reason_of(&refused), "PAGE_TOKEN_INVALID");
    })
    .await;
}

#[tokio::test]
async fn each_filter_keeps_what_it_names() {
    on_each(|desk| async move {
        let mut cleaning = fault();
        cleaning.category_code = "housekeeping.glass".into();
        cleaning.urgency = 0;
        cleaning.impact = 0;
        let (first, second) = (desk.create(fault()).await, desk.create(cleaning).await);
        let handed = HandOverTicketRequest {
            id: first.id.clone(),
            team_key: "on-site-east".into(),
            ..HandOverTicketRequest::default()
        };
        desk.ask(|mut client| async move { client.hand_over_ticket(handed).await }).await.expect("is legal");
        let base = ListTicketsRequest::default;
        let after = Some(hotline_core::time::to_proto(at("2026-03-02 09:01")));
        let filters = [
            (ListTicketsRequest { state: vec![TicketState::Assigned as i32], ..base() }, vec![&first]),
            (
                ListTicketsRequest {
                    state: vec![TicketState::Assigned as i32, TicketState::New as i32],
                    ..base()
                },
                vec![&second, &first],
            ),
            (ListTicketsRequest { team_key: "on-site-east".into(), ..base() }, vec![&first]),
            (ListTicketsRequest { customer_id: second.customer_id.clone(), ..base() }, vec![&second]),
            (ListTicketsRequest { category_code: "housekeeping".into(), ..base() }, vec![&second]),
            (ListTicketsRequest { category_code: "repair.private".into(), ..base() }, vec![&first]),
            (ListTicketsRequest { category_code: "repair.paid".into(), ..base() }, vec![]),
            (ListTicketsRequest { r#type: TicketType::ServiceRequest as i32, ..base() }, vec![&second]),
            (ListTicketsRequest { priority: vec![Priority::High as i32], ..base() }, vec![&first]),
            (ListTicketsRequest { assignee: "engineer".into(), ..base() }, vec![]),
            (ListTicketsRequest { created_after: after, ..base() }, vec![]),
            (ListTicketsRequest { created_before: after, ..base() }, vec![&second, &first]),
            (ListTicketsRequest { external_key: "old/1".into(), ..base() }, vec![]),
        ];
        for (request, expected) in filters {
            let expected: Vec<String> = expected.into_iter().map(|ticket| ticket.id.clone()).collect();
            assert_eq!(ids(&desk, request.clone()).await, expected, "{request:?}");
        }
    })
    .await;
}
