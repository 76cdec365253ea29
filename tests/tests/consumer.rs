//! A second-line team's own system keeps up, whatever happens to the gateway (G3, A40).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hotline::roles::Role;
use hotline_tests::client::text;
use hotline_tests::drill::History;
use hotline_tests::drill::person::Person;
use hotline_tests::second_line::{Consumer, Settings};
use hotline_tests::{Client, Stage};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep};

/// The team whose queue it is.
const TEAM: &str = "second-line-network";
/// Assignments, at a thousand a minute.
const ALL: usize = 1000;
const EACH: Duration = Duration::from_millis(60);
/// Which of them meets no gateway.
const BREAK: usize = 400;
/// How long the gateway is away.
const AWAY: Duration = Duration::from_secs(2);
/// How long what is left may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// Registers a ticket, however often it must be sent; returns its number.
async fn registers(agent: Person, customer: String) -> String {
    let body = json!({
        "channel": "CHANNEL_PHONE", "customerId": customer, "subject": "宽带无法上网",
        "description": "光猫红灯", "categoryCode": "repair.private", "fields": {"room": "3-1502"},
    });
    text(&agent.command("/v1/tickets", &body).await.json, "number").to_owned()
}

/// Registers everything at its pace, while the gateway is killed and comes back; returns the numbers.
async fn registers_all(stage: &mut Stage, agent: &Person, customer: &str) -> BTreeSet<String> {
    let (mut feeding, mut pace) = (JoinSet::new(), interval(EACH));
    for number in 0..ALL {
        pace.tick().await;
        feeding.spawn(registers(agent.clone(), customer.to_owned()));
        let processes = stage.processes().expect("roles are processes");
        if number == BREAK {
            processes.kill(Role::Gateway);
        } else if number == BREAK + steps(AWAY) {
            processes.raise(Role::Gateway);
        }
    }
    feeding.join_all().await.into_iter().collect()
}

/// Returns how many tickets come in a time.
fn steps(time: Duration) -> usize {
    usize::try_from(time.as_millis() / EACH.as_millis()).expect("some")
}

async fn all_assignments(client: &Client, token: &str) -> Vec<Value> {
    let (mut all, mut page) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/assignments?teamKey={TEAM}&pageSize=500&pageToken={page}");
        let mut reply = client.get(token, &path).await.ok();
        all.append(reply["assignments"].as_array_mut().expect("a page"));
        page = reply["nextPageToken"].as_str().unwrap_or_default().to_owned();
        if page.is_empty() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_assignments_a_minute_over_a_restart_of_the_gateway_are_each_done_once() {
    let Some(mut stage) = Stage::in_processes().await else { return };
    let (agent, engineer) = (stage.token("agent").await, stage.token("engineer").await);
    let body = json!({"name": "王芳", "phones": ["13800138000"]});
    let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
    let base = stage.client.base().to_owned();
    let consumer = Consumer::start(Settings {
        base,
        token: engineer.clone(),
        team: TEAM.into(),
        workers: 4,
        at_once: 10,
    });
    let agent = Person {
        client: stage.client.clone(),
        who: "agent".into(),
        token: agent,
        twice: false,
        history: Arc::new(History::default()),
    };

    let registered = registers_all(&mut stage, &agent, &customer).await;
    assert_eq!(registered.len(), ALL, "each is registered once: {:?}", agent.history.troubles());

    let end = Instant::now() + PATIENCE;
    let finished = |consumer: &Consumer| {
        consumer.done().len() == ALL && consumer.board().events().get("assignment.completed") == Some(&ALL)
    };
    while !finished(&consumer) && Instant::now() < end {
        sleep(Duration::from_millis(100)).await;
    }
    let done = consumer.done();
    let troubles = consumer.troubles();
    assert_eq!(done.keys().cloned().collect::<BTreeSet<_>>(), registered, "none is lost: {troubles:?}");
    assert!(done.values().all(|times| *times == 1), "none is done twice");
    assert!(!troubles.is_empty(), "the gateway was away");

    let all = all_assignments(&stage.client, &engineer).await;
    let of_each: BTreeSet<&str> = all.iter().map(|work| text(work, "ticketNumber")).collect();
    assert_eq!((all.len(), of_each.len()), (ALL, ALL), "one assignment for each ticket");
    for work in &all {
        let ended = (&work["state"], &work["attempts"]);
        assert_eq!(ended, (&json!("ASSIGNMENT_STATE_COMPLETED"), &json!(1)), "given out once: {work}");
    }

    let board = consumer.board();
    let (resets, breaks) = board.resets_and_breaks();
    assert!(breaks > 0 && resets == 1, "it was resumed where it was: {resets} beginnings, {breaks} breaks");
    let events = board.events();
    for kind in ["assignment.queued", "assignment.claimed", "assignment.accepted", "assignment.completed"] {
        assert_eq!(events.get(kind), Some(&ALL), "the stream told every change: {events:?}");
    }
    assert_eq!(board.waiting(), 0);
    println!("told again after the break: {}; sent again: {troubles:?}", board.told_again());
    consumer.end().await;
}
