//! Third parties: a vendor with an account, and a partner with nothing but a link and a telephone (D5).

use hotline_tests::client::text;
use hotline_tests::{Client, LiveEvents, Reply, Stage};
use http::Method;
use serde_json::{Value, json};

mod browser;

use browser::Browser;

/// What nobody outside may know before the work is accepted.
const PRIVATE: [&str; 4] = ["王芳", "13800138000", "1502", "wang@example.com"];

/// A stage on which the vendor has work to do.
struct Desk {
    stage: Stage,
    agent: String,
    customer: String,
}

impl Desk {
    async fn open() -> Self {
        let stage = Stage::in_process().await;
        let agent = stage.token("agent").await;
        let body = json!({
            "name": "王芳", "title": "女士", "phones": ["13800138000"], "emails": ["wang@example.com"],
        });
        let customer = text(&stage.client.post(&agent, "/v1/customers", &body).await.ok(), "id").to_owned();
        Self { stage, agent, customer }
    }

    fn client(&self) -> &Client {
        &self.stage.client
    }

    /// Registers work for the vendor that tells everywhere whose it is; returns its ticket's number and its id.
    async fn registers(&self) -> (String, String) {
        let body = json!({
            "channel": "CHANNEL_PHONE", "customerId": self.customer, "categoryCode": "repair.paid",
            "subject": "王芳家光纤断了", "fields": {"room": "3-1502"},
            "description": "3栋1502室王芳，电话13800138000，邮箱wang@example.com，光猫红灯",
        });
        let ticket = self.client().post(&self.agent, "/v1/tickets", &body).await.ok();
        let number = text(&ticket, "number").to_owned();
        let path = format!("/v1/assignments?ticketId={}", text(&ticket, "id"));
        let there = |list: &Value| list["assignments"].as_array().is_some_and(|all| !all.is_empty());
        let listed = self.client().until(&self.agent, &path, there).await.ok();
        let work = listed["assignments"][0].clone();
        assert_eq!(work["teamKey"], "vendor-fiber", "{work}");
        (number, text(&work, "id").to_owned())
    }

    /// Makes a link as the sender; returns the path of its page.
    async fn links(&self, id: &str) -> String {
        let body = json!({"recipient": {"name": "李师傅", "phone": "13912345678"}, "expiresIn": "3600s"});
        let link = self.client().post(&self.agent, &format!("/v1/assignments/{id}:link"), &body).await.ok();
        assert_eq!(link["state"], "PARTNER_LINK_STATE_ACTIVE", "{link}");
        text(&link, "url").to_owned()
    }

    /// Opens a page as a browser without a login does.
    async fn visits(&self, path: &str, language: &str) -> Reply {
        let headers = [("accept-language", language)];
        self.client().send(Method::GET, path, None, &headers, None).await.expect("an answer")
    }

    async fn work(&self, id: &str) -> Value {
        self.client().get(&self.agent, &format!("/v1/assignments/{id}")).await.ok()
    }

    async fn disclosed_to(&self, number: &str) -> Vec<(String, String)> {
        let quality = self.stage.token("quality").await;
        let listed = self.client().get(&quality, &format!("/v1/disclosures?ticketId={number}")).await.ok();
        let all = listed["disclosures"].as_array().cloned().unwrap_or_default();
        all.iter().map(|one| (text(one, "subject").to_owned(), text(one, "way").to_owned())).collect()
    }
}

fn entries(page: &Value) -> Vec<Value> {
    page["entries"].as_array().cloned().unwrap_or_default()
}

#[track_caller]
fn assert_masked(told: &str) {
    for private in PRIVATE {
        assert!(!told.contains(private), "{private} in {told}");
    }
    assert!(told.contains("光猫红灯"), "{told}");
}

/// Checks that nobody keeps, indexes or frames a page, or hears of its address.
#[track_caller]
fn assert_kept_from_others(page: &Reply) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
    ] {
        assert_eq!(page.headers[name], value);
    }
    assert!(page.headers["content-security-policy"].to_str().expect("ASCII").contains("default-src 'none'"));
}

/// Returns the token of a page's forms.
#[track_caller]
fn once(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"once\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_sees_the_customer_from_acceptance_on_and_that_is_recorded() {
    let desk = Desk::open().await;
    let (client, vendor) = (desk.client(), desk.stage.token("vendor").await);
    let base = client.base();
    let query = "?types=assignment.*,customer.disclosed";
    let mut seen = LiveEvents::open(base, &desk.agent, query, None).await.expect("opens");
    let (number, id) = desk.registers().await;

    let listed = client.get(&vendor, "/v1/assignments").await.ok();
    assert_masked(&listed.to_string());
    let claim = json!({"max": 1, "wait": "10s", "lease": "60s"});
    let claimed = client.post(&vendor, "/v1/queues/vendor-fiber:claim", &claim).await.ok();
    let work = claimed["assignments"][0].clone();
    assert_masked(&work.to_string());
    assert_eq!((&work["masked"], text(&work, "id")), (&json!(true), id.as_str()));
    assert!(desk.disclosed_to(&number).await.is_empty());

    let token = json!({"leaseToken": work["leaseToken"]});
    let accepted = client.post(&vendor, &format!("/v1/assignments/{id}:accept"), &token).await.ok();
    let customer = &accepted["customer"];
    assert_eq!((&customer["name"], &customer["title"]), (&json!("王芳"), &json!("女士")), "{accepted}");
    assert_eq!((&customer["phones"][0], &customer["room"]), (&json!("13800138000"), &json!("3-1502")));
    assert!(text(&accepted["ticket"], "description").contains("王芳"));
    let told = seen.until("assignment.accepted").await;
    assert_eq!(told["payload"]["assignment"]["assignee"], "vendor");
    let told = seen.until("customer.disclosed").await;
    assert_eq!(told["payload"]["disclosedTo"], "vendor");
    let to = desk.disclosed_to(&number).await;
    assert_eq!(to, [("vendor".to_owned(), "DISCLOSURE_WAY_ACCEPTANCE".to_owned())]);
    client.get(&vendor, "/v1/disclosures").await.refused(403);
    let timeline = format!("/v1/tickets/{number}/timeline");
    let is_told = |page: &Value| entries(page).iter().any(|entry| entry["kind"] == "DISCLOSED");
    let page = client.until(&desk.stage.token("quality").await, &timeline, is_told).await.ok();
    let entry =
        entries(&page).into_iter().find(|entry| entry["kind"] == "DISCLOSED").expect("in the timeline");
    assert_eq!((&entry["actor"], &entry["details"]["to"]), (&json!("vendor"), &json!("vendor")), "{entry}");
    assert_eq!(entry["details"]["way"], "ACCEPTANCE", "{entry}");

    let done = json!({"leaseToken": work["leaseToken"], "resolution": "重新熔接光纤"});
    client.post(&vendor, &format!("/v1/assignments/{id}:complete"), &done).await.ok();
    assert_masked(&client.get(&vendor, &format!("/v1/assignments/{id}")).await.ok().to_string());
    seen.until("assignment.completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_works_by_link_with_forms_alone() {
    let desk = Desk::open().await;
    let (number, id) = desk.registers().await;
    let page = desk.links(&id).await;
    let zh = desk.visits(&page, "zh-CN").await;
    assert_masked(&zh.text);
    assert!(
        zh.text.contains("接单") && zh.text.contains(&number) && zh.text.contains("李师傅"),
        "{}",
        zh.text
    );
    assert_kept_from_others(&zh);
    assert!(desk.visits(&page, "en").await.text.contains("Accept"));
    assert_eq!(desk.work(&id).await["state"], "ASSIGNMENT_STATE_QUEUED", "looking accepts nothing");

    let accept = desk.client().submit(&format!("{page}/accept"), &[("once", &once(&zh.text))], "zh-CN").await;
    assert_eq!(
        (accept.status.as_u16(), accept.headers["location"].as_bytes()),
        (303, page.as_bytes()),
        "{}",
        accept.text
    );
    let held = desk.visits(&page, "zh-CN").await.text;
    assert!(held.contains("王芳") && held.contains("tel:13800138000") && held.contains("3-1502"), "{held}");
    let work = desk.work(&id).await;
    assert_eq!(
        (&work["state"], &work["assignee"]),
        (&json!("ASSIGNMENT_STATE_ACCEPTED"), &json!("link:李师傅"))
    );
    let to = desk.disclosed_to(&number).await;
    assert_eq!(to, [("link:李师傅".to_owned(), "DISCLOSURE_WAY_LINK".to_owned())]);

    let words = [("once", once(&held)), ("text", "下午三点到现场".to_owned())];
    let words: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for _ in 0..2 {
        let noted = desk.client().submit(&format!("{page}/note"), &words, "zh-CN").await;
        assert_eq!(noted.status.as_u16(), 303, "{}", noted.text);
    }
    let comments = desk.client().get(&desk.agent, &format!("/v1/tickets/{number}/comments")).await.ok();
    let comments = comments["comments"].as_array().cloned().unwrap_or_default();
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert_eq!((text(&comments[0], "text"), text(&comments[0], "author")), ("下午三点到现场", "link:李师傅"));

    let wordless = desk.client().submit(&format!("{page}/complete"), &[("once", &once(&held))], "en").await;
    assert_eq!(wordless.status.as_u16(), 400, "{}", wordless.text);
    let again = desk.visits(&page, "zh-CN").await.text;
    let (once, done) = (once(&again), "重新熔接光纤");
    for _ in 0..2 {
        let fields = [("once", once.as_str()), ("text", done)];
        let finished = desk.client().submit(&format!("{page}/complete"), &fields, "zh-CN").await;
        assert_eq!(finished.status.as_u16(), 200, "{}", finished.text);
        assert_masked(&finished.text);
        assert!(finished.text.contains("工单已完成"), "{}", finished.text);
    }
    let ticket = desk.client().get(&desk.agent, &format!("/v1/tickets/{number}")).await.ok();
    assert_eq!((&ticket["state"], &ticket["resolution"]), (&json!("TICKET_STATE_RESOLVED"), &json!(done)));
    assert_eq!(desk.visits(&page, "en").await.status.as_u16(), 410, "it is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_expired_altered_revoked_or_replaced_is_refused_in_the_same_words() {
    let desk = Desk::open().await;
    let (_, id) = desk.registers().await;
    let replaced = desk.links(&id).await;
    let revoked = desk.links(&id).await;
    desk.client().post(&desk.agent, &format!("/v1/assignments/{id}:revokeLink"), &json!({})).await.ok();
    let mut altered = revoked.clone().into_bytes();
    altered[45] = if altered[45] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).expect("ASCII");
    let body = async |page: &str| desk.visits(page, "zh-CN").await;
    let mut refusals = Vec::new();
    for (page, status) in [(replaced, 410), (revoked, 410), (altered, 404), ("/p/x".to_owned(), 404)] {
        let refused = body(&page).await;
        assert_eq!(refused.status.as_u16(), status, "{page}");
        refusals.push(refused.text);
        let form = [("once", "01890a5d-ac96-774b-bcce-b302099a8057")];
        let posted = desk.client().submit(&format!("{page}/accept"), &form, "zh-CN").await;
        assert_eq!(posted.status.as_u16(), status, "{page}");
        refusals.push(posted.text);
    }
    assert!(
        refusals.iter().all(|refusal| *refusal == refusals[0] && refusal.contains("联系")),
        "{refusals:?}"
    );

    let expiring = desk.links(&id).await;
    assert_eq!(body(&expiring).await.status.as_u16(), 200);
    desk.stage.advance("PT1H").await;
    let refused = body(&expiring).await;
    assert_eq!((refused.status.as_u16(), &refused.text), (410, &refusals[0]));
    assert_eq!(desk.work(&id).await["state"], "ASSIGNMENT_STATE_QUEUED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_works_by_link_in_a_real_browser() {
    let Some(browser) = Browser::open("zh-CN").await else { return };
    let desk = Desk::open().await;
    let (number, id) = desk.registers().await;
    let page = desk.links(&id).await;
    let address = format!("{}{page}", desk.client().base());

    let tab = browser.visit(&address).await;
    assert_masked(&tab.text().await);
    tab.press("#accept button").await;
    let shown = tab.text().await;
    assert!(shown.contains("王芳") && shown.contains("13800138000") && shown.contains("3-1502"), "{shown}");
    tab.write("#note textarea", "已到小区门口").await;
    tab.press("#note button").await;
    assert!(tab.text().await.contains("备注已提交"));
    tab.write("#complete textarea", "更换尾纤，恢复正常").await;
    tab.press("#complete button").await;
    let done = tab.text().await;
    assert!(done.contains("工单已完成") && !done.contains("王芳"), "{done}");
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());

    let ticket = desk.client().get(&desk.agent, &format!("/v1/tickets/{number}")).await.ok();
    assert_eq!(ticket["resolution"], "更换尾纤，恢复正常");
    let comments = desk.client().get(&desk.agent, &format!("/v1/tickets/{number}/comments")).await.ok();
    assert_eq!(comments["comments"][0]["text"], "已到小区门口");
    let to = desk.disclosed_to(&number).await;
    assert_eq!(to, [("link:李师傅".to_owned(), "DISCLOSURE_WAY_LINK".to_owned())]);

    let used_up = browser.visit(&address).await.text().await;
    let altered = browser.visit(&address[..address.len() - 4]).await.text().await;
    assert!(used_up.contains("此链接无法使用") && altered == used_up, "{used_up} {altered}");
}
