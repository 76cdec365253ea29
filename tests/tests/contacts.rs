//! Calls past eight minutes, remote sessions with consent, and calls that come again, through the gateway with a clock
//! moved by hand (C7–C10).

use hotline_tests::client::text;
use hotline_tests::{Client, Stage};
use serde_json::{Value, json};

/// The agent at work on a stage, Monday 2 March 2026 at nine.
struct Desk {
    stage: Stage,
    agent: String,
}

impl Desk {
    async fn open() -> Self {
        let stage = Stage::in_process().await;
        let agent = stage.token("agent").await;
        Self { stage, agent }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    async fn does(&self, path: &str, body: Value) -> Value {
        self.client().post(&self.agent, path, &body).await.ok()
    }

    /// Takes a call about a repair.
    async fn takes_a_call(&self) -> Value {
        let call = json!({
            "channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": "13800138000",
            "categoryCode": "repair.private",
        });
        self.does("/v1/interactions", call).await
    }

    async fn registers(&self, call: &Value) -> Value {
        let ticket = json!({
            "categoryCode": "repair.private", "channel": "CHANNEL_PHONE", "customerId": call["customerId"],
            "interactionId": call["id"], "subject": "宽带无法上网", "description": "光猫红灯", "fields": {"room": "3-1502"},
        });
        self.does("/v1/tickets", ticket).await
    }

    async fn ends(&self, call: &Value, ticket: &str) -> Value {
        let end = json!({
            "intent": "INTENT_FAULT", "summary": "宽带断线", "outcome": "OUTCOME_TICKET", "ticketId": ticket,
        });
        self.does(&format!("/v1/interactions/{}:end", text(call, "id")), end).await
    }

    /// Expects these figures of March once every event is counted.
    async fn counts(&self, expected: Value) {
        let supervisor = self.stage.token("supervisor").await;
        let names = expected.as_object().expect("an object").keys();
        let metrics: String = names.map(|name| format!("&metrics={name}")).collect();
        let path = format!("/v1/kpi/report?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z{metrics}");
        let enough = |report: &Value| report["rows"][0]["values"] == expected;
        let report = self.client().until(&supervisor, &path, enough).await.ok();
        assert_eq!(report["rows"][0]["values"], expected);
    }

    /// Returns the entries of one kind in a ticket's timeline, once there are so many.
    async fn told(&self, ticket: &str, kind: &str, many: usize) -> Vec<Value> {
        let of = |line: &Value| -> Vec<Value> {
            let entries = line["entries"].as_array().cloned().unwrap_or_default();
            entries.into_iter().filter(|entry| entry["kind"] == kind).collect()
        };
        let path = format!("/v1/tickets/{ticket}/timeline?pageSize=100");
        let line = self.client().until(&self.agent, &path, |line| of(line).len() >= many).await.ok();
        let told = of(&line);
        assert_eq!(told.len(), many, "{line}");
        told
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_past_eight_minutes_without_consent_is_handed_over_and_with_consent_goes_on() {
    let desk = Desk::open().await;
    let (refused, agreed) = (desk.takes_a_call().await, desk.takes_a_call().await);
    let path = |call: &Value, verb: &str| format!("/v1/interactions/{}{verb}", text(call, "id"));
    let ticket = desk.registers(&refused).await;
    desk.stage.advance("PT5M").await;
    desk.does(&path(&agreed, ":continue"), json!({"customerConsent": true, "note": "愿意继续"})).await;
    desk.stage.advance("PT4M").await;
    let prompted = |list: &Value| list["interactions"].as_array().is_some_and(|calls| !calls.is_empty());
    let list = "/v1/interactions?overrun=OVERRUN_STATE_PROMPTED";
    let list = desk.client().until(&desk.agent, list, prompted).await.ok();
    let calls = list["interactions"].as_array().expect("a list");
    assert_eq!(calls.len(), 1, "who agreed before is not asked: {list}");
    assert_eq!((&calls[0]["id"], text(&calls[0], "overranAt")), (&refused["id"], "2026-03-02T01:08:00Z"));
    let no = desk.does(&path(&refused, ":continue"), json!({"customerConsent": false})).await;
    assert_eq!(text(&no, "suggestedTeamKey"), "second-line-network", "{no}");
    let over = json!({"ticketId": ticket["number"], "note": "已试重启"});
    let over = desk.does(&path(&refused, ":handOver"), over).await;
    assert_eq!(text(&over, "overrunState"), "OVERRUN_STATE_HANDED_OVER", "{over}");
    let handed = desk.client().get(&desk.agent, &format!("/v1/tickets/{}", text(&ticket, "id"))).await.ok();
    assert_eq!(text(&handed, "teamKey"), "second-line-network");
    desk.stage.advance("PT1M").await;
    desk.ends(&refused, text(&ticket, "id")).await;
    desk.ends(&agreed, "").await;
    desk.counts(json!({
        "average_handling_minutes": 10.0, "overrun_calls": 2.0, "overrun_prompts": 1.0,
        "overrun_without_consent_rate": 0.5,
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_session_needs_consent_and_each_change_a_second_one() {
    let desk = Desk::open().await;
    let call = desk.takes_a_call().await;
    let ticket = desk.registers(&call).await;
    let consent = |minute: u8| json!({"by": "王芳", "at": format!("2026-03-02T09:{minute:02}:00+08:00"), "channel": "CHANNEL_PHONE"});
    let mut start = json!({"interactionId": call["id"], "ticketId": ticket["number"], "purpose": "检查网卡", "tool": "向日葵"});
    let refused = desk.client().post(&desk.agent, "/v1/remote-sessions", &start).await;
    refused.refused(400);
    assert_eq!(refused.json["errors"][0]["field"], "customerConsent", "{}", refused.text);
    desk.stage.advance("PT1M").await;
    start["customerConsent"] = consent(0);
    let session = desk.does("/v1/remote-sessions", start).await;
    let path = |verb: &str| format!("/v1/remote-sessions/{}{verb}", text(&session, "id"));
    desk.stage.advance("PT2M").await;
    let mut change = json!({"scope": "DNS 设置", "effect": "网络可能中断一分钟", "what": "改为自动获取"});
    let refused = desk.client().post(&desk.agent, &path(":recordChange"), &change).await;
    refused.refused(400);
    assert_eq!(refused.json["errors"][0]["field"], "customerConsent", "{}", refused.text);
    change["customerConsent"] = consent(0);
    desk.client().post(&desk.agent, &path(":recordChange"), &change).await.refused(400);
    let record = desk.client().get(&desk.agent, &path("")).await.ok();
    assert_eq!(record["changes"].as_array().map_or(0, Vec::len), 0, "nothing is recorded as done: {record}");
    change["customerConsent"] = consent(2);
    desk.does(&path(":recordChange"), change).await;
    desk.does(&path(":end"), json!({"result": "网络恢复"})).await;
    let told = desk.told(text(&ticket, "id"), "REMOTE_SESSION", 3).await;
    let steps: Vec<_> = told.iter().map(|entry| text(&entry["details"], "step")).collect();
    assert_eq!(steps, ["STARTED", "CHANGED", "ENDED"]);
    assert_eq!(text(&told[1]["details"], "consentBy"), "王芳");
    desk.counts(json!({"remote_sessions": 1.0, "remote_changes": 1.0, "remote_session_minutes_mean": 2.0}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_call_makes_no_second_ticket_and_is_counted() {
    let desk = Desk::open().await;
    let call = desk.takes_a_call().await;
    let ticket = desk.registers(&call).await;
    let id = text(&ticket, "id");
    desk.ends(&call, id).await;
    desk.stage.advance("PT2H").await;
    let again = desk.takes_a_call().await;
    let ask = format!(
        "/v1/tickets:recognize?customerId={}&categoryCode=repair.private",
        text(&again, "customerId")
    );
    let known = desk.client().get(&desk.agent, &ask).await.ok();
    assert_eq!((text(&known["ticket"], "id"), text(&known, "by")), (id, "RECOGNIZED_BY_CATEGORY"));
    let answer = desk.registers(&again).await;
    assert_eq!(
        (text(&answer, "id"), &answer["repeatContact"], &answer["contactCount"]),
        (id, &json!(true), &json!(1))
    );
    desk.ends(&again, text(&ticket, "number")).await;
    let third = desk.takes_a_call().await;
    let (stem, last) = text(&ticket, "number").split_at(text(&ticket, "number").len() - 1);
    let misheard = format!("{stem}{}", (last.parse::<u8>().expect("a digit") + 1) % 10);
    let wrong = json!({
        "intent": "INTENT_FAULT", "summary": "催办", "outcome": "OUTCOME_TICKET", "ticketId": misheard,
    });
    let path = format!("/v1/interactions/{}:end", text(&third, "id"));
    assert_eq!(desk.client().post(&desk.agent, &path, &wrong).await.refused(400), "TICKET_NUMBER_INVALID");
    desk.ends(&third, text(&ticket, "number")).await;
    desk.told(id, "CONTACTED", 2).await;
    desk.counts(json!({"tickets_created": 1.0, "repeat_contacts": 2.0, "repeat_contact_rate": 2.0})).await;
    let said = desk
        .client()
        .get(&desk.agent, &format!("/v1/tickets:status?customerId={}", text(&third, "customerId")))
        .await
        .ok();
    assert_eq!(said["statuses"].as_array().map_or(0, Vec::len), 1, "{said}");
    assert!(text(&said["statuses"][0]["status"], "sentenceZh").contains("宽带无法上网"), "{said}");
}
