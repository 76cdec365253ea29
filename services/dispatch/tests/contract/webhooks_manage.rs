//! Who makes and changes webhooks, what is refused, and what is kept of a secret.

use hotline_core::caller::Caller;
use hotline_core::error::reason_of;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    CreateWebhookRequest, DeleteWebhookRequest, GetWebhookRequest, ListWebhookDeliveriesRequest,
    ListWebhooksRequest, RotateWebhookSecretRequest, UpdateWebhookRequest, Webhook, WebhookDeliveryState,
    WebhookState,
};
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::harness::calls::{inner, refusal};
use crate::harness::webhooks::{Receiver, lead};
use crate::harness::{Desk, OTHER, TEAM, admin, desks, engineer, keyed, member};

fn third_party(team: &str) -> Caller {
    Caller { roles: [Role::ThirdParty].into(), ..member("vendor", team) }
}

fn wanted(url: &str) -> Webhook {
    Webhook { team_key: TEAM.into(), url: url.into(), ..Webhook::default() }
}

impl Desk {
    async fn gets(&self, caller: Caller, id: &str) -> Result<Webhook, Status> {
        let mut client = self.webhooks.clone();
        inner(caller.scope(client.get_webhook(GetWebhookRequest { id: id.into() })).await)
    }

    async fn lists(&self, caller: Caller, team: &str) -> Vec<String> {
        let mut client = self.webhooks.clone();
        let request = ListWebhooksRequest { team_key: team.into(), ..ListWebhooksRequest::default() };
        let listed = inner(caller.scope(client.list_webhooks(request)).await).expect("lists");
        listed.webhooks.into_iter().map(|webhook| webhook.team_key).collect()
    }

    async fn changes_hook(
        &self,
        caller: Caller,
        webhook: Webhook,
        paths: &[&str],
    ) -> Result<Webhook, Status> {
        let mask = FieldMask { paths: paths.iter().map(|path| (*path).into()).collect() };
        let update_mask = Some(mask).filter(|mask| !mask.paths.is_empty());
        let request = UpdateWebhookRequest { webhook: Some(webhook), update_mask, etag: String::new() };
        let mut client = self.webhooks.clone();
        inner(caller.scope(client.update_webhook(request)).await)
    }

    /// Tells whether a text is anywhere in what is kept of webhooks and of replies.
    async fn keeps(&self, text: &str) -> bool {
        for sql in ["SELECT secret AS kept FROM webhooks", "SELECT reply AS kept FROM idempotency"] {
            let query = Statement::from_string(self.db.backend(), sql);
            for row in self.db.reader().query_all_raw(query).await.expect("it can be read") {
                let kept = row.try_get::<String>("", "kept").map(String::into_bytes);
                let kept = kept.or_else(|_| row.try_get::<Vec<u8>>("", "kept")).expect("text or bytes");
                if kept.windows(text.len()).any(|part| part == text.as_bytes()) {
                    return true;
                }
            }
        }
        false
    }
}

#[tokio::test]
async fn a_secret_is_told_once_and_kept_encrypted() {
    for desk in desks().await {
        let mut client = desk.webhooks.clone();
        let request = || CreateWebhookRequest { webhook: Some(wanted("https://partner.example/hook")) };
        let made =
            inner(lead(TEAM).scope(client.create_webhook(keyed(request(), "k-1"))).await).expect("made");
        assert!(made.secret.starts_with("whsec_") && made.secret.len() > 40, "{made:?}");
        assert_eq!((made.state(), &*made.created_by), (WebhookState::Enabled, "lead of second-line"));
        let again =
            inner(lead(TEAM).scope(client.create_webhook(keyed(request(), "k-1"))).await).expect("again");
        assert_eq!(again, Webhook { secret: String::new(), ..made.clone() });
        assert_eq!(desk.gets(lead(TEAM), &made.id).await.expect("is there"), again);
        let rotate = RotateWebhookSecretRequest { id: made.id.clone() };
        let rotated = client.rotate_webhook_secret(keyed(rotate, "k-2"));
        let rotated = inner(lead(TEAM).scope(rotated).await).expect("rotates");
        assert!(rotated.previous_secret_until.is_some());
        for secret in [&made.secret, &rotated.secret] {
            assert!(!desk.keeps(&secret[6..]).await);
        }
        assert!(desk.keeps("partner.example").await, "the search finds what is there");
    }
}

#[tokio::test]
async fn a_webhook_belongs_to_its_team() {
    for desk in desks().await {
        let made = desk.hooks(third_party(TEAM), wanted("https://partner.example/")).await.expect("made");
        let theirs = Webhook { team_key: OTHER.into(), ..wanted("https://other.example/") };
        desk.hooks(lead(OTHER), theirs).await.expect("made");
        for stranger in [lead(OTHER), third_party(OTHER), engineer()] {
            assert_eq!(
                refusal(desk.hooks(stranger.clone(), wanted("https://a.example/")).await).0,
                Code::PermissionDenied
            );
            assert_eq!(refusal(desk.gets(stranger.clone(), &made.id).await).0, Code::NotFound);
            let patch = Webhook { id: made.id.clone(), ..wanted("https://thief.example/") };
            assert_eq!(refusal(desk.changes_hook(stranger.clone(), patch, &["url"]).await).0, Code::NotFound);
            let mut client = desk.webhooks.clone();
            let of = ListWebhookDeliveriesRequest { webhook_id: made.id.clone(), ..Default::default() };
            let listed = stranger.scope(client.list_webhook_deliveries(of)).await;
            assert_eq!(refusal(inner(listed)).0, Code::NotFound);
        }
        assert_eq!(desk.gets(admin(), &made.id).await.expect("is there").url, "https://partner.example/");
        assert_eq!(desk.lists(lead(TEAM), "").await, [TEAM]);
        assert_eq!(desk.lists(lead(TEAM), OTHER).await, Vec::<String>::new());
        assert_eq!(desk.lists(admin(), "").await, [OTHER, TEAM]);
    }
}

#[tokio::test]
async fn a_url_that_must_not_be_called_is_refused_by_name() {
    for desk in desks().await {
        for url in [
            "",
            "partner.example",
            "gopher://partner.example/",
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://167772161/",
            "https://user:word@partner.example/",
            "https://partner.example/#here",
        ] {
            let refused = desk.hooks(lead(TEAM), wanted(url)).await.expect_err(url);
            assert_eq!(refused.code(), Code::InvalidArgument, "{url}");
            let fields = refused.get_details_bad_request().expect("names a field").field_violations;
            assert_eq!(fields[0].field, "webhook.url", "{url}");
        }
        let nowhere = Webhook { team_key: "nowhere".into(), ..wanted("https://partner.example/") };
        assert_eq!(refusal(desk.hooks(admin(), nowhere).await).0, Code::InvalidArgument);
        let odd = Webhook { event_types: vec!["everything".into()], ..wanted("https://partner.example/") };
        assert_eq!(refusal(desk.hooks(lead(TEAM), odd).await).0, Code::InvalidArgument);
        assert!(desk.lists(admin(), "").await.is_empty());
    }
}

#[tokio::test]
async fn a_change_is_made_on_a_version_and_counts_at_once() {
    for desk in desks().await {
        let (first, second, _runs) = (Receiver::start().await, Receiver::start().await, desk.runs());
        let made = desk.hook(&first).await;
        let patch = Webhook { id: made.id.clone(), url: second.url.clone(), ..Webhook::default() };
        let changed = desk.changes_hook(lead(TEAM), patch.clone(), &["url"]).await.expect("changes");
        assert_eq!((&changed.url, &changed.event_types), (&second.url, &made.event_types));
        let stale = Webhook { etag: made.etag.clone(), ..patch.clone() };
        let refused = desk.changes_hook(lead(TEAM), stale, &["url"]).await.expect_err("is stale");
        assert_eq!(reason_of(&refused), "ETAG_MISMATCH");
        let elsewhere = Webhook { team_key: OTHER.into(), ..patch };
        assert_eq!(
            refusal(desk.changes_hook(lead(TEAM), elsewhere, &["team_key"]).await).0,
            Code::InvalidArgument
        );
        desk.registered([1]).await;
        desk.has(&made, WebhookDeliveryState::Delivered, 1).await;
        assert_eq!((first.seen().len(), second.seen().len()), (0, 1));
    }
}

#[tokio::test]
async fn a_webhook_that_goes_takes_its_messages_with_it() {
    for desk in desks().await {
        let (receiver, _runs) = (Receiver::start().await, desk.runs());
        receiver.answers(500);
        let made = desk.hook(&receiver).await;
        desk.registered([1]).await;
        desk.is_quiet().await;
        let mut client = desk.webhooks.clone();
        let delete = DeleteWebhookRequest { id: made.id.clone(), etag: String::new() };
        inner(lead(TEAM).scope(client.delete_webhook(delete)).await).expect("goes");
        assert_eq!(refusal(desk.gets(lead(TEAM), &made.id).await).0, Code::NotFound);
        let seen = receiver.seen().len();
        desk.registered([2]).await;
        desk.pass(86_400).await;
        desk.is_quiet().await;
        assert_eq!(receiver.seen().len(), seen);
        let count = Statement::from_string(desk.db.backend(), "SELECT seq FROM webhook_deliveries");
        assert!(desk.db.reader().query_all_raw(count).await.expect("it can be read").is_empty());
    }
}
