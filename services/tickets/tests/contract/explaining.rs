//! Promises explained, in words and as a picture (T10).

use chrono::TimeDelta;
use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_core::time::{from_proto, to_proto};
use hotline_proto::common::v1::{Channel, Level, Priority, TicketType};
use hotline_proto::events::v1::SlaBreached;
use hotline_proto::google::api::HttpBody;
use hotline_proto::tickets::v1::{
    CreateTicketRequest, DrawSlaRequest, ExplainSlaRequest, ImportTicketsRequest, ImportedTicket,
    ResumeTicketRequest, SlaClock, SlaClockExplanation, SlaDayReason, SlaExplanation, SlaMetricEvent,
    SlaMetricEventKind, SlaReason, StartTicketRequest, Ticket, WaitReason, WaitTicketRequest, sla_target,
};
use tonic::{Code, Response, Status};

use crate::support::{Desk, agent, at, fault, on_each};

async fn explain(desk: &Desk, id: &str) -> Result<SlaExplanation, Status> {
    let request = ExplainSlaRequest { id: id.into() };
    agent().scope(desk.promises().explain_sla(request)).await.map(Response::into_inner)
}

async fn draw(desk: &Desk, id: &str) -> Result<HttpBody, Status> {
    let request = DrawSlaRequest { id: id.into() };
    agent().scope(desk.promises().draw_sla(request)).await.map(Response::into_inner)
}

fn resolution(explanation: &SlaExplanation) -> &SlaClockExplanation {
    let found = explanation.clocks.iter().find(|clock| clock.clock() == SlaClock::Resolution);
    found.expect("a solution is promised")
}

/// Registers a fault at nine whose work waits for the customer from ten to twelve.
async fn waited(desk: &Desk) -> Ticket {
    let ticket = desk.create(CreateTicketRequest { subject: "<script>".into(), ..fault() }).await;
    desk.clock.set(at("2026-03-02 10:00")).expect("time goes forward");
    let start = StartTicketRequest {
        id: ticket.id.clone(),
        assignee: "engineer".into(),
        team_key: "second-line-network".into(),
        assignment_id: uuid::Uuid::from_u128(10).to_string(),
        epoch: 1,
    };
    desk.ask(|mut client| async move { client.start_ticket(start).await }).await.expect("starts");
    let wait = WaitTicketRequest {
        id: ticket.id.clone(),
        reason: WaitReason::Customer as i32,
        ..WaitTicketRequest::default()
    };
    desk.ask(|mut client| async move { client.wait_ticket(wait).await }).await.expect("waits");
    desk.clock.set(at("2026-03-02 12:00")).expect("time goes forward");
    let resume = ResumeTicketRequest { id: ticket.id.clone(), ..ResumeTicketRequest::default() };
    desk.ask(|mut client| async move { client.resume_ticket(resume).await }).await.expect("goes on")
}

#[tokio::test]
async fn every_interval_has_its_reason_and_the_counted_ones_are_the_time_used() {
    on_each(|desk| async move {
        let ticket = waited(&desk).await;
        desk.clock.set(at("2026-03-02 13:00")).expect("time goes forward");
        let told = explain(&desk, &ticket.number).await.expect("is explained");
        assert_eq!((&told.ticket_id, &told.number, &*told.policy), (&ticket.id, &ticket.number, "high"));
        assert_eq!(told.as_of, Some(to_proto(at("2026-03-02 13:00"))));
        assert_eq!(told.time_zone, "Asia/Shanghai");
        let clock = resolution(&told);
        let target = clock.target.as_ref().expect("a target");
        assert_eq!(target.amount, Some(sla_target::Amount::Minutes(240)));
        assert_eq!((&*target.calendar, &*target.calendar_name), ("office", "办公时间"));
        assert_eq!(clock.due_at, Some(to_proto(at("2026-03-02 15:00"))));
        assert_eq!((clock.used_seconds, clock.left_seconds, clock.met), (2 * 3600, 2 * 3600, None));
        assert_eq!((clock.pauses.len(), clock.pauses[0].seconds), (1, 2 * 3600));
        let reasons: Vec<_> =
            clock.intervals.iter().map(|one| (one.reason(), one.waiting_for(), one.ahead)).collect();
        let expected = [
            (SlaReason::Open, WaitReason::Unspecified, false),
            (SlaReason::Paused, WaitReason::Customer, false),
            (SlaReason::Open, WaitReason::Unspecified, false),
            (SlaReason::Open, WaitReason::Unspecified, true),
        ];
        assert_eq!(reasons, expected);
        let counted = clock.intervals.iter().filter(|interval| interval.counted && !interval.ahead);
        let length = |from: Option<&prost_types::Timestamp>, to: Option<&prost_types::Timestamp>| {
            from_proto(to).expect("an end") - from_proto(from).expect("a start")
        };
        let sum: TimeDelta = counted.map(|one| length(one.from.as_ref(), one.to.as_ref())).sum();
        assert_eq!(sum.num_seconds(), i64::from(clock.used_seconds));
        assert!(clock.sentence_zh.contains("扣除等待客户2小时"), "{}", clock.sentence_zh);
        assert!(clock.sentence_en.contains("2 h waiting for the customer not counted"));
        assert_eq!((clock.intervals_left_out, clock.days.len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn working_days_are_told_date_by_date() {
    on_each(|desk| async move {
        let (urgency, impact) = (Level::Low as i32, Level::Low as i32);
        let ticket = desk.create(CreateTicketRequest { urgency, impact, ..fault() }).await;
        let told = explain(&desk, &ticket.id).await.expect("is explained");
        let days: Vec<_> = resolution(&told)
            .days
            .iter()
            .map(|day| (day.date.as_str(), day.counted, day.number, day.reason()))
            .collect();
        let expected = [
            ("2026-03-02", false, 0, SlaDayReason::Start),
            ("2026-03-03", true, 1, SlaDayReason::Working),
            ("2026-03-04", true, 2, SlaDayReason::Working),
            ("2026-03-05", true, 3, SlaDayReason::Working),
        ];
        assert_eq!(days, expected);
    })
    .await;
}

/// Brings in a ticket that another system has kept open for years.
async fn open_since(desk: &Desk, created: &str) -> String {
    let past = ImportedTicket {
        external_key: "old/1".into(),
        customer_id: id::new().to_string(),
        r#type: TicketType::Fault as i32,
        category_code: "repair.private".into(),
        channel: Channel::Portal as i32,
        priority: Priority::High as i32,
        subject: "宽带无法上网".into(),
        created_at: Some(to_proto(at(created))),
        ..ImportedTicket::default()
    };
    let request = ImportTicketsRequest { tickets: vec![past] };
    let reply = desk.ask(|mut client| async move { client.import_tickets(request).await }).await;
    reply.expect("the batch is taken").results.remove(0).id
}

#[tokio::test]
async fn an_explanation_of_many_years_is_cut_and_says_how_much_is_left_out() {
    on_each(|desk| async move {
        let ticket = open_since(&desk, "2016-03-02 09:00").await;
        let told = explain(&desk, &ticket).await.expect("is explained");
        let clock = resolution(&told);
        assert_eq!(clock.intervals.len(), 2_000);
        assert!(clock.intervals_left_out > 2_000, "{}", clock.intervals_left_out);
        assert!(clock.used_seconds > 2_400 * 9 * 3600, "{}: all of it counts", clock.used_seconds);
        let picture = draw(&desk, &ticket).await.expect("is drawn");
        assert!(picture.data.len() < 100_000, "{} bytes", picture.data.len());
    })
    .await;
}

#[tokio::test]
async fn a_breach_that_nobody_swept_is_told_and_a_year_nobody_announced_is_asked_for() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        desk.clock.set(at("2026-03-02 13:30")).expect("time goes forward");
        let told = explain(&desk, &ticket.id).await.expect("is explained");
        let clock = resolution(&told);
        assert_eq!((clock.breached, clock.warned, clock.left_seconds), (true, true, -1800));
        assert!(desk.events::<SlaBreached>().await.is_empty(), "to explain changes nothing");
        desk.clock.set(at("2027-01-04 09:00")).expect("time goes forward");
        let missing = explain(&desk, &ticket.id).await.expect_err("the year is not announced");
        assert_eq!(reason_of(&missing), "CALENDAR_YEAR_MISSING");
    })
    .await;
}

#[tokio::test]
async fn what_happened_to_the_measures_is_told_in_order_of_time_swept_or_not() {
    on_each(|desk| async move {
        let (waiting, brought_in) = (waited(&desk).await, open_since(&desk, "2016-03-02 09:00").await);
        desk.clock.set(at("2026-03-02 15:30")).expect("time goes forward");
        let unswept = explain(&desk, &waiting.id).await.expect("is explained").events;
        let last = unswept.last().expect("it ran out");
        assert_eq!((last.kind(), last.clock()), (SlaMetricEventKind::Breached, SlaClock::Resolution));
        assert_eq!(last.at, Some(to_proto(at("2026-03-02 15:00"))));
        desk.sweep_at("2026-03-02 15:30").await;
        assert_eq!(explain(&desk, &waiting.id).await.expect("is explained").events, unswept);
        let bygone = explain(&desk, &brought_in).await.expect("is explained").events;
        let kinds: Vec<_> = bygone.iter().map(SlaMetricEvent::kind).collect();
        let (set, breached) = (SlaMetricEventKind::TargetSet, SlaMetricEventKind::Breached);
        assert!(kinds.contains(&set) && kinds.contains(&breached), "{kinds:?}");
        assert!(bygone.is_sorted_by_key(|event| from_proto(event.at.as_ref())), "{bygone:?}");
    })
    .await;
}

#[tokio::test]
async fn the_picture_is_an_svg_in_which_no_text_is_markup() {
    on_each(|desk| async move {
        let ticket = waited(&desk).await;
        let picture = draw(&desk, &ticket.number).await.expect("is drawn");
        assert_eq!(picture.content_type, "image/svg+xml");
        let picture = String::from_utf8(picture.data).expect("text");
        assert!(picture.starts_with("<svg") && picture.contains("role=\"img\""));
        assert!(picture.contains(&ticket.number) && picture.contains("&lt;script&gt;"));
        assert!(!picture.contains("<script"));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_explained_of_what_is_not_there() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let nowhere = uuid::Uuid::nil().to_string();
        assert_eq!(explain(&desk, &nowhere).await.expect_err("is not there").code(), Code::NotFound);
        let misheard: String = ticket.number.chars().rev().collect();
        assert_eq!(draw(&desk, &misheard).await.expect_err("is no number").code(), Code::InvalidArgument);
    })
    .await;
}
