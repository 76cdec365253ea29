//! Warnings and breaches: once, at their due time.

use hotline_core::clock::Clock;
use hotline_core::db::{Db, Location, Pool};
use hotline_core::{deadlines, id, testing, time};
use hotline_proto::common::v1::{Channel, TicketState};
use hotline_proto::events::v1::{
    SlaBreached, SlaFulfilled, SlaWarned, TicketCreated, TicketExtended, TicketPromised,
};
use hotline_proto::tickets::v1::{
    CreateTicketRequest, CustomerConsent, ExtendTicketRequest, PromiseTicketRequest, PromiseTier,
    ResolveTicketRequest, ResumeTicketRequest, SlaClock, StartTicketRequest, Ticket, WaitReason,
    WaitTicketRequest,
};
use hotline_tickets::{Migrator, NAME};

use crate::support::{Desk, at, fault, on_each};

async fn started(desk: &Desk) -> Ticket {
    let ticket = desk.create(fault()).await;
    let request = StartTicketRequest {
        id: ticket.id,
        assignee: "engineer".into(),
        team_key: "second-line-network".into(),
        assignment_id: id::new().to_string(),
        epoch: 1,
    };
    desk.ask(|mut client| async move { client.start_ticket(request).await }).await.expect("holds it")
}

async fn wait(desk: &Desk, ticket: &Ticket, until: Option<&str>) -> Ticket {
    let request = WaitTicketRequest {
        id: ticket.number.clone(),
        reason: WaitReason::Customer as i32,
        until: until.map(|until| time::to_proto(at(until))),
        ..WaitTicketRequest::default()
    };
    desk.ask(|mut client| async move { client.wait_ticket(request).await }).await.expect("is legal")
}

fn due(ticket: &Ticket) -> chrono::DateTime<chrono::Utc> {
    let sla = ticket.sla.as_ref().expect("it has its times");
    time::from_proto(sla.resolution_due_at.as_ref()).expect("a target applies")
}

/// Opens each kind of database twice, as two replicas would.
async fn opened_twice() -> Vec<([Db; 2], Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().expect("a temp folder");
    let mut places = vec![(Location::Sqlite(folder.path().to_owned()), Some(folder))];
    match testing::postgres() {
        Some(url) => places.push((Location::Postgres(testing::fresh_database(url)), None)),
        None => println!("skipped on PostgreSQL: initdb and postgres are not installed"),
    }
    let mut opened = Vec::new();
    for (place, folder) in places {
        let open = || Db::open(&place, NAME, Pool::default());
        let first = open().await.expect("opens");
        first.migrate::<Migrator>().await.expect("migrates");
        opened.push(([first, open().await.expect("opens")], folder));
    }
    opened
}

#[tokio::test]
async fn of_two_sweepers_one_tells_of_each_warning_and_breach() {
    for ([one, two], _folder) in opened_twice().await {
        let clock = Clock::manual(at("2026-03-02 09:00"));
        let (one, two) = (Desk::open(one, clock.clone()).await, Desk::open(two, clock.clone()).await);
        for _ in 0..8 {
            one.create(fault()).await;
        }
        clock.set(at("2026-03-03 12:00")).expect("time goes forward");
        let sweep = async |desk: &Desk| {
            for _ in 0..20 {
                deadlines::sweep(&desk.db, &clock, desk.alarm.as_ref()).await.expect("sweeps");
            }
        };
        futures::future::join(sweep(&one), sweep(&two)).await;
        assert_eq!(one.events::<SlaWarned>().await.len(), 16);
        let breaches = one.events::<SlaBreached>().await;
        assert_eq!(breaches.len(), 16);
        let sent = one.sent().await.into_iter().filter(|sent| sent.name.ends_with("SlaBreached"));
        for (event, sent) in breaches.iter().zip(sent) {
            let expected = if event.clock == "RESPONSE" { "2026-03-02 09:15" } else { "2026-03-02 13:00" };
            assert_eq!(sent.occurred_at, at(expected));
            assert_eq!(time::from_proto(event.due_at.as_ref()), Some(at(expected)));
        }
    }
}

#[tokio::test]
async fn a_warning_comes_at_three_quarters_and_a_breach_when_time_is_up() {
    on_each(|desk| async move {
        let ticket = started(&desk).await;
        desk.sweep_at("2026-03-02 11:59").await;
        assert!(desk.events::<SlaWarned>().await.is_empty());
        desk.sweep_at("2026-03-02 12:00").await;
        assert_eq!(desk.events::<SlaWarned>().await.len(), 1);
        desk.sweep_at("2026-03-02 13:00").await;
        desk.sweep_at("2026-03-02 18:00").await;
        assert_eq!(desk.events::<SlaBreached>().await.len(), 1);
        let sla = desk.get(&ticket.id).await.expect("is there").sla.expect("it has its times");
        assert_eq!(
            (sla.breached, sla.warned),
            (vec![SlaClock::Resolution as i32], vec![SlaClock::Resolution as i32])
        );
        assert_eq!(sla.met, [SlaClock::Response as i32]);
        let entries = desk.timeline(&ticket.id).await;
        let breach = entries.iter().find(|entry| entry.kind == "SLA_BREACHED").expect("it was written down");
        assert_eq!(time::from_proto(breach.at.as_ref()), Some(at("2026-03-02 13:00")));
        assert_eq!(breach.actor, "service:tickets");
    })
    .await;
}

#[tokio::test]
async fn waiting_for_the_customer_never_breaches() {
    on_each(|desk| async move {
        let ticket = started(&desk).await;
        desk.sweep_at("2026-03-02 10:00").await;
        let waiting = wait(&desk, &ticket, None).await;
        assert_eq!((waiting.state(), waiting.wait_reason()), (TicketState::Waiting, WaitReason::Customer));
        assert!(waiting.sla.as_ref().is_some_and(|sla| sla.paused));
        desk.sweep_at("2026-03-04 09:00").await;
        assert!(desk.events::<SlaBreached>().await.is_empty());
        let shown = desk.get(&ticket.id).await.expect("is there");
        assert_eq!(due(&shown), at("2026-03-04 12:00"));
        let request = ResumeTicketRequest { id: ticket.id.clone(), ..ResumeTicketRequest::default() };
        let resumed = desk.ask(|mut client| async move { client.resume_ticket(request).await }).await;
        assert_eq!(due(&resumed.expect("is legal")), at("2026-03-04 12:00"));
        desk.sweep_at("2026-03-04 12:00").await;
        assert_eq!(desk.events::<SlaBreached>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_wait_with_an_end_goes_on_by_itself() {
    on_each(|desk| async move {
        let ticket = started(&desk).await;
        wait(&desk, &ticket, Some("2026-03-02 11:00")).await;
        desk.sweep_at("2026-03-02 16:30").await;
        let ticket = desk.get(&ticket.id).await.expect("is there");
        assert_eq!((ticket.state(), due(&ticket)), (TicketState::InProgress, at("2026-03-02 15:00")));
        let kinds = desk.kinds(&ticket.id).await;
        assert_eq!(kinds[kinds.len() - 4..], ["WAITING", "RESUMED", "SLA_WARNED", "SLA_BREACHED"]);
    })
    .await;
}

/// A complaint: solved within three working days, so until Thursday.
fn complaint() -> CreateTicketRequest {
    CreateTicketRequest {
        category_code: "complaint.service".into(),
        project: "曲江一期".into(),
        fields: [("room".to_owned(), "1".to_owned()), ("complainedOf".to_owned(), "物业".to_owned())].into(),
        ..fault()
    }
}

fn extension(ticket: &Ticket) -> ExtendTicketRequest {
    ExtendTicketRequest {
        id: ticket.number.clone(),
        until: Some(time::to_proto(at("2026-03-10 12:00"))),
        reason: "等待配件".into(),
        customer_consent: Some(CustomerConsent {
            by: "王先生".into(),
            at: Some(time::to_proto(at("2026-03-02 08:50"))),
            channel: Channel::Phone as i32,
        }),
        etag: ticket.etag.clone(),
    }
}

async fn extend(desk: &Desk, request: ExtendTicketRequest) -> Result<Ticket, tonic::Status> {
    desk.ask(|mut client| async move { client.extend_ticket(request).await }).await
}

#[tokio::test]
async fn a_complaint_is_extended_with_the_customers_consent_only() {
    on_each(|desk| async move {
        let ticket = desk.create(complaint()).await;
        assert_eq!(due(&ticket), at("2026-03-05 18:00"));
        let without = ExtendTicketRequest { customer_consent: None, ..extension(&ticket) };
        let refused = extend(&desk, without).await.expect_err("the customer has not agreed");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert!(refused.message().contains("`customerConsent` is required"), "{refused:?}");
        assert_eq!(desk.get(&ticket.id).await.expect("is there").etag, ticket.etag);

        let extended = extend(&desk, extension(&ticket)).await.expect("the customer agreed");
        assert_eq!(due(&extended), at("2026-03-10 12:00"));
        let from = extended.sla.as_ref().and_then(|sla| time::from_proto(sla.extended_from.as_ref()));
        assert_eq!(from, Some(at("2026-03-05 18:00")));
        let told = desk.events::<TicketExtended>().await;
        assert_eq!((told.len(), told[0].consented, told[0].reason.as_str()), (1, true, "等待配件"));
        let stale = extend(&desk, extension(&ticket)).await.expect_err("it has changed since");
        assert_eq!(stale.code(), tonic::Code::Aborted, "{stale:?}");

        desk.sweep_at("2026-03-10 11:59").await;
        assert!(desk.events::<SlaBreached>().await.iter().all(|event| event.clock == "RESPONSE"));
        let request = ResolveTicketRequest {
            id: ticket.id.clone(),
            resolution: "已整改".into(),
            ..ResolveTicketRequest::default()
        };
        desk.ask(|mut client| async move { client.resolve_ticket(request).await }).await.expect("is legal");
        let stopped = desk.events::<SlaFulfilled>().await;
        let solution = stopped.iter().find(|event| event.clock == "RESOLUTION").expect("it was stopped");
        assert!(solution.met && solution.met_by_extension);
    })
    .await;
}

#[tokio::test]
async fn a_consultation_is_promised_an_answer_at_intake_and_keeps_it() {
    on_each(|desk| async move {
        let question = CreateTicketRequest {
            category_code: "consult.property".into(),
            project: "曲江一期".into(),
            fields: ["room", "question"].map(|name| (name.to_owned(), "3-1502".to_owned())).into(),
            promise_tier: PromiseTier::Minutes30 as i32,
            ..fault()
        };
        let ticket = desk.create(question).await;
        let sla = ticket.sla.clone().expect("it has its times");
        assert_eq!(time::from_proto(sla.answer_due_at.as_ref()), Some(at("2026-03-02 09:30")));
        assert_eq!(sla.answer_tier(), PromiseTier::Minutes30);
        let created = desk.events::<TicketCreated>().await.pop().and_then(|event| event.ticket);
        let told = created.and_then(|ticket| time::from_proto(ticket.answer_due_at.as_ref()));
        assert_eq!(told, Some(at("2026-03-02 09:30")));

        let promise = |tier: PromiseTier| PromiseTicketRequest {
            id: ticket.number.clone(),
            tier: tier as i32,
            etag: String::new(),
        };
        let later = promise(PromiseTier::WorkingDays1);
        let refused = desk.ask(|mut client| async move { client.promise_ticket(later).await }).await;
        let refused = refused.expect_err("the customer was told another time");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert!(refused.message().contains("`tier` ends later than the answer"), "{refused:?}");
        let sooner = promise(PromiseTier::Minutes10);
        desk.ask(|mut client| async move { client.promise_ticket(sooner).await }).await.expect("is sooner");
        assert_eq!(desk.events::<TicketPromised>().await.len(), 1);

        desk.sweep_at("2026-03-02 09:09").await;
        let warned: Vec<_> = desk.events::<SlaWarned>().await.into_iter().map(|event| event.clock).collect();
        assert_eq!(warned, ["ANSWER"]);
        let request = ResolveTicketRequest {
            id: ticket.id.clone(),
            resolution: "可在线上缴纳".into(),
            ..ResolveTicketRequest::default()
        };
        desk.ask(|mut client| async move { client.resolve_ticket(request).await }).await.expect("is legal");
        let answer = desk.events::<SlaFulfilled>().await.into_iter().find(|event| event.clock == "ANSWER");
        assert!(answer.expect("it was stopped").met);
        let shown = desk.get(&ticket.id).await.expect("is there").sla.expect("it has its times");
        assert!(shown.met.contains(&(SlaClock::Answer as i32)));
    })
    .await;
}
