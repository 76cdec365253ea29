//! Remote sessions: no consent, no session, and a second consent for every change (C10).

use chrono::TimeDelta;
use hotline_core::error::reason_of;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::{
    EndRemoteSessionRequest, GetRemoteSessionRequest, ListRemoteSessionsRequest, RecordRemoteChangeRequest,
    RecordedConsent, RemoteSession, StartRemoteSessionRequest,
};
use hotline_proto::events::v1::{RemoteSessionChanged, RemoteSessionEnded, RemoteSessionStarted};
use tonic::{Code, Status};

use crate::bench::{Bench, fields, morning, on_each_database};
use crate::fake_tickets::{CATEGORY, NUMBER, TICKET};

fn agreed(minute: i64) -> Option<RecordedConsent> {
    let at = Some(to_proto(morning() + TimeDelta::minutes(minute)));
    Some(RecordedConsent { by: "王芳".into(), at, channel: Channel::Phone.into() })
}

fn start(interaction_id: &str, ticket_id: &str) -> StartRemoteSessionRequest {
    StartRemoteSessionRequest {
        interaction_id: interaction_id.into(),
        ticket_id: ticket_id.into(),
        customer_consent: agreed(0),
        purpose: "检查网卡设置".into(),
        tool: "向日葵".into(),
    }
}

fn change(session: &RemoteSession, customer_consent: Option<RecordedConsent>) -> RecordRemoteChangeRequest {
    RecordRemoteChangeRequest {
        id: session.id.clone(),
        scope: "网卡的 DNS 设置".into(),
        effect: "网络可能中断一分钟".into(),
        what: "改为自动获取".into(),
        customer_consent,
        ..Default::default()
    }
}

impl Bench {
    async fn starts(&self, request: StartRemoteSessionRequest) -> Result<RemoteSession, Status> {
        Ok(self.remote.clone().start_remote_session(request).await?.into_inner())
    }

    async fn changes(&self, request: RecordRemoteChangeRequest) -> Result<RemoteSession, Status> {
        Ok(self.remote.clone().record_remote_change(request).await?.into_inner())
    }

    async fn record(&self, session: &RemoteSession) -> RemoteSession {
        let request = GetRemoteSessionRequest { id: session.id.clone() };
        self.remote.clone().get_remote_session(request).await.expect("is there").into_inner()
    }
}

#[tokio::test]
async fn without_a_recorded_consent_there_is_no_session() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        let request = StartRemoteSessionRequest { customer_consent: None, ..start(&call.id, "") };
        let refusal = bench.starts(request).await.expect_err("no consent");
        assert_eq!(
            (refusal.code(), fields(&refusal)),
            (Code::InvalidArgument, vec!["customerConsent".into()])
        );
        let request = StartRemoteSessionRequest { customer_consent: agreed(1), ..start(&call.id, "") };
        let refusal = bench.starts(request).await.expect_err("not agreed yet");
        assert_eq!(fields(&refusal), ["customerConsent.at"]);
        assert!(bench.published::<RemoteSessionStarted>().await.is_empty());
        let listed = bench.remote.clone().list_remote_sessions(ListRemoteSessionsRequest::default()).await;
        assert!(listed.expect("a list").into_inner().sessions.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_change_needs_scope_effect_and_a_consent_of_its_own() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        *bench.tickets.of.lock().expect("no panic") = (call.customer_id.clone(), String::new());
        let session = bench.starts(start(&call.id, NUMBER)).await.expect("agreed");
        assert_eq!((session.ticket_id.as_str(), &session.customer_id), (TICKET, &call.customer_id));
        bench.clock.advance(TimeDelta::minutes(3));
        let refusal = bench.changes(change(&session, None)).await.expect_err("no second consent");
        assert_eq!(fields(&refusal), ["customerConsent"]);
        let refusal =
            bench.changes(change(&session, agreed(-1))).await.expect_err("that is older than the session");
        assert_eq!(fields(&refusal), ["customerConsent.at"]);
        for (name, request) in [
            ("scope", RecordRemoteChangeRequest { scope: String::new(), ..change(&session, agreed(2)) }),
            ("effect", RecordRemoteChangeRequest { effect: String::new(), ..change(&session, agreed(2)) }),
        ] {
            assert_eq!(fields(&bench.changes(request).await.expect_err("not told")), [name]);
        }
        assert_eq!(bench.record(&session).await, session, "what is refused leaves no trace");
        assert!(bench.published::<RemoteSessionChanged>().await.is_empty());

        bench.changes(change(&session, agreed(2))).await.expect("agreed twice");
        let end =
            EndRemoteSessionRequest {
                id: session.id.clone(), result: "已恢复".into(), ..Default::default()
            };
        bench.remote.clone().end_remote_session(end.clone()).await.expect("ends");
        let record = bench.record(&session).await;
        let [changed] = record.changes.clone().try_into().expect("one change");
        assert_eq!((changed.scope.as_str(), changed.customer_consent), ("网卡的 DNS 设置", agreed(2)));
        assert_eq!(
            (record.customer_consent, record.ended_by.as_str(), record.result.as_str()),
            (agreed(0), "agent", "已恢复")
        );
        let refusal = bench.changes(change(&session, agreed(3))).await.expect_err("it is over");
        assert_eq!(
            (refusal.code(), reason_of(&refusal).as_str()),
            (Code::FailedPrecondition, "REMOTE_SESSION_ENDED")
        );
        assert!(bench.remote.clone().end_remote_session(end).await.is_err());

        let [(_, started)] = bench.published::<RemoteSessionStarted>().await.try_into().expect("one event");
        assert_eq!(started.session.expect("told").category_code, CATEGORY);
        let [(_, changed)] = bench.published::<RemoteSessionChanged>().await.try_into().expect("one event");
        assert_eq!(
            (changed.what.as_str(), changed.consent.expect("told").by.as_str()),
            ("改为自动获取", "王芳")
        );
        let [(_, ended)] = bench.published::<RemoteSessionEnded>().await.try_into().expect("one event");
        assert_eq!((ended.lasted_seconds, ended.changes, ended.expired), (180, 1, false));
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_neither_used_twice_nor_kept_for_later() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        let day = 24 * 60;
        let at =
            |minute| StartRemoteSessionRequest { customer_consent: agreed(minute), ..start(&call.id, "") };
        let refusal = bench.starts(at(-day - 1)).await.expect_err("agreed too long ago");
        assert_eq!(
            (refusal.code(), fields(&refusal)),
            (Code::InvalidArgument, vec!["customerConsent.at".into()])
        );
        let session = bench.starts(at(-day)).await.expect("agreed a day ago");
        bench.clock.advance(TimeDelta::minutes(3));
        bench.changes(change(&session, agreed(2))).await.expect("agreed");
        let refusal = bench.changes(change(&session, agreed(2))).await.expect_err("to the change before");
        assert_eq!(fields(&refusal), ["customerConsent.at"]);
        bench.changes(change(&session, agreed(3))).await.expect("agreed to this one too");
        bench.clock.advance(TimeDelta::minutes(17));
        let refusal = bench.changes(change(&session, agreed(4))).await.expect_err("sixteen minutes ago");
        assert_eq!(fields(&refusal), ["customerConsent.at"]);
        bench.changes(change(&session, agreed(5))).await.expect("agreed fifteen minutes ago");
        assert_eq!(bench.record(&session).await.changes.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_nobody_ends_ends_by_itself() {
    on_each_database(async |bench| {
        let call = bench.call_from("13800138000").await;
        let session = bench.starts(start(&call.id, "")).await.expect("agreed");
        bench.pass(TimeDelta::hours(5)).await;
        let record = bench.record(&session).await;
        assert!(record.expired && record.ended_by == "service:customers");
        assert_eq!(record.ended_at, Some(to_proto(morning() + TimeDelta::hours(4))));
        let [(at, ended)] = bench.published::<RemoteSessionEnded>().await.try_into().expect("one event");
        assert_eq!((at, ended.expired), (morning() + TimeDelta::hours(4), true));
        bench.pass(TimeDelta::hours(5)).await;
        assert_eq!(bench.published::<RemoteSessionEnded>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn whose_device_it_is_must_be_said_and_agree() {
    on_each_database(async |bench| {
        let refusal = bench.starts(start("", "")).await.expect_err("whose?");
        assert_eq!(fields(&refusal), ["interactionId", "ticketId"]);
        let call = bench.call_from("13800138000").await;
        *bench.tickets.of.lock().expect("no panic") =
            (bench.call_from("13900139000").await.customer_id, String::new());
        let refusal = bench.starts(start(&call.id, TICKET)).await.expect_err("two customers");
        assert_eq!((refusal.code(), fields(&refusal)), (Code::InvalidArgument, vec!["ticketId".into()]));
        let by_ticket = bench.starts(start("", NUMBER)).await.expect("the ticket says whose");
        let of_ticket = ListRemoteSessionsRequest { ticket_id: TICKET.into(), ..Default::default() };
        let by_call = bench.starts(start(&call.id, "")).await.expect("the call says whose");
        let listed = bench.remote.clone().list_remote_sessions(of_ticket).await.expect("a list").into_inner();
        assert_eq!(listed.sessions, std::slice::from_ref(&by_ticket));
        let of_customer = ListRemoteSessionsRequest { customer_id: call.customer_id, ..Default::default() };
        let listed =
            bench.remote.clone().list_remote_sessions(of_customer).await.expect("a list").into_inner();
        assert_eq!(listed.sessions, std::slice::from_ref(&by_call));
        let all = bench.remote.clone().list_remote_sessions(ListRemoteSessionsRequest::default()).await;
        assert_eq!(all.expect("a list").into_inner().sessions, [by_call, by_ticket]);
    })
    .await;
}
