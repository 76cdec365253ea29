//! Repeat contacts: recognised, linked, counted once, and no second ticket by default (C7); the sentence to say (C8).

use chrono::TimeDelta;
use futures::future::join_all;
use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_core::upstream::Upstream;
use hotline_proto::common::v1::{Channel, TicketState};
use hotline_proto::events::v1::{
    ConsentGiven, InteractionEnded, RemoteSessionChanged, RemoteSessionSnapshot, RemoteSessionStarted,
    TicketContacted, TicketCreated,
};
use hotline_proto::tickets::v1::contact_service_client::ContactServiceClient;
use hotline_proto::tickets::v1::{
    BatchGetTicketCustomersRequest, CancelTicketRequest, ContactTicketRequest, CreateTicketRequest,
    ListTicketStatusesRequest, RecognizeTicketRequest, RecognizeTicketResponse, RecognizedBy,
    ResolveTicketRequest, Ticket, UpdateTicketRequest,
};
use tonic::{Code, Status};

use crate::support::{Desk, agent, fault, on_each};

impl Desk {
    fn contacts(&self) -> ContactServiceClient<Upstream> {
        ContactServiceClient::new(self.upstream.clone())
    }

    async fn recognises(&self, asked: RecognizeTicketRequest) -> Result<RecognizeTicketResponse, Status> {
        let mut client = self.contacts();
        Ok(agent().scope(async move { client.recognize_ticket(asked).await }).await?.into_inner())
    }

    async fn contacted(&self, ticket: &str, interaction: &str) -> Result<Ticket, Status> {
        let request = ContactTicketRequest {
            id: ticket.into(),
            interaction_id: interaction.into(),
            channel: Channel::Phone as i32,
            note: "来电催办".into(),
        };
        let mut client = self.contacts();
        Ok(agent().scope(async move { client.contact_ticket(request).await }).await?.into_inner())
    }

    async fn resolve(&self, ticket: &Ticket) {
        let solved = ResolveTicketRequest {
            id: ticket.id.clone(),
            resolution: "更换光猫".into(),
            ..Default::default()
        };
        self.ask(|mut client| async move { client.resolve_ticket(solved).await }).await.expect("is solved");
    }
}

/// Another call of the customer of a ticket about the same.
fn again(first: &Ticket) -> CreateTicketRequest {
    CreateTicketRequest { customer_id: first.customer_id.clone(), ..fault() }
}

#[tokio::test]
async fn who_the_customers_of_tickets_are_is_told_to_services_each_thing_once() {
    on_each(|desk| async move {
        let said = [
            ("name", "王芳"),
            ("contact", "+86 138-0013-8000"),
            ("room", "3-1502"),
            ("address", "长安路8号"),
        ];
        let fields = said.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let ticket = desk.create(CreateTicketRequest { fields, ..fault() }).await;
        let asked = BatchGetTicketCustomersRequest { ids: vec![ticket.id.clone(), id::new().to_string()] };
        let mut client = desk.contacts();
        let told = agent().scope(async move { client.batch_get_ticket_customers(asked).await }).await;
        let told = told.expect("is told").into_inner().customers;
        assert_eq!(told.len(), 1, "an unknown ticket is left out: {told:?}");
        assert_eq!(told[0].ticket_id, ticket.id);
        assert_eq!(told[0].names, ["王芳"]);
        assert_eq!(told[0].contacts, ["13800138000"]);
        assert_eq!(told[0].rooms, ["3-1502"]);
        assert_eq!(told[0].addresses, ["长安路8号"]);
    })
    .await;
}

#[tokio::test]
async fn a_repeat_call_makes_no_second_ticket_and_is_counted_once() {
    on_each(|desk| async move {
        let first = desk.create(fault()).await;
        assert!(!first.repeat_contact && first.contact_count == 0);
        let call = again(&first);
        for _ in 0..2 {
            let answer = desk.create(call.clone()).await;
            assert_eq!(
                (answer.id.as_str(), answer.repeat_contact, answer.contact_count),
                (first.id.as_str(), true, 1)
            );
        }
        let read = desk.get(&first.number).await.expect("is there");
        assert_eq!((read.contact_count, read.repeat_contact), (1, false), "said only to whom it concerns");
        assert_eq!(desk.events::<TicketCreated>().await.len(), 1);
        let [told] = desk.events::<TicketContacted>().await.try_into().expect("one event");
        assert_eq!(
            (told.interaction_id, told.agent.as_str(), told.contact_count),
            (call.interaction_id, "agent", 1)
        );
        let line = desk.timeline(&first.id).await;
        let entry = line.last().expect("is written down");
        assert_eq!((entry.kind.as_str(), entry.details["contactCount"].as_str()), ("CONTACTED", "1"));
    })
    .await;
}

#[tokio::test]
async fn another_matter_another_category_and_other_systems_make_tickets_of_their_own() {
    on_each(|desk| async move {
        let first = desk.create(fault()).await;
        let separate = desk.create(CreateTicketRequest { separate_matter: true, ..again(&first) }).await;
        assert_eq!(desk.timeline(&separate.id).await[0].details["separateMatter"], "true");
        let other =
            desk.create(CreateTicketRequest { category_code: "repair.public".into(), ..again(&first) }).await;
        let portal =
            desk.create(CreateTicketRequest { interaction_id: String::new(), ..again(&first) }).await;
        let mut all = vec![&first.id, &separate.id, &other.id, &portal.id];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4);
        assert!(desk.events::<TicketContacted>().await.is_empty());
        assert!(desk.create(again(&first)).await.repeat_contact);
    })
    .await;
}

#[tokio::test]
async fn what_is_solved_or_moved_to_another_category_is_no_reason_to_make_no_ticket() {
    on_each(|desk| async move {
        let first = desk.create(fault()).await;
        desk.resolve(&first).await;
        let second = desk.create(again(&first)).await;
        assert!(second.id != first.id && !second.repeat_contact);
        let mut moved = second.clone();
        moved.category_code = "repair.public".into();
        moved.etag.clear();
        let update = UpdateTicketRequest { ticket: Some(moved), ..Default::default() };
        desk.ask(|mut client| async move { client.update_ticket(update).await }).await.expect("is moved");
        let third = desk.create(again(&first)).await;
        assert!(third.id != second.id && !third.repeat_contact);
        desk.resolve(&third).await;
        assert!(!desk.create(again(&first)).await.repeat_contact, "however often");
    })
    .await;
}

#[tokio::test]
async fn of_calls_of_one_customer_that_come_at_once_one_makes_the_ticket() {
    on_each(|desk| async move {
        for _ in 0..4 {
            let call = fault();
            let calls =
                (0..8).map(|_| CreateTicketRequest { interaction_id: id::new().to_string(), ..call.clone() });
            let answers = join_all(calls.map(|call| desk.create(call))).await;
            assert!(answers.iter().all(|answer| answer.id == answers[0].id), "one ticket");
            assert_eq!(answers.iter().filter(|answer| !answer.repeat_contact).count(), 1);
            assert_eq!(desk.get(&answers[0].id).await.expect("is there").contact_count, 7);
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_is_recognised_by_number_else_by_category_else_by_board() {
    on_each(|desk| async move {
        let first = desk.create(fault()).await;
        let other = CreateTicketRequest { category_code: "consult.property".into(), ..again(&first) };
        let other = CreateTicketRequest {
            fields: [
                ("question".to_owned(), "物业费怎么交？".to_owned()),
                ("room".to_owned(), "3-1502".to_owned()),
            ]
            .into(),
            project: "曲江一期".into(),
            ..other
        };
        desk.clock.advance(TimeDelta::minutes(1));
        let other = desk.create(other).await;
        let asked = |category: &str| RecognizeTicketRequest {
            customer_id: first.customer_id.clone(),
            category_code: category.into(),
            ..Default::default()
        };
        let by = async |asked| {
            let found = desk.recognises(asked).await.expect("an answer");
            (
                found.ticket.map(|ticket| ticket.id).unwrap_or_default(),
                RecognizedBy::try_from(found.by).expect("known"),
            )
        };
        assert_eq!(by(asked("repair.private")).await, (first.id.clone(), RecognizedBy::Category));
        assert_eq!(by(asked("repair.paid")).await, (first.id.clone(), RecognizedBy::Board));
        assert_eq!(by(asked("complaint.service")).await, (String::new(), RecognizedBy::Unspecified));
        let number = RecognizeTicketRequest { number: other.number.clone(), ..asked("repair.private") };
        assert_eq!(by(number).await, (other.id.clone(), RecognizedBy::Number));
        let found = desk.recognises(asked("")).await.expect("an answer");
        let candidates: Vec<_> = found.candidates.into_iter().map(|ticket| ticket.id).collect();
        assert_eq!(candidates, [other.id, first.id]);
        let wrong = RecognizeTicketRequest { number: "26030200290".into(), ..Default::default() };
        assert_eq!(reason_of(&desk.recognises(wrong).await.expect_err("misheard")), "TICKET_NUMBER_INVALID");
        let refusal = desk.recognises(RecognizeTicketRequest::default()).await.expect_err("whose?");
        assert_eq!(refusal.code(), Code::InvalidArgument);
    })
    .await;
}

#[tokio::test]
async fn a_contact_by_hand_and_the_end_of_the_same_call_count_once() {
    on_each(|desk| async move {
        let call = fault();
        let ticket = desk.create(call.clone()).await;
        let ended = |interaction: &str, ticket: &str| InteractionEnded {
            interaction_id: interaction.into(),
            ticket_id: ticket.into(),
            channel: Channel::Phone as i32,
            ..Default::default()
        };
        desk.apply(&id::new().to_string(), &ended(&call.interaction_id, &ticket.id)).await;
        assert_eq!(
            desk.get(&ticket.id).await.expect("is there").contact_count,
            0,
            "in that call it was registered"
        );
        let second = id::new().to_string();
        assert_eq!(desk.contacted(&ticket.number, &second).await.expect("is counted").contact_count, 1);
        assert_eq!(desk.contacted(&ticket.id, &second).await.expect("once").contact_count, 1);
        desk.apply(&id::new().to_string(), &ended(&second, &ticket.id)).await;
        desk.apply(&id::new().to_string(), &ended(&id::new().to_string(), &ticket.id)).await;
        desk.apply(&id::new().to_string(), &ended(&id::new().to_string(), &id::new().to_string())).await;
        desk.apply(&id::new().to_string(), &ended(&id::new().to_string(), "")).await;
        assert_eq!(desk.get(&ticket.id).await.expect("is there").contact_count, 2);
        assert_eq!(desk.events::<TicketContacted>().await.len(), 2);
        let cancel =
            CancelTicketRequest { id: ticket.id.clone(), reason: "重复".into(), ..Default::default() };
        desk.ask(|mut client| async move { client.cancel_ticket(cancel).await }).await.expect("is given up");
        let refusal = desk.contacted(&ticket.id, &id::new().to_string()).await.expect_err("is given up");
        assert_eq!(reason_of(&refusal), "TICKET_STATE_CONFLICT");
        desk.apply(&id::new().to_string(), &ended(&id::new().to_string(), &ticket.id)).await;
        assert_eq!(desk.get(&ticket.id).await.expect("is there").contact_count, 2);
    })
    .await;
}

#[tokio::test]
async fn a_remote_session_is_in_the_timeline_with_who_agreed_to_what() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let session = RemoteSessionSnapshot {
            id: id::new().to_string(),
            ticket_id: ticket.id.clone(),
            agent: "engineer".into(),
            purpose: "检查网卡设置".into(),
            ..Default::default()
        };
        let consent = Some(ConsentGiven { by: "王芳".into(), channel: Channel::Phone as i32, at: None });
        let started = RemoteSessionStarted { session: Some(session.clone()), consent: consent.clone() };
        let changed = RemoteSessionChanged {
            session: Some(session),
            consent,
            scope: "DNS".into(),
            effect: "网络中断一分钟".into(),
            what: "改为自动获取".into(),
        };
        desk.apply(&id::new().to_string(), &started).await;
        desk.apply(&id::new().to_string(), &changed).await;
        let line = desk.timeline(&ticket.id).await;
        let told: Vec<_> = line.iter().filter(|entry| entry.kind == "REMOTE_SESSION").collect();
        assert_eq!(
            told.iter().map(|entry| entry.note.as_str()).collect::<Vec<_>>(),
            ["检查网卡设置", "改为自动获取"]
        );
        let details = &told[1].details;
        assert_eq!((details["scope"].as_str(), details["consentBy"].as_str()), ("DNS", "王芳"));
        assert_eq!((details["step"].as_str(), details["consentChannel"].as_str()), ("CHANGED", "PHONE"));
    })
    .await;
}

#[tokio::test]
async fn a_customer_hears_of_the_open_tickets_and_of_those_solved_last() {
    on_each(|desk| async move {
        let solved = desk.create(fault()).await;
        desk.resolve(&solved).await;
        desk.clock.advance(TimeDelta::minutes(1));
        let open = desk.create(again(&solved)).await;
        let request = ListTicketStatusesRequest { customer_id: solved.customer_id.clone() };
        let mut client = desk.contacts();
        let listed = agent().scope(async move { client.list_ticket_statuses(request).await }).await;
        let statuses = listed.expect("a list").into_inner().statuses;
        assert_eq!(
            statuses.iter().map(|status| &status.ticket_id).collect::<Vec<_>>(),
            [&open.id, &solved.id]
        );
        let said = statuses.into_iter().map(|status| status.status.expect("is said"));
        let said: Vec<_> = said.map(|status| (status.state(), status.sentence_zh)).collect();
        assert_eq!((said[0].0, said[1].0), (TicketState::New, TicketState::Resolved));
        assert!(said[0].1.contains("已经登记") && said[1].1.contains("更换光猫"), "{said:?}");
    })
    .await;
}
