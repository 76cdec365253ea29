//! Contacts: no call dangles, and each ends once with its activity record (C2, C4).

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use futures::future::join_all;
use hotline_core::error::reason_of;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::{
    Customer, EndInteractionRequest, Intent, ListInteractionsRequest, Outcome, StartInteractionRequest,
    UpdateCustomerRequest,
};
use hotline_proto::events::v1::InteractionEnded;
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, Statement};
use tonic::Code;

use crate::bench::{Bench, fields, inbound, morning, on_each_database};
use crate::fake_tickets::{CATEGORY, NUMBER, OUTAGE, TICKET};

fn ending(call: &str) -> EndInteractionRequest {
    EndInteractionRequest {
        id: call.into(),
        intent: Intent::Fault.into(),
        category_code: CATEGORY.into(),
        summary: "宽带断线".into(),
        outcome: Outcome::Ticket.into(),
        ticket_id: TICKET.into(),
        ..EndInteractionRequest::default()
    }
}

#[tokio::test]
async fn a_call_from_an_unknown_number_makes_an_anonymous_customer_who_is_completed_later() {
    on_each_database(async |bench| {
        let call = bench.call_from("+86 138-0013-8000").await;
        assert_eq!((call.phone.as_str(), call.agent.as_str()), ("+8613800138000", "agent"));
        assert_eq!(call.started_at, Some(to_proto(morning())));
        let [caller] = bench.having("13800138000").await.try_into().expect("one customer");
        assert!(caller.id == call.customer_id && caller.anonymous);

        let named = UpdateCustomerRequest {
            customer: Some(Customer { id: caller.id, name: "王芳".into(), ..Default::default() }),
            ..Default::default()
        };
        let named = bench.client.clone().update_customer(named).await.expect("completed").into_inner();
        assert!(!named.anonymous && named.phones == ["+8613800138000"]);
        assert_eq!(bench.call_from("138 0013 8000").await.customer_id, call.customer_id);
    })
    .await;
}

#[tokio::test]
async fn calls_of_one_unknown_number_that_begin_at_once_are_one_customers() {
    on_each_database(async |bench| {
        // Many at once, and from the first moment: a pool that still grows would let them through one by one.
        join_all((0..16).map(|_| bench.having("13800138000"))).await;
        for last in 0..8 {
            let phone = format!("1380013800{last}");
            let calls = join_all((0..16).map(|_| bench.call_from(&phone))).await;
            let [customer] = bench.having(&phone).await.try_into().expect("one customer");
            assert!(calls.iter().all(|call| call.customer_id == customer.id));
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_goes_to_the_newest_of_the_customers_who_share_a_number() {
    on_each_database(async |bench| {
        let mut newest = String::new();
        for name in ["王芳", "李强"] {
            let customer =
                Customer { name: name.into(), phones: vec!["029-88886666".into()], ..Default::default() };
            newest = bench.create(customer).await.expect("created").id;
            bench.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(bench.call_from("(029) 8888 6666").await.customer_id, newest);
    })
    .await;
}

#[tokio::test]
async fn a_number_that_was_taken_from_its_customer_is_a_strangers_again() {
    on_each_database(async |bench| {
        let first = bench.call_from("13800138000").await.customer_id;
        let moved = UpdateCustomerRequest {
            customer: Some(Customer {
                id: first.clone(),
                phones: vec!["13900139000".into()],
                ..Default::default()
            }),
            ..Default::default()
        };
        bench.client.clone().update_customer(moved).await.expect("changed");
        assert_ne!(bench.call_from("13800138000").await.customer_id, first);
    })
    .await;
}

#[tokio::test]
async fn a_contact_needs_a_customer_or_a_number() {
    on_each_database(async |bench| {
        let refusal = bench.client.clone().start_interaction(inbound("")).await.expect_err("whose?");
        assert_eq!(refusal.code(), Code::InvalidArgument);
        assert_eq!(fields(&refusal), ["phone", "customerId"]);

        let refusal =
            bench.client.clone().start_interaction(inbound("12345678901")).await.expect_err("no number");
        assert_eq!(fields(&refusal), ["phone"]);

        let request = StartInteractionRequest {
            channel: Channel::Email.into(),
            phone: String::new(),
            customer_id: "018f3a5e-0000-7000-8000-000000000000".into(),
            ..inbound("")
        };
        let refusal = bench.client.clone().start_interaction(request).await.expect_err("nobody");
        assert_eq!(refusal.code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_contact_ends_once_and_its_end_is_published() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        bench.clock.advance(TimeDelta::minutes(5));
        let ending = ending(&call.id);
        let ended = bench.client.clone().end_interaction(ending.clone()).await.expect("ended").into_inner();
        assert_eq!(ended.ended_at, Some(to_proto(morning() + TimeDelta::minutes(5))));
        assert_eq!(
            (ended.intent(), ended.outcome(), ended.summary.as_str()),
            (Intent::Fault, Outcome::Ticket, "宽带断线")
        );

        let [event] = published(&bench).await.try_into().expect("one event");
        assert_eq!((event.interaction_id, event.customer_id), (call.id, call.customer_id));
        assert_eq!((event.agent.as_str(), event.intent.as_str()), ("agent", "INTENT_FAULT"));
        assert_eq!((event.ended_at, event.ticket_id), (ended.ended_at, ending.ticket_id.clone()));

        let again = bench.client.clone().end_interaction(ending).await.expect_err("it has ended");
        assert_eq!(
            (again.code(), reason_of(&again).as_str()),
            (Code::FailedPrecondition, "INTERACTION_ENDED")
        );
        assert_eq!(published(&bench).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_activity_record_takes_the_number_of_its_ticket_as_well() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        let by_number = EndInteractionRequest { ticket_id: NUMBER.into(), ..ending(&call.id) };
        let ended = bench.client.clone().end_interaction(by_number).await.expect("ended").into_inner();
        assert_eq!(ended.ticket_id, TICKET);
    })
    .await;
}

#[tokio::test]
async fn what_an_activity_record_names_must_exist() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        let wrong = [
            ("ticketId", EndInteractionRequest { ticket_id: "2603020029".into(), ..ending(&call.id) }),
            ("ticketId", EndInteractionRequest { ticket_id: call.id.clone(), ..ending(&call.id) }),
            ("categoryCode", EndInteractionRequest { category_code: "x".into(), ..ending(&call.id) }),
        ];
        for (field, request) in wrong {
            let refusal = bench.client.clone().end_interaction(request).await.expect_err("unknown");
            assert_eq!(fields(&refusal), [field]);
        }
        assert!(published(&bench).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_contact_can_end_while_tickets_are_away() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        bench.tickets.away.store(true, Ordering::Relaxed);
        let by_number = EndInteractionRequest { ticket_id: NUMBER.into(), ..ending(&call.id) };
        let refusal = bench.client.clone().end_interaction(by_number).await.expect_err("whose number?");
        assert_eq!(refusal.code(), Code::Unavailable);
        let ended = bench.client.clone().end_interaction(ending(&call.id)).await.expect("ended").into_inner();
        assert_eq!(ended.ticket_id, TICKET);
    })
    .await;
}

#[tokio::test]
async fn the_contacts_of_a_customer_are_listed_newest_first() {
    on_each_database(async |bench| {
        let mut expected = Vec::new();
        for _ in 0..3 {
            expected.insert(0, bench.call_from("13800138000").await);
            bench.call_from("13900139000").await;
            bench.clock.advance(TimeDelta::minutes(1));
        }
        let mut request = ListInteractionsRequest {
            customer_id: expected[0].customer_id.clone(),
            page_size: 2,
            ..Default::default()
        };
        let mut client = bench.client.clone();
        let first = client.list_interactions(request.clone()).await.expect("a page").into_inner();
        request.page_token = first.next_page_token;
        let second = client.list_interactions(request).await.expect("a page").into_inner();
        assert_eq!([first.interactions, second.interactions].concat(), expected);
        let all = client.list_interactions(ListInteractionsRequest::default()).await.expect("a page");
        assert_eq!(all.into_inner().interactions.len(), 6);
    })
    .await;
}

async fn published(bench: &Bench) -> Vec<InteractionEnded> {
    let statement =
        Statement::from_string(bench.db.backend(), "SELECT name, payload FROM outbox ORDER BY id");
    let rows = bench.db.reader().query_all_raw(statement).await.expect("the outbox");
    rows.iter()
        .filter(|row| row.try_get::<String>("", "name").expect("a name") == InteractionEnded::full_name())
        .map(|row| {
            let payload: Vec<u8> = row.try_get("", "payload").expect("a payload");
            InteractionEnded::decode(payload.as_slice()).expect("decodes")
        })
        .collect()
}

#[tokio::test]
async fn a_contact_tells_which_outage_it_was_about_and_only_one_that_there_is() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        let about = |outage: &str| EndInteractionRequest {
            outcome: Outcome::Answered.into(),
            ticket_id: String::new(),
            outage_id: outage.into(),
            ..ending(&call.id)
        };
        let unknown = bench.client.clone().end_interaction(about(TICKET)).await.expect_err("there is none");
        assert_eq!((unknown.code(), fields(&unknown)), (Code::InvalidArgument, vec!["outageId".to_owned()]));
        let ended = bench.client.clone().end_interaction(about(OUTAGE)).await.expect("ended").into_inner();
        assert_eq!((ended.outage_id.as_str(), ended.ticket_id.as_str()), (OUTAGE, ""));
    })
    .await;
}
