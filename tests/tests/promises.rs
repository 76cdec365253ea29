//! Promises of time, through the gateway with a clock moved by hand: kept, broken, extended, computed anew (T8–T10).

use hotline_tests::client::text;
use hotline_tests::{Client, Stage};
use serde_json::{Value, json};

/// The agent at work on a stage, Monday 2 March 2026 at nine.
struct Desk {
    stage: Stage,
    agent: String,
    customer: String,
}

impl Desk {
    async fn open() -> Self {
        let stage = Stage::in_process().await;
        let agent = stage.token("agent").await;
        let body = json!({"name": "王芳", "phones": ["13800138000"]});
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        Self { stage, agent, customer }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    /// Registers a ticket and returns the path to it.
    async fn registers(&self, kind: Value) -> String {
        let mut body = json!({
            "channel": "CHANNEL_PHONE", "customerId": self.customer, "subject": "一件事", "description": "如来电所述",
            "project": "曲江一期",
            "fields": {"room": "3-1502", "question": "物业费怎么交？", "complainedOf": "物业"},
        });
        let told = kind.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(told);
        let ticket = self.client().post(&self.agent, "/v1/tickets", &body).await.ok();
        format!("/v1/tickets/{}", text(&ticket, "number"))
    }

    async fn does(&self, ticket: &str, verb: &str, body: Value) -> Value {
        self.client().post(&self.agent, &format!("{ticket}:{verb}"), &body).await.ok()
    }

    async fn sees(&self, ticket: &str) -> Value {
        self.client().get(&self.agent, ticket).await.ok()
    }

    /// Expects that the sweeper notes these clocks as run out.
    async fn sees_breached(&self, ticket: &str, clocks: &[&str]) {
        let expected = json!(clocks);
        let enough = |ticket: &Value| ticket["sla"]["breached"] == expected;
        let ticket = self.client().until(&self.agent, ticket, enough).await.ok();
        assert_eq!(ticket["sla"]["breached"], expected, "{ticket}");
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
}

/// Returns the clock of this name in an explanation.
fn clock<'a>(explained: &'a Value, name: &str) -> &'a Value {
    let clocks = explained["clocks"].as_array().expect("a list");
    clocks.iter().find(|clock| clock["clock"] == name).expect("the clock is explained")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_extended_with_consent_and_broken_all_the_same() {
    let desk = Desk::open().await;
    let complaint = desk.registers(json!({"categoryCode": "complaint.service"})).await;
    assert_eq!(desk.sees(&complaint).await["sla"]["resolutionDueAt"], "2026-03-05T10:00:00Z");
    desk.stage.advance("P1D").await;
    let mut more = json!({"until": "2026-03-10T12:00:00+08:00", "reason": "等待配件"});
    let refused = desk.client().post(&desk.agent, &format!("{complaint}:extend"), &more).await;
    refused.refused(400);
    assert_eq!(refused.json["errors"][0]["field"], "customerConsent", "{}", refused.text);
    more["customerConsent"] =
        json!({"by": "王芳", "at": "2026-03-03T08:55:00+08:00", "channel": "CHANNEL_PHONE"});
    let extended = desk.does(&complaint, "extend", more).await;
    assert_eq!(extended["sla"]["resolutionDueAt"], "2026-03-10T04:00:00Z");
    assert_eq!(extended["sla"]["extendedFrom"], "2026-03-05T10:00:00Z");
    desk.stage.advance("P5D").await;
    let solved = desk.registers(json!({"categoryCode": "complaint.service"})).await;
    desk.does(&solved, "resolve", json!({"resolution": "已道歉"})).await;
    desk.sees_breached(&complaint, &["SLA_CLOCK_RESPONSE"]).await;
    desk.stage.advance("P3D").await;
    let late = desk.does(&complaint, "resolve", json!({"resolution": "已整改"})).await;
    assert_eq!(late["sla"]["breached"], json!(["SLA_CLOCK_RESPONSE", "SLA_CLOCK_RESOLUTION"]));
    desk.counts(json!({"tickets_extended": 1.0, "sla_attainment": 0.5, "sla_attainment_unextended": 0.5}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_promised_in_30_minutes_is_kept_and_another_is_not() {
    let desk = Desk::open().await;
    let question = json!({"categoryCode": "consult.property", "promiseTier": "PROMISE_TIER_MINUTES_30"});
    let (kept, broken) = (desk.registers(question.clone()).await, desk.registers(question).await);
    let said = desk.client().get(&desk.agent, &format!("{kept}:status")).await.ok();
    assert_eq!(said["expectedAt"], "2026-03-02T01:30:00Z");
    assert!(text(&said, "sentenceZh").contains("我们承诺今天09:30前答复您"), "{said}");
    let later = desk
        .client()
        .post(&desk.agent, &format!("{kept}:promise"), &json!({"tier": "PROMISE_TIER_WORKING_DAYS_1"}))
        .await;
    later.refused(400);
    assert_eq!(later.json["errors"][0]["field"], "tier", "{}", later.text);
    desk.stage.advance("PT29M").await;
    desk.does(&kept, "resolve", json!({"resolution": "可在线上缴纳"})).await;
    desk.stage.advance("PT21M").await;
    desk.sees_breached(&broken, &["SLA_CLOCK_ANSWER"]).await;
    desk.does(&broken, "resolve", json!({"resolution": "可在线上缴纳"})).await;
    desk.counts(json!({"promises_answered": 2.0, "promise_kept_rate": 0.5})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_priority_raised_after_three_hours_keeps_the_pause_before_it_and_says_so() {
    let desk = Desk::open().await;
    let low = json!({"categoryCode": "housekeeping.glass", "urgency": "LEVEL_LOW", "impact": "LEVEL_LOW"});
    let ticket = desk.registers(low).await;
    let team = json!({"teamKey": "second-line-network"});
    desk.does(&ticket, "handOver", team).await;
    let engineer = desk.stage.token("engineer").await;
    let claim = json!({"max": 5, "wait": "20s", "lease": "60s"});
    let claimed = desk.client().post(&engineer, "/v1/queues/second-line-network:claim", &claim).await.ok();
    let work = &claimed["assignments"][0];
    let path = format!("/v1/assignments/{}:accept", text(work, "id"));
    desk.client().post(&engineer, &path, &json!({"leaseToken": work["leaseToken"]})).await.ok();
    desk.stage.advance("PT1H").await;
    desk.does(&ticket, "wait", json!({"reason": "WAIT_REASON_CUSTOMER"})).await;
    desk.stage.advance("PT1H").await;
    desk.does(&ticket, "resume", json!({})).await;
    desk.stage.advance("PT1H").await;
    let raised = json!({"urgency": "LEVEL_HIGH", "impact": "LEVEL_MEDIUM", "reason": "活动提前"});
    let raised = desk.does(&ticket, "reprioritize", raised).await;
    // Four office hours from nine, and the one that was waited.
    assert_eq!(raised["sla"]["resolutionDueAt"], "2026-03-02T06:00:00Z");
    let explained = desk.client().get(&desk.agent, &format!("{ticket}:explainSla")).await.ok();
    let resolution = clock(&explained, "SLA_CLOCK_RESOLUTION");
    assert_eq!(resolution["dueAt"], "2026-03-02T06:00:00Z", "{explained}");
    let waited = resolution["intervals"].as_array().expect("a list").iter();
    let waited: Vec<_> = waited.filter(|interval| interval["counted"] == false).collect();
    assert_eq!(waited.len(), 1, "{explained}");
    let span = [text(waited[0], "from"), text(waited[0], "to"), text(waited[0], "waitingFor")];
    assert_eq!(span, ["2026-03-02T02:00:00Z", "2026-03-02T03:00:00Z", "WAIT_REASON_CUSTOMER"]);
    let picture = desk.client().get(&desk.agent, &format!("{ticket}/sla.svg")).await;
    assert_eq!(picture.headers["content-type"], "image/svg+xml");
    assert!(picture.text.starts_with("<svg"), "{}", picture.text);
}
