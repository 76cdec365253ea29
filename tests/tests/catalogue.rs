//! The catalogue from outside: a real tree in one call, a form that names what is wrong, and categories that texts
//! suggest once tickets were closed (T1, T3).

use std::path::Path;

use hotline_tests::client::text;
use hotline_tests::stage::monday_morning;
use hotline_tests::{Reply, Stage};
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
        let stage = Stage::in_folder(tempfile::tempdir().expect("a temp folder"), monday_morning()).await;
        let (agent, supervisor) = (stage.token("agent").await, stage.token("supervisor").await);
        let body = json!({"name": "王芳", "phones": ["13800138000"]});
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        Self { stage, agent, supervisor, customer }
    }

    async fn orders(&self, path: &str, body: &Value) -> Reply {
        self.stage.client.post(&self.supervisor, path, body).await
    }

    async fn sees(&self, path: &str) -> Value {
        self.stage.client.get(&self.agent, path).await.ok()
    }

    async fn registers(&self, told: Value) -> Reply {
        let mut body = json!({
            "channel": "CHANNEL_PHONE", "customerId": self.customer, "subject": "一件事", "description": "如来电所述",
            "project": "曲江一期", "fields": {"room": "3-1502"},
        });
        body.as_object_mut().expect("an object").extend(told.as_object().expect("an object").clone());
        self.stage.client.post(&self.agent, "/v1/tickets", &body).await
    }

    /// Registers a ticket, solves and closes it.
    async fn closes(&self, code: &str, subject: &str) {
        let ticket = self.registers(json!({"categoryCode": code, "subject": subject})).await.ok();
        let path = format!("/v1/tickets/{}", text(&ticket, "number"));
        for (verb, body) in [("resolve", json!({"resolution": "已处理"})), ("close", json!({}))] {
            self.stage.client.post(&self.agent, &format!("{path}:{verb}"), &body).await.ok();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_tree_of_517_leaves_comes_in_by_one_call() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/messages/category_tree.csv");
    let Ok(csv) = std::fs::read_to_string(&file) else {
        return println!("skipped: {} is absent", file.display());
    };
    let desk = Desk::open().await;
    let before = desk.sees("/v1/categories").await["categories"].as_array().map_or(0, Vec::len);
    let body = json!({"csv": csv, "note": "市民热线目录"});
    let forbidden = desk.stage.client.post(&desk.agent, "/v1/categories:import", &body).await;
    assert_eq!(forbidden.status, 403);
    let tried = desk.orders("/v1/categories:import", &json!({"csv": csv, "dryRun": true})).await.ok();
    assert_eq!(
        (&tried["rows"], &tried["created"], &tried["rejected"]),
        (&json!(517), &json!(650), &json!([]))
    );
    let done = desk.orders("/v1/categories:import", &body).await.ok();
    assert_eq!((&done["created"], &done["revision"]), (&json!(650), &json!("1")), "{done}");
    let again = desk.orders("/v1/categories:import", &body).await.ok();
    assert_eq!((&again["created"], &again["unchanged"]), (&json!(0), &json!(517)), "{again}");
    let all = desk.sees("/v1/categories").await;
    let all = all["categories"].as_array().expect("a list");
    assert_eq!(all.len(), before + 650);
    let leaves = all.iter().filter(|one| one["depth"] == 2 && one["leaf"] == true).count();
    assert_eq!(leaves, 517);
    let leaf = all.iter().find(|one| one["labelZh"] == "安全隐患").expect("is there");
    let ticket = desk.registers(json!({"categoryCode": leaf["code"], "subject": "围墙要倒"})).await.ok();
    let board = text(leaf, "code").split('.').next().expect("a board").to_owned();
    let listed = desk.stage.client.get(&desk.agent, &format!("/v1/tickets?categoryCode={board}")).await.ok();
    assert_eq!(listed["tickets"][0]["id"], ticket["id"], "a list of the board goes down to the last level");
    let revisions = desk.sees("/v1/categories:versions").await;
    assert_eq!(revisions["revisions"][0]["note"], "市民热线目录", "{revisions}");
    desk.stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leafs_form_names_what_is_wrong_in_the_callers_language() {
    let desk = Desk::open().await;
    let form = json!({"formFields": [
        {"key": "lamp", "labelZh": "指示灯", "labelEn": "lamp", "kind": "FORM_FIELD_KIND_CHOICE", "choices": ["红", "绿"], "required": true},
        {"key": "reach", "labelZh": "现场电话", "labelEn": "number on site", "kind": "FORM_FIELD_KIND_PHONE"},
    ]});
    desk.stage.client.patch(&desk.supervisor, "/v1/categories/repair.private", &form).await.ok();
    let fields =
        json!({"categoryCode": "repair.private", "fields": {"room": "1", "lamp": "蓝", "reach": "12"}});
    let refused = desk.registers(fields).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let errors = refused.json["errors"].as_array().expect("are named");
    let named: Vec<&str> = errors.iter().map(|error| text(error, "field")).collect();
    assert_eq!(named, ["fields.lamp", "fields.reach"]);
    let fine = json!({"categoryCode": "repair.private", "fields": {"room": "1", "lamp": "红", "reach": "029-88886666"}});
    desk.registers(fine).await.ok();
    desk.stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_tickets_teach_which_category_a_text_suggests() {
    let desk = Desk::open().await;
    let nothing = desk.sees("/v1/categories:suggest?text=%E7%BD%91%E6%96%AD%E4%BA%86").await;
    assert_eq!((&nothing["trainedOn"], &nothing["suggestions"]), (&json!(0), &json!([])), "{nothing}");
    for subject in
        ["宽带断线", "光猫红灯没有网络", "网络很慢", "宽带上不了网", "路由器没有网络", "宽带网络时断时续"]
    {
        desk.closes("repair.private", subject).await;
    }
    for subject in ["楼道灯不亮", "楼道灯坏了", "电梯厅灯不亮", "地下车库灯坏", "楼道照明灯闪", "大堂灯不亮"]
    {
        desk.closes("repair.public", subject).await;
    }
    desk.stage.advance("PT1H").await;
    let path = "/v1/categories:suggest?text=%E5%AE%BD%E5%B8%A6%E6%B2%A1%E6%9C%89%E7%BD%91%E7%BB%9C&limit=1";
    let learned = |seen: &Value| seen["trainedOn"] != 0;
    let seen = desk.stage.client.until(&desk.agent, path, learned).await.ok();
    assert_eq!(seen["trainedOn"], 12, "{seen}");
    assert_eq!(seen["suggestions"].as_array().map(Vec::len), Some(1), "{seen}");
    assert_eq!(seen["suggestions"][0]["category"]["code"], "repair.private", "{seen}");
    let body = json!({"subject": "楼道灯", "description": "楼道的灯不亮了"});
    let posted = desk.stage.client.post(&desk.agent, "/v1/categories:suggest", &body).await.ok();
    assert_eq!(posted["suggestions"][0]["category"]["code"], "repair.public", "{posted}");
    desk.stage.end().await;
}
