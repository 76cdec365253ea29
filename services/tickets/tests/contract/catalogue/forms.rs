//! What a category asks for besides: checked where tickets are registered and corrected (T3).

use hotline_proto::events::v1::TicketCreated;
use hotline_proto::tickets::v1::{
    Category, CreateTicketRequest, FormField, FormFieldKind, Ticket, UpdateTicketRequest,
};
use prost_types::FieldMask;
use tonic::Status;

use super::{get, paths, update, wrong};
use crate::support::{Desk, fault, on_each};

fn field(key: &str, label_zh: &str, kind: FormFieldKind, required: bool) -> FormField {
    FormField {
        key: key.into(),
        label_zh: label_zh.into(),
        kind: kind as i32,
        required,
        ..FormField::default()
    }
}

/// Lets repairs ask for a date, and those on the customer's own premises for the lamp and a number to call.
async fn ask(desk: &Desk) {
    let since = field("since", "故障日期", FormFieldKind::Date, true);
    let board = Category { code: "repair".into(), form_fields: vec![since], ..Category::default() };
    update(desk, board, &[], "").await.expect("is changed");
    let lamp = FormField {
        choices: vec!["红".into(), "绿".into()],
        hint: "光猫正面".into(),
        ..field("lamp", "指示灯", FormFieldKind::Choice, true)
    };
    let leaf = Category {
        code: "repair.private".into(),
        form_fields: vec![lamp, field("reach", "现场电话", FormFieldKind::Phone, false)],
        form_closed: Some(true),
        ..Category::default()
    };
    update(desk, leaf, &[], "").await.expect("is changed");
}

fn told(fields: &[(&str, &str)]) -> CreateTicketRequest {
    let fields = fields
        .iter()
        .chain(&[("room", "3-1502")])
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    CreateTicketRequest { fields: fields.collect(), ..fault() }
}

async fn register(desk: &Desk, request: CreateTicketRequest) -> Result<Ticket, Status> {
    desk.ask(|mut client| async move { client.create_ticket(request).await }).await
}

async fn correct(desk: &Desk, ticket: Ticket, path: &str) -> Result<Ticket, Status> {
    let update_mask = Some(FieldMask { paths: vec![path.into()] });
    let request = UpdateTicketRequest { ticket: Some(ticket), update_mask, etag: String::new() };
    desk.ask(|mut client| async move { client.update_ticket(request).await }).await
}

#[tokio::test]
async fn a_leaf_asks_for_its_boards_fields_and_its_own() {
    on_each(|desk| async move {
        ask(&desk).await;
        let leaf = get(&desk, "repair.private").await.expect("is there");
        let keys: Vec<&str> = leaf.effective_form_fields.iter().map(|field| field.key.as_str()).collect();
        assert_eq!((keys, leaf.effective_form_closed), (vec!["since", "lamp", "reach"], true));
        let refused = register(&desk, told(&[("lamp", "蓝"), ("reach", "12"), ("colour", "x")])).await;
        let named = wrong(&refused.expect_err("is refused"));
        let names: Vec<&str> = named.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names, ["fields.since", "fields.lamp", "fields.reach", "fields.colour"]);
        assert!(named[0].1.contains("2026-03-02") && named[1].1.contains("红, 绿"), "{named:?}");
        let fine = told(&[("since", "2026-03-01"), ("lamp", "红"), ("reach", "138 0013 8000")]);
        register(&desk, fine).await.expect("is registered");
        let public = CreateTicketRequest {
            category_code: "repair.public".into(),
            ..told(&[("since", "2026-03-01"), ("colour", "x")])
        };
        let kept = register(&desk, public).await.expect("an open form takes what nobody asked for");
        assert_eq!(kept.fields["colour"], "x");
    })
    .await;
}

#[tokio::test]
async fn a_correction_must_fit_the_form_and_an_old_ticket_is_corrected_all_the_same() {
    on_each(|desk| async move {
        let old = register(&desk, told(&[])).await.expect("nothing is asked for yet");
        ask(&desk).await;
        let subject = Ticket { id: old.id.clone(), subject: "光猫红灯".into(), ..Ticket::default() };
        correct(&desk, subject, "subject").await.expect("what it lacked before it may lack");
        let new =
            register(&desk, told(&[("since", "2026-03-01"), ("lamp", "红")])).await.expect("is registered");
        let mut fields = new.fields.clone();
        fields.insert("since".into(), "昨天".into());
        let refused =
            correct(&desk, Ticket { id: new.id.clone(), fields, ..Ticket::default() }, "fields").await;
        assert_eq!(paths(&refused.expect_err("no date")), ["fields.since"]);
        let moved = Ticket { id: new.id, category_code: "consult.other".into(), ..Ticket::default() };
        let moved = correct(&desk, moved, "category_code").await;
        assert_eq!(paths(&moved.expect_err("a question needs a project")), ["fields.project"]);
    })
    .await;
}

#[tokio::test]
async fn what_may_be_left_out_counts_towards_completeness() {
    on_each(|desk| async move {
        ask(&desk).await;
        register(&desk, told(&[("since", "2026-03-01"), ("lamp", "红")])).await.expect("is registered");
        let all = [("since", "2026-03-01"), ("lamp", "红"), ("reach", "13800138000")];
        register(&desk, told(&all)).await.expect("is registered");
        let created = desk.events::<TicketCreated>().await;
        let shares: Vec<f64> =
            created.into_iter().filter_map(|event| event.ticket).map(|ticket| ticket.completeness).collect();
        let [without, with] = shares[..] else { panic!("{shares:?}") };
        assert!((with - without - 1.0 / 6.0).abs() < 1e-9, "{without} {with}");
    })
    .await;
}
