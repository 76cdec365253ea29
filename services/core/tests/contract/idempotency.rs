//! Safe retries, through every layer that a real call passes.

use std::collections::HashMap;

use chrono::TimeDelta;
use hotline_core::caller::Caller;
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::error::reason_of;
use hotline_core::idempotency::{HEADER, forget};
use hotline_core::testing::databases;
use hotline_core::upstream::Directory;
use hotline_proto::callbacks::v1::{Callback, CreateCallbackRequest};
use prost::Message;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::fake::{Client, Fake, Gate, client, create, get, keys, person};
use crate::toys::{Migrator, counted, effects, new_counter};

fn started(db: &Db) -> (Client, Gate) {
    let (fake, gate) = Fake::new(db);
    (client(fake.service("callbacks").stack(keys())), gate)
}

fn keyed<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(HEADER, key.parse().expect("a header value"));
    request
}

async fn send(
    client: &Client,
    who: Caller,
    request: Request<CreateCallbackRequest>,
) -> Result<Callback, Status> {
    let mut client = client.clone();
    Ok(who.scope(async move { client.create_callback(request).await }).await?.into_inner())
}

async fn anna(client: &Client, key: &str, subject: &str) -> Result<Callback, Status> {
    send(client, person("anna"), keyed(key, create(subject))).await
}

/// A05.
#[tokio::test]
async fn the_same_key_gives_the_same_reply_also_after_a_restart() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        for subject in ["plain", "large"] {
            let first = anna(&started(&test.db).0, subject, subject).await.unwrap();
            let again = anna(&started(&test.db).0, subject, subject).await.unwrap();
            assert_eq!(first.encode_to_vec(), again.encode_to_vec());
            let restarted = started(&test.open::<Migrator>("callbacks").await).0;
            assert_eq!(
                anna(&restarted, subject, subject).await.unwrap().encode_to_vec(),
                first.encode_to_vec()
            );
        }
        assert_eq!(effects(&test.db).await, ["plain", "large"]);
    }
}

#[tokio::test]
async fn a_replayed_reply_says_so() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let mut client = started(&test.db).0;
        for replayed in [None, Some("true")] {
            let request = keyed("a", create("plain"));
            let reply = person("anna").scope(client.create_callback(request)).await.unwrap();
            let said = reply.metadata().get("idempotency-replayed").map(|value| value.to_str().unwrap());
            assert_eq!(said, replayed);
        }
    }
}

#[tokio::test]
async fn a_key_with_another_request_is_refused() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let client = started(&test.db).0;
        anna(&client, "a", "plain").await.unwrap();
        let refused = anna(&client, "a", "other").await.unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")
        );
        assert_eq!(effects(&test.db).await, ["plain"]);
    }
}

#[tokio::test]
async fn a_twin_of_a_running_command_is_told_to_wait() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let (client, mut gate) = started(&test.db);
        let running = tokio::spawn({
            let client = client.clone();
            async move { anna(&client, "a", "held").await }
        });
        gate.arrived.recv().await.unwrap();
        let refused = anna(&client, "a", "held").await.unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::Aborted, "IDEMPOTENCY_KEY_IN_USE"));
        gate.open.add_permits(1);
        let reply = running.await.unwrap().unwrap();
        assert_eq!(anna(&client, "a", "held").await.unwrap(), reply);
        assert_eq!(effects(&test.db).await, ["held"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_in_two_processes_have_one_effect_and_one_reply() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let processes = [started(&test.db), started(&test.open::<Migrator>("callbacks").await)];
        let mut twins = Vec::new();
        let mut gates = Vec::new();
        for (client, mut gate) in processes {
            twins.push(tokio::spawn(async move { anna(&client, "a", "held").await }));
            gate.arrived.recv().await.unwrap();
            gates.push(gate);
        }
        for gate in &gates {
            gate.open.add_permits(1);
        }
        let (one, two) = (twins.remove(0).await.unwrap(), twins.remove(0).await.unwrap());
        assert_eq!(one.unwrap().encode_to_vec(), two.unwrap().encode_to_vec());
        assert_eq!(effects(&test.db).await, ["held"]);
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_can_come_again() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let (client, mut gate) = started(&test.db);
        let running = tokio::spawn({
            let client = client.clone();
            async move { anna(&client, "a", "held").await }
        });
        gate.arrived.recv().await.unwrap();
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        gate.open.add_permits(1);
        anna(&client, "a", "held").await.unwrap();
        assert_eq!(effects(&test.db).await, ["held"]);
    }
}

#[tokio::test]
async fn a_key_is_its_callers_own() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let client = started(&test.db).0;
        let annas = anna(&client, "a", "plain").await.unwrap();
        let borises = send(&client, person("boris"), keyed("a", create("plain"))).await.unwrap();
        assert_ne!(annas.id, borises.id);
        assert_eq!((annas.assignee.as_str(), borises.assignee.as_str()), ("anna", "boris"));
        assert_eq!(counted(&test.db, "calls").await, 2);
    }
}

/// A06.
#[tokio::test]
async fn a_command_that_failed_leaves_no_trace_and_may_be_tried_again() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let client = started(&test.db).0;
        // It fails while the counter stands at one, which its own failure undoes.
        for _ in 0..2 {
            let refused = anna(&client, "a", "refused").await.unwrap_err();
            assert_eq!((refused.code(), counted(&test.db, "calls").await), (Code::InvalidArgument, 0));
        }
        anna(&client, "b", "plain").await.unwrap();
        anna(&client, "a", "refused").await.unwrap();
        assert_eq!(effects(&test.db).await, ["plain", "refused"]);
    }
}

#[tokio::test]
async fn keys_are_one_to_255_printable_characters_quoted_or_not() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let client = started(&test.db).0;
        for bad in ["", "\"\"", "two words", &"k".repeat(256)] {
            let refused = anna(&client, bad, "plain").await.unwrap_err();
            let expected = (Code::InvalidArgument, "IDEMPOTENCY_KEY_INVALID");
            assert_eq!((refused.code(), reason_of(&refused).as_str()), expected, "{bad}");
        }
        let longest = "k".repeat(255);
        let reply = anna(&client, &longest, "plain").await.unwrap();
        assert_eq!(anna(&client, &format!("\"{longest}\""), "plain").await.unwrap(), reply);
        assert_eq!(counted(&test.db, "calls").await, 1);
    }
}

#[tokio::test]
async fn what_only_reads_takes_any_key_and_runs_each_time() {
    for test in databases::<Migrator>("callbacks").await {
        let mut client = started(&test.db).0;
        for (key, id) in [("a", 1), ("a", 2), ("two words", 3)] {
            let request = keyed(key, get(Uuid::from_u128(id)));
            let reply = person("anna").scope(client.get_callback(request)).await.unwrap().into_inner();
            assert_eq!(reply.id, Uuid::from_u128(id).to_string());
        }
    }
}

#[tokio::test]
async fn a_command_that_changed_nothing_needs_no_reply_kept() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let client = started(&test.db).0;
        anna(&client, "a", "nothing").await.unwrap();
        anna(&client, "a", "plain").await.unwrap();
        assert_eq!(effects(&test.db).await, ["plain"]);
    }
}

#[tokio::test]
async fn a_call_within_the_process_does_not_pass_for_its_callers_command() {
    let tests = databases::<Migrator>("callbacks").await;
    for test in tests {
        let tickets = test.open::<Migrator>("tickets").await;
        for db in [&test.db, &tickets] {
            new_counter(db, "calls").await;
        }
        let directory = Directory::new(keys(), &["callbacks", "tickets"], &HashMap::new()).unwrap();
        let (mut fake, _gate) = Fake::new(&test.db);
        fake.upstreams = Some(directory.of("callbacks"));
        directory.fill("tickets", Fake::new(&tickets).0.service("tickets").stack(keys()));
        directory.fill("callbacks", fake.service("callbacks").stack(keys()));
        let client = Client::new(directory.of("gateway").way("callbacks"));
        let first = anna(&client, "a", "nested").await.unwrap();
        assert_eq!(anna(&client, "a", "nested").await.unwrap(), first);
        assert_eq!((counted(&test.db, "calls").await, counted(&tickets, "calls").await), (1, 1));
        let kept = forget(&tickets, Clock::system().now() + TimeDelta::days(1)).await.unwrap();
        assert_eq!(kept, 0, "the inner call had no key, so no reply of it is kept");
    }
}

#[tokio::test]
async fn an_old_reply_is_forgotten_and_the_command_runs_anew() {
    for test in databases::<Migrator>("callbacks").await {
        new_counter(&test.db, "calls").await;
        let client = started(&test.db).0;
        let first = anna(&client, "a", "plain").await.unwrap();
        let now = Clock::system().now();
        assert_eq!(forget(&test.db, now - TimeDelta::hours(1)).await.unwrap(), 0);
        assert_eq!(forget(&test.db, now + TimeDelta::hours(1)).await.unwrap(), 1);
        assert_ne!(anna(&client, "a", "plain").await.unwrap(), first);
    }
}
