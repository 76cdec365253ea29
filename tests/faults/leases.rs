//! Workers as processes of their own that are killed or sleep too long.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use hotline_tests::client::text;
use hotline_tests::drill::Site;
use hotline_tests::servers::leash;
use hotline_tests::{Client, machine, program};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::ground;

const QUEUE: &str = "/v1/queues/second-line-network:claim";
/// Seconds of a lease, the shortest there is.
const LEASE: u64 = 5;

/// A worker that has claimed something and keeps its lease alive.
struct Worker {
    child: Child,
    said: std::io::Lines<BufReader<ChildStdout>>,
    work: Value,
}

impl Worker {
    fn start(site: &Site) -> Self {
        let mut child = Command::new(program::beside("claimer"))
            .args([&site.base, &site.tokens["engineer"], "second-line-network", &LEASE.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        leash::hold(child.id());
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
        let work = next(&mut said);
        Self { child, said, work }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        program::kill(&mut self.child);
    }
}

fn next(said: &mut std::io::Lines<BufReader<ChildStdout>>) -> Value {
    let line = said.next().expect("says something").expect("text");
    serde_json::from_str(&line).expect("JSON")
}

/// Registers a ticket for the second line.
async fn ticket(client: &Client, site: &Site) -> String {
    let agent = &site.tokens["agent"];
    let start = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": "13800138000"});
    let call = client.post(agent, "/v1/interactions", &start).await.ok();
    let body = json!({
        "type": "TICKET_TYPE_FAULT", "categoryCode": "repair.private", "channel": "CHANNEL_PHONE",
        "customerId": call["customerId"], "urgency": "LEVEL_HIGH", "impact": "LEVEL_MEDIUM",
        "subject": "宽带无法上网", "description": "今天早上开始宽带断线，光猫红灯。", "fields": {"room": "3-1502"},
    });
    text(&client.post(agent, "/v1/tickets", &body).await.ok(), "id").to_owned()
}

/// Waits for work as the other engineer.
async fn claim(client: &Client, site: &Site) -> Value {
    let body = json!({"max": 1, "wait": "20s", "lease": "60s"});
    let claimed = client.post(&site.tokens["engineer2"], QUEUE, &body).await.ok();
    claimed["assignments"].get(0).expect("work within 20 s").clone()
}

async fn act(client: &Client, site: &Site, work: &Value, verb: &str) -> Value {
    let body = match verb {
        "complete" => json!({"leaseToken": work["leaseToken"], "resolution": "更换光猫，网络恢复。"}),
        _ => json!({"leaseToken": work["leaseToken"]}),
    };
    let path = format!("/v1/assignments/{}:{verb}", text(work, "id"));
    client.post(&site.tokens["engineer2"], &path, &body).await.ok()
}

/// Has the customer satisfied, so that nothing is left for the next drill.
async fn close(client: &Client, site: &Site, ticket: &str) {
    let caller = &site.tokens["callback"];
    let claim = json!({"max": 1, "wait": "20s", "lease": "60s"});
    let callback = client.post(caller, "/v1/callbacks:claim", &claim).await.ok()["callbacks"][0].clone();
    assert_eq!(text(&callback, "ticketId"), ticket);
    let path = format!("/v1/callbacks/{}:recordAttempt", text(&callback, "id"));
    let answer = json!({
        "leaseToken": callback["leaseToken"], "outcome": "ATTEMPT_OUTCOME_REACHED", "satisfied": true, "score": 5,
    });
    client.post(caller, &path, &answer).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a01_work_of_a_killed_worker_is_offered_again_within_its_lease() {
    let Some(ground) = ground().await else { return };
    let (site, client) = (&ground.site, Client::new(&ground.site.base));
    let ticket = ticket(&client, site).await;
    let mut worker = Worker::start(site);
    assert_eq!(text(&worker.work, "ticketId"), ticket);
    program::kill(&mut worker.child);
    let killed = Instant::now();
    let again = claim(&client, site).await;
    // Its last heartbeat may have been sent just before.
    let (waited, bound) = (killed.elapsed(), Duration::from_secs(LEASE + 2));
    assert!(waited < bound, "offered again after {waited:?}");
    assert_eq!(again["id"], worker.work["id"]);
    assert_eq!(again["attempts"], 2);
    act(&client, site, &again, "accept").await;
    let done = act(&client, site, &again, "complete").await;
    assert_eq!(text(&done, "state"), "ASSIGNMENT_STATE_COMPLETED");
    close(&client, site, &ticket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a02_a_worker_that_slept_past_its_lease_is_refused_and_the_new_holder_untouched() {
    let Some(ground) = ground().await else { return };
    let (site, client) = (&ground.site, Client::new(&ground.site.base));
    let ticket = ticket(&client, site).await;
    let mut worker = Worker::start(site);
    machine::signal(worker.child.id(), "STOP");
    let again = claim(&client, site).await;
    act(&client, site, &again, "accept").await;
    let path = format!("/v1/assignments/{}", text(&again, "id"));
    let before = client.get(&site.tokens["engineer2"], &path).await.ok();
    machine::signal(worker.child.id(), "CONT");
    let heard = next(&mut worker.said);
    let lost = |verb| json!([verb, 409, "LEASE_LOST"]);
    assert_eq!(heard, json!([lost("heartbeat"), lost("accept"), lost("complete")]));
    assert_eq!(client.get(&site.tokens["engineer2"], &path).await.ok(), before, "as if it had not spoken");
    act(&client, site, &again, "complete").await;
    let line = client.get(&site.tokens["agent"], &format!("/v1/tickets/{ticket}/timeline")).await.ok();
    let solved = line["entries"].as_array().expect("entries").iter();
    assert_eq!(solved.filter(|entry| entry["kind"] == "RESOLVED").count(), 1, "solved once: {line}");
    close(&client, site, &ticket).await;
}

/// A heartbeat counts from now, not from the lease's end (A03); after the end there is nothing to prolong, whether
/// somebody else has taken the work or not (A04).
#[tokio::test(flavor = "multi_thread")]
async fn a03_a04_a_heartbeat_counts_from_now_and_comes_too_late_after_the_end() {
    let Some(ground) = ground().await else { return };
    let (site, client) = (&ground.site, Client::new(&ground.site.base));
    let ticket = ticket(&client, site).await;
    let held = claim(&client, site).await;
    let (token, id) = (&held["leaseToken"], text(&held, "id"));
    let beat = json!({"leaseToken": token, "lease": format!("{LEASE}s")});
    let path = format!("/v1/assignments/{id}:heartbeat");
    let sent = hotline_core::clock::wall();
    let kept = client.post(&site.tokens["engineer2"], &path, &beat).await.ok();
    let end: chrono::DateTime<chrono::Utc> = text(&kept, "leaseExpiresAt").parse().expect("a time");
    let left = end - sent;
    assert!((5..8).contains(&left.num_seconds()), "from now, not added to the minute: {left}");
    let queued = |now: &Value| now["state"] == "ASSIGNMENT_STATE_QUEUED";
    let now = client.until(&site.tokens["engineer2"], &format!("/v1/assignments/{id}"), queued).await;
    assert!(queued(&now.ok()), "it waits for somebody again");
    let late = client.post(&site.tokens["engineer2"], &path, &beat).await;
    assert_eq!(late.refused(409), "LEASE_LOST", "nobody took it, and it is lost all the same");
    let again = claim(&client, site).await;
    let late = client.post(&site.tokens["engineer2"], &path, &beat).await;
    assert_eq!(late.refused(409), "LEASE_LOST", "the same person's older lease");
    act(&client, site, &again, "accept").await;
    act(&client, site, &again, "complete").await;
    close(&client, site, &ticket).await;
}
