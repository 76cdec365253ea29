//! A complex problem through the gateway with a clock moved by hand: assessed, planned, sent back once, approved, late
//! with a step, revised, accepted, and learned from (T7).

use hotline_tests::client::text;
use hotline_tests::{Client, Stage};
use serde_json::{Value, json};

/// A stage on which a complex problem has come in, Monday 2 March 2026 at nine.
struct Problem {
    stage: Stage,
    ticket: String,
}

impl Problem {
    /// Registers it, and lets the engineer of the second line take it on.
    async fn arises() -> Self {
        let stage = Stage::in_process().await;
        let (agent, engineer) = (stage.token("agent").await, stage.token("engineer").await);
        let body = json!({"name": "王芳", "phones": ["13800138000"]});
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        let body = json!({
            "channel": "CHANNEL_PHONE", "customerId": customer, "subject": "多个小区同时断网",
            "description": "王女士来电，三个小区自昨晚断网。", "categoryCode": "repair.private", "project": "曲江一期",
            "urgency": "LEVEL_HIGH", "impact": "LEVEL_HIGH", "fields": {"room": "3-1502"},
        });
        let ticket = stage.client.post(&agent, "/v1/tickets", &body).await.ok();
        let path = format!("/v1/tickets/{}", text(&ticket, "number"));
        let hand_over = json!({"teamKey": "second-line-network"});
        stage.client.post(&agent, &format!("{path}:handOver"), &hand_over).await.ok();
        let claim = json!({"max": 1, "wait": "20s", "lease": "60s"});
        let claimed = stage.client.post(&engineer, "/v1/queues/second-line-network:claim", &claim).await.ok();
        let work = &claimed["assignments"][0];
        let accept = format!("/v1/assignments/{}:accept", text(work, "id"));
        stage.client.post(&engineer, &accept, &json!({"leaseToken": work["leaseToken"]})).await.ok();
        Self { stage, ticket: path }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    /// Does something to the plan: `:submit`, `/steps/1:start`.
    async fn does(&self, who: &str, what: &str, body: Value) -> Value {
        let token = self.stage.token(who).await;
        self.client().post(&token, &format!("{}/plan{what}", self.ticket), &body).await.ok()
    }

    /// Is refused something; returns the status and the problem's code.
    async fn is_refused(&self, who: &str, what: &str, body: Value, status: u16) -> String {
        let token = self.stage.token(who).await;
        let reply = self.client().post(&token, &format!("{}/plan{what}", self.ticket), &body).await;
        reply.refused(status).to_owned()
    }

    async fn sees(&self, who: &str, path: &str) -> Value {
        let token = self.stage.token(who).await;
        self.client().get(&token, path).await.ok()
    }

    /// Waits until something shows what is expected.
    async fn sees_that(&self, who: &str, path: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let token = self.stage.token(who).await;
        let seen = self.client().until(&token, path, &enough).await.ok();
        assert!(enough(&seen), "{seen}");
        seen
    }

    async fn ticket_state(&self) -> String {
        text(&self.sees("agent", &self.ticket).await, "state").to_owned()
    }

    /// Returns what the timeline tells of the plan, in order.
    async fn moves(&self) -> Vec<String> {
        let timeline = self.sees("agent", &format!("{}/timeline?pageSize=200", self.ticket)).await;
        let entries = timeline["entries"].as_array().expect("a list").iter();
        let planned = entries.filter(|entry| entry["kind"] == "PLANNED");
        planned.map(|entry| text(&entry["details"], "move").to_owned()).collect()
    }
}

fn assessment() -> Value {
    json!({
        "complexity": "LEVEL_HIGH", "summary": "主干光缆疑似多处受损", "departments": ["网络部", "工程部"],
        "workingDays": 3, "resources": "抢修车两辆、备缆 500 米",
    })
}

fn steps() -> Value {
    json!([
        {"title": "沿线勘察", "owner": "engineer2", "dueAt": "2026-03-02T18:00:00+08:00"},
        {"title": "更换光缆", "owner": "engineer", "dueAt": "2026-03-03T18:00:00+08:00"},
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complex_problem_goes_from_its_assessment_to_a_knowledge_draft() {
    let problem = Problem::arises().await;
    let opened = problem.does("engineer", "", json!({"assessment": assessment()})).await;
    assert_eq!(opened["draft"]["content"]["taskForce"]["leader"], "engineer");
    assert_eq!(problem.is_refused("engineer", ":submit", json!({}), 400).await, "INVALID_REQUEST");
    let plan = format!("{}/plan", problem.ticket);
    let staffed = json!({"taskForce": {"leader": "engineer", "members": ["engineer2"]}, "steps": steps()});
    let engineer = problem.stage.token("engineer").await;
    problem.client().patch(&engineer, &plan, &staffed).await.ok();

    sent_back_once(&problem).await;
    late_with_a_step(&problem).await;
    revised(&problem).await;
    accepted(&problem).await;
    assert_eq!(
        problem.moves().await,
        [
            "OPENED",
            "UPDATED",
            "SUBMITTED",
            "REJECTED",
            "SUBMITTED",
            "APPROVED",
            "STEP_STARTED",
            "STEP_PROGRESS",
            "STEP_OVERDUE",
            "STEP_DONE",
            "REVISED",
            "UPDATED",
            "SUBMITTED",
            "STEP_DONE",
            "APPROVED",
            "STEP_DONE",
            "ACCEPTED",
            "ARTICLE_DRAFTED"
        ]
    );
    counted(&problem).await;
}

/// The plan waits for approval with its ticket, comes back with the reason, and is approved by another than who asked.
async fn sent_back_once(problem: &Problem) {
    problem.does("engineer", ":submit", json!({"note": "请审批"})).await;
    assert_eq!(problem.ticket_state().await, "TICKET_STATE_WAITING");
    let waiting = problem.sees("supervisor", "/v1/plans?state=PLAN_STATE_SUBMITTED").await;
    assert_eq!(waiting["plans"].as_array().map(Vec::len), Some(1), "{waiting}");
    assert_eq!(problem.is_refused("engineer", "/steps/2:start", json!({}), 409).await, "PLAN_STATE_CONFLICT");
    assert_eq!(problem.is_refused("engineer", ":approve", json!({}), 403).await, "FORBIDDEN");
    problem.stage.advance("PT1H").await;
    let back = problem.does("supervisor", ":reject", json!({"reason": "请明确备缆来源"})).await;
    assert_eq!(
        (text(&back, "state"), text(&back["draft"], "reviewNote")),
        ("PLAN_STATE_REJECTED", "请明确备缆来源")
    );
    assert_eq!(problem.ticket_state().await, "TICKET_STATE_IN_PROGRESS");
    problem.does("engineer", ":submit", json!({"note": "备缆由工程部提供"})).await;
    let approved = problem.does("lead", ":approve", json!({"note": "同意"})).await;
    assert_eq!(
        (text(&approved, "state"), text(&approved["approved"], "reviewedBy")),
        ("PLAN_STATE_APPROVED", "lead")
    );
    assert_eq!(problem.ticket_state().await, "TICKET_STATE_IN_PROGRESS");
}

/// A step is begun, is not done in time, is told of as overdue, and is done late.
async fn late_with_a_step(problem: &Problem) {
    problem.does("engineer2", "/steps/1:start", json!({})).await;
    problem.does("engineer2", "/steps/1:progress", json!({"percent": 50, "note": "已查一半"})).await;
    problem.stage.advance("PT9H").await;
    let is_late = |plans: &Value| plans["plans"].as_array().is_some_and(|plans| plans.len() == 1);
    let plate = "/v1/plans?owner=engineer2&overdue=true";
    problem.sees_that("engineer2", plate, is_late).await;
    let timeline = format!("{}/timeline?pageSize=200", problem.ticket);
    let is_told = |timeline: &Value| timeline.to_string().contains("STEP_OVERDUE");
    problem.sees_that("agent", &timeline, is_told).await;
    let done = problem.does("engineer2", "/steps/1:complete", json!({"result": "两处断点"})).await;
    assert_eq!((done["overdueSteps"].as_i64(), done["percent"].as_i64()), (None, Some(50)), "{done}");
}

/// What the survey found changes the plan, while what is approved is carried out.
async fn revised(problem: &Problem) {
    let revised = problem.does("engineer", ":revise", json!({"reason": "断点有两处，增加验收测试"})).await;
    let mut steps = revised["draft"]["content"]["steps"].clone();
    let test = json!({"title": "验收测试", "owner": "engineer2", "dueAt": "2026-03-04T12:00:00+08:00"});
    steps.as_array_mut().expect("a list").push(test);
    let plan = format!("{}/plan", problem.ticket);
    let engineer = problem.stage.token("engineer").await;
    problem
        .client()
        .patch(&engineer, &format!("{plan}?updateMask=steps"), &json!({"steps": steps}))
        .await
        .ok();
    problem.does("engineer", ":submit", json!({})).await;
    let state = problem.ticket_state().await;
    assert_ne!(state, "TICKET_STATE_WAITING", "the approved version is carried out");
    problem.does("engineer", "/steps/2:complete", json!({"result": "已更换 300 米"})).await;
    assert_eq!(problem.is_refused("engineer2", "/steps/3:start", json!({}), 404).await, "NOT_FOUND");
    problem.does("supervisor", ":approve", json!({})).await;
    let versions = problem.sees("agent", &format!("{plan}/versions")).await;
    let numbers: Vec<_> = versions["versions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|version| (version["number"].as_i64(), version["differences"].as_array().map_or(0, Vec::len)))
        .collect();
    assert_eq!(numbers, [(Some(2), 3), (Some(1), 0)], "{versions}");
}

/// The work is accepted once all of it is done, by another than who led it; what was learned becomes a draft.
async fn accepted(problem: &Problem) {
    let lessons =
        json!({"lessons": ["主干光缆备料不少于 500 米", "同沟光缆须逐段测试"], "makeArticle": true});
    assert_eq!(problem.is_refused("supervisor", ":accept", lessons.clone(), 409).await, "PLAN_UNFINISHED");
    problem.does("engineer2", "/steps/3:complete", json!({"result": "全部合格"})).await;
    assert_eq!(problem.is_refused("engineer", ":accept", lessons.clone(), 403).await, "FORBIDDEN");
    problem.does("supervisor", ":accept", lessons).await;
    let has_draft = |plan: &Value| plan["ending"]["articleId"].is_string();
    let plan = problem.sees_that("agent", &format!("{}/plan", problem.ticket), has_draft).await;
    let path = format!("/v1/articles/{}", text(&plan["ending"], "articleId"));
    let article = problem.sees("expert", &path).await;
    assert_eq!(
        [
            text(&article, "state"),
            text(&article, "kind"),
            text(&article, "categoryCode"),
            text(&article, "author")
        ],
        ["ARTICLE_STATE_DRAFT", "ARTICLE_KIND_PROCEDURE", "repair.private", "supervisor"]
    );
    let body = text(&article, "body");
    assert!(body.contains("同沟光缆须逐段测试") && body.contains("两处断点"), "{body}");
    assert!(!body.contains("王女士"), "what the customer said stays in the ticket");
}

async fn counted(problem: &Problem) {
    let expected = json!({
        "plans_opened": 1.0, "plans_accepted": 1.0, "plan_steps_done": 3.0, "plan_steps_overdue": 1.0,
    });
    let names = ["plans_opened", "plans_accepted", "plan_steps_done", "plan_steps_overdue"];
    let metrics: String = names.iter().map(|name| format!("&metrics={name}")).collect();
    let path = format!("/v1/kpi/report?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z{metrics}");
    let report =
        problem.sees_that("supervisor", &path, |report| report["rows"][0]["values"] == expected).await;
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(1));
}
