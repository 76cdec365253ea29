//! Every kind of trouble has its own right way through: what is not valid is explained, complaints are investigated and
//! fed back, duplicates are merged, parts follow their whole (T5, T6, T14, T17).

use hotline_tests::client::text;
use hotline_tests::{Client, Stage};
use serde_json::{Value, json};

/// The people at work on a stage, Monday 2 March 2026 at nine.
struct Desk {
    stage: Stage,
    agent: String,
    manager: String,
    supervisor: String,
    customer: String,
}

impl Desk {
    async fn open() -> Self {
        let stage = Stage::in_process().await;
        let agent = stage.token("agent").await;
        let (manager, supervisor) = (stage.token("complaints").await, stage.token("supervisor").await);
        let body = json!({"name": "王芳", "phones": ["13800138000"]});
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        Self { stage, agent, manager, supervisor, customer }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    /// Registers a ticket and returns the path to it.
    async fn registers(&self, category: &str) -> String {
        let body = json!({
            "channel": "CHANNEL_PHONE", "customerId": self.customer, "subject": "电梯噪音很大",
            "description": "王芳反映每天晚上都响", "project": "曲江一期", "categoryCode": category,
            "fields": {"room": "3-1502", "complainedOf": "客服人员"},
        });
        let ticket = self.client().post(&self.agent, "/v1/tickets", &body).await.ok();
        format!("/v1/tickets/{}", text(&ticket, "number"))
    }

    async fn does(&self, who: &str, ticket: &str, verb: &str, body: Value) -> Value {
        self.client().post(who, &format!("{ticket}:{verb}"), &body).await.ok()
    }

    async fn is_refused(&self, ticket: &str, verb: &str, body: Value, status: u16, code: &str) {
        let refused = self.client().post(&self.agent, &format!("{ticket}:{verb}"), &body).await;
        refused.refused(status);
        assert_eq!(refused.json["code"], code, "{}", refused.text);
    }

    async fn sees(&self, ticket: &str) -> Value {
        self.client().get(&self.agent, ticket).await.ok()
    }

    async fn sees_once(&self, ticket: &str, enough: impl Fn(&Value) -> bool) -> Value {
        self.client().until(&self.agent, ticket, enough).await.ok()
    }

    /// Returns what happened to a ticket, without what its clocks told.
    async fn story(&self, ticket: &str) -> Vec<String> {
        let timeline = self.client().get(&self.agent, &format!("{ticket}/timeline")).await.ok();
        let entries = timeline["entries"].as_array().expect("a list").clone();
        let kinds = entries.iter().map(|entry| text(entry, "kind").to_owned());
        kinds.filter(|kind| !kind.starts_with("SLA_")).collect()
    }

    /// Expects these figures of March once every event is counted.
    async fn counts(&self, expected: Value) {
        let names = expected.as_object().expect("an object").keys();
        let metrics: String = names.map(|name| format!("&metrics={name}")).collect();
        let path = format!("/v1/kpi/report?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z{metrics}");
        let enough = |report: &Value| report["rows"][0]["values"] == expected;
        let report = self.client().until(&self.supervisor, &path, enough).await.ok();
        assert_eq!(report["rows"][0]["values"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_that_is_not_valid_waits_for_an_agreed_statement_and_is_closed_with_it() {
    let desk = Desk::open().await;
    let complaint = desk.registers("complaint.environment").await;
    let judged = desk
        .does(&desk.agent, &complaint, "judge", json!({"validity": "VALIDITY_INVALID", "note": "属市政施工"}))
        .await;
    assert_eq!(judged["validity"], "VALIDITY_INVALID");
    assert_eq!(judged["judgement"]["analysed"], true, "{judged}");
    let article = text(&judged["judgement"], "statementArticleId").to_owned();

    let path = format!("/v1/articles/{article}");
    let draft = desk.client().get(&desk.supervisor, &path).await.ok();
    assert_eq!(draft["state"], "ARTICLE_STATE_DRAFT", "{draft}");
    assert!(!draft.to_string().contains("王芳") && text(&draft, "body").contains("每天晚上都响"), "{draft}");
    let agreed = json!({"body": "该施工由市政部门负责，工期至六月底，可拨打 12345 反映。"});
    desk.client().patch(&desk.agent, &path, &agreed).await.ok();
    desk.client().post(&desk.agent, &format!("{path}:submit"), &json!({})).await.ok();
    desk.client().post(&desk.supervisor, &format!("{path}:approve"), &json!({})).await.ok();

    let woken = |ticket: &Value| ticket["judgement"]["analysed"] != true;
    let ready = desk.sees_once(&complaint, woken).await;
    assert_eq!(ready["sla"]["answerTier"], "PROMISE_TIER_WORKING_DAYS_1", "{ready}");
    let reply = json!({"validity": "VALIDITY_INVALID", "statementArticleId": article});
    let closed = desk.does(&desk.agent, &complaint, "judge", reply).await;
    assert_eq!(closed["state"], "TICKET_STATE_CLOSED", "{closed}");
    assert!(text(&closed, "resolution").contains("12345"), "{closed}");
    assert!(text(&closed["complaint"], "feedback").contains("12345"), "{closed}");
    let story = desk.story(&complaint).await;
    assert_eq!(&story[story.len() - 3..], ["JUDGED", "RESOLVED", "CLOSED"], "{story:?}");
    let callbacks = desk.client().get(&desk.supervisor, "/v1/callbacks").await.ok();
    assert!(callbacks["callbacks"].as_array().is_none_or(Vec::is_empty), "{callbacks}");
    desk.counts(json!({"tickets_judged_invalid": 2.0})).await;

    // What is being written for the next version is nothing to say yet.
    let next = json!({"body": "尚未批准的新说法"});
    desk.client().patch(&desk.agent, &path, &next).await.ok();
    let second = desk.registers("complaint.environment").await;
    let reply = json!({"validity": "VALIDITY_INVALID", "statementArticleId": article});
    let closed = desk.does(&desk.agent, &second, "judge", reply.clone()).await;
    assert!(text(&closed, "resolution").contains("12345"), "{closed}");
    desk.client().post(&desk.supervisor, &format!("{path}:retire"), &json!({"reason": "已过期"})).await.ok();
    let third = desk.registers("complaint.environment").await;
    desk.is_refused(&third, "judge", reply, 400, "INVALID_REQUEST").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_outside_our_scope_is_closed_as_guided() {
    let desk = Desk::open().await;
    let ticket = desk.registers("consult.living").await;
    let nobody = json!({"validity": "VALIDITY_OUT_OF_SCOPE", "guidance": " "});
    desk.is_refused(&ticket, "judge", nobody, 400, "INVALID_REQUEST").await;
    let guidance = json!({"validity": "VALIDITY_OUT_OF_SCOPE", "guidance": "供水公司客服 96116"});
    let closed = desk.does(&desk.agent, &ticket, "judge", guidance).await;
    assert_eq!(closed["state"], "TICKET_STATE_CLOSED");
    assert_eq!(closed["resolution"], "供水公司客服 96116");
    desk.counts(json!({"tickets_judged_out_of_scope": 1.0, "tickets_resolved": 1.0, "tickets_closed": 1.0}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_about_an_agent_is_upheld_and_fed_back_before_it_is_closed() {
    let desk = Desk::open().await;
    let complaint = desk.registers("complaint.service").await;
    let forwarded = |ticket: &Value| ticket["complaint"]["forwardedAt"].is_string();
    let ticket = desk.sees_once(&complaint, forwarded).await;
    assert_eq!(
        (&ticket["teamKey"], &ticket["complaint"]["forwardedSameDay"]),
        (&json!("complaints"), &json!(true))
    );

    let about = json!({"party": {"kind": "PARTY_KIND_AGENT", "name": "agent2"}, "note": "调听录音"});
    let forbidden = desk.client().post(&desk.agent, &format!("{complaint}:investigate"), &about).await;
    forbidden.refused(403);
    let oneself = json!({"party": {"kind": "PARTY_KIND_AGENT", "name": "complaints"}});
    let own = desk.client().post(&desk.manager, &format!("{complaint}:investigate"), &oneself).await;
    own.refused(403);
    assert_eq!(own.json["code"], "OWN_CASE", "{}", own.text);
    desk.does(&desk.manager, &complaint, "investigate", about).await;
    let told = json!({"note": "已核实", "channel": "CHANNEL_PHONE"});
    desk.is_refused(&complaint, "feedback", told.clone(), 409, "NOT_CONCLUDED").await;
    let finding = json!({"verdict": "VERDICT_UPHELD", "finding": "用语不当", "measures": "培训并致歉"});
    let concluded = desk.does(&desk.manager, &complaint, "conclude", finding).await;
    assert_eq!(concluded["complaint"]["verdict"], "VERDICT_UPHELD");

    desk.does(&desk.manager, &complaint, "resolve", json!({"resolution": "已致歉"})).await;
    desk.is_refused(&complaint, "close", json!({}), 409, "FEEDBACK_MISSING").await;
    desk.does(
        &desk.agent,
        &complaint,
        "feedback",
        json!({"note": "已致歉", "channel": "CHANNEL_PHONE", "accepted": true}),
    )
    .await;
    let closed = desk.does(&desk.agent, &complaint, "close", json!({})).await;
    assert_eq!(closed["state"], "TICKET_STATE_CLOSED");
    desk.counts(json!({
        "complaints_upheld": 1.0, "complaints_concluded": 1.0, "complaints_fed_back": 1.0,
        "complaints_forwarded_same_day_rate": 1.0,
    }))
    .await;

    let second = desk.registers("complaint.service").await;
    let second = desk.sees(&second).await;
    assert_eq!(second["complaint"]["ordinal"], 2, "{second}");
    assert_eq!(second["complaint"]["repeatsId"], closed["id"]);
    desk.counts(json!({"second_complaints": 1.0})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_out_to_be_a_complaint_goes_to_who_handles_complaints() {
    let desk = Desk::open().await;
    let ticket = desk.registers("repair.private").await;
    let routed = desk.sees_once(&ticket, |ticket| ticket["teamKey"] != "").await;
    assert_eq!(routed["teamKey"], "second-line-network");
    let change = json!({"categoryCode": "complaint.service"});
    desk.client().patch(&desk.agent, &ticket, &change).await.ok();
    let forwarded = desk.sees_once(&ticket, |ticket| ticket["complaint"]["forwardedAt"].is_string()).await;
    assert_eq!(
        (&forwarded["teamKey"], &forwarded["type"]),
        (&json!("complaints"), &json!("TICKET_TYPE_COMPLAINT"))
    );
    desk.does(
        &desk.manager,
        &ticket,
        "investigate",
        json!({"party": {"kind": "PARTY_KIND_OTHER", "name": "物业"}}),
    )
    .await;
    let back = desk.client().patch(&desk.agent, &ticket, &json!({"categoryCode": "repair.private"})).await;
    back.refused(409);
    assert_eq!(back.json["code"], "COMPLAINT_OPEN", "{}", back.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sentence_that_was_said_is_written_down_and_counted() {
    let desk = Desk::open().await;
    let ticket = desk.registers("repair.private").await;
    let sentence = desk.sees(&format!("{ticket}:status")).await;
    desk.does(&desk.agent, &ticket, "inform", json!({"channel": "CHANNEL_PHONE"})).await;
    let timeline = desk.client().get(&desk.agent, &format!("{ticket}/timeline")).await.ok();
    let entries = timeline["entries"].as_array().expect("a list");
    let told = entries.iter().find(|entry| entry["kind"] == "INFORMED").expect("is written down");
    assert_eq!(told["note"], sentence["sentenceZh"], "{told}");
    desk.does(&desk.agent, &ticket, "inform", json!({"note": "师傅已出发", "channel": "CHANNEL_CHAT"})).await;
    desk.does(&desk.agent, &ticket, "resolve", json!({"resolution": "更换光猫"})).await;
    desk.does(&desk.agent, &ticket, "inform", json!({"channel": "CHANNEL_PHONE"})).await;
    desk.counts(json!({"customers_informed": 3.0, "statuses_told": 2.0})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_merged_its_later_words_land_on_the_survivor_and_the_merge_is_undone() {
    let desk = Desk::open().await;
    let (survivor, duplicate) =
        (desk.registers("repair.private").await, desk.registers("repair.private").await);
    let into = text(&desk.sees(&survivor).await, "number").to_owned();
    let merged =
        desk.does(&desk.agent, &duplicate, "merge", json!({"into": into, "reason": "同一件事"})).await;
    assert_eq!(merged["state"], "TICKET_STATE_CANCELLED");
    assert_eq!(merged["survivorId"], desk.sees(&survivor).await["id"]);

    let word = json!({"text": "现在更响了", "customerChannel": "CHANNEL_PHONE"});
    let comment = desk.client().post(&desk.agent, &format!("{duplicate}/comments"), &word).await.ok();
    assert_eq!((&comment["ticketId"], &comment["viaId"]), (&merged["survivorId"], &merged["id"]));
    let comments = desk.client().get(&desk.agent, &format!("{survivor}/comments")).await.ok();
    assert_eq!(comments["comments"][0]["text"], "现在更响了", "{comments}");
    let links = desk.client().get(&desk.agent, &format!("{survivor}/links")).await.ok();
    assert_eq!(links["links"][0]["kind"], "LINK_KIND_DUPLICATE", "{links}");
    let assignments = format!("/v1/assignments?ticketId={}", text(&merged, "id"));
    let withdrawn = |list: &Value| {
        let all = list["assignments"].as_array().cloned().unwrap_or_default();
        !all.is_empty() && all.iter().all(|one| one["state"] == "ASSIGNMENT_STATE_WITHDRAWN")
    };
    let list = desk.client().until(&desk.supervisor, &assignments, withdrawn).await.ok();
    assert!(withdrawn(&list), "{list}");

    let other = desk.registers("repair.public").await;
    desk.does(&desk.agent, &other, "cancel", json!({"reason": "误登记"})).await;
    let ended = json!({"into": text(&desk.sees(&other).await, "number")});
    desk.is_refused(&survivor, "merge", ended, 400, "INVALID_REQUEST").await;

    desk.stage.advance("PT23H").await;
    let back = desk.does(&desk.agent, &duplicate, "unmerge", json!({"reason": "另一部电梯"})).await;
    assert_eq!((&back["state"], &back["survivorId"]), (&json!("TICKET_STATE_ASSIGNED"), &json!("")));
    let queued = |list: &Value| {
        let all = list["assignments"].as_array().cloned().unwrap_or_default();
        all.iter().any(|one| one["state"] == "ASSIGNMENT_STATE_QUEUED")
    };
    let list = desk.client().until(&desk.supervisor, &assignments, queued).await.ok();
    assert!(queued(&list), "{list}");
    desk.does(&desk.agent, &duplicate, "merge", json!({"into": into, "reason": "还是同一件事"})).await;
    desk.stage.advance("P1DT1M").await;
    desk.is_refused(&duplicate, "unmerge", json!({"reason": "又错了"}), 409, "MERGE_SETTLED").await;
    desk.counts(json!({"tickets_merged": 2.0, "merges_undone": 1.0, "tickets_cancelled": 3.0})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn children_follow_their_parent_forward_only() {
    let desk = Desk::open().await;
    let (parent, child) = (desk.registers("repair.public").await, desk.registers("repair.private").await);
    let whole = text(&desk.sees(&parent).await, "number").to_owned();
    let link = json!({"kind": "LINK_KIND_PARENT", "otherId": whole});
    desk.does(&desk.agent, &child, "link", link.clone()).await;
    desk.is_refused(
        &parent,
        "link",
        json!({"kind": "LINK_KIND_PARENT", "otherId": text(&desk.sees(&child).await, "number")}),
        400,
        "INVALID_REQUEST",
    )
    .await;
    desk.does(&desk.agent, &parent, "resolve", json!({"resolution": "更换主机"})).await;
    let followed = desk.sees(&child).await;
    assert_eq!(
        (&followed["state"], &followed["resolution"]),
        (&json!("TICKET_STATE_RESOLVED"), &json!("更换主机"))
    );
    desk.does(&desk.agent, &parent, "reopen", json!({"reason": "又坏了"})).await;
    assert_eq!(desk.sees(&child).await["state"], "TICKET_STATE_RESOLVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_moves_tags_watchers_and_counts_are_served() {
    let desk = Desk::open().await;
    let table = desk.client().get(&desk.agent, "/v1/tickets:lifecycle").await.ok();
    let moves = table["moves"].as_array().expect("a list");
    let close = |from: &str| moves.iter().any(|one| one["from"] == from && one["event"] == "close");
    assert!(close("TICKET_STATE_RESOLVED") && !close("TICKET_STATE_NEW"), "{table}");
    assert_eq!(table["states"].as_array().map(Vec::len), Some(8));

    let ticket = desk.registers("repair.private").await;
    desk.does(&desk.agent, &ticket, "tag", json!({"add": ["电梯", "VIP"]})).await;
    desk.does(&desk.agent, &ticket, "watch", json!({})).await;
    let other = desk.registers("housekeeping.glass").await;
    for query in ["tag=vip", "watcher=agent"] {
        let found = desk.client().get(&desk.agent, &format!("/v1/tickets?{query}")).await.ok();
        assert_eq!(found["tickets"].as_array().map(Vec::len), Some(1), "{found}");
        assert_eq!(found["tickets"][0]["tags"], json!(["vip", "电梯"]));
    }
    desk.does(&desk.agent, &other, "cancel", json!({"reason": "不需要了"})).await;
    let counted = desk.client().get(&desk.agent, "/v1/tickets:count").await.ok();
    assert_eq!(counted["total"], "2", "{counted}");
    let cancelled = |one: &&Value| one["state"] == "TICKET_STATE_CANCELLED";
    let counts = counted["counts"].as_array().expect("a list");
    assert_eq!(counts.iter().find(cancelled).map(|one| &one["count"]), Some(&json!("1")));
}
