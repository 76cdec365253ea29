//! What requests are about: people, customers, tickets of all ages, articles.

use anyhow::Context as _;
use hotline_tests::Client;
use hotline_tests::client::text;
use http::HeaderValue;
use serde_json::{Value, json};

use crate::gun::Gun;
use crate::installation::Installation;

/// Customers that call in.
const CUSTOMERS: u32 = 100;
/// Articles to search.
const ARTICLES: u32 = 120;
/// Days of the filled year of which tickets are read.
const DAYS: [&str; 6] = ["2025-01-10", "2025-03-03", "2025-05-20", "2025-07-07", "2025-09-15", "2025-11-30"];

/// Everything a request is made of.
pub struct Context {
    /// The way to the gateway.
    pub gun: Gun,
    /// Tokens.
    pub agent: HeaderValue,
    /// Of one who claims work.
    pub engineer: HeaderValue,
    /// Of one who calls customers back.
    pub caller: HeaderValue,
    /// Of one who reads figures.
    pub supervisor: HeaderValue,
    /// Telephone number and id of customers.
    pub customers: Vec<(String, String)>,
    /// Tickets of all ages.
    pub tickets: Vec<String>,
}

/// Makes what requests are about, beside what was imported.
pub async fn prepare(installation: &Installation) -> anyhow::Result<Context> {
    let client = installation.client();
    let token = |who: &str, role: &str, team: Option<&str>| installation.program.token(who, role, team);
    let agent = token("agent", "agent", Some("first-line"));
    let admin = token("admin", "admin", None);
    let customers = customers(&client, &agent).await?;
    articles(&client, &admin, &token("supervisor", "supervisor", None)).await?;
    let bearer = |token: &str| HeaderValue::try_from(format!("Bearer {token}"));
    let mut context = Context {
        gun: Gun::new(&installation.base)?,
        agent: bearer(&agent)?,
        engineer: bearer(&token("engineer", "engineer", Some("second-line-network")))?,
        caller: bearer(&token("callback", "callback_agent", None))?,
        supervisor: bearer(&token("supervisor", "supervisor", None))?,
        customers,
        tickets: Vec::new(),
    };
    for _ in 0..20 {
        crate::units::create(&context, 0).await.context("a ticket can't be registered")?;
    }
    context.tickets = tickets(&client, &agent).await;
    Ok(context)
}

async fn customers(client: &Client, agent: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for number in 0..CUSTOMERS {
        let phone = format!("136{number:08}");
        let start = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": phone});
        let call = client.post(agent, "/v1/interactions", &start).await;
        anyhow::ensure!(call.status.is_success(), "a call can't come in: {}", call.text);
        all.push((phone, text(&call.json, "customerId").to_owned()));
    }
    Ok(all)
}

/// Publishes articles, unless an earlier round did.
async fn articles(client: &Client, admin: &str, supervisor: &str) -> anyhow::Result<()> {
    let there = client.get(admin, "/v1/articles?pageSize=1").await;
    if there.json["articles"].as_array().is_some_and(|articles| !articles.is_empty()) {
        return Ok(());
    }
    for number in 0..ARTICLES {
        let topic = ["宽带", "电梯", "停车费", "供暖", "装修押金", "门禁卡"][number as usize % 6];
        let body = json!({
            "kind": "ARTICLE_KIND_STANDARD_ANSWER", "title": format!("{topic}问题如何处理（{number}）"),
            "questions": [format!("{topic}坏了怎么办")],
            "body": format!("请先确认{topic}的具体情况，登记房号与联系方式，由值班人员在两小时内联系业主处理。"),
        });
        let made = client.post(admin, "/v1/articles", &body).await;
        anyhow::ensure!(made.status.is_success(), "an article can't be made: {}", made.text);
        let path = |verb: &str| format!("/v1/articles/{}:{verb}", text(&made.json, "id"));
        client.post(admin, &path("submit"), &json!({})).await;
        let approved = client.post(supervisor, &path("approve"), &json!({})).await;
        anyhow::ensure!(approved.status.is_success(), "an article can't be approved: {}", approved.text);
    }
    Ok(())
}

async fn tickets(client: &Client, agent: &str) -> Vec<String> {
    let mut all = ids(&client.get(agent, "/v1/tickets?pageSize=200").await.json);
    for day in DAYS {
        let path = format!("/v1/tickets?pageSize=200&createdBefore={day}T00:00:00Z");
        all.extend(ids(&client.get(agent, &path).await.json));
    }
    all
}

fn ids(page: &Value) -> Vec<String> {
    let tickets = page["tickets"].as_array().into_iter().flatten();
    tickets.map(|ticket| text(ticket, "id").to_owned()).collect()
}
