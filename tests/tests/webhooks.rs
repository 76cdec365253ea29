//! A third party's own system is told of its work and answers for it, with no person's token (D5, D18).

use chrono::Utc;
use hotline_tests::client::text;
use hotline_tests::{Client, Reply, Stage};
use hotline_webhooks::signature::{Secret, signatures};
use http::Method;
use serde_json::{Value, json};

/// The partner's system: it knows its webhook and the secret.
struct Partner {
    client: Client,
    path: String,
    secret: Secret,
}

impl Partner {
    /// Says something, signed `age` seconds ago.
    async fn says(&self, id: &str, age: i64, body: &Value) -> Reply {
        let timestamp = now() - age;
        let signature =
            signatures(std::slice::from_ref(&self.secret), id, timestamp, body.to_string().as_bytes());
        let timestamp = timestamp.to_string();
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", timestamp.as_str()),
            ("webhook-signature", &signature),
        ];
        let path = format!("{}:receive", self.path);
        self.client.send(Method::POST, &path, None, &headers, Some(body)).await.expect("an answer")
    }
}

/// The partner's clock, whatever clock the suite runs on.
fn now() -> i64 {
    hotline_core::clock::wall().with_timezone(&Utc).timestamp()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_system_takes_work_on_and_reports_it_done_signed_with_its_secret() {
    let stage = Stage::in_process().await;
    let (client, vendor, agent) = (&stage.client, stage.token("vendor").await, stage.token("agent").await);
    let refused = client
        .post(&vendor, "/v1/webhooks", &json!({"teamKey": "vendor-fiber", "url": "https://10.0.0.1/"}))
        .await;
    assert_eq!(refused.refused(400), "INVALID_REQUEST");
    let other = json!({"teamKey": "on-site-east", "url": "https://partner.example/"});
    assert_eq!(client.post(&vendor, "/v1/webhooks", &other).await.status, 403);
    let wanted =
        json!({"teamKey": "vendor-fiber", "url": "https://partner.example/", "eventTypes": ["assignment.*"]});
    assert_eq!(client.post(&agent, "/v1/webhooks", &wanted).await.status, 403);
    let made = client.post(&vendor, "/v1/webhooks", &wanted).await.ok();
    let path = format!("/v1/webhooks/{}", text(&made, "id"));
    let secret = Secret::parse(text(&made, "secret")).expect("a secret");
    assert_eq!(client.get(&vendor, &path).await.ok()["secret"], "");
    let partner = Partner { client: client.clone(), path: path.clone(), secret };

    let customer = json!({"name": "王芳", "phones": ["13800138000"]});
    let customer = client.post(&agent, "/v1/customers", &customer).await.ok();
    let ticket = json!({
        "channel": "CHANNEL_PHONE", "customerId": text(&customer, "id"), "subject": "空调不制冷",
        "description": "王芳家", "categoryCode": "repair.paid", "fields": {"room": "3-1502"},
    });
    let ticket = client.post(&agent, "/v1/tickets", &ticket).await.ok();
    let deliveries = format!("{path}/deliveries");
    let told = client.until(&vendor, &deliveries, |found| !found["deliveries"][0].is_null()).await.ok();
    let body: Value = serde_json::from_str(text(&told["deliveries"][0], "body")).expect("JSON");
    assert_eq!(body["type"], "assignment.queued", "{told}");
    for name in ["王芳", "1502", text(&customer, "id")] {
        assert!(!body.to_string().contains(name), "{body}");
    }

    let accept =
        json!({"type": "assignment.accept", "data": {"assignmentId": body["data"]["assignment"]["id"]}});
    assert_eq!(partner.says("m-1", 301, &accept).await.refused(401), "UNAUTHENTICATED");
    let taken = partner.says("m-1", 0, &accept).await.ok();
    assert_eq!(taken["state"], "ASSIGNMENT_STATE_ACCEPTED");
    assert_eq!(partner.says("m-1", 1, &accept).await.ok(), taken, "the first answer again");
    let done = json!({
        "type": "assignment.complete",
        "data": {"assignmentId": taken["assignmentId"], "resolution": "已加注冷媒"},
    });
    assert_eq!(partner.says("m-2", 0, &done).await.ok()["state"], "ASSIGNMENT_STATE_COMPLETED");
    let path = format!("/v1/tickets/{}", text(&ticket, "id"));
    assert_eq!(client.get(&agent, &path).await.ok()["state"], "TICKET_STATE_RESOLVED");
}
