//! What is said of an outage, whom it was told, and who has read it.

use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::events::v1::{OutageTold, OutageUpdated};
use hotline_proto::tickets::v1::{
    AcknowledgeOutageRequest, AddOutageUpdateRequest, ListOutageReadersRequest, ListOutageToldRequest,
    ListOutageUpdatesRequest, ListTicketsRequest, TellOutageRequest,
};

use super::*;
use crate::stand_ins::{CALLER, NO_CONTACT};

async fn tell(desk: &Desk, outage: &str, contact: &str) -> Result<Outage, Status> {
    let request = TellOutageRequest {
        id: outage.into(),
        interaction_id: contact.into(),
        ..TellOutageRequest::default()
    };
    agent().scope(desk.outages().tell_outage(request)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn every_word_stays_and_the_last_is_in_the_notice() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let expected = Some(to_proto(at("2026-03-02 15:00")));
        for (text, expected_recovery_at) in [("已定位", expected), ("熔接中", None)] {
            let request = AddOutageUpdateRequest {
                id: outage.id.clone(),
                text: text.into(),
                progress: format!("{text}，请耐心等候"),
                expected_recovery_at,
            };
            agent().scope(desk.outages().add_outage_update(request)).await.expect("is said");
            desk.clock.advance(chrono::TimeDelta::minutes(5)).expect("a manual clock");
        }
        let now = read(&desk, &outage.id).await;
        assert_eq!((now.updates, now.progress.as_str()), (2, "熔接中，请耐心等候"));
        assert_eq!(now.expected_recovery_at, expected, "what is not said stays");
        assert_eq!(now.last_update.expect("something was said").text, "熔接中");
        let list = ListOutageUpdatesRequest { id: outage.id, ..ListOutageUpdatesRequest::default() };
        let listed = agent().scope(desk.outages().list_outage_updates(list)).await.expect("is listed");
        let texts: Vec<_> = listed.into_inner().updates.into_iter().map(|update| update.text).collect();
        assert_eq!(texts, ["熔接中", "已定位"]);
        let told = desk.events::<OutageUpdated>().await;
        assert_eq!(told.iter().map(|event| event.text.as_str()).collect::<Vec<_>>(), ["已定位", "熔接中"]);
    })
    .await;
}

#[tokio::test]
async fn who_is_told_makes_no_ticket_and_counts_once_for_each_contact() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let contact = id::new().to_string();
        for _ in 0..2 {
            assert_eq!(tell(&desk, &outage.id, &contact).await.expect("is told").told, 1);
        }
        let second = tell(&desk, &outage.id, &id::new().to_string()).await.expect("is told");
        assert_eq!((second.told, second.linked_tickets), (2, 0));
        let tickets =
            desk.ask(|mut client| async move { client.list_tickets(ListTicketsRequest::default()).await });
        assert!(tickets.await.expect("a list").tickets.is_empty());
        let list = ListOutageToldRequest { id: outage.id.clone(), ..ListOutageToldRequest::default() };
        let told =
            agent().scope(desk.outages().list_outage_told(list)).await.expect("is listed").into_inner();
        let by: Vec<_> =
            told.contacts.iter().map(|one| (one.customer_id.as_str(), one.by.as_str())).collect();
        assert_eq!(by, [(CALLER, "agent"), (CALLER, "agent")]);
        assert_eq!(desk.events::<OutageTold>().await.len(), 2);
        let nobody = tell(&desk, &outage.id, NO_CONTACT).await.expect_err("there is none");
        assert_eq!((nobody.code(), reason_of(&nobody).as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
    })
    .await;
}

#[tokio::test]
async fn a_customer_with_a_linked_ticket_who_is_told_is_informed() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let request = CreateTicketRequest { customer_id: CALLER.into(), ..fault() };
        let (own, other) = (desk.create(request).await, desk.create(fault()).await);
        tell(&desk, &outage.id, &id::new().to_string()).await.expect("is told");
        assert_eq!(desk.kinds(&own.id).await.last().map(String::as_str), Some("INFORMED"));
        assert_eq!(desk.kinds(&other.id).await.last().map(String::as_str), Some("OUTAGE_LINKED"));
    })
    .await;
}

#[tokio::test]
async fn who_has_read_it_is_known_and_whether_there_is_something_new_since() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let acknowledge = async || {
            let request = AcknowledgeOutageRequest { id: outage.id.clone() };
            agent().scope(desk.outages().acknowledge_outage(request)).await.expect("is noted").into_inner()
        };
        assert_eq!(acknowledge().await.readers, 1);
        let update = AddOutageUpdateRequest {
            id: outage.id.clone(),
            text: "已定位".into(),
            ..AddOutageUpdateRequest::default()
        };
        agent().scope(desk.outages().add_outage_update(update)).await.expect("is said");
        let readers = async || {
            let list = ListOutageReadersRequest { id: outage.id.clone(), ..Default::default() };
            let listed = agent().scope(desk.outages().list_outage_readers(list)).await.expect("is listed");
            let readers = listed.into_inner().readers.into_iter();
            readers.map(|one| (one.subject, one.team_key, one.updates)).collect::<Vec<_>>()
        };
        assert_eq!(readers().await, [("agent".into(), "first-line".into(), 0)]);
        assert_eq!(acknowledge().await.readers, 1, "the same reader once");
        assert_eq!(readers().await, [("agent".into(), "first-line".into(), 1)]);
    })
    .await;
}
