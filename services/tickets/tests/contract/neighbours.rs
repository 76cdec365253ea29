//! Tickets name customers and teams that other services keep.

use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_proto::events::v1::TicketCreated;
use hotline_proto::tickets::v1::{CreateTicketRequest, HandOverTicketRequest, Ticket};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::stand_ins::{KEY_ACCOUNT, NOBODY, OUT_OF_REACH, PROJECT, TEAM, TEAM_ID};
use crate::support::{Desk, fault, on_each};

async fn create_for(desk: &Desk, customer_id: &str) -> Result<Ticket, Status> {
    let request = CreateTicketRequest { customer_id: customer_id.into(), ..fault() };
    desk.ask(|mut client| async move { client.create_ticket(request).await }).await
}

async fn hand_over(desk: &Desk, ticket: &Ticket, team_key: &str) -> Result<Ticket, Status> {
    let request = HandOverTicketRequest {
        id: ticket.id.clone(),
        team_key: team_key.into(),
        ..HandOverTicketRequest::default()
    };
    desk.ask(|mut client| async move { client.hand_over_ticket(request).await }).await
}

fn wrong_field(refused: &Status) -> String {
    assert_eq!((refused.code(), reason_of(refused).as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
    let mut named = refused.get_details_bad_request().expect("fields are named").field_violations;
    assert_eq!(named.len(), 1);
    named.remove(0).field
}

#[tokio::test]
async fn a_ticket_is_not_handed_over_to_a_team_that_does_not_exist() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let (sent, written) = (desk.sent().await.len(), desk.kinds(&ticket.id).await);
        let refused = hand_over(&desk, &ticket, "nope").await.expect_err("there is no such team");
        assert_eq!(wrong_field(&refused), "teamKey");
        assert_eq!(desk.get(&ticket.id).await.expect("is there"), ticket);
        assert_eq!((desk.sent().await.len(), desk.kinds(&ticket.id).await), (sent, written));
    })
    .await;
}

#[tokio::test]
async fn a_team_named_by_its_id_is_kept_by_its_key() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let handed = hand_over(&desk, &ticket, TEAM_ID).await.expect("there is such a team");
        assert_eq!(handed.team_key, TEAM);
    })
    .await;
}

#[tokio::test]
async fn no_ticket_is_registered_for_a_customer_who_does_not_exist() {
    on_each(|desk| async move {
        let refused = create_for(&desk, NOBODY).await.expect_err("there is no such customer");
        assert_eq!(wrong_field(&refused), "customerId");
        assert!(desk.sent().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_customer_service_that_fails_is_not_taken_for_an_unknown_customer() {
    on_each(|desk| async move {
        let refused = create_for(&desk, OUT_OF_REACH).await.expect_err("nobody can tell");
        assert_eq!((refused.code(), refused.message()), (Code::Unavailable, "the database is away"));
        assert!(desk.sent().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_the_customers_record_knows_need_not_be_said() {
    on_each(|desk| async move {
        let unsaid = create_for(&desk, KEY_ACCOUNT).await.expect("is created");
        let mut request =
            CreateTicketRequest { customer_id: KEY_ACCOUNT.into(), separate_matter: true, ..fault() };
        request.fields.insert("project".into(), "望江府".into());
        let said = desk.create(request).await;
        let ordinary = create_for(&desk, &id::new().to_string()).await.expect("is created");
        let projects = [&unsaid, &said, &ordinary].map(|ticket| ticket.project.as_str());
        assert_eq!(projects, [PROJECT, "望江府", ""]);
        let told = desk.events::<TicketCreated>().await;
        let key_accounts: Vec<bool> =
            told.into_iter().map(|event| event.ticket.expect("a snapshot").key_account).collect();
        assert_eq!(key_accounts, [true, true, false]);
    })
    .await;
}
