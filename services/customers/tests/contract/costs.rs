//! What commands cost in round trips of the database, begin and commit apart.

use hotline_core::time::to_proto;
use hotline_proto::customers::v1::{
    Customer, EndInteractionRequest, GetCustomerRequest, ImportCustomersRequest, ImportedCustomer, Intent,
    Outcome, StartInteractionRequest, UpdateCustomerRequest,
};
use sea_orm::DbBackend;

use crate::bench::{Bench, inbound, morning, on_each_database};
use crate::fake_tickets::{CATEGORY, TICKET};

/// Expects so many statements: on SQLite, which takes one for each table that is written, and on PostgreSQL.
async fn costs<A>(bench: &Bench, what: &str, cost: (u64, u64), doing: impl Future<Output = A>) -> A {
    let before = bench.db.statements();
    let answer = doing.await;
    let here = if bench.db.backend() == DbBackend::Postgres { cost.1 } else { cost.0 };
    assert_eq!(bench.db.statements() - before, here, "{what}, {:?}", bench.db.backend());
    answer
}

fn wang() -> Customer {
    let phones = vec!["13800138000".into(), "029-88886666".into()];
    Customer { name: "王芳".into(), phones, project: "曲江一期".into(), ..Customer::default() }
}

#[tokio::test]
async fn a_customer_is_written_at_once_and_read_at_once_with_all_numbers() {
    on_each_database(async |bench| {
        let made = costs(&bench, "create", (2, 1), bench.create(wang())).await.expect("created");
        let get = GetCustomerRequest { id: made.id.clone() };
        let read = costs(&bench, "get", (1, 1), bench.client.clone().get_customer(get)).await;
        assert_eq!(read.expect("found").into_inner(), made);
        let found = costs(&bench, "find", (1, 1), bench.having("13800138000")).await;
        assert_eq!(found.as_slice(), std::slice::from_ref(&made));
        let change = UpdateCustomerRequest {
            customer: Some(Customer {
                id: made.id,
                phones: vec!["029-88886666".into()],
                ..Customer::default()
            }),
            ..UpdateCustomerRequest::default()
        };
        let mut client = bench.client.clone();
        let update = client.update_customer(change);
        let changed = costs(&bench, "update", (5, 3), update).await.expect("changed").into_inner();
        assert_eq!(bench.having("029-88886666").await, [changed]);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_a_look_for_its_customer_and_a_write_with_its_deadline() {
    on_each_database(async |bench| {
        let customer = bench.create(wang()).await.expect("created");
        costs(&bench, "of a known number", (3, 2), bench.call_from("13800138000")).await;
        let request = StartInteractionRequest { customer_id: customer.id, ..inbound("") };
        let mut client = bench.client.clone();
        let start = client.start_interaction(request);
        costs(&bench, "of a known customer", (3, 2), start).await.expect("begins");
        // A look, a lock, and a look whether somebody else was quicker.
        costs(&bench, "of a stranger", (7, 4), bench.call_from("13900139000")).await;
    })
    .await;
}

#[tokio::test]
async fn a_call_ends_with_a_look_and_a_write() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        let ending = EndInteractionRequest {
            id: call.id,
            intent: Intent::Fault.into(),
            category_code: CATEGORY.into(),
            summary: "宽带断线".into(),
            outcome: Outcome::Ticket.into(),
            ticket_id: TICKET.into(),
            ..EndInteractionRequest::default()
        };
        costs(&bench, "end", (4, 2), bench.client.clone().end_interaction(ending)).await.expect("ended");
    })
    .await;
}

#[tokio::test]
async fn many_customers_of_another_system_cost_as_much_as_one() {
    on_each_database(async |bench| {
        let import = |keys: std::ops::Range<u32>| {
            let imported = keys.map(|key| ImportedCustomer {
                external_key: format!("old/{key}"),
                name: format!("客户{key}"),
                phone: format!("138{key:08}"),
                created_at: Some(to_proto(morning())),
            });
            let request = ImportCustomersRequest { customers: imported.collect() };
            let mut client = bench.internal.clone();
            async move { client.import_customers(request).await.expect("imported") }
        };
        costs(&bench, "one", (3, 3), import(0..1)).await;
        costs(&bench, "many", (3, 3), import(1..100)).await;
    })
    .await;
}
