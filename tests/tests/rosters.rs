//! Somebody is on duty, always and once: rosters, swaps and leave through the gateway (D7, D8).

use hotline_tests::client::text;
use hotline_tests::{Client, Stage};
use serde_json::{Value, json};

/// The team of these journeys.
const TEAM: &str = "first-line";

/// The desk on Monday, 2 March 2026, at nine; agent, agent2 and lead serve since long ago.
struct Desk {
    stage: Stage,
    agent: String,
    agent2: String,
    lead: String,
}

impl Desk {
    async fn open() -> Self {
        let stage = Stage::in_process().await;
        let (agent, agent2) = (stage.token("agent").await, stage.token("agent2").await);
        let lead = stage.token("lead").await;
        let members = stage.client.get(&lead, &format!("/v1/members?teamKey={TEAM}")).await.ok();
        for member in members["members"].as_array().into_iter().flatten() {
            let path = format!("/v1/members/{}", text(member, "id"));
            stage.client.patch(&lead, &path, &json!({"inServiceSince": "2020-01-01"})).await.ok();
        }
        Self { stage, agent, agent2, lead }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    async fn publishes(&self, roster: Value) -> Value {
        let draft = self.client().post(&self.lead, "/v1/rosters", &roster).await.ok();
        let path = format!("/v1/rosters/{}:publish", text(&draft, "id"));
        self.client().post(&self.lead, &path, &json!({})).await.ok()
    }

    /// Returns who is on duty, until when, and who relieves them.
    async fn duty(&self, at: &str) -> Value {
        self.client().get(&self.agent, &format!("/v1/duty?teamKey={TEAM}&at={at}")).await.ok()
    }

    async fn who(&self, at: &str) -> String {
        self.duty(at).await["current"]["subject"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns the shifts of a date as person, begin and end.
    async fn shift(&self, date: &str) -> (String, String, String) {
        let path = format!("/v1/shifts?teamKey={TEAM}&fromDate={date}&toDate={date}");
        let listed = self.client().get(&self.agent, &path).await.ok();
        assert_eq!(listed["faults"].as_array().map_or(0, Vec::len), 0, "{listed}");
        let shift = &listed["shifts"][0];
        let field = |name| text(shift, name).to_owned();
        (field("subject"), field("beginsAt"), field("endsAt"))
    }
}

/// The team whose people solve tickets in the draw by figures.
const SOLVERS: &str = "second-line-network";

/// Registers a fault of somebody new, has `who` solve it, and returns the ticket.
async fn solved_by(desk: &Desk, who: &str, number: usize) -> String {
    let (client, holder) = (desk.client(), desk.stage.token(who).await);
    let body = json!({"name": format!("客户{number}"), "phones": [format!("1380013{number:04}")]});
    let customer = client.post(&desk.agent, "/v1/customers", &body).await.ok();
    let body = json!({
        "channel": "CHANNEL_PHONE", "customerId": customer["id"], "subject": format!("宽带无法上网 {number}"),
        "description": "光猫红灯", "categoryCode": "repair.private", "fields": {"room": format!("3-{number}")},
    });
    let ticket = client.post(&desk.agent, "/v1/tickets", &body).await.ok();
    let claim = json!({"max": 1, "wait": "20s", "lease": "60s"});
    let claimed = client.post(&holder, &format!("/v1/queues/{SOLVERS}:claim"), &claim).await.ok();
    let work = &claimed["assignments"][0];
    assert_eq!(work["ticketId"], ticket["id"], "{claimed}");
    for (verb, mut body) in
        [("accept", json!({})), ("complete", json!({"resolution": "更换光猫，网络恢复。"}))]
    {
        body["leaseToken"] = work["leaseToken"].clone();
        client.post(&holder, &format!("/v1/assignments/{}:{verb}", text(work, "id")), &body).await.ok();
    }
    text(&ticket, "id").to_owned()
}

/// Reaches the customers of tickets by telephone, each with the score that the customer gives; others are not reached yet.
async fn customers_say(desk: &Desk, scores: &[(String, u8)]) {
    let (client, caller) = (desk.client(), desk.stage.token("callback").await);
    let mut left: Vec<&(String, u8)> = scores.iter().collect();
    for _ in 0..20 {
        let claim = json!({"max": 10, "wait": "2s", "lease": "60s"});
        let claimed = client.post(&caller, "/v1/callbacks:claim", &claim).await.ok();
        for callback in claimed["callbacks"].as_array().into_iter().flatten() {
            let Some(place) = left.iter().position(|(ticket, _)| ticket == text(callback, "ticketId")) else {
                continue;
            };
            let (_, score) = left.remove(place);
            let said = json!({
                "leaseToken": callback["leaseToken"], "outcome": "ATTEMPT_OUTCOME_REACHED", "satisfied": true,
                "score": score,
            });
            let path = format!("/v1/callbacks/{}:recordAttempt", text(callback, "id"));
            client.post(&caller, &path, &said).await.ok();
        }
        if left.is_empty() {
            return;
        }
    }
    panic!("no callback came for {left:?}");
}

fn shift(person: &str, from: &str, to: &str) -> (String, String, String) {
    (person.into(), from.into(), to.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn spring_festival_and_national_day_have_their_people_and_make_up_days_their_hours() {
    let desk = Desk::open().await;
    let spring = json!({
        "teamKey": TEAM, "firstDate": "2026-02-02", "lastDate": "2026-03-31", "turns": ["agent", "agent2"],
        "holidays": [{"name": "春节", "subject": "lead"}],
    });
    let published = desk.publishes(spring).await;
    assert_eq!(
        (&published["state"], &published["timeZone"]),
        (&json!("ROSTER_STATE_PUBLISHED"), &json!("Asia/Shanghai"))
    );
    let autumn = json!({
        "teamKey": TEAM, "firstDate": "2026-09-14", "lastDate": "2026-10-18", "turns": ["agent", "agent2"],
        "holidays": [{"name": "中秋节", "subject": "agent2"}, {"name": "国庆节", "subject": "lead"}],
    });
    desk.publishes(autumn).await;
    for (date, expected) in [
        // A Saturday that is worked, in the second week; then the festival; then the turns that went on beneath.
        ("2026-02-14", shift("agent2", "2026-02-14T00:00:00Z", "2026-02-14T13:00:00Z")),
        ("2026-02-15", shift("lead", "2026-02-15T01:00:00Z", "2026-02-15T12:00:00Z")),
        ("2026-02-23", shift("lead", "2026-02-23T01:00:00Z", "2026-02-23T12:00:00Z")),
        ("2026-02-24", shift("agent2", "2026-02-24T00:00:00Z", "2026-02-24T13:00:00Z")),
        ("2026-02-28", shift("agent2", "2026-02-28T00:00:00Z", "2026-02-28T13:00:00Z")),
        ("2026-03-01", shift("agent2", "2026-03-01T01:00:00Z", "2026-03-01T12:00:00Z")),
        ("2026-09-20", shift("agent", "2026-09-20T00:00:00Z", "2026-09-20T13:00:00Z")),
        ("2026-10-01", shift("lead", "2026-10-01T01:00:00Z", "2026-10-01T12:00:00Z")),
        ("2026-10-08", shift("agent2", "2026-10-08T00:00:00Z", "2026-10-08T13:00:00Z")),
        ("2026-10-10", shift("agent2", "2026-10-10T00:00:00Z", "2026-10-10T13:00:00Z")),
    ] {
        assert_eq!(desk.shift(date).await, expected, "{date}");
    }
    let eve = desk.duty("2026-02-14T21:30:00%2B08:00").await;
    assert!(eve["current"].is_null(), "{eve}");
    assert_eq!((&eve["next"]["subject"], &eve["next"]["holiday"]), (&json!("lead"), &json!("春节")), "{eve}");
    let unnamed =
        json!({"teamKey": TEAM, "firstDate": "2026-05-01", "lastDate": "2026-05-10", "turns": ["agent"]});
    let draft = desk.client().post(&desk.lead, "/v1/rosters", &unnamed).await.ok();
    let path = format!("/v1/rosters/{}:publish", text(&draft, "id"));
    let refused = desk.client().post(&desk.lead, &path, &json!({})).await;
    assert_eq!(refused.refused(409), "HOLIDAY_UNNAMED");
    assert!(refused.text.contains("劳动节"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn swap_and_leave_are_refused_for_a_gap_and_granted_with_cover() {
    let desk = Desk::open().await;
    let client = desk.client();
    let march = json!({
        "teamKey": TEAM, "firstDate": "2026-03-02", "lastDate": "2026-03-29", "turns": ["agent", "agent2"],
    });
    let roster = desk.publishes(march).await;
    let saturday = "2026-03-07T12:00:00%2B08:00";
    let days =
        json!({"teamKey": TEAM, "from": "2026-03-05T00:00", "to": "2026-03-09T00:00", "reason": "探亲"});
    let asks_leave = async |who: &str| {
        let asked = client.post(who, "/v1/leaves", &days).await.ok();
        format!("/v1/leaves/{}", text(&asked, "id"))
    };
    let away = asks_leave(&desk.agent2).await;
    client.post(&desk.agent, &format!("{away}:approve"), &json!({"cover": "lead"})).await.refused(403);
    let nobody = client.post(&desk.lead, &format!("{away}:approve"), &json!({})).await;
    nobody.refused(400);
    assert!(nobody.text.contains("cover"), "{}", nobody.text);
    client.post(&desk.lead, &format!("{away}:approve"), &json!({"cover": "lead"})).await.ok();

    let leave = asks_leave(&desk.agent).await;
    let gap = client.post(&desk.lead, &format!("{leave}:approve"), &json!({"cover": "agent2"})).await;
    assert_eq!(gap.refused(409), "ROSTER_GAP");
    assert!(gap.text.contains("2026-03-05 08:00") && gap.text.contains("agent2"), "{}", gap.text);
    let asked = json!({"teamKey": TEAM, "from": "2026-03-07T00:00", "to": "2026-03-08T00:00"});
    let swap = client.post(&desk.agent, "/v1/shift-swaps", &asked).await.ok();
    let swap = format!("/v1/shift-swaps/{}", text(&swap, "id"));
    assert_eq!(
        client.post(&desk.agent2, &format!("{swap}:take"), &json!({})).await.refused(409),
        "ROSTER_GAP"
    );
    assert_eq!(client.post(&desk.agent, &format!("{swap}:take"), &json!({})).await.refused(409), "OWN_SWAP");
    assert_eq!(desk.who(saturday).await, "agent", "nothing has changed");
    client.post(&desk.lead, &format!("{swap}:take"), &json!({})).await.ok();
    assert_eq!(desk.who(saturday).await, "lead");
    let granted = client.post(&desk.lead, &format!("{leave}:approve"), &json!({"cover": "lead"})).await.ok();
    assert_eq!(granted["state"], "LEAVE_STATE_APPROVED", "{granted}");
    assert_eq!(desk.who("2026-03-05T12:00:00%2B08:00").await, "lead", "the cover");
    assert_eq!(desk.who("2026-03-10T12:00:00%2B08:00").await, "agent2", "whose turn it is");
    let undone = client.post(&desk.agent, &format!("{swap}:withdraw"), &json!({})).await.ok();
    assert_eq!(undone["status"], "SHIFT_SWAP_STATUS_DELETED", "{undone}");
    assert_eq!(desk.who(saturday).await, "lead", "agent is on leave: the cover again");

    desk.stage.advance("PT6H").await;
    let now = client.get(&desk.agent, &format!("/v1/duty?teamKey={TEAM}")).await.ok();
    assert_eq!(
        (&now["current"]["subject"], &now["relief"]["subject"]),
        (&json!("agent"), &json!("lead")),
        "{now}"
    );
    let quality = client.get(&desk.lead, &format!("/v1/duty/quality?teamKey={TEAM}")).await.ok();
    assert!(
        quality["gaps"].as_array().is_none_or(Vec::is_empty) && quality["score"].as_i64() > Some(0),
        "{quality}"
    );
    let path = format!("/v1/rosters/{}/calendar.ics", text(&roster, "id"));
    let file = client.get(&desk.agent, &path).await;
    assert_eq!(file.headers["content-type"], "text/calendar; charset=utf-8");
    assert_eq!(file.text.matches("BEGIN:VEVENT").count(), 28, "{}", file.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draw_for_two_weeks_honours_three_months_and_ranking() {
    let desk = Desk::open().await;
    let client = desk.client();
    let new = json!({"teamKey": TEAM, "subject": "newcomer", "inServiceSince": "2026-01-05"});
    client.post(&desk.lead, "/v1/members", &new).await.ok();
    let draw = json!({"teamKey": TEAM, "firstDate": "2026-03-16", "lastDate": "2026-03-29", "seed": "lot"});
    client.post(&desk.agent, "/v1/rosters:draw", &draw).await.refused(403);
    let drawn = client.post(&desk.lead, "/v1/rosters:draw", &draw).await.ok();
    let turns: Vec<&str> =
        drawn["turns"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(turns.len(), 3, "{drawn}");
    assert!(!turns.contains(&"newcomer"), "{drawn}");
    let ranking = drawn["ranking"].as_array().expect("a ranking");
    let last = ranking.last().expect("four members");
    assert_eq!(
        (&last["subject"], &last["servesFrom"]),
        (&json!("newcomer"), &json!("2026-04-05")),
        "{drawn}"
    );
    let again = client.post(&desk.lead, "/v1/rosters:draw", &draw).await.ok();
    assert_eq!(
        (&again["turns"], &again["holidays"]),
        (&drawn["turns"], &drawn["holidays"]),
        "the seed decides"
    );
    let path = format!("/v1/rosters/{}:publish", text(&drawn, "id"));
    client.post(&desk.lead, &path, &json!({})).await.ok();
    assert_eq!(desk.who("2026-03-18T12:00:00%2B08:00").await, turns[0]);
    assert_eq!(desk.who("2026-03-25T12:00:00%2B08:00").await, turns[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draw_ranks_by_what_customers_said_and_by_what_was_closed() {
    let desk = Desk::open().await;
    let (client, admin) = (desk.client(), desk.stage.token("admin").await);
    let member = json!({"teamKey": SOLVERS, "subject": "branch", "name": "branch"});
    client.post(&admin, "/v1/members", &member).await.ok();
    let members = client.get(&admin, &format!("/v1/members?teamKey={SOLVERS}")).await.ok();
    for member in members["members"].as_array().expect("three members") {
        let path = format!("/v1/members/{}", text(member, "id"));
        client.patch(&admin, &path, &json!({"inServiceSince": "2020-01-01"})).await.ok();
    }
    let new = json!({"teamKey": SOLVERS, "subject": "newcomer", "inServiceSince": "2026-01-05"});
    client.post(&admin, "/v1/members", &new).await.ok();

    // branch and engineer please their customers alike, but of branch's tickets one is not closed; engineer2 pleases most.
    let mut scores = Vec::new();
    let work =
        [("engineer", 4), ("engineer", 4), ("engineer2", 5), ("engineer2", 5), ("branch", 4), ("branch", 0)];
    for (number, (who, score)) in work.into_iter().enumerate() {
        scores.push((solved_by(&desk, who, number).await, score));
    }
    desk.stage.advance("P1D").await;
    scores.retain(|(_, score)| *score > 0);
    customers_say(&desk, &scores).await;
    desk.stage.advance("PT1H").await;
    let supervisor = desk.stage.token("supervisor").await;
    let report = "/v1/kpi/report?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z\
        &metrics=tickets_closed&metrics=csat_mean&metrics=tickets_resolved";
    let figures = client
        .until(&supervisor, report, |report| {
            let values = &report["rows"][0]["values"];
            values["tickets_closed"] == 5.0 && values["tickets_resolved"] == 6.0
        })
        .await
        .ok();
    assert_eq!(figures["rows"][0]["values"]["csat_mean"], 4.4, "{figures}");

    let draw =
        json!({"teamKey": SOLVERS, "firstDate": "2026-03-16", "lastDate": "2026-04-03", "seed": "lot"});
    let drawn = client.post(&admin, "/v1/rosters:draw", &draw).await.ok();
    assert_eq!(drawn["turns"], json!(["engineer2", "engineer", "branch"]), "{drawn}");
    let ranks: Vec<_> = drawn["ranking"].as_array().expect("a ranking").iter().collect();
    let figures = |name: &str| {
        let rank = ranks.iter().find(|rank| rank["subject"] == name).expect("a member");
        (rank["satisfactionThousandths"].clone(), rank["closureThousandths"].clone())
    };
    assert_eq!(figures("engineer2"), (json!(5000), json!(1000)), "{drawn}");
    assert_eq!(figures("engineer"), (json!(4000), json!(1000)), "{drawn}");
    assert_eq!(figures("branch"), (json!(4000), json!(500)), "{drawn}");
    let new = ranks.iter().find(|rank| rank["subject"] == "newcomer").expect("ranked, not drawn");
    assert_eq!(new["servesFrom"], "2026-04-05", "{drawn}");
}
