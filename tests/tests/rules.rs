//! Policies and calendars administered while people work, through the gateway with a clock moved by hand: tried on what
//! was, corrected afterwards, and stored times put right (T8–T11).

use hotline_tests::client::text;
use hotline_tests::stage::monday_morning;
use hotline_tests::{Reply, Stage};
use http::Method;
use serde_json::{Value, json};

/// A stage with who works there, Monday 2 March 2026 at nine.
struct Desk {
    stage: Stage,
    agent: String,
    supervisor: String,
    customer: String,
}

impl Desk {
    async fn open() -> Self {
        Self::from(monday_morning()).await
    }

    async fn from(start: chrono::DateTime<chrono::Utc>) -> Self {
        let stage = Stage::in_folder(tempfile::tempdir().expect("a temp folder"), start).await;
        let (agent, supervisor) = (stage.token("agent").await, stage.token("supervisor").await);
        let body = json!({"name": "王芳", "phones": ["13800138000"], "segment": "SEGMENT_KEY_ACCOUNT"});
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        Self { stage, agent, supervisor, customer }
    }

    async fn tries_to_register(&self, told: Value) -> Reply {
        let mut body = json!({
            "channel": "CHANNEL_PHONE", "customerId": self.customer, "subject": "一件事", "description": "如来电所述",
            "project": "曲江一期", "categoryCode": "repair.private", "fields": {"room": "3-1502"},
        });
        body.as_object_mut().expect("an object").extend(told.as_object().expect("an object").clone());
        self.stage.client.post(&self.agent, "/v1/tickets", &body).await
    }

    /// Registers a ticket and returns the path to it.
    async fn registers(&self, told: Value) -> String {
        format!("/v1/tickets/{}", text(&self.tries_to_register(told).await.ok(), "number"))
    }

    async fn does(&self, ticket: &str, verb: &str, body: Value) -> Value {
        self.stage.client.post(&self.agent, &format!("{ticket}:{verb}"), &body).await.ok()
    }

    async fn sees(&self, path: &str) -> Value {
        self.stage.client.get(&self.agent, path).await.ok()
    }

    /// Waits until the ticket shows what is expected.
    async fn sees_that(&self, path: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let seen = self.stage.client.until(&self.agent, path, &enough).await.ok();
        assert!(enough(&seen), "{seen}");
        seen
    }

    async fn orders(&self, path: &str, body: Value) -> Value {
        self.stage.client.post(&self.supervisor, path, &body).await.ok()
    }

    async fn puts(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let client = &self.stage.client;
        client.send(Method::PUT, path, Some(&self.supervisor), headers, Some(&body)).await.expect("an answer")
    }

    /// Returns the entries of a kind in a ticket's timeline.
    async fn told(&self, ticket: &str, kind: &str) -> Vec<Value> {
        let timeline = self.sees(&format!("{ticket}/timeline?pageSize=200")).await;
        let entries = timeline["entries"].as_array().expect("a list").iter();
        entries.filter(|entry| entry["kind"] == kind).cloned().collect()
    }

    /// Expects these figures of March once every event is counted.
    async fn counts(&self, expected: Value) {
        let names = expected.as_object().expect("an object").keys();
        let metrics: String = names.map(|name| format!("&metrics={name}")).collect();
        let path = format!("/v1/kpi/report?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z{metrics}");
        let enough = |report: &Value| report["rows"][0]["values"] == expected;
        let report = self.stage.client.until(&self.supervisor, &path, enough).await.ok();
        assert_eq!(report["rows"][0]["values"], expected);
    }
}

fn medium() -> Value {
    json!({"urgency": "LEVEL_MEDIUM", "impact": "LEVEL_MEDIUM"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_corrected_afterwards_and_what_was_stored_is_put_right() {
    let desk = Desk::open().await;
    let (solved, open) = (desk.registers(medium()).await, desk.registers(medium()).await);
    assert_eq!(desk.sees(&solved).await["sla"]["resolutionDueAt"], "2026-03-03T10:00:00Z");
    desk.stage.advance("P2D").await;
    let broken = |ticket: &Value| ticket["sla"]["breached"].as_array().is_some_and(|all| all.len() == 2);
    desk.sees_that(&solved, broken).await;
    desk.does(&solved, "resolve", json!({"resolution": "已修好"})).await;
    desk.counts(json!({"sla_attainment": 0.0, "sla_breaches": 4.0})).await;

    // On Tuesday the office had been closed by a storm, which nobody had written down.
    let closed = json!({"exception": {"name": "台风停工", "dates": "2026-03-03"}, "note": "补录"});
    desk.orders("/v1/calendars/office:except", closed).await;
    assert_eq!(
        desk.sees(&open).await["sla"]["resolutionDueAt"],
        "2026-03-03T10:00:00Z",
        "nothing is rewritten silently"
    );
    let reason = json!({"reason": "补录台风停工", "from": "2026-03-01T00:00:00Z"});
    let mut rehearsal = reason.clone();
    rehearsal["dryRun"] = json!(true);
    let rehearsed = desk.orders("/v1/sla:repair", rehearsal).await;
    assert_eq!((&rehearsed["tickets"], &rehearsed["changed"]), (&json!(2), &json!(2)), "{rehearsed}");
    let done = desk.orders("/v1/sla:repair", reason.clone()).await;
    assert_eq!(done["changed"], 2, "{done}");

    for ticket in [&solved, &open] {
        let sla = &desk.sees(ticket).await["sla"];
        assert_eq!(sla["resolutionDueAt"], "2026-03-04T10:00:00Z", "{sla}");
        assert_eq!(sla["breached"], json!(["SLA_CLOCK_RESPONSE"]), "{sla}");
        let repaired = desk.told(ticket, "SLA_REPAIRED").await;
        assert_eq!(repaired[0]["details"]["fromResolutionDueAt"], "2026-03-03T10:00:00Z", "{repaired:?}");
    }
    let explained = desk.sees(&format!("{open}:explainSla")).await;
    let days = explained["clocks"][1]["days"].as_array().expect("a list");
    let storm = days.iter().find(|day| day["date"] == "2026-03-03").expect("is explained");
    assert_eq!((&storm["reason"], &storm["name"]), (&json!("SLA_DAY_REASON_EXCEPTION"), &json!("台风停工")));
    desk.counts(json!({"sla_attainment": 1.0, "sla_breaches": 2.0})).await;
    let changes = desk
        .stage
        .client
        .get(&desk.supervisor, &format!("/v1/sla/repairs/{}/changes", text(&done, "id")))
        .await
        .ok();
    assert_eq!(
        changes["changes"].as_array().map(Vec::len),
        Some(done["changes"].as_array().map_or(0, Vec::len))
    );
    assert_eq!(desk.orders("/v1/sla:repair", reason).await["changed"], 0, "what is right stays");
    desk.stage.advance("PT10H").await;
    desk.sees_that(&open, broken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_for_key_accounts_is_tried_on_the_past_and_then_made() {
    let desk = Desk::open().await;
    let before = desk.registers(medium()).await;
    desk.stage.advance("PT3H").await;
    desk.does(&before, "resolve", json!({"resolution": "已修好"})).await;
    let policy = json!({
        "key": "gold", "name": "重点客户报修", "position": 1, "categoryCodes": ["repair"], "keyAccount": true,
        "response": {"minutes": 10, "calendar": "always"}, "resolution": {"hours": 2},
        "update": {"minutes": 60, "calendar": "office"},
    });
    let trial = json!({"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "policies": [policy]});
    let told = desk.orders("/v1/sla:simulate", trial).await;
    let solution = told["clocks"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|clock| clock["clock"] == "SLA_CLOCK_RESOLUTION");
    let solution = solution.expect("is counted");
    assert_eq!((&solution["was"]["met"], &solution["wouldBe"]["missed"]), (&json!(1), &json!(1)), "{told}");

    let refused = desk.stage.client.post(&desk.agent, "/v1/sla/policies", &policy).await;
    refused.refused(403);
    let made = desk.orders("/v1/sla/policies", policy.clone()).await;
    assert_eq!(made["version"], 1, "{made}");
    let ticket = desk.registers(medium()).await;
    let sla = desk.sees(&ticket).await["sla"].clone();
    assert_eq!((&sla["policy"], &sla["resolutionDueAt"]), (&json!("gold"), &json!("2026-03-02T06:00:00Z")));

    let mut changed = policy;
    changed["resolution"] = json!({"hours": 8});
    let stale = desk.puts("/v1/sla/policies/gold", &[("if-match", "\"9\"")], changed.clone()).await;
    stale.refused(412);
    let etag = text(&made, "etag").to_owned();
    let replaced = desk.puts("/v1/sla/policies/gold", &[("if-match", &etag)], changed).await.ok();
    assert_eq!(replaced["version"], 2, "{replaced}");
    assert_eq!(desk.sees(&ticket).await["sla"], sla, "a promise that was made stays");
    let versions = desk.sees("/v1/sla/policies/gold/versions").await;
    assert_eq!(versions["versions"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_is_missing_is_refused_with_what_to_do_until_its_file_is_uploaded() {
    let desk = Desk::from("2026-12-31T10:00:00+08:00".parse().expect("a time")).await;
    let refused = desk.tries_to_register(medium()).await;
    refused.refused(409);
    assert!(refused.text.contains("/v1/holidays/cn/2027"), "{}", refused.text);
    let calendars = desk.sees("/v1/calendars").await;
    assert_eq!(calendars["missingYears"][0]["year"], 2027, "{calendars}");
    assert_eq!(calendars["missingYears"][0]["urgent"], true, "{calendars}");
    let file =
        json!({"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}).to_string();
    let wrong =
        desk.puts("/v1/holidays/cn/2027", &[], json!({"content": "{\"year\": 2026, \"days\": []}"})).await;
    wrong.refused(400);
    assert_eq!(wrong.json["errors"][0]["field"], "content", "{}", wrong.text);
    desk.puts("/v1/holidays/cn/2027", &[], json!({"content": file, "note": "国务院通知"})).await.ok();
    let ticket = desk.registers(medium()).await;
    assert_eq!(desk.sees(&ticket).await["sla"]["resolutionDueAt"], "2027-01-04T10:00:00Z");
    assert!(desk.sees("/v1/calendars").await["missingYears"].as_array().is_none_or(Vec::is_empty));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_works_by_day_is_warned_before_it_goes_home() {
    let desk = Desk::open().await;
    // Promised by the clock on the wall: 2 hours, of which 75 % are used up at 19:00, after the office has closed.
    desk.stage.advance("PT8H30M").await;
    let critical = json!({"urgency": "LEVEL_HIGH", "impact": "LEVEL_HIGH"});
    let ticket = desk.registers(critical).await;
    desk.sees_that(&ticket, |ticket| ticket["teamKey"] == "second-line-network").await;
    desk.stage.advance("PT29M").await;
    let warned = |ticket: &Value| {
        ticket["sla"]["warned"].as_array().is_some_and(|all| all.contains(&json!("SLA_CLOCK_RESOLUTION")))
    };
    desk.sees_that(&ticket, warned).await;
    let told = desk.told(&ticket, "SLA_WARNED").await;
    let told = told.iter().find(|entry| entry["details"]["clock"] == "RESOLUTION").expect("is told");
    assert_eq!(told["at"], "2026-03-02T09:59:00Z", "{told}");
    desk.stage.advance("PT3H").await;
    let breached = |ticket: &Value| {
        ticket["sla"]["breached"].as_array().is_some_and(|all| all.contains(&json!("SLA_CLOCK_RESOLUTION")))
    };
    desk.sees_that(&ticket, breached).await;
    assert_eq!(
        desk.told(&ticket, "SLA_BREACHED").await.last().expect("is told")["at"],
        "2026-03-02T11:30:00Z"
    );
    assert_eq!(desk.told(&ticket, "SLA_WARNED").await.len(), 2, "once for each clock");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_used_the_budget_is_told_for_a_ticket_and_summed_in_figures() {
    let desk = Desk::open().await;
    let ticket = desk.registers(medium()).await;
    let engineer = desk.stage.token("engineer").await;
    desk.sees_that(&ticket, |ticket| ticket["teamKey"] == "second-line-network").await;
    desk.stage.advance("PT20M").await;
    let claim = json!({"max": 1, "wait": "20s", "lease": "60s"});
    let claimed =
        desk.stage.client.post(&engineer, "/v1/queues/second-line-network:claim", &claim).await.ok();
    let work = &claimed["assignments"][0];
    let path = format!("/v1/assignments/{}:accept", text(work, "id"));
    desk.stage.client.post(&engineer, &path, &json!({"leaseToken": work["leaseToken"]})).await.ok();
    desk.stage.advance("PT30M").await;
    desk.does(&ticket, "wait", json!({"reason": "WAIT_REASON_CUSTOMER"})).await;
    desk.stage.advance("PT1H").await;
    desk.does(&ticket, "resume", json!({})).await;
    desk.stage.advance("PT10M").await;
    desk.does(&ticket, "resolve", json!({"resolution": "已修好"})).await;
    let explained = desk.sees(&format!("{ticket}:explainSla")).await;
    let usage = explained["usage"].as_array().expect("a list");
    let seconds = |who: &str, waiting_for: &str| {
        let of = |share: &&Value| {
            share["assignee"].as_str().unwrap_or_default() == who
                && share["waitingFor"].as_str().unwrap_or("WAIT_REASON_UNSPECIFIED") == waiting_for
        };
        usage
            .iter()
            .filter(of)
            .filter_map(|share| share["workingSeconds"].as_str()?.parse::<i64>().ok())
            .sum::<i64>()
    };
    assert_eq!(seconds("", "WAIT_REASON_UNSPECIFIED"), 1200, "{usage:?}");
    assert_eq!(seconds("engineer", "WAIT_REASON_UNSPECIFIED"), 2400, "{usage:?}");
    assert_eq!(seconds("engineer", "WAIT_REASON_CUSTOMER"), 3600, "{usage:?}");
    let events = explained["events"].as_array().expect("a list");
    assert!(events.iter().any(|event| event["kind"] == "SLA_METRIC_EVENT_KIND_PAUSED"), "{events:?}");
    desk.counts(json!({
        "budget_minutes": 120.0, "budget_in_hand_minutes": 40.0, "budget_in_queue_minutes": 20.0,
        "budget_waiting_customer_minutes": 60.0,
    }))
    .await;
}
