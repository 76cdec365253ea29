//! A worker as a process of its own, for tests to stop and kill: claims one piece of work, says which in one line of
//! JSON, and keeps its lease alive until that fails; then it tries to go on all the same and says what it hears.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use hotline_tests::{Client, Reply};
use http::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

/// What to claim, and as whom.
#[derive(Debug, Parser)]
struct Arguments {
    /// Address of the gateway.
    base: String,
    /// The worker's token.
    token: String,
    /// The team whose work it claims.
    team: String,
    /// Seconds of the lease.
    lease: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let client = Client::new(&arguments.base);
    let post = async |path: String, body: Value| -> anyhow::Result<Reply> {
        client.send(Method::POST, &path, Some(&arguments.token), &[], Some(&body)).await
    };
    let lease = format!("{}s", arguments.lease);
    let claim = json!({"max": 1, "wait": "20s", "lease": lease});
    let claimed = post(format!("/v1/queues/{}:claim", arguments.team), claim).await?;
    let work = claimed.json["assignments"].get(0).context("nothing to claim")?.clone();
    println!("{work}");
    let (id, token) = (work["id"].as_str().unwrap_or_default(), &work["leaseToken"]);
    loop {
        let beat = json!({"leaseToken": token, "lease": lease});
        let told = post(format!("/v1/assignments/{id}:heartbeat"), beat).await?;
        if !told.status.is_success() {
            break;
        }
        sleep(Duration::from_millis(300)).await;
    }
    let mut heard = Vec::new();
    for verb in ["heartbeat", "accept", "complete"] {
        let mut body = json!({"leaseToken": token});
        if verb == "complete" {
            body["resolution"] = json!("迟到的答复");
        }
        let told = post(format!("/v1/assignments/{id}:{verb}"), body).await?;
        heard.push(json!([verb, told.status.as_u16(), told.json["code"]]));
    }
    println!("{}", Value::from(heard));
    Ok(ExitCode::SUCCESS)
}
