//! Customers: written, found, changed (C1, C3).

use chrono::TimeDelta;
use hotline_core::error::reason_of;
use hotline_proto::customers::v1::{
    BatchGetCustomersRequest, ContractStatus, Customer, GetCustomerRequest, ListCustomersRequest, Segment,
    UpdateCustomerRequest,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::bench::{fields, keyed, on_each_database};

fn wang() -> Customer {
    Customer {
        name: "王芳".into(),
        title: "女士".into(),
        phones: vec!["138 0013 8000".into(), "029-8888 6666".into(), "+86 138-0013-8000".into()],
        emails: vec!["wang@example.com".into()],
        project: "曲江一期".into(),
        room: "3-1502".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_customer_is_kept_with_numbers_in_one_form_each_once() {
    on_each_database(async |bench| {
        let made = bench.create(wang()).await.expect("created");
        assert_eq!(made.phones, ["+8613800138000", "+862988886666"]);
        assert_eq!((made.segment(), made.contract_status()), (Segment::Ordinary, ContractStatus::None));
        assert!(!made.anonymous && !made.etag.is_empty());
        let request = GetCustomerRequest { id: made.id.clone() };
        let read = bench.client.clone().get_customer(request).await.expect("found");
        assert_eq!(read.into_inner(), made);
    })
    .await;
}

#[tokio::test]
async fn customers_are_read_many_at_once_and_an_id_that_nobody_has_is_left_out() {
    on_each_database(async |bench| {
        let wang = bench.create(wang()).await.expect("created");
        let li = Customer { name: "李雷".into(), phones: Vec::new(), ..Customer::default() };
        let li = bench.create(li).await.expect("created");
        let ids = vec![li.id.clone(), wang.id.clone(), hotline_core::id::new().to_string()];
        let request = BatchGetCustomersRequest { ids };
        let mut found =
            bench.internal.clone().batch_get_customers(request).await.expect("found").into_inner().customers;
        found.sort_by(|one, other| one.id.cmp(&other.id));
        assert_eq!(found, [wang, li]);
    })
    .await;
}

#[tokio::test]
async fn a_customer_is_found_by_any_spelling_of_the_number() {
    on_each_database(async |bench| {
        let made = bench.create(wang()).await.expect("created");
        for spelling in
            ["13800138000", "+8613800138000", "0086 138 0013 8000", "138-0013-8000", "(029) 8888-6666"]
        {
            let found = bench.having(spelling).await;
            assert_eq!(found.as_slice(), std::slice::from_ref(&made), "{spelling}");
        }
        assert!(bench.having("13900139000").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_no_number_is_named_by_its_place() {
    on_each_database(async |bench| {
        let wrong = Customer { phones: vec!["13800138000".into(), "12345678901".into()], ..wang() };
        let refusal = bench.create(wrong).await.expect_err("no such number");
        assert_eq!((refusal.code(), reason_of(&refusal).as_str()), (Code::InvalidArgument, "PHONE_INVALID"));
        assert_eq!(fields(&refusal), ["customer.phones[1]"]);

        let request = ListCustomersRequest { phone: "who?".into(), ..Default::default() };
        let refusal = bench.client.clone().list_customers(request).await.expect_err("no number");
        assert_eq!(fields(&refusal), ["phone"]);
    })
    .await;
}

#[tokio::test]
async fn only_what_the_mask_names_is_changed_and_only_on_the_version_it_was_read_at() {
    on_each_database(async |bench| {
        let made = bench.create(wang()).await.expect("created");
        let patch = Customer {
            id: made.id.clone(),
            name: "王芳芳".into(),
            phones: vec!["139 0013 9000".into()],
            notes: "not named".into(),
            ..Default::default()
        };
        let mask = FieldMask { paths: vec!["name".into(), "phones".into(), "room".into()] };
        let request =
            UpdateCustomerRequest { customer: Some(patch), update_mask: Some(mask), etag: made.etag.clone() };
        let changed =
            bench.client.clone().update_customer(request.clone()).await.expect("changed").into_inner();
        let expected = Customer {
            name: "王芳芳".into(),
            phones: vec!["+8613900139000".into()],
            room: String::new(),
            etag: changed.etag.clone(),
            ..made.clone()
        };
        assert_eq!(changed, expected);
        assert!(bench.having("13800138000").await.is_empty());

        let stale = bench.client.clone().update_customer(request).await.expect_err("it has changed since");
        assert_eq!((stale.code(), reason_of(&stale).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    })
    .await;
}

#[tokio::test]
async fn a_record_can_not_be_given_another_id_or_age() {
    on_each_database(async |bench| {
        let made = bench.create(wang()).await.expect("created");
        let mask = FieldMask { paths: vec!["created_at".into()] };
        let request =
            UpdateCustomerRequest { customer: Some(made), update_mask: Some(mask), ..Default::default() };
        let refusal = bench.client.clone().update_customer(request).await.expect_err("not changeable");
        assert_eq!(reason_of(&refusal), "UPDATE_MASK_INVALID");
    })
    .await;
}

#[tokio::test]
async fn the_list_is_newest_first_page_by_page_with_no_row_twice_or_left_out() {
    on_each_database(async |bench| {
        let mut expected = Vec::new();
        for number in 0..7 {
            let named = Customer { name: format!("客户{number}"), ..Default::default() };
            expected.insert(0, bench.create(named).await.expect("created").id);
            // Some of one instant, some not.
            bench.clock.advance(TimeDelta::seconds(number % 2));
        }
        let mut seen = Vec::new();
        let mut request = ListCustomersRequest { page_size: 3, ..Default::default() };
        loop {
            let page =
                bench.client.clone().list_customers(request.clone()).await.expect("a page").into_inner();
            seen.extend(page.customers.into_iter().map(|customer| customer.id));
            bench.create(wang()).await.expect("a newer one comes meanwhile");
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn a_part_of_name_or_room_is_found_in_either_case_and_no_letter_is_a_wildcard() {
    on_each_database(async |bench| {
        for (name, room) in [("王芳", "3-1502"), ("Anna Wu", "B_7"), ("100%", "b17")] {
            let customer = Customer { name: name.into(), room: room.into(), ..Default::default() };
            bench.create(customer).await.expect("created");
        }
        for (part, expected) in [
            ("王", vec!["王芳"]),
            ("ANNA", vec!["Anna Wu"]),
            ("%", vec!["100%"]),
            ("b_", vec!["Anna Wu"]),
            ("\\", vec![]),
        ] {
            let request = ListCustomersRequest { q: part.into(), ..Default::default() };
            let found =
                bench.client.clone().list_customers(request).await.expect("a list").into_inner().customers;
            let names: Vec<_> = found.into_iter().map(|customer| customer.name).collect();
            assert_eq!(names, expected, "{part}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_key_makes_one_customer() {
    on_each_database(async |bench| {
        let request = hotline_proto::customers::v1::CreateCustomerRequest { customer: Some(wang()) };
        let mut client = bench.client.clone();
        let first =
            client.create_customer(keyed(request.clone(), "once")).await.expect("created").into_inner();
        let again = client.create_customer(keyed(request, "once")).await.expect("replayed").into_inner();
        assert_eq!(first, again);
        assert_eq!(bench.having("13800138000").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_not_found() {
    on_each_database(async |bench| {
        let request = GetCustomerRequest { id: "018f3a5e-0000-7000-8000-000000000000".into() };
        let refusal = bench.client.clone().get_customer(request).await.expect_err("there is none");
        assert_eq!((refusal.code(), reason_of(&refusal).as_str()), (Code::NotFound, "NOT_FOUND"));
    })
    .await;
}
