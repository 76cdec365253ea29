//! Outages, through the gateway with a clock moved by hand: told instead of registered, suspected from a spike, over for
//! hundreds of tickets at once though the process dies half-way (T13, C3).

use std::path::Path;

use futures::StreamExt;
use futures::stream;
use hotline_core::db::{Db, Location, Pool};
use hotline_proto::common::v1::TicketState;
use hotline_tests::client::text;
use hotline_tests::program::Up;
use hotline_tests::{Client, Stage};
use http::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;

const PROJECT: &str = "曲江一期";
const PASSWORD: &str = "outage-Pass-1";
const MONDAY: &str = "manual:2026-03-02T09:00:00+08:00";
const TICKETS: usize = 500;

/// Every batch is small, so that there is a half-way; nobody is slowed down.
const SETTINGS: [(&str, &str); 2] = [("TICKETS__OUTAGES__BATCH", "10"), ("GATEWAY__RATE_PER_SECOND", "0")];

/// Returns a fault of a customer.
fn fault(customer: &str) -> Value {
    json!({
        "channel": "CHANNEL_PHONE", "categoryCode": "repair.private", "customerId": customer, "project": PROJECT,
        "subject": "宽带无法上网", "description": "光猫红灯", "fields": {"room": "3-1502"},
    })
}

fn notice() -> Value {
    json!({
        "kind": "OUTAGE_KIND_UNPLANNED", "title": "光缆中断", "cause": "施工挖断", "progress": "抢修中",
        "projects": [PROJECT], "expectedRecoveryAt": "2026-03-02T06:00:00Z",
    })
}

async fn token(client: &Client, who: &str) -> String {
    let body = json!({"username": who, "password": PASSWORD});
    let reply = client.send(Method::POST, "/v1/auth/token", None, &[], Some(&body)).await;
    text(&reply.expect("an answer").ok(), "accessToken").to_owned()
}

async fn customer(client: &Client, agent: &str, phone: &str) -> String {
    customer_in(client, agent, phone, PROJECT).await
}

async fn customer_in(client: &Client, agent: &str, phone: &str, project: &str) -> String {
    let body = json!({"name": "王芳", "phones": [phone], "project": project});
    text(&client.post(agent, "/v1/customers", &body).await.ok(), "id").to_owned()
}

/// Returns every row of a list.
async fn all(client: &Client, agent: &str, path: &str, name: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let page = client.get(agent, &format!("{path}&pageSize=500&pageToken={next}")).await.ok();
        rows.extend(page[name].as_array().cloned().unwrap_or_default());
        page["nextPageToken"].as_str().unwrap_or_default().clone_into(&mut next);
        if next.is_empty() {
            return rows;
        }
    }
}

/// Expects these figures of March once every event is counted.
async fn counts(client: &Client, supervisor: &str, expected: Value) {
    let names = expected.as_object().expect("an object").keys();
    let metrics: String = names.map(|name| format!("&metrics={name}")).collect();
    let path = format!("/v1/kpi/report?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z{metrics}");
    let enough = |report: &Value| report["rows"][0]["values"] == expected;
    let report = client.until(supervisor, &path, enough).await.ok();
    assert_eq!(report["rows"][0]["values"], expected);
}

fn done(outage: &Value) -> i64 {
    outage["recovery"]["done"].as_i64().unwrap_or_default()
}

/// What a program left that was killed while it solved the tickets of an outage.
struct Killed {
    folder: TempDir,
    customers: Vec<String>,
    /// The path of the outage.
    outage: String,
}

/// Has 500 tickets of an outage solved by a program that is killed once it has begun.
async fn killed_while_it_solves() -> Killed {
    let folder = tempfile::tempdir().expect("a temp folder");
    let up = Up::start_with(folder.path(), MONDAY, PASSWORD, &SETTINGS);
    let client = Client::new(&up.base);
    let (agent, operations) = (token(&client, "agent").await, token(&client, "operations").await);
    let outage = client.post(&operations, "/v1/outages", &notice()).await.ok();
    let path = format!("/v1/outages/{}", text(&outage, "id"));
    let mut customers = Vec::new();
    for number in 0..50 {
        customers.push(customer(&client, &agent, &format!("138001380{number:02}")).await);
    }
    let registered = stream::iter((0..TICKETS).map(|number| fault(&customers[number % 50])))
        .map(async |body| client.post(&agent, "/v1/tickets", &body).await.ok())
        .buffer_unordered(8);
    let linked = registered.filter(|ticket| std::future::ready(ticket["outageId"] == outage["id"]));
    assert_eq!(linked.count().await, TICKETS);
    let order = json!({"resolution": "熔接完成", "followUp": "OUTAGE_FOLLOW_UP_CALLBACK"});
    let over = client.post(&operations, &format!("{path}:recover"), &order).await.ok();
    assert_eq!((text(&over, "state"), &over["recovery"]["total"]), ("OUTAGE_STATE_RECOVERING", &json!(500)));
    client.until(&agent, &path, |outage| done(outage) >= 10).await.ok();
    drop(up);
    Killed { folder, customers, outage: path }
}

/// Tells how many tickets are solved by the file that a killed program has left.
async fn solved_in(folder: &Path) -> usize {
    let place = Location::Sqlite(folder.to_owned());
    let db = Db::open_existing(&place, "tickets", Pool::default()).await.expect("opens").expect("is there");
    let select =
        format!("SELECT COUNT(*) AS solved FROM tickets WHERE state = {}", TicketState::Resolved as i32);
    let row = db.reader().query_one_raw(Statement::from_string(db.backend(), select)).await.expect("reads");
    let solved: i64 = row.expect("a row").try_get("", "solved").expect("a number");
    db.reader().close_by_ref().await.expect("closes");
    usize::try_from(solved).expect("a count")
}

/// Returns a program that was killed half-way: some tickets were solved in its file, and some were not.
async fn killed_half_way() -> Killed {
    for _ in 0..3 {
        let killed = killed_while_it_solves().await;
        let solved = solved_in(killed.folder.path()).await;
        if (1..TICKETS).contains(&solved) {
            return killed;
        }
        println!("killed too late, with {solved} tickets solved: once more");
    }
    panic!("no program was killed half-way");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_tickets_of_an_outage_are_solved_once_though_the_process_is_killed_half_way() {
    let Killed { folder, customers, outage: path } = killed_half_way().await;
    let up = Up::start_with(folder.path(), MONDAY, PASSWORD, &SETTINGS);
    let client = Client::new(&up.base);
    let agent = token(&client, "agent").await;
    let enough = |outage: &Value| outage["state"] == "OUTAGE_STATE_RECOVERED";
    let settled = client.until(&agent, &path, enough).await.ok();
    assert_eq!((text(&settled, "state"), done(&settled)), ("OUTAGE_STATE_RECOVERED", 500));
    let solved = all(&client, &agent, "/v1/tickets?state=TICKET_STATE_RESOLVED", "tickets").await;
    assert_eq!(solved.len(), TICKETS);
    let figures = json!({
        "outages": 1.0, "outages_recovered": 1.0, "outage_tickets_linked": 500.0, "tickets_resolved": 500.0,
    });
    counts(&client, &token(&client, "supervisor").await, figures).await;
    every_customer_is_called_once(&client, &agent, &customers).await;
}

async fn every_customer_is_called_once(client: &Client, agent: &str, customers: &[String]) {
    let of = |customer: &str| format!("/v1/callbacks?customerId={customer}");
    for customer in customers {
        let called =
            |list: &Value| list["callbacks"].as_array().is_some_and(|callbacks| !callbacks.is_empty());
        let list = client.until(agent, &of(customer), called).await.ok();
        assert_eq!(list["callbacks"].as_array().map(Vec::len), Some(1), "{list}");
        assert_eq!(list["callbacks"][0]["kind"], "CALLBACK_KIND_OUTAGE_RECOVERED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_about_a_known_outage_is_told_and_no_ticket_is_made() {
    let stage = Stage::in_process().await;
    let (client, agent) = (&stage.client, stage.token("agent").await);
    let known = customer(client, &agent, "13800138000").await;
    let outage = client.post(&agent, "/v1/outages", &notice()).await.ok();
    let path = format!("/v1/outages/{}", text(&outage, "id"));
    client
        .post(&agent, &format!("{path}:update"), &json!({"text": "已定位", "progress": "熔接中"}))
        .await
        .ok();
    let pop = client.get(&agent, "/v1/screen-pop?phone=13800138000").await.ok();
    let shown = &pop["outages"][0];
    assert_eq!((text(shown, "title"), text(shown, "progress")), ("光缆中断", "熔接中"));
    assert_eq!(shown["lastUpdate"]["text"], "已定位");
    let start = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": "13800138000"});
    let call = client.post(&agent, "/v1/interactions", &start).await.ok();
    let told = json!({"interactionId": call["id"], "note": "客户理解"});
    for _ in 0..2 {
        let after = client.post(&agent, &format!("{path}:told"), &told).await.ok();
        assert_eq!(after["told"], 1, "once for each contact");
    }
    let call = client.get(&agent, &format!("/v1/interactions/{}", text(&call, "id"))).await.ok();
    assert_eq!((text(&call, "intent"), text(&call, "outcome")), ("INTENT_FAULT", "OUTCOME_ANSWERED"));
    assert_eq!((&call["outageId"], text(&call, "customerId")), (&outage["id"], known.as_str()));
    let tickets = client.get(&agent, &format!("/v1/tickets?customerId={known}")).await.ok();
    assert_eq!(tickets["tickets"].as_array().map(Vec::len).unwrap_or_default(), 0, "{tickets}");
    client.post(&agent, &format!("{path}:acknowledge"), &json!({})).await.ok();
    let readers = client.get(&agent, &format!("{path}/readers")).await.ok();
    assert_eq!(
        (text(&readers["readers"][0], "subject"), &readers["readers"][0]["updates"]),
        ("agent", &json!(1))
    );
    let figures = json!({"contacts": 1.0, "outage_contacts_told": 1.0, "tickets_created": 0.0});
    counts(client, &stage.token("supervisor").await, figures).await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_called_about_the_ticket_that_is_left_when_the_other_is_closed_before_the_call() {
    let stage = Stage::in_process().await;
    let (client, agent) = (&stage.client, stage.token("agent").await);
    let known = customer(client, &agent, "13800138000").await;
    let outage = client.post(&agent, "/v1/outages", &notice()).await.ok();
    for _ in 0..2 {
        client.post(&agent, "/v1/tickets", &fault(&known)).await.ok();
    }
    let order = json!({"resolution": "熔接完成", "followUp": "OUTAGE_FOLLOW_UP_CALLBACK"});
    client.post(&agent, &format!("/v1/outages/{}:recover", text(&outage, "id")), &order).await.ok();
    let list = format!("/v1/callbacks?customerId={known}");
    let called = |list: &Value| list["callbacks"][0]["ticketId"].is_string();
    let called = client.until(&agent, &list, called).await.ok()["callbacks"][0].clone();
    client.post(&agent, &format!("/v1/tickets/{}:close", text(&called, "ticketId")), &json!({})).await.ok();
    let moved = |list: &Value| list["callbacks"][0]["ticketId"] != called["ticketId"];
    let calls = client.until(&agent, &list, moved).await.ok();
    let goes_on = &calls["callbacks"][0];
    assert_eq!((calls["callbacks"].as_array().map(Vec::len), &goes_on["id"]), (Some(1), &called["id"]));
    assert!(
        goes_on["ticketId"] != called["ticketId"] && goes_on["state"] != "CALLBACK_STATE_ENDED",
        "{goes_on}"
    );
    assert_eq!((&goes_on["dueAt"], &goes_on["kind"]), (&called["dueAt"], &called["kind"]));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_shows_the_notices_of_the_callers_project_region_and_of_any_category() {
    let stage = Stage::in_process().await;
    let (client, agent) = (&stage.client, stage.token("agent").await);
    customer_in(client, &agent, "13800138001", "曲江/二期").await;
    customer_in(client, &agent, "13800138002", "高新/一期").await;
    for (title, scope) in [
        ("region", json!({"regions": ["曲江"]})),
        ("category", json!({"categoryCodes": ["repair"]})),
        ("region and category", json!({"regions": ["曲江"], "categoryCodes": ["repair.private"]})),
        ("project and category", json!({"projects": ["高新/一期"], "categoryCodes": ["repair"]})),
        ("region of another project", json!({"regions": ["曲江"], "projects": ["高新/一期"]})),
    ] {
        let mut notice = notice();
        notice["title"] = json!(title);
        notice["projects"] = json!([]);
        notice.as_object_mut().expect("an object").extend(scope.as_object().expect("an object").clone());
        client.post(&agent, "/v1/outages", &notice).await.ok();
    }
    let shown = async |phone: &str| {
        let pop = client.get(&agent, &format!("/v1/screen-pop?phone={phone}")).await.ok();
        let outages = pop["outages"].as_array().cloned().unwrap_or_default();
        let mut titles: Vec<String> = outages.iter().map(|one| text(one, "title").to_owned()).collect();
        titles.sort();
        titles
    };
    // What a caller will say is not known yet: a notice of some categories is shown to whoever else it concerns.
    assert_eq!(shown("13800138001").await, ["category", "region", "region and category"]);
    assert_eq!(shown("13800138002").await, ["category", "project and category"]);
    assert_eq!(shown("13800138003").await, ["category"], "of whom nothing is known");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_similar_faults_propose_a_notice_once_and_nobody_is_called_where_that_is_said() {
    let stage = Stage::in_process().await;
    let (client, agent) = (&stage.client, stage.token("agent").await);
    let known = customer(client, &agent, "13800138000").await;
    for _ in 0..5 {
        client.post(&agent, "/v1/tickets", &fault(&known)).await.ok();
    }
    stage.advance("PT1M").await;
    let list = "/v1/outages?state=OUTAGE_STATE_PROPOSED";
    let some = |list: &Value| list["outages"].as_array().is_some_and(|outages| !outages.is_empty());
    let proposed = client.until(&agent, list, some).await.ok();
    let proposal = &proposed["outages"][0];
    assert_eq!((&proposal["spikeTickets"], &proposal["projects"]), (&json!(5), &json!([PROJECT])));
    let pop = async || client.get(&agent, "/v1/screen-pop?phone=13800138000").await.ok()["outages"].clone();
    assert!(pop().await.as_array().is_none_or(Vec::is_empty), "nobody has confirmed it");
    let path = format!("/v1/outages/{}", text(proposal, "id"));
    client.post(&agent, &format!("{path}:publish"), &json!({})).await.ok();
    let linked = client.until(&agent, &path, |outage| outage["linkedTickets"] == 5).await.ok();
    assert_eq!(linked["linkedTickets"], 5);
    assert_eq!(pop().await[0]["id"], proposal["id"]);
    assert_eq!(client.post(&agent, "/v1/tickets", &fault(&known)).await.ok()["outageId"], proposal["id"]);
    stage.advance("PT10M").await;
    let order = json!({"resolution": "重启设备", "followUp": "OUTAGE_FOLLOW_UP_NONE"});
    client.post(&agent, &format!("{path}:recover"), &order).await.ok();
    let over = client.until(&agent, &path, |outage| outage["state"] == "OUTAGE_STATE_RECOVERED").await.ok();
    assert_eq!(done(&over), 6, "{over}");
    let figures =
        json!({"outages_proposed": 1.0, "outages": 1.0, "tickets_resolved": 6.0, "outage_minutes": 11.0});
    counts(client, &stage.token("supervisor").await, figures).await;
    let callbacks = client.get(&agent, &format!("/v1/callbacks?customerId={known}")).await.ok();
    assert!(callbacks["callbacks"].as_array().is_none_or(Vec::is_empty), "{callbacks}");
    stage.end().await;
}
