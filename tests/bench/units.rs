//! What a caller does: one unit of each kind.

use std::time::Duration;

use anyhow::Context as _;
use futures::future::try_join_all;
use http::HeaderValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::What;
use crate::context::Context;

const QUEUE: &str = "/v1/queues/second-line-network:claim";
/// Work that callers claim in a second at most, for which there must be enough in the queue.
const CLAIMS: u64 = 400;
/// How many tickets are registered at once to fill the queue.
const TOGETHER: usize = 16;

/// Searches, escaped: 宽带坏了怎么办, 电梯, 停车费.
const SEARCHES: [&str; 3] = [
    "%E5%AE%BD%E5%B8%A6%E5%9D%8F%E4%BA%86%E6%80%8E%E4%B9%88%E5%8A%9E",
    "%E7%94%B5%E6%A2%AF",
    "%E5%81%9C%E8%BD%A6%E8%B4%B9",
];
const LISTS: [&str; 3] = [
    "/v1/tickets?pageSize=50",
    "/v1/tickets?pageSize=50&teamKey=second-line-network",
    "/v1/tickets?pageSize=50&state=TICKET_STATE_CLOSED&categoryCode=consult.other",
];
const REPORT: &str = "/v1/kpi/report?from=2025-06-01T00:00:00%2B08:00&to=2025-07-01T00:00:00%2B08:00&groupBy=team\
    &metrics=tickets_created&metrics=tickets_resolved&metrics=tickets_closed&metrics=csat_mean\
    &metrics=resolution_minutes_p50";

/// Does one thing; false where there is nothing left to do it with.
pub async fn one(context: &Context, what: What, round: usize) -> anyhow::Result<bool> {
    let gun = &context.gun;
    match what {
        What::Create => drop(create(context, round).await?),
        What::Read => {
            let ticket = &context.tickets[round.wrapping_mul(31) % context.tickets.len()];
            drop(gun.get(&context.agent, &format!("/v1/tickets/{ticket}")).await?);
        }
        What::List => drop(gun.get(&context.agent, LISTS[round % LISTS.len()]).await?),
        What::ScreenPop => {
            let (phone, _) = &context.customers[round % context.customers.len()];
            drop(gun.get(&context.agent, &format!("/v1/screen-pop?phone={phone}")).await?);
        }
        What::Claim => return claim(context, "0s").await,
        What::Search => {
            let words = SEARCHES[round % SEARCHES.len()];
            drop(gun.get(&context.agent, &format!("/v1/articles:search?q={words}")).await?);
        }
        What::Report => drop(gun.get(&context.supervisor, REPORT).await?),
        What::Journey => return journey(context, round).await,
    }
    Ok(true)
}

/// Registers a ticket of one of the customers for the second line.
pub async fn create(context: &Context, round: usize) -> anyhow::Result<Value> {
    let (_, customer) = &context.customers[round % context.customers.len()];
    register(context, customer, "").await
}

async fn register(context: &Context, customer: &str, interaction: &str) -> anyhow::Result<Value> {
    let mut body = json!({
        "type": "TICKET_TYPE_FAULT", "categoryCode": "repair.private", "channel": "CHANNEL_PHONE",
        "customerId": customer, "urgency": "LEVEL_HIGH", "impact": "LEVEL_MEDIUM",
        "subject": "宽带无法上网", "description": "今天早上开始宽带断线，光猫红灯。", "fields": {"room": "3-1502"},
    });
    if !interaction.is_empty() {
        body["interactionId"] = interaction.into();
        // Few customers call all the time; each call is about something else.
        body["separateMatter"] = true.into();
    }
    post(context, &context.agent, "/v1/tickets", &body).await
}

/// Claims, accepts and completes one piece of work; false where none waits.
async fn claim(context: &Context, wait: &str) -> anyhow::Result<bool> {
    let engineer = &context.engineer;
    let body = json!({"max": 1, "wait": wait, "lease": "60s"});
    let claimed = post(context, engineer, QUEUE, &body).await?;
    let Some(work) = claimed["assignments"].get(0) else { return Ok(false) };
    let id = work["id"].as_str().context("an id")?;
    let token = &work["leaseToken"];
    let body = json!({"leaseToken": token});
    post(context, engineer, &format!("/v1/assignments/{id}:accept"), &body).await?;
    let body = json!({"leaseToken": token, "resolution": "更换光猫，网络恢复。"});
    post(context, engineer, &format!("/v1/assignments/{id}:complete"), &body).await?;
    Ok(true)
}

/// Goes all the way of a caller, an engineer and one who calls back; the work may be another journey's.
async fn journey(context: &Context, round: usize) -> anyhow::Result<bool> {
    let (phone, _) = &context.customers[round % context.customers.len()];
    context.gun.get(&context.agent, &format!("/v1/screen-pop?phone={phone}")).await?;
    let start = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": phone});
    let call = post(context, &context.agent, "/v1/interactions", &start).await?;
    let (id, customer) =
        (call["id"].as_str().context("an id")?, call["customerId"].as_str().unwrap_or_default());
    let ticket = register(context, customer, id).await?;
    let end = json!({
        "intent": "INTENT_FAULT", "categoryCode": "repair.private", "summary": "宽带断线",
        "outcome": "OUTCOME_TICKET", "ticketId": ticket["id"],
    });
    post(context, &context.agent, &format!("/v1/interactions/{id}:end"), &end).await?;
    anyhow::ensure!(claim(context, "10s").await?, "no work within 10 s");
    let body = json!({"max": 1, "wait": "10s", "lease": "60s"});
    let claimed = post(context, &context.caller, "/v1/callbacks:claim", &body).await?;
    let callback = claimed["callbacks"].get(0).context("no callback within 10 s")?;
    let answer = json!({
        "leaseToken": callback["leaseToken"], "outcome": "ATTEMPT_OUTCOME_REACHED", "satisfied": true, "score": 5,
    });
    let path = format!("/v1/callbacks/{}:recordAttempt", callback["id"].as_str().context("an id")?);
    post(context, &context.caller, &path, &answer).await?;
    Ok(true)
}

/// Sees to it that there is enough work to claim, as far as three times the measurement's own time goes.
pub async fn top_up(context: &Context, what: What, seconds: u64) -> anyhow::Result<()> {
    if what != What::Claim {
        return Ok(());
    }
    let queues = context.gun.get(&context.supervisor, "/v1/queues?teamKey=second-line-network").await?;
    let queues: Value = serde_json::from_slice(&queues)?;
    let waiting = queues["queues"][0]["waiting"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut missing = usize::try_from((seconds + 1) * CLAIMS)?.saturating_sub(waiting);
    let end = Instant::now() + Duration::from_secs(3 * seconds);
    while missing > 0 && Instant::now() < end {
        let now = missing.min(TOGETHER);
        try_join_all((0..now).map(|round| create(context, round))).await?;
        missing -= now;
    }
    Ok(())
}

async fn post(context: &Context, token: &HeaderValue, path: &str, body: &Value) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&context.gun.post(token, path, body.to_string()).await?)?)
}
