//! Systems of teams answer for the teams' work, signed with the webhook's secret; what is forged does nothing (D18).

use hotline_core::clock;
use hotline_core::error::reason_of;
use hotline_proto::dispatch::v1::{
    AssignmentState as State, ReceiveWebhookRequest, ReceiveWebhookResponse, RotateWebhookSecretRequest,
    Webhook,
};
use hotline_proto::events::v1::AssignmentAccepted;
use hotline_webhooks::signature::{Secret, signatures};
use tonic::{Code, Request, Status};

use crate::harness::calls::inner;
use crate::harness::tickets::Told;
use crate::harness::webhooks::{Receiver, lead};
use crate::harness::{Desk, OTHER, TEAM, desks, engineer};

/// A message as a system of a team sends it.
#[derive(Clone)]
struct Said {
    id: String,
    timestamp: i64,
    signature: String,
    payload: String,
}

impl Said {
    fn new(webhook: &Webhook, id: &str, payload: &str) -> Self {
        Self {
            id: id.into(),
            timestamp: clock::wall().timestamp(),
            signature: String::new(),
            payload: payload.into(),
        }
        .signed(&webhook.secret)
    }

    fn signed(mut self, secret: &str) -> Self {
        let secret = Secret::parse(secret).expect("a secret");
        self.signature = signatures(&[secret], &self.id, self.timestamp, self.payload.as_bytes());
        self
    }
}

fn wish(kind: &str, assignment: &str, more: &str) -> String {
    format!(r#"{{"type":"assignment.{kind}","data":{{"assignmentId":"{assignment}"{more}}}}}"#)
}

impl Desk {
    async fn hears(&self, webhook: &Webhook, said: &Said) -> Result<ReceiveWebhookResponse, Status> {
        let mut request =
            Request::new(ReceiveWebhookRequest { id: webhook.id.clone(), payload: said.payload.clone() });
        let headers = [
            ("webhook-id", said.id.clone()),
            ("webhook-timestamp", said.timestamp.to_string()),
            ("webhook-signature", said.signature.clone()),
        ];
        for (name, value) in headers {
            request.metadata_mut().insert(name, value.parse().expect("ASCII"));
        }
        // The gateway lets anybody in here.
        let nobody = hotline_core::caller::Caller::default();
        inner(nobody.scope(self.webhooks.clone().receive_webhook(request)).await)
    }
}

#[tokio::test]
async fn a_system_takes_work_on_and_reports_it_done() {
    for desk in desks().await {
        let webhook = desk.hook(&Receiver::start().await).await;
        desk.registered([1]).await;
        let work = desk.open_work_on(1).await;
        let accept = Said::new(&webhook, "m-1", &wish("accept", &work.id, ""));
        let taken = desk.hears(&webhook, &accept).await.expect("takes it on");
        assert_eq!((&taken.assignment_id, taken.state()), (&work.id, State::Accepted));
        let held = desk.open_work_on(1).await;
        assert_eq!(held.assignee, format!("webhook:{}", webhook.id));
        assert!(matches!(desk.tickets.heard().as_slice(), [(_, Told::Start(_))]), "the ticket knows");
        desk.pass(86_400).await;
        assert_eq!(desk.open_work_on(1).await.state(), State::Accepted, "no lease runs on");

        assert_eq!(
            desk.hears(&webhook, &accept).await.expect("is answered"),
            taken,
            "the first answer again"
        );
        assert_eq!(desk.outbox::<AssignmentAccepted>().await.len(), 1);
        let other = Said::new(&webhook, "m-1", &wish("return", &work.id, r#","reason":"等配件""#));
        let refused = desk.hears(&webhook, &other).await.expect_err("the id is taken");
        assert_eq!((refused.code(), reason_of(&refused)), (Code::AlreadyExists, "WEBHOOK_ID_REUSED".into()));

        let complete = Said::new(&webhook, "m-2", &wish("complete", &work.id, r#","resolution":"更换光猫""#));
        assert_eq!(desk.hears(&webhook, &complete).await.expect("is done").state(), State::Completed);
    }
}

#[tokio::test]
async fn a_system_gives_work_back() {
    for desk in desks().await {
        let webhook = desk.hook(&Receiver::start().await).await;
        desk.registered([1]).await;
        let work = desk.open_work_on(1).await;
        desk.hears(&webhook, &Said::new(&webhook, "m-1", &wish("accept", &work.id, "")))
            .await
            .expect("takes");
        let back = Said::new(&webhook, "m-2", &wish("return", &work.id, r#","reason":"等配件""#));
        assert_eq!(desk.hears(&webhook, &back).await.expect("gives back").state(), State::Queued);
        assert_eq!(desk.claims_one(engineer()).await.id, work.id);
        let late = Said::new(&webhook, "m-3", &wish("complete", &work.id, r#","resolution":"x""#));
        assert_eq!(reason_of(&desk.hears(&webhook, &late).await.expect_err("is another's")), "LEASE_LOST");
    }
}

#[tokio::test]
async fn what_is_forged_does_nothing() {
    for desk in desks().await {
        let receiver = Receiver::start().await;
        let webhook = desk.hook(&receiver).await;
        let theirs = Webhook { team_key: OTHER.into(), url: receiver.url.clone(), ..Webhook::default() };
        let theirs = desk.hooks(lead(OTHER), theirs).await.expect("made");
        desk.registered([1]).await;
        let work = desk.open_work_on(1).await;
        let good = Said::new(&webhook, "m-1", &wish("accept", &work.id, ""));
        let old = Said { timestamp: good.timestamp - 301, ..good.clone() }.signed(&webhook.secret);
        let forged = [
            Said { signature: String::new(), ..good.clone() },
            Said { signature: good.signature.replace("v1,", ""), ..good.clone() },
            Said { signature: good.signature.replace("v1,", "v1a,"), ..good.clone() },
            Said { payload: format!("{} ", good.payload), ..good.clone() },
            Said { id: "m-2".into(), ..good.clone() },
            Said { timestamp: good.timestamp - 1, ..good.clone() },
            old,
            good.clone().signed(&theirs.secret),
            good.clone().signed(&Secret::generate().text()),
        ];
        for (number, said) in forged.iter().enumerate() {
            let refused = desk.hears(&webhook, said).await.expect_err("is forged");
            assert_eq!(refused.code(), Code::Unauthenticated, "{number}");
        }
        let nowhere = Webhook { id: work.id.clone(), ..webhook.clone() };
        assert_eq!(desk.hears(&nowhere, &good).await.expect_err("is none").code(), Code::Unauthenticated);
        // Signed well, but for work of another team.
        let strange = Said::new(&theirs, "m-1", &good.payload);
        assert_eq!(desk.hears(&theirs, &strange).await.expect_err("not theirs").code(), Code::NotFound);
        let said = Said::new(&webhook, "m-9", "{}");
        assert_eq!(
            desk.hears(&webhook, &said).await.expect_err("says nothing").code(),
            Code::InvalidArgument
        );
        assert_eq!(desk.open_work_on(1).await.state(), State::Queued);
        assert!(desk.tickets.heard().is_empty());
        desk.hears(&webhook, &good).await.expect("what is not forged is taken");
    }
}

#[tokio::test]
async fn during_a_rotation_a_system_may_sign_with_either_secret() {
    for desk in desks().await {
        let old = desk.hook(&Receiver::start().await).await;
        let mut client = desk.webhooks.clone();
        let rotate = client.rotate_webhook_secret(RotateWebhookSecretRequest { id: old.id.clone() });
        let new = inner(lead(TEAM).scope(rotate).await).expect("rotates");
        desk.registered([1, 2]).await;
        for (number, webhook) in [&old, &new].into_iter().enumerate() {
            let work = desk.open_work_on(number as u128 + 1).await;
            let said = Said::new(webhook, &format!("m-{number}"), &wish("accept", &work.id, ""));
            assert_eq!(desk.hears(webhook, &said).await.expect("takes").state(), State::Accepted);
        }
        desk.pass(86_400).await;
        desk.registered([3]).await;
        let work = desk.open_work_on(3).await;
        let late = Said::new(&old, "m-3", &wish("accept", &work.id, ""));
        assert_eq!(desk.hears(&old, &late).await.expect_err("is old").code(), Code::Unauthenticated);
    }
}
