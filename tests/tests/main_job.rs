//! The main job, from the ring to the closed callback: once in one process on SQLite, once with every role its own
//! process on PostgreSQL and Redis.

use hotline_tests::client::text;
use hotline_tests::stage::monday_morning;
use hotline_tests::{Client, Stage};
use http::Method;
use serde_json::{Value, json};

const PHONE: &str = "13800138000";

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_in_one_process_survives_a_restart() {
    let stage = Stage::in_process().await;
    let number = main_job(&stage).await;
    let stage = Stage::in_folder(stage.end().await, monday_morning()).await;
    let agent = stage.token("agent").await;
    let ticket = stage.client.get(&agent, &format!("/v1/tickets/{number}")).await.ok();
    assert_eq!((text(&ticket, "state"), &ticket["reopenCount"]), ("TICKET_STATE_CLOSED", &json!(1)));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_with_every_role_its_own_process() {
    if let Some(stage) = Stage::in_processes().await {
        main_job(&stage).await;
        a_call_round_the_gateway_is_refused(&stage).await;
    }
}

/// Goes all the way and returns the ticket's number.
async fn main_job(stage: &Stage) -> String {
    let client = &stage.client;
    let (call, customer) = the_call(stage, client).await;
    let (ticket, number) = the_ticket(stage, client, &call, &customer).await;
    let first = the_second_line_solves(stage, client, "engineer", &ticket, &number).await;
    stage.advance("P1D").await;
    the_customer_answers(
        stage,
        client,
        &ticket,
        json!({"satisfied": false, "score": 2, "reasons": ["NOT_FIXED"], "comment": "晚上又断了"}),
    )
    .await;
    let agent = stage.token("agent").await;
    let reopened = client.get(&agent, &format!("/v1/tickets/{ticket}")).await.ok();
    assert_eq!(reopened["reopenCount"], 1, "{reopened}");
    assert!(
        ["TICKET_STATE_ASSIGNED", "TICKET_STATE_IN_PROGRESS"].contains(&text(&reopened, "state")),
        "{reopened}"
    );
    assert_eq!(text(&reopened, "teamKey"), "second-line-network", "to the team that solved it");
    the_second_line_solves(stage, client, "engineer2", &ticket, &number).await;
    the_late_word_is_refused(stage, client, &first).await;
    stage.advance("P1D").await;
    the_customer_answers(stage, client, &ticket, json!({"satisfied": true, "score": 5})).await;
    let closed = client.get(&agent, &format!("/v1/tickets/{ticket}")).await.ok();
    assert_eq!(text(&closed, "state"), "TICKET_STATE_CLOSED");
    let end = json!({"intent": "INTENT_FAULT", "categoryCode": "repair.private", "summary": "宽带断线", "outcome": "OUTCOME_TICKET", "ticketId": ticket});
    client.post(&agent, &format!("/v1/interactions/{call}:end"), &end).await.ok();
    the_timeline_tells_it_all(client, &agent, &ticket).await;
    the_figures_count_it(stage, client).await;
    number
}

async fn the_call(stage: &Stage, client: &Client) -> (String, String) {
    let agent = stage.token("agent").await;
    let pop = client.get(&agent, &format!("/v1/screen-pop?phone={PHONE}")).await.ok();
    assert_eq!(pop["known"], false, "an unknown number pops an empty screen, not an error");
    let start =
        json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": "+86 138-0013-8000"});
    let call = client.post(&agent, "/v1/interactions", &start).await.ok();
    let customer = text(&call, "customerId").to_owned();
    let known = json!({"name": "王芳", "project": "曲江一期", "room": "3-1502"});
    let path = format!("/v1/customers/{customer}?updateMask=name,project,room");
    assert_eq!(client.patch(&agent, &path, &known).await.ok()["name"], "王芳");
    the_outage_is_on_the_screen(stage, client).await;
    for spelling in [PHONE, "+8613800138000", "0086 138 0013 8000", "138-0013-8000"] {
        let pop = client.get(&agent, &format!("/v1/screen-pop?phone={spelling}")).await.ok();
        assert_eq!(pop["customer"]["id"], customer.as_str(), "{spelling}");
    }
    (text(&call, "id").to_owned(), customer)
}

async fn the_outage_is_on_the_screen(stage: &Stage, client: &Client) {
    let agent = stage.token("agent").await;
    let notice =
        |project: &str| json!({"kind": "OUTAGE_KIND_UNPLANNED", "title": "光缆中断", "projects": [project]});
    let near = client.post(&agent, "/v1/outages", &notice("曲江一期")).await.ok();
    client.post(&agent, "/v1/outages", &notice("别处")).await.ok();
    let shown = async || {
        let pop = client.get(&agent, &format!("/v1/screen-pop?phone={PHONE}")).await.ok();
        let outages = pop["outages"].as_array().expect("a list").iter();
        outages.map(|outage| text(outage, "id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, [text(&near, "id")], "what concerns another project is not shown");
    let recover = format!("/v1/outages/{}:recover", text(&near, "id"));
    let over = client.post(&agent, &recover, &json!({"resolution": "熔接完成"})).await.ok();
    assert_eq!(over["state"], "OUTAGE_STATE_RECOVERED");
    assert!(shown().await.is_empty(), "what is over leaves the screen");
}

async fn the_ticket(stage: &Stage, client: &Client, call: &str, customer: &str) -> (String, String) {
    let agent = stage.token("agent").await;
    let empty = client.post(&agent, "/v1/tickets", &json!({"type": "TICKET_TYPE_FAULT"})).await;
    empty.refused(400);
    assert!(empty.json["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{}", empty.text);
    let body = json!({
        "type": "TICKET_TYPE_FAULT", "categoryCode": "repair.private", "channel": "CHANNEL_PHONE",
        "customerId": customer, "interactionId": call, "urgency": "LEVEL_HIGH", "impact": "LEVEL_MEDIUM",
        "subject": "宽带无法上网", "description": "今天早上开始宽带断线，光猫红灯。", "fields": {"room": "3-1502"},
    });
    let keyed = async |body: &Value| {
        let key = [("idempotency-key", "main-job-1")];
        client.send(Method::POST, "/v1/tickets", Some(&agent), &key, Some(body)).await.expect("an answer")
    };
    let made = keyed(&body).await.ok();
    assert_eq!(keyed(&body).await.ok()["id"], made["id"], "the same key gives the same ticket");
    let mut other = body.clone();
    other["subject"] = json!("别的");
    assert_eq!(keyed(&other).await.refused(422), "IDEMPOTENCY_KEY_REUSED");
    assert!(made["sla"]["responseDueAt"].is_string() && made["sla"]["resolutionDueAt"].is_string(), "{made}");
    let (ticket, number) = (text(&made, "id").to_owned(), text(&made, "number").to_owned());
    let by_number = client.get(&agent, &format!("/v1/tickets/{number}")).await;
    assert_eq!(
        by_number.headers["etag"].to_str().ok(),
        by_number.json["etag"].as_str(),
        "one etag, quoted once"
    );
    assert_eq!(by_number.ok()["id"], ticket.as_str());
    let (stem, last) = number.split_at(number.len() - 1);
    let wrong = format!("{stem}{}", (last.parse::<u8>().expect("a digit") + 1) % 10);
    assert_eq!(
        client.get(&agent, &format!("/v1/tickets/{wrong}")).await.refused(400),
        "TICKET_NUMBER_INVALID"
    );
    (ticket, number)
}

/// Claims, accepts and completes; returns the assignment and its lease token.
async fn the_second_line_solves(
    stage: &Stage,
    client: &Client,
    who: &str,
    ticket: &str,
    number: &str,
) -> (String, String) {
    let (holder, vendor) = (stage.token(who).await, stage.token("vendor").await);
    let rival = stage.token(if who == "engineer" { "engineer2" } else { "engineer" }).await;
    let queue = "/v1/queues/second-line-network:claim";
    client.post(&vendor, queue, &json!({"max": 1})).await.refused(403);
    let claim = client.post(&holder, queue, &json!({"max": 5, "wait": "20s", "lease": "60s"})).await.ok();
    let work = &claim["assignments"][0];
    assert_eq!(text(work, "ticketId"), ticket);
    let (id, lease) = (text(work, "id").to_owned(), text(work, "leaseToken").to_owned());
    let nothing = client.post(&rival, queue, &json!({"max": 5, "wait": "0s"})).await.ok();
    assert_eq!(nothing["assignments"].as_array().map_or(0, Vec::len), 0, "nobody else gets it");
    let forged =
        client.post(&rival, &format!("/v1/assignments/{id}:accept"), &json!({"leaseToken": "forged"})).await;
    assert!([403, 409].contains(&forged.status.as_u16()), "{}", forged.text);
    let token = json!({"leaseToken": lease});
    client.post(&holder, &format!("/v1/assignments/{id}:accept"), &token).await.ok();
    let agent = stage.token("agent").await;
    let now = client.get(&agent, &format!("/v1/tickets/{ticket}")).await.ok();
    assert_eq!((text(&now, "state"), text(&now, "assignee")), ("TICKET_STATE_IN_PROGRESS", who));
    assert!(now["sla"]["respondedAt"].is_string(), "{now}");
    let said = client.get(&agent, &format!("/v1/tickets/{number}:status")).await.ok();
    assert!(!text(&said, "sentenceZh").is_empty() && !text(&said, "sentenceEn").is_empty(), "{said}");
    assert!(said["expectedAt"].is_string(), "{said}");
    stage.advance("PT45M").await;
    let done = json!({"leaseToken": lease, "resolution": "更换光猫，网络恢复。"});
    client.post(&holder, &format!("/v1/assignments/{id}:complete"), &done).await.ok();
    let now = client.get(&agent, &format!("/v1/tickets/{ticket}")).await.ok();
    assert_eq!(text(&now, "state"), "TICKET_STATE_RESOLVED", "at once");
    (id, lease)
}

async fn the_late_word_is_refused(stage: &Stage, client: &Client, (id, lease): &(String, String)) {
    let engineer = stage.token("engineer").await;
    let late = json!({"leaseToken": lease, "resolution": "x"});
    let late = client.post(&engineer, &format!("/v1/assignments/{id}:complete"), &late).await;
    assert!([403, 404, 409].contains(&late.status.as_u16()), "{}", late.text);
}

async fn the_customer_answers(stage: &Stage, client: &Client, ticket: &str, mut answer: Value) {
    let caller = stage.token("callback").await;
    let claim = json!({"max": 5, "wait": "20s", "lease": "60s"});
    let claimed = client.post(&caller, "/v1/callbacks:claim", &claim).await.ok();
    let callback = &claimed["callbacks"][0];
    assert_eq!(text(callback, "ticketId"), ticket, "a callback follows");
    answer["leaseToken"] = callback["leaseToken"].clone();
    answer["outcome"] = json!("ATTEMPT_OUTCOME_REACHED");
    let path = format!("/v1/callbacks/{}:recordAttempt", text(callback, "id"));
    client.post(&caller, &path, &answer).await.ok();
}

async fn the_timeline_tells_it_all(client: &Client, agent: &str, ticket: &str) {
    let line = client.get(agent, &format!("/v1/tickets/{ticket}/timeline?pageSize=100")).await.ok();
    let kinds: Vec<&str> =
        line["entries"].as_array().expect("entries").iter().map(|entry| text(entry, "kind")).collect();
    for kind in ["CREATED", "STARTED", "RESOLVED", "REOPENED", "VERIFIED", "CLOSED"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    assert!(kinds.len() >= 10, "{kinds:?}");
}

async fn the_figures_count_it(stage: &Stage, client: &Client) {
    let supervisor = stage.token("supervisor").await;
    let (from, to) = if stage.has_processes() {
        ("2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
    } else {
        ("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z")
    };
    let metrics =
        ["tickets_created", "tickets_reopened", "tickets_closed", "callbacks_completed", "csat_mean"];
    let metrics = metrics.map(|metric| format!("&metrics={metric}")).concat();
    let path = format!("/v1/kpi/report?from={from}&to={to}{metrics}");
    let report = client
        .until(&supervisor, &path, |report| {
            let values = &report["rows"][0]["values"];
            values["tickets_closed"] == 1.0 && values["callbacks_completed"] == 2.0
        })
        .await
        .ok();
    let values = &report["rows"][0]["values"];
    assert_eq!(values["tickets_created"], 1.0, "{values}");
    assert_eq!(values["tickets_reopened"], 1.0, "{values}");
    assert_eq!(values["tickets_closed"], 1.0, "{values}");
    assert_eq!(values["callbacks_completed"], 2.0, "{values}");
    assert_eq!(values["csat_mean"], 3.5, "{values}");
    let admin = stage.token("admin").await;
    let again = client.post(&admin, "/v1/kpi:recompute", &json!({})).await.ok();
    assert_eq!(again["changed"].as_str().or(Some("0")), Some("0"), "figures do not drift: {again}");
    assert_eq!(&client.get(&supervisor, &path).await.ok()["rows"][0]["values"], values);
}

async fn a_call_round_the_gateway_is_refused(stage: &Stage) {
    use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
    let address = stage.grpc_address("tickets").expect("a process of its own");
    let mut client = TicketServiceClient::connect(format!("http://{address}")).await.expect("listens");
    let refused = client.list_tickets(hotline_proto::tickets::v1::ListTicketsRequest::default()).await;
    assert_eq!(refused.expect_err("refused").code(), tonic::Code::Unauthenticated);
}
