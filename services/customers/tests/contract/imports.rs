//! Customers of another system come in once (C13, T18).

use chrono::TimeDelta;
use hotline_core::error::reason_of;
use hotline_core::time::to_proto;
use hotline_proto::customers::v1::{
    Customer, GetCustomerRequest, ImportCustomersRequest, ImportCustomersResponse, ImportedCustomer,
};

use crate::bench::{Bench, morning, on_each_database};

fn imported(key: &str, name: &str, phone: &str) -> ImportedCustomer {
    ImportedCustomer {
        external_key: key.into(),
        name: name.into(),
        phone: phone.into(),
        created_at: Some(to_proto(morning() - TimeDelta::days(400))),
    }
}

async fn import(bench: &Bench, customers: Vec<ImportedCustomer>) -> ImportCustomersResponse {
    let answer = bench.internal.clone().import_customers(ImportCustomersRequest { customers }).await;
    answer.expect("imported").into_inner()
}

async fn get(bench: &Bench, id: &str) -> Customer {
    let request = GetCustomerRequest { id: id.into() };
    bench.client.clone().get_customer(request).await.expect("found").into_inner()
}

#[tokio::test]
async fn a_key_that_was_seen_before_gives_the_customer_of_then() {
    on_each_database(async |bench| {
        let first =
            import(&bench, vec![imported("old/1", "王芳", "138 0013 8000"), imported("old/2", "李强", "")])
                .await;
        assert_eq!(first.created, 2);
        let second = import(
            &bench,
            vec![
                imported("old/3", "赵敏", ""),
                imported("old/1", "王芳（新）", "13900139000"),
                imported("old/3", "", ""),
            ],
        )
        .await;
        assert_eq!(second.created, 1);
        assert_eq!(second.ids, [second.ids[0].clone(), first.ids[0].clone(), second.ids[0].clone()]);

        let kept = get(&bench, &first.ids[0]).await;
        assert_eq!(
            (kept.name.as_str(), kept.phones.as_slice()),
            ("王芳", ["+8613800138000".to_owned()].as_slice())
        );
        assert_eq!(kept.created_at, Some(to_proto(morning() - TimeDelta::days(400))));
        assert_eq!(bench.call_from("13800138000").await.customer_id, kept.id);
    })
    .await;
}

#[tokio::test]
async fn a_number_that_can_not_be_read_is_kept_in_the_notes() {
    on_each_database(async |bench| {
        let answer = import(&bench, vec![imported("old/1", "王芳", "1380013800O?")]).await;
        let kept = get(&bench, &answer.ids[0]).await;
        assert_eq!((kept.notes.as_str(), kept.phones.len()), ("1380013800O?", 0));
    })
    .await;
}

#[tokio::test]
async fn only_other_services_import() {
    on_each_database(async |bench| {
        let refusal = bench.client.clone().import_customers(ImportCustomersRequest::default()).await;
        assert_eq!(reason_of(&refusal.expect_err("people go through the importer")), "FORBIDDEN");
        assert_eq!(import(&bench, Vec::new()).await.created, 0);
    })
    .await;
}
