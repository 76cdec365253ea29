//! The night: a call outside office hours, up to the emergency plan and the notes for who is next on duty (D9).

use hotline_tests::client::text;
use hotline_tests::{Client, Stage};
use serde_json::{Value, json};

/// The team whose duty telephone rings.
const TEAM: &str = "first-line";
/// The team that goes to the site.
const LOCAL: &str = "on-site-east";

/// What is recorded of an emergency, in order.
const EMERGENCY: [&str; 11] = [
    "TAKEN",
    "REMOTE_AGREED",
    "REMOTE_DUE",
    "REMOTE_FAILED",
    "NOTED",
    "EMERGENCY_STARTED",
    "COORDINATOR_CALLED",
    "ENGINEER_CALLED",
    "SOLVED",
    "RESULT_TOLD",
    "CLOSED",
];

/// Monday, 2 March 2026: agent and agent2 are on duty in turn, a week each; branch goes to sites in the east.
struct Night {
    stage: Stage,
    agent: String,
    supervisor: String,
    customer: String,
}

impl Night {
    async fn open() -> Self {
        let stage = Stage::in_process().await;
        let (agent, supervisor) = (stage.token("agent").await, stage.token("supervisor").await);
        let body = json!({
            "name": "王芳", "phones": ["13800138000"], "project": "东区/曲江一期",
            "contractStatus": "CONTRACT_STATUS_SUSPENDED",
        });
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        let night = Self { stage, agent, supervisor, customer };
        for (team, turns) in [(TEAM, json!(["agent", "agent2"])), (LOCAL, json!(["branch"]))] {
            night.has_roster(team, turns).await;
        }
        night
    }

    /// Publishes four weeks for a team whose members serve since long ago; on sites around the clock.
    async fn has_roster(&self, team: &str, turns: Value) {
        let members = self.client().get(&self.supervisor, &format!("/v1/members?teamKey={team}")).await.ok();
        for member in members["members"].as_array().into_iter().flatten() {
            let path = format!("/v1/members/{}", text(member, "id"));
            self.client().patch(&self.supervisor, &path, &json!({"inServiceSince": "2020-01-01"})).await.ok();
        }
        let mut roster =
            json!({"teamKey": team, "firstDate": "2026-03-02", "lastDate": "2026-03-29", "turns": turns});
        if team == LOCAL {
            let all = json!(["00:00-24:00"]);
            roster["hours"] = json!({"working": all, "weekend": all, "holiday": all});
        }
        let draft = self.client().post(&self.supervisor, "/v1/rosters", &roster).await.ok();
        let path = format!("/v1/rosters/{}:publish", text(&draft, "id"));
        self.client().post(&self.supervisor, &path, &json!({})).await.ok();
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    /// Takes a call and returns the path of its log.
    async fn takes_call(&self, subject: &str) -> (String, Value) {
        let call = json!({
            "teamKey": TEAM, "phone": "138 0013 8000", "customerId": self.customer, "subject": subject,
        });
        let log = self.client().post(&self.agent, "/v1/duty-logs", &call).await.ok();
        (format!("/v1/duty-logs/{}", text(&log, "id")), log)
    }

    /// Registers a fault for the second line.
    async fn ticket(&self, subject: &str, level: &str) -> String {
        let body = json!({
            "channel": "CHANNEL_DUTY_PHONE", "customerId": self.customer, "subject": subject,
            "description": "夜间来电", "categoryCode": "repair.private", "fields": {"room": "3-1502"},
            "urgency": level, "impact": level,
        });
        text(&self.client().post(&self.agent, "/v1/tickets", &body).await.ok(), "id").to_owned()
    }

    /// Agrees a remote session for an hour from now, is reminded of it, and can't solve it there.
    async fn remote_session_fails(&self, log: &str) {
        let (client, agent) = (self.client(), self.agent.as_str());
        let remote = json!({"at": "2026-03-02T23:00:00+08:00", "agreedWith": "王女士"});
        client.post(agent, &format!("{log}:agreeRemote"), &remote).await.ok();
        self.stage.advance("PT1H").await;
        let reminded = |log: &Value| log["steps"].as_array().is_some_and(|steps| steps.len() == 3);
        let due = client.until(agent, log, reminded).await.ok();
        assert_eq!(due["steps"][2]["kind"], "DUTY_STEP_KIND_REMOTE_DUE", "{due}");
        client.post(agent, &format!("{log}:failRemote"), &json!({"reason": "远程无法连接"})).await.ok();
    }

    /// Writes the notes for who is next on duty, who reads them.
    async fn hands_over(&self, notes: &str) -> Value {
        let next = self.stage.token("agent2").await;
        let body = json!({"teamKey": TEAM, "notes": notes});
        let written = self.client().post(&self.agent, "/v1/handovers", &body).await.ok();
        let path = format!("/v1/handovers/{}:acknowledge", text(&written, "id"));
        self.client().post(&next, &path, &json!({})).await.ok()
    }

    async fn claims_one(&self, who: &str) -> String {
        let body = json!({"max": 1, "wait": "10s", "lease": "60s"});
        let claimed = self.client().post(who, "/v1/queues/second-line-network:claim", &body).await.ok();
        text(&claimed["assignments"][0], "ticketId").to_owned()
    }
}

/// Returns what was done with a log, in order.
fn done(log: &Value) -> Vec<&str> {
    let steps = log["steps"].as_array().into_iter().flatten();
    steps.map(|step| text(step, "kind").trim_start_matches("DUTY_STEP_KIND_")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_out_of_hours_call_goes_to_the_emergency_plan_and_its_customer_is_told() {
    let night = Night::open().await;
    let (client, agent) = (night.client(), night.agent.as_str());
    night.stage.advance("PT13H").await;
    let (vendor, branch) = (night.stage.token("vendor").await, night.stage.token("branch").await);
    client.post(&vendor, "/v1/duty-logs", &json!({"teamKey": TEAM})).await.refused(403);
    let (log, taken) = night.takes_call("产线停机").await;
    assert_eq!(
        (&taken["contract"], &taken["state"], &taken["phone"]),
        (&json!("DUTY_CONTRACT_SUSPENDED"), &json!("DUTY_LOG_STATE_OPEN"), &json!("+8613800138000")),
        "{taken}"
    );
    let flagged = client.get(agent, &format!("/v1/duty-logs?teamKey={TEAM}&flagged=true")).await.ok();
    assert_eq!(flagged["dutyLogs"][0]["phone"], "138****8000", "{flagged}");

    night.remote_session_fails(&log).await;
    let start = format!("{log}:startEmergency");
    assert_eq!(client.post(agent, &start, &json!({})).await.refused(409), "PRODUCTION_NOT_STOPPED");
    let stopped = json!({"text": "产线已停", "productionStopped": true});
    client.post(agent, &format!("{log}:note"), &stopped).await.ok();
    let nothing = client.post(agent, &start, &json!({})).await;
    assert_eq!(nothing.refused(409), "NO_EMERGENCY_PLAN");
    assert!(nothing.text.contains("/v1/emergency-plans"), "{}", nothing.text);
    let plan = json!({
        "name": "东区停产预案", "region": "东区", "teamKey": LOCAL,
        "coordinators": [{"name": "李协调", "phone": "13900139000"}],
    });
    client.post(agent, "/v1/emergency-plans", &plan).await.refused(403);
    client.post(&night.supervisor, "/v1/emergency-plans", &plan).await.ok();
    let started = client.post(agent, &start, &json!({})).await.ok();
    assert_eq!(started["plan"]["coordinators"][0]["phone"], "+8613900139000", "{started}");
    let engineer = format!("{log}:callEngineer");
    assert_eq!(client.post(agent, &engineer, &json!({})).await.refused(409), "COORDINATOR_FIRST");
    let reached = json!({"by": "李协调", "phone": "13900139000", "outcome": "DUTY_CALL_OUTCOME_REACHED"});
    client.post(agent, &format!("{log}:reachCoordinator"), &reached).await.ok();
    let called = client.post(agent, &engineer, &json!({})).await.ok();
    assert_eq!(
        (&called["engineer"]["subject"], &called["engineerSource"]),
        (&json!("branch"), &json!("DUTY_ENGINEER_SOURCE_ROSTER")),
        "{called}"
    );
    client.get(&branch, &log).await.ok();
    let handed = night.hands_over("工程师已在路上").await;
    let running = &handed["items"][0];
    assert_eq!(
        (&running["state"], &running["emergency"], &running["contract"], &handed["acknowledgedBy"]),
        (
            &json!("DUTY_LOG_STATE_ENGINEER_CALLED"),
            &json!(true),
            &json!("DUTY_CONTRACT_SUSPENDED"),
            &json!("agent2")
        ),
        "{handed}"
    );
    client.post(agent, &format!("{log}:solve"), &json!({"solution": "更换电源模块"})).await.ok();
    assert_eq!(client.post(agent, &format!("{log}:close"), &json!({})).await.refused(409), "RESULT_NOT_TOLD");
    let told = json!({"result": "产线已恢复", "toldTo": "王女士"});
    client.post(agent, &format!("{log}:tellResult"), &told).await.ok();
    let closed = client.post(agent, &format!("{log}:close"), &json!({})).await.ok();
    assert_eq!(done(&closed), EMERGENCY);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_registered_at_night_is_first_in_the_morning_and_the_rest_is_handed_over() {
    let night = Night::open().await;
    let (client, agent) = (night.client(), night.agent.as_str());
    night.stage.advance("PT13H").await;
    let urgent = night.ticket("全楼断网", "LEVEL_HIGH").await;
    let mine = night.ticket("宽带无法上网", "LEVEL_LOW").await;
    let (log, _) = night.takes_call("宽带无法上网").await;
    let register = json!({"ticketId": mine, "assignee": "engineer", "teamKey": "second-line-network"});
    let registered = client.post(agent, &format!("{log}:register"), &register).await.ok();
    assert_eq!(registered["firstAt"], "2026-03-03T01:00:00Z", "{registered}");
    let (left, _) = night.takes_call("打印机离线").await;
    night.stage.advance("PT11H").await;
    let closed = |log: &Value| log["state"] == "DUTY_LOG_STATE_CLOSED";
    let done = client.until(agent, &log, closed).await.ok();
    assert_eq!(done["steps"][2]["whom"], "engineer", "{done}");
    let (engineer, second) = (night.stage.token("engineer").await, night.stage.token("engineer2").await);
    assert_eq!(night.claims_one(&second).await, urgent, "the most urgent of the rest");
    assert_eq!(night.claims_one(&engineer).await, mine, "although it is not urgent");

    let agent2 = night.stage.token("agent2").await;
    let notes = json!({"teamKey": TEAM, "notes": "机房钥匙在前台"});
    client.post(&agent2, "/v1/handovers", &notes).await.refused(403);
    let written = client.post(agent, "/v1/handovers", &notes).await.ok();
    assert_eq!(
        (&written["toSubject"], &written["items"][1]["dutyLogId"], &written["beginsAt"]),
        (&json!("agent2"), &json!(left.rsplit('/').next()), &json!("2026-03-09T00:00:00Z")),
        "{written}"
    );
    let acknowledge = format!("/v1/handovers/{}:acknowledge", text(&written, "id"));
    client.post(agent, &acknowledge, &json!({})).await.refused(403);
    let read = client.post(&agent2, &acknowledge, &json!({})).await.ok();
    assert_eq!(read["acknowledgedBy"], "agent2", "{read}");
    assert_eq!(client.post(&agent2, &acknowledge, &json!({})).await.refused(409), "HANDOVER_ACKNOWLEDGED");
    let listed = client.get(&agent2, &format!("/v1/handovers?teamKey={TEAM}&to=agent2")).await.ok();
    assert_eq!(listed["handovers"].as_array().map(Vec::len), Some(1), "{listed}");
}
