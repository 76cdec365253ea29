//! Live events from outside: a desk sees what happens elsewhere, as it happens, and goes on where it was (G4).

use hotline::roles::Role;
use hotline_tests::client::text;
use hotline_tests::stage::{Processes, furnish};
use hotline_tests::{Client, LiveEvents, Stage, program};
use redis::cmd;
use serde_json::{Value, json};

async fn registers(client: &Client, token: &str, customer: &str, subject: &str) -> Value {
    let body = json!({
        "type": "TICKET_TYPE_FAULT", "categoryCode": "repair.private", "channel": "CHANNEL_PHONE",
        "customerId": customer, "urgency": "LEVEL_HIGH", "impact": "LEVEL_MEDIUM", "subject": subject,
        "description": "光猫红灯", "fields": {"room": "3-1502"},
    });
    client.post(token, "/v1/tickets", &body).await.ok()
}

async fn customer(client: &Client, token: &str) -> String {
    let body = json!({"name": "王芳", "phones": ["13800138000"]});
    text(&client.post(token, "/v1/customers", &body).await.ok(), "id").to_owned()
}

fn subject(event: &Value) -> &str {
    text(&event["payload"]["ticket"], "subject")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_the_tickets_of_others_and_a_vendor_its_own_work() {
    let stage = Stage::in_process().await;
    let (agent, other, vendor) =
        (stage.token("agent").await, stage.token("supervisor").await, stage.token("vendor").await);
    let (client, base) = (&stage.client, stage.client.base());
    let mut desk = LiveEvents::open(base, &agent, "?types=ticket.*", None).await.expect("opens");
    let mut outside = LiveEvents::open(base, &vendor, "", None).await.expect("opens");
    let customer = customer(client, &agent).await;
    let ticket = registers(client, &other, &customer, "宽带无法上网").await;
    let created = desk.until("ticket.created").await;
    assert_eq!(created["payload"]["ticket"]["number"], ticket["number"]);
    assert_eq!((text(&created, "actor"), text(&created, "at")), ("supervisor", "2026-03-02T01:00:00Z"));

    let path = format!("/v1/tickets/{}:handOver", text(&ticket, "number"));
    client.post(&other, &path, &json!({"teamKey": "vendor-fiber", "note": "请联系王芳"})).await.ok();
    let first = outside.next().await.expect("an event");
    assert_eq!(first.data["payload"]["ticket"]["number"], ticket["number"], "{first:?}");
    for private in [&customer, "王芳", "3-1502", "光猫红灯"] {
        assert!(!first.data.to_string().contains(private), "{first:?}");
    }
    // Not even what is public is read from outside: our people pass it on.
    let comments = format!("/v1/tickets/{}/comments", text(&ticket, "number"));
    let said = json!({"text": "师傅下午到", "visibility": "COMMENT_VISIBILITY_PUBLIC"});
    client.post(&other, &comments, &said).await.ok();
    client.get(&vendor, &comments).await.refused(403);
    client.post(&vendor, &comments, &said).await.refused(403);
    client.get(&vendor, &format!("/v1/tickets/{}", text(&ticket, "number"))).await.refused(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_comes_again_misses_nothing_while_the_process_lives() {
    let stage = Stage::in_process().await;
    let agent = stage.token("agent").await;
    let (client, base) = (&stage.client, stage.client.base());
    let query = "?types=ticket.created";
    let mut desk = LiveEvents::open(base, &agent, query, None).await.expect("opens");
    let customer = customer(client, &agent).await;
    registers(client, &agent, &customer, "一").await;
    assert_eq!(subject(&desk.until("ticket.created").await), "一");
    let last = desk.last_id.clone();
    drop(desk);
    registers(client, &agent, &customer, "二").await;
    let mut again = LiveEvents::open(base, &agent, query, Some(&last)).await.expect("opens");
    registers(client, &agent, &customer, "三").await;
    assert_eq!(subject(&again.until("ticket.created").await), "二");
    assert_eq!(subject(&again.until("ticket.created").await), "三");

    // Another process knows nothing of the places of this one.
    let folder = stage.end().await;
    let next = Stage::in_folder(folder, hotline_tests::stage::monday_morning()).await;
    let agent = next.token("agent").await;
    let mut late =
        LiveEvents::open(next.client.base(), &agent, query, Some(&again.last_id)).await.expect("opens");
    assert_eq!(late.next().await.expect("an event").kind, "reset");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_redis_nothing_is_missed_when_the_gateway_restarts_and_a_flush_is_told() {
    let (Some(postgres), Some(redis)) = (hotline_core::testing::postgres(), hotline_core::testing::redis())
    else {
        println!("skipped: PostgreSQL and Redis are needed for roles in processes of their own");
        return;
    };
    let folder = tempfile::tempdir().expect("a temp folder");
    let database = hotline_core::testing::fresh_database(postgres);
    let mut suite = Processes::start(program::binary(), folder.path(), &database, redis, &[]).await;
    let client = Client::new(&suite.base);
    furnish(&client, &suite.token("admin")).await;
    let (agent, other) = (suite.token("agent"), suite.token("supervisor"));
    let query = "?types=ticket.created";
    let mut desk = LiveEvents::open(&suite.base, &agent, query, None).await.expect("opens");
    let customer = customer(&client, &other).await;
    registers(&client, &other, &customer, "一").await;
    let created = desk.until("ticket.created").await;
    assert_eq!((subject(&created), text(&created, "traceId").len()), ("一", 32));
    let last = desk.last_id.clone();
    drop(desk);

    registers(&client, &other, &customer, "二").await;
    suite.kill(Role::Gateway);
    suite.raise(Role::Gateway);
    suite.wait_until_ready().await;
    let mut again = LiveEvents::open(&suite.base, &agent, query, Some(&last)).await.expect("opens");
    registers(&client, &other, &customer, "三").await;
    assert_eq!(subject(&again.until("ticket.created").await), "二");
    assert_eq!(subject(&again.until("ticket.created").await), "三");

    suite.redis.ask::<()>(&cmd("FLUSHALL"));
    assert_eq!(again.next().await.expect("an event").kind, "reset");
    registers(&client, &other, &customer, "四").await;
    // What was not confirmed when Redis forgot it comes once more.
    while subject(&again.until("ticket.created").await) != "四" {}

    let (status, took) = suite.terminate(Role::Gateway).await;
    assert!(status.success() && took.as_secs() < 5, "an open stream holds nothing up: {status} {took:?}");
    assert_eq!(again.next().await.expect("an event").kind, "stopping");
}
