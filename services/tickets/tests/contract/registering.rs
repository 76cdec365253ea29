//! Registering and correcting tickets.

use std::collections::BTreeSet;

use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_proto::common::v1::{Priority, TicketState, TicketType};
use hotline_proto::events::v1::TicketCreated;
use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::{
    CreateTicketRequest, GetCategoryRequest, GetTicketStatusRequest, ListCategoriesRequest,
    ListTicketsRequest, Ticket, UpdateTicketRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::support::{agent, fault, on_each};

fn under_key(request: CreateTicketRequest, key: &str) -> Request<CreateTicketRequest> {
    let mut request = Request::new(request);
    request.metadata_mut().insert("idempotency-key", key.parse().expect("printable"));
    request
}

#[tokio::test]
async fn a_registered_ticket_has_number_priority_owner_and_times() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        assert_eq!((ticket.r#type(), ticket.state()), (TicketType::Fault, TicketState::New));
        assert_eq!((ticket.priority(), ticket.owner_agent.as_str()), (Priority::High, "agent"));
        assert_eq!((ticket.number.len(), &ticket.number[..10]), (11, "2603020001"));
        let sla = ticket.sla.clone().expect("it has its times");
        assert_eq!(sla.policy, "high");
        let seconds = |time: Option<prost_types::Timestamp>| time.expect("a target applies").seconds;
        assert_eq!(seconds(sla.response_due_at) - seconds(ticket.created_at), 15 * 60);
        assert_eq!(seconds(sla.resolution_due_at) - seconds(ticket.created_at), 4 * 3600);
        assert_eq!(desk.get(&ticket.id).await.expect("is there"), ticket);
        assert_eq!(desk.get(&ticket.number).await.expect("is there"), ticket);
        assert_eq!(desk.kinds(&ticket.number).await, ["CREATED", "SLA_SET"]);
        let told = desk.events::<TicketCreated>().await;
        let told = told[0].ticket.as_ref().expect("a snapshot");
        assert_eq!((told.number.as_str(), told.room.as_str()), (ticket.number.as_str(), "3-1502"));
        assert!(told.completeness > 0.5 && told.resolution_due_at == sla.resolution_due_at);
    })
    .await;
}

#[tokio::test]
async fn a_misheard_number_is_caught_and_an_unknown_one_not_found() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let last: u8 = ticket.number[10..].parse().expect("a digit");
        let wrong = format!("{}{}", &ticket.number[..10], (last + 1) % 10);
        let refused = desk.get(&wrong).await.expect_err("a digit is wrong");
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::InvalidArgument, "TICKET_NUMBER_INVALID")
        );
        let unknown = desk.get(&id::new().to_string()).await.expect_err("nobody registered it");
        assert_eq!(unknown.code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_named_in_the_callers_language() {
    on_each(|desk| async move {
        let request =
            CreateTicketRequest { r#type: TicketType::Fault as i32, ..CreateTicketRequest::default() };
        let refused = Locale::Zh
            .scope(desk.ask(|mut client| async move { client.create_ticket(request).await }))
            .await
            .expect_err("everything is missing");
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::InvalidArgument, "INVALID_REQUEST")
        );
        let named = refused.get_details_bad_request().expect("fields are named").field_violations;
        let paths: Vec<&str> = named.iter().map(|field| field.field.as_str()).collect();
        let expected = ["categoryCode", "channel", "customerId", "subject", "fields.room", "description"];
        assert_eq!(paths, expected);
        assert!(named.iter().all(|field| field.description == "必填"));
        assert!(desk.sent().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_same_key_makes_one_ticket() {
    on_each(|desk| async move {
        let request = fault();
        let send = |request: CreateTicketRequest| {
            desk.ask(|mut client| async move { client.create_ticket(under_key(request, "accept-1")).await })
        };
        let first = send(request.clone()).await.expect("is created");
        let again = send(request.clone()).await.expect("is answered again");
        assert_eq!(again, first);
        let other = CreateTicketRequest { subject: "别的".into(), ..request };
        let refused = send(other).await.expect_err("the key was used");
        assert_eq!(reason_of(&refused), "IDEMPOTENCY_KEY_REUSED");
        let list = desk
            .ask(|mut client| async move { client.list_tickets(ListTicketsRequest::default()).await })
            .await
            .expect("is listed");
        assert_eq!(list.tickets, [first]);
        assert_eq!(desk.events::<TicketCreated>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn tickets_registered_at_once_get_different_numbers() {
    on_each(|desk| async move {
        let creating = (0..12).map(|_| desk.create(fault()));
        let tickets = futures::future::join_all(creating).await;
        let serials: BTreeSet<&str> = tickets.iter().map(|ticket| &ticket.number[6..10]).collect();
        let expected: Vec<String> = (1..=12).map(|serial| format!("{serial:04}")).collect();
        assert_eq!(serials.into_iter().collect::<Vec<_>>(), expected);
    })
    .await;
}

#[tokio::test]
async fn only_the_version_it_was_made_on_takes_a_correction() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let patch = |etag: &str, subject: &str| UpdateTicketRequest {
            ticket: Some(Ticket { id: ticket.number.clone(), subject: subject.into(), ..Ticket::default() }),
            update_mask: Some(FieldMask { paths: vec!["subject".into()] }),
            etag: etag.into(),
        };
        let send = |request| desk.ask(|mut client| async move { client.update_ticket(request).await });
        let changed = send(patch(&ticket.etag, "光猫红灯")).await.expect("nobody came before");
        assert_eq!((changed.subject.as_str(), &changed.description), ("光猫红灯", &ticket.description));
        assert_ne!(changed.etag, ticket.etag);
        let refused = send(patch(&ticket.etag, "别的")).await.expect_err("it is stale");
        assert_eq!(reason_of(&refused), "ETAG_MISMATCH");
        let mut masked = patch("", "别的");
        masked.update_mask = Some(FieldMask { paths: vec!["state".into()] });
        assert_eq!(reason_of(&send(masked).await.expect_err("not by a patch")), "UPDATE_MASK_INVALID");
        let entry = desk.timeline(&ticket.id).await.pop().expect("it was written down");
        assert_eq!((entry.kind.as_str(), entry.actor.as_str()), ("UPDATED", "agent"));
        assert_eq!(entry.details["fromSubject"], "宽带无法上网");
        assert_eq!(entry.details["subject"], "光猫红灯");
    })
    .await;
}

#[tokio::test]
async fn the_catalogue_comes_in_its_order_and_by_board() {
    on_each(|desk| async move {
        let list = |parent_code: &str| {
            let request = ListCategoriesRequest { parent_code: parent_code.into(), ..Default::default() };
            desk.ask(|mut client| async move { client.list_categories(request).await })
        };
        let all = list("").await.expect("is listed").categories;
        assert_eq!((all[0].code.as_str(), all[1].label_zh.as_str()), ("consult", "物业服务咨询"));
        assert_eq!(all.len(), 55);
        let repair = list("repair").await.expect("is listed").categories;
        let codes: Vec<&str> = repair.iter().map(|category| category.code.as_str()).collect();
        assert_eq!(codes, ["repair", "repair.public", "repair.private", "repair.paid"]);
        let get = |code: &str| {
            let request = GetCategoryRequest { code: code.into() };
            desk.ask(|mut client| async move { client.get_category(request).await })
        };
        assert_eq!(get("repair.private").await.expect("is there"), repair[2]);
        assert_eq!(get("repair.roof").await.expect_err("is not there").code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn the_status_can_be_read_out_in_both_languages() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let request = GetTicketStatusRequest { id: ticket.number };
        let status = desk
            .ask(|mut client| async move { client.get_ticket_status(request).await })
            .await
            .expect("is told");
        assert_eq!(
            status.sentence_zh,
            "您反映的“宽带无法上网”已经登记，正在安排人员处理，预计今天13:00前解决。"
        );
        assert!(status.sentence_en.contains("by 13:00 today"), "{}", status.sentence_en);
        assert_eq!(status.expected_at, ticket.sla.expect("it has its times").resolution_due_at);
    })
    .await;
}

#[tokio::test]
async fn the_owner_is_who_registers() {
    on_each(|desk| async move {
        let mut client = desk.client();
        let ticket = client.create_ticket(fault()).await.expect("as the service itself").into_inner();
        assert_eq!(ticket.owner_agent, "service:dispatch");
        let ticket = agent().scope(client.create_ticket(fault())).await.expect("as the agent").into_inner();
        assert_eq!(ticket.owner_agent, "agent");
    })
    .await;
}
