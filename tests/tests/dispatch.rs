//! The right work to the right person, whatever people do with it (D2–D4, D11).

use hotline_tests::client::text;
use hotline_tests::{Client, LiveEvents, Stage};
use http::Method;
use serde_json::{Value, json};

/// The people at work on a stage, Monday 2 March 2026 at nine.
struct Desk {
    stage: Stage,
    agent: String,
    supervisor: String,
    customer: String,
}

impl Desk {
    async fn open() -> Self {
        let stage = Stage::in_process().await;
        let (agent, supervisor) = (stage.token("agent").await, stage.token("supervisor").await);
        let body = json!({"name": "王芳", "phones": ["13800138000"]});
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        Self { stage, agent, supervisor, customer }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    /// Registers a fault for the second line and returns the path to it.
    async fn registers(&self) -> String {
        let body = json!({
            "channel": "CHANNEL_PHONE", "customerId": self.customer, "subject": "宽带无法上网",
            "description": "光猫红灯", "categoryCode": "repair.private", "fields": {"room": "3-1502"},
        });
        let ticket = self.client().post(&self.agent, "/v1/tickets", &body).await.ok();
        format!("/v1/tickets/{}", text(&ticket, "number"))
    }

    async fn claims(&self, who: &str, team: &str, wait: &str) -> Vec<Value> {
        let body = json!({"max": 5, "wait": wait, "lease": "60s"});
        let claimed = self.client().post(who, &format!("/v1/queues/{team}:claim"), &body).await.ok();
        claimed["assignments"].as_array().cloned().unwrap_or_default()
    }

    async fn claims_one(&self, who: &str, team: &str) -> Value {
        let mut claimed = self.claims(who, team, "10s").await;
        assert_eq!(claimed.len(), 1, "one waits: {claimed:?}");
        claimed.remove(0)
    }

    async fn does(&self, who: &str, work: &Value, verb: &str, mut body: Value) -> Value {
        body["leaseToken"] = work["leaseToken"].clone();
        self.client().post(who, &format!("/v1/assignments/{}:{verb}", text(work, "id")), &body).await.ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declined_work_goes_to_another_and_what_is_returned_twice_is_decided_by_the_supervisor() {
    let desk = Desk::open().await;
    let (engineer, second) = (desk.stage.token("engineer").await, desk.stage.token("engineer2").await);
    let (branch, lead) = (desk.stage.token("branch").await, desk.stage.token("lead").await);
    let ticket = desk.registers().await;
    let work = desk.claims_one(&engineer, "second-line-network").await;
    desk.does(&engineer, &work, "decline", json!({"reason": "不会修"})).await;
    assert!(desk.claims(&engineer, "second-line-network", "0s").await.is_empty(), "not for who declined it");

    let mut returned = Value::Null;
    for _ in 0..2 {
        let work = desk.claims_one(&second, "second-line-network").await;
        desk.does(&second, &work, "accept", json!({})).await;
        let why = json!({"reason": "属现场问题", "code": "RETURN_REASON_WRONG_TEAM"});
        returned = desk.does(&second, &work, "return", why).await;
    }
    assert_eq!(
        (&returned["state"], &returned["returns"]),
        (&json!("ASSIGNMENT_STATE_DISPUTED"), &json!(2)),
        "{returned}"
    );
    assert!(desk.claims(&second, "second-line-network", "0s").await.is_empty());

    let path = format!("/v1/assignments/{}:reassign", text(&returned, "id"));
    let decision = json!({"teamKey": "on-site-east", "reason": "需上门检查线路"});
    desk.client().post(&lead, &path, &decision).await.refused(403);
    let decided = desk.client().post(&desk.supervisor, &path, &decision).await.ok();
    assert_eq!(
        (&decided["decided"], &decided["teamKey"]),
        (&json!(true), &json!("on-site-east")),
        "{decided}"
    );
    let work = desk.claims_one(&branch, "on-site-east").await;
    desk.does(&branch, &work, "accept", json!({})).await;
    let again = json!({"leaseToken": work["leaseToken"], "reason": "不想去"});
    let refused =
        desk.client().post(&branch, &format!("/v1/assignments/{}:return", text(&work, "id")), &again).await;
    refused.refused(409);
    assert_eq!(refused.json["code"], "DECIDED_FINALLY", "{}", refused.text);
    desk.does(&branch, &work, "complete", json!({"resolution": "更换入户线"})).await;
    let solved = desk.client().get(&desk.agent, &ticket).await.ok();
    assert_eq!(
        (&solved["state"], &solved["teamKey"]),
        (&json!("TICKET_STATE_RESOLVED"), &json!("on-site-east")),
        "{solved}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_the_branch_does_not_take_in_its_time_goes_to_the_second_line_and_a_nights_to_the_vendor()
 {
    let desk = Desk::open().await;
    let (client, supervisor) = (desk.client(), desk.supervisor.clone());
    let rules = client.get(&supervisor, "/v1/routing-rules").await.ok();
    let repairs = rules["rules"].as_array().into_iter().flatten();
    let repairs = repairs.into_iter().find(|rule| rule["name"] == "网络与自用部位报修").expect("demo data");
    let path = format!("/v1/routing-rules/{}", text(repairs, "id"));
    let targets =
        json!([{"teamKey": "on-site-east", "timeout": "1800s"}, {"teamKey": "second-line-network"}]);
    let lost = json!({"targets": [{"teamKey": "on-site-east", "timeout": "1800s"}]});
    client.patch(&supervisor, &path, &lost).await.refused(400);
    let changed = client.patch(&supervisor, &path, &json!({"targets": targets})).await.ok();
    let first = &changed["targets"][0];
    assert_eq!(
        (&changed["teamKey"], &first["timeout"], &changed["targets"][1]["teamKey"]),
        (&json!("on-site-east"), &json!("1800s"), &json!("second-line-network")),
        "{changed}"
    );
    let night = json!({
        "name": "夜间报修", "position": 1, "categoryCodes": ["repair"], "teamKey": "vendor-fiber",
        "hours": {"calendar": "contact", "within": false},
    });
    client.post(&supervisor, "/v1/routing-rules", &night).await.ok();

    let goes_to = async |ticket: &str, team: &str| {
        let seen = client.until(&desk.supervisor, ticket, |ticket| ticket["teamKey"] == team).await.ok();
        assert_eq!(seen["teamKey"], team, "{seen}");
    };
    let ticket = desk.registers().await;
    goes_to(&ticket, "on-site-east").await;
    desk.stage.advance("PT30M").await;
    goes_to(&ticket, "second-line-network").await;
    let engineer = desk.stage.token("engineer").await;
    let work = desk.claims_one(&engineer, "second-line-network").await;
    assert_eq!((&work["rule"], &work["target"]), (&json!("网络与自用部位报修"), &json!(2)), "{work}");
    desk.does(&engineer, &work, "accept", json!({})).await;

    let asked =
        json!({"type": "TICKET_TYPE_FAULT", "categoryCode": "repair.private", "at": "2026-03-02T15:30:00Z"});
    let tried = client.post(&desk.agent, "/v1/routing-rules:dryRun", &asked).await.ok();
    assert_eq!(
        (&tried["teamKey"], &tried["steps"][0]["calendar"]),
        (&json!("vendor-fiber"), &json!("contact"))
    );
    let day = desk.registers().await;
    goes_to(&day, "on-site-east").await;

    let versions = client.get(&supervisor, "/v1/routing-rules/versions").await.ok();
    let before = &versions["versions"][2];
    assert_eq!(before["change"], "ROUTING_CHANGE_CREATED", "{versions}");
    let restore = format!("/v1/routing-rules/versions/{}:restore", text(before, "version"));
    client.post(&desk.agent, &restore, &json!({})).await.refused(403);
    client.post(&desk.agent, "/v1/routing-rules:reroute", &json!({})).await.refused(403);
    client.post(&supervisor, &restore, &json!({})).await.ok();
    let moved =
        client.post(&supervisor, "/v1/routing-rules:reroute", &json!({"teamKey": "on-site-east"})).await.ok();
    let [only] = moved["assignments"].as_array().expect("a list").as_slice() else { panic!("{moved}") };
    assert_eq!(only["toTeamKey"], "second-line-network", "{moved}");
    assert!(day.ends_with(text(only, "ticketNumber")), "{moved}");
    goes_to(&day, "second-line-network").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_stops_goes_on_and_runs_empty_and_a_supervisor_steps_in() {
    let desk = Desk::open().await;
    let engineer = desk.stage.token("engineer").await;
    let queue = "/v1/queues/second-line-network";
    let why = json!({"reason": "割接"});
    desk.client().post(&engineer, &format!("{queue}:pause"), &why).await.refused(403);
    let paused = desk.client().post(&desk.supervisor, &format!("{queue}:pause"), &why).await.ok();
    assert_eq!((&paused["flow"], &paused["flowReason"]), (&json!("QUEUE_FLOW_PAUSED"), &json!("割接")));
    let ticket = desk.registers().await;
    assert!(desk.claims(&engineer, "second-line-network", "1s").await.is_empty());
    desk.client().post(&desk.supervisor, &format!("{queue}:resume"), &json!({})).await.ok();
    let work = desk.claims_one(&engineer, "second-line-network").await;
    desk.does(&engineer, &work, "accept", json!({})).await;

    desk.client().post(&desk.supervisor, &format!("{queue}:drain"), &json!({"reason": "撤并"})).await.ok();
    let other = desk.registers().await;
    let elsewhere = |ticket: &Value| ticket["teamKey"] != "";
    let other = desk.client().until(&desk.agent, &other, elsewhere).await.ok();
    assert_eq!(other["teamKey"], "first-line", "{other}");

    let done = json!({"resolution": "远程复位", "reason": "工程师已离线"});
    let path = format!("/v1/assignments/{}:forceComplete", text(&work, "id"));
    let done = desk.client().post(&desk.supervisor, &path, &done).await.ok();
    assert_eq!(done["state"], "ASSIGNMENT_STATE_COMPLETED", "{done}");
    let solved = desk.client().get(&desk.agent, &ticket).await.ok();
    assert_eq!(
        (&solved["state"], &solved["resolution"]),
        (&json!("TICKET_STATE_RESOLVED"), &json!("远程复位"))
    );
}

impl Desk {
    /// Registers a fault of the highest priority and returns the path to it and the work on it.
    async fn registers_urgent(&self) -> (String, Value) {
        let body = json!({
            "channel": "CHANNEL_PHONE", "customerId": self.customer, "subject": "整栋楼断网",
            "description": "机房断电", "categoryCode": "repair.private", "fields": {"room": "3-1502"},
            "urgency": "LEVEL_HIGH", "impact": "LEVEL_HIGH",
        });
        let ticket = self.client().post(&self.agent, "/v1/tickets", &body).await.ok();
        assert_eq!(ticket["priority"], "PRIORITY_CRITICAL", "{ticket}");
        let path = format!("/v1/assignments?ticketId={}", text(&ticket, "number"));
        let dispatched = |list: &Value| list["assignments"].as_array().is_some_and(|work| !work.is_empty());
        let work = self.client().until(&self.agent, &path, dispatched).await.ok();
        (format!("/v1/tickets/{}", text(&ticket, "number")), work["assignments"][0].clone())
    }

    /// Returns the details of a ticket's entries of a kind, oldest first.
    async fn noted(&self, ticket: &str, kind: &str) -> Vec<Value> {
        let timeline = self.client().get(&self.agent, &format!("{ticket}/timeline?pageSize=100")).await.ok();
        let entries = timeline["entries"].as_array().cloned().unwrap_or_default();
        entries
            .into_iter()
            .filter(|entry| entry["kind"] == kind)
            .map(|entry| entry["details"].clone())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_fault_that_nobody_confirms_by_phone_climbs_the_chain_each_step_once() {
    let desk = Desk::open().await;
    let (base, levels) = (desk.client().base(), ["MEMBER", "LEAD", "SUPERVISOR", "MANAGER"]);
    let query = "?types=assignment.escalated,assignment.confirmed&teamKey=second-line-network";
    let mut live = LiveEvents::open(base, &desk.supervisor, query, None).await.expect("opens");
    let (ticket, work) = desk.registers_urgent().await;
    assert_eq!(
        (&work["sender"], &work["teamKey"]),
        (&json!("agent"), &json!("second-line-network")),
        "{work}"
    );
    // One step by itself, then over all that is left at once.
    desk.stage.advance("PT10M").await;
    let reminded = live.until("assignment.escalated").await;
    assert_eq!(
        (&reminded["payload"]["level"], &reminded["at"]),
        (&json!("MEMBER"), &json!("2026-03-02T01:10:00Z"))
    );
    desk.stage.advance("PT9H").await;
    for level in &levels[1..] {
        assert_eq!(live.until("assignment.escalated").await["payload"]["level"], *level);
    }

    // The sender reaches the engineer after all; that is told next, so nothing was told twice before it.
    let path = format!("/v1/assignments/{}", text(&work, "id"));
    let call = json!({"by": "engineer", "phone": "029-8888-6666", "at": "2026-03-02T10:09:00Z"});
    let confirmed = desk.client().post(&desk.agent, &format!("{path}:confirm"), &call).await.ok();
    assert_eq!(confirmed["confirmedPhone"], "+862988886666", "{confirmed}");
    let next = live.next().await.expect("an event");
    assert_eq!((next.kind.as_str(), &next.data["actor"]), ("assignment.confirmed", &json!("agent")));
    desk.client().post(&desk.agent, &format!("{path}:confirm"), &call).await.ok();
    let other = json!({"by": "engineer2", "phone": "029-8888-6666"});
    let refused = desk.client().post(&desk.agent, &format!("{path}:confirm"), &other).await;
    refused.refused(409);
    assert_eq!(refused.json["code"], "CONFIRMED_ALREADY", "{}", refused.text);
    let vendor = desk.stage.token("vendor").await;
    desk.client().post(&vendor, &format!("{path}:confirm"), &call).await.refused(403);

    let (ticket, told) = (ticket.as_str(), "ESCALATED");
    let all = |list: &Value| {
        let entries = list["entries"].as_array().cloned().unwrap_or_default();
        entries.iter().any(|entry| entry["kind"] == "CONFIRMED")
    };
    desk.client().until(&desk.agent, &format!("{ticket}/timeline?pageSize=100"), all).await.ok();
    let climbed: Vec<_> =
        desk.noted(ticket, told).await.iter().map(|step| text(step, "level").to_owned()).collect();
    assert_eq!(climbed, levels);
    assert_eq!(desk.noted(ticket, "CONFIRMED").await[0]["by"], "engineer");
    let seen = desk.client().get(&desk.agent, &path).await.ok();
    assert_eq!(seen["escalation"][3]["at"], "2026-03-02T01:50:00Z", "{seen}");
    assert_eq!(
        (&seen["stages"][0]["stage"], &seen["stages"][0]["missed"]),
        (&json!("ASSIGNMENT_STAGE_CONFIRM"), &json!(true))
    );

    let report = "/v1/kpi/report?from=2026-03-01T16:00:00Z&to=2026-03-02T16:00:00Z&groupBy=team\
                  &metrics=confirmation_escalations&metrics=confirmation_reminders&metrics=stage_confirm_rate";
    let counted = |report: &Value| report["rows"][0]["values"]["stage_confirm_rate"].is_number();
    let report = desk.client().until(&desk.supervisor, report, counted).await.ok();
    let values =
        json!({"confirmation_escalations": 3.0, "confirmation_reminders": 1.0, "stage_confirm_rate": 0.0});
    assert_eq!(report["rows"][0]["values"], values, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_got_how_much_is_told_to_those_in_charge() {
    let desk = Desk::open().await;
    let engineer = desk.stage.token("engineer").await;
    desk.registers().await;
    let work = desk.claims_one(&engineer, "second-line-network").await;
    desk.does(&engineer, &work, "accept", json!({})).await;
    desk.does(&engineer, &work, "complete", json!({"resolution": "远程复位"})).await;
    desk.stage.advance("PT1M").await;
    let path = "/v1/dispatch/fairness?teamKey=second-line-network";
    desk.client().get(&engineer, path).await.refused(403);
    let report = desk.client().get(&desk.supervisor, path).await.ok();
    let first = &report["members"][0];
    assert_eq!((&first["subject"], &first["completed"]), (&json!("engineer"), &json!("1")), "{report}");
    assert!(report["gini"].is_number(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_whose_connection_is_lost_was_offered_goes_to_another_at_its_old_place() {
    let desk = Desk::open().await;
    let (engineer, second) = (desk.stage.token("engineer").await, desk.stage.token("engineer2").await);
    let team = "second-line-network";
    let (path, push) = (format!("/v1/teams/{team}"), json!({"mode": "TEAM_MODE_PUSH", "offerTime": "30s"}));
    desk.client().patch(&desk.supervisor, &path, &push).await.ok();
    let ready = json!({"state": "PRESENCE_STATE_READY"});
    let put = async |who: &str| {
        let put = desk.client().send(Method::PUT, "/v1/presence", Some(who), &[], Some(&ready));
        put.await.expect("is answered").ok()
    };
    put(&engineer).await;
    let first = desk.registers().await;
    let offered = desk.claims_one(&engineer, team).await;
    assert_eq!((&offered["offered"], &offered["assignee"]), (&json!(true), &json!("engineer")), "{offered}");
    let later = desk.registers().await;

    // Nothing more is heard of the engineer.
    desk.stage.advance("PT31S").await;
    let listed = format!("/v1/presence?teamKey={team}");
    let away = |list: &Value| {
        let people = list["presence"].as_array().cloned().unwrap_or_default();
        people
            .iter()
            .any(|person| person["subject"] == "engineer" && person["state"] == "PRESENCE_STATE_AWAY")
    };
    desk.client().until(&desk.supervisor, &listed, away).await.ok();
    put(&second).await;
    let again = desk.claims_one(&second, team).await;
    assert_eq!(again["id"], offered["id"], "the first is the most urgent still: {first}, {later}");
    let stale = json!({"leaseToken": offered["leaseToken"]});
    let accept = format!("/v1/assignments/{}:accept", text(&offered, "id"));
    let refused = desk.client().post(&engineer, &accept, &stale).await;
    refused.refused(409);
    assert_eq!(refused.json["code"], "LEASE_LOST", "{}", refused.text);

    desk.does(&second, &again, "accept", json!({})).await;
    desk.does(&second, &again, "complete", json!({"resolution": "更换光猫"})).await;
    let next = desk.claims_one(&second, team).await;
    assert!(later.ends_with(text(&next, "ticketNumber")), "who has room is offered the next: {next}");
    let mine = desk.client().get(&second, "/v1/offers").await.ok();
    assert_eq!(mine["assignments"][0]["leaseToken"], next["leaseToken"], "{mine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_for_a_quarter_of_an_hour_is_logged_out_reported_and_their_work_is_with_others() {
    let desk = Desk::open().await;
    let (engineer, second) = (desk.stage.token("engineer").await, desk.stage.token("engineer2").await);
    let lead = desk.stage.token("lead").await;
    let team = "second-line-network";
    let (path, push) = (format!("/v1/teams/{team}"), json!({"mode": "TEAM_MODE_PUSH"}));
    desk.client().patch(&desk.supervisor, &path, &push).await.ok();
    let put = async |who: &str, body: Value| {
        let put = desk.client().send(Method::PUT, "/v1/presence", Some(who), &[], Some(&body));
        put.await.expect("is answered").ok()
    };
    let ready = json!({"state": "PRESENCE_STATE_READY"});
    put(&engineer, ready.clone()).await;
    let ticket = desk.registers().await;
    let work = desk.claims_one(&engineer, team).await;
    desk.does(&engineer, &work, "accept", json!({})).await;
    let base = desk.client().base();
    let mut told = LiveEvents::open(base, &lead, "?types=presence.*", None).await.expect("opens");

    let away = put(&engineer, json!({"state": "PRESENCE_STATE_AWAY"})).await;
    assert_eq!(away["changesAt"], "2026-03-02T01:15:00Z", "{away}");
    desk.stage.advance("PT15M").await;
    let report = told.until("presence.logged_out").await;
    let payload = &report["payload"];
    assert_eq!(
        (&payload["subject"], &payload["awaySince"]),
        (&json!("engineer"), &json!("2026-03-02T01:00:00Z"))
    );
    assert_eq!(payload["assignmentIds"], json!([work["id"]]), "{report}");

    put(&second, ready).await;
    let again = desk.claims_one(&second, team).await;
    assert_eq!(again["id"], work["id"]);
    desk.does(&second, &again, "accept", json!({})).await;
    let body = json!({"leaseToken": work["leaseToken"], "resolution": "来晚了"});
    let path = format!("/v1/assignments/{}:complete", text(&work, "id"));
    desk.client().post(&engineer, &path, &body).await.refused(409);
    let theirs = |ticket: &Value| ticket["assignee"] == "engineer2";
    desk.client().until(&desk.agent, &ticket, theirs).await.ok();

    desk.stage.advance("PT1M").await;
    let listed = format!("/v1/presence:sum?teamKey={team}");
    let sums = desk.client().get(&desk.supervisor, &listed).await.ok();
    let people = sums["people"].as_array().cloned().unwrap_or_default();
    let engineer = people.iter().find(|person| person["subject"] == "engineer").expect("listed");
    assert_eq!(engineer["loggedOut"], 1, "{engineer}");
}
