//! Streams of queues: all open work, then every change, whatever breaks (D3, A40, B12).

use hotline_core::caller::Caller;
use hotline_core::error::reason_of;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    DeleteMemberRequest, Member, PauseQueueRequest, QueueFlow, QueueUpdateKind, SubscribeRequest, TeamKind,
};
use hotline_proto::events::v1::{TicketCancelled, TicketReprioritized};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::harness::{Desk, OTHER, TEAM, admin, desks, engineer, member, rival, ticket};

fn number(of: u128) -> String {
    ticket(of).number
}

fn named(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|(event, state)| ((*event).into(), (*state).into())).collect()
}

#[tokio::test]
async fn a_stream_begins_with_all_open_work_and_tells_what_happens_to_it() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let held = desk.claims_one(rival()).await;
        let mut stream = desk.follows(engineer(), "").await.expect("may follow");
        let (mut open, token) = stream.begins().await;
        open.sort();
        assert_eq!(open, [1, 2, 3].map(number));
        assert!(!token.is_empty());

        desk.accept(rival(), &held).await.expect("held");
        let claimed = desk.claims_one(engineer()).await;
        desk.is_told().await;
        let told = stream.changes(2).await;
        assert_eq!(told, named(&[("assignment.accepted", "accepted"), ("assignment.claimed", "leased")]));

        desk.decline(engineer(), &claimed).await.expect("held");
        desk.happened(&TicketReprioritized { ticket: Some(ticket(2)), ..TicketReprioritized::default() })
            .await;
        desk.happened(&TicketCancelled { ticket: Some(ticket(3)), ..TicketCancelled::default() }).await;
        desk.is_told().await;
        let told = stream.changes(3).await;
        assert_eq!(
            told,
            named(&[
                ("assignment.declined", "queued"),
                ("assignment.updated", "queued"),
                ("assignment.withdrawn", "withdrawn")
            ])
        );

        desk.complete(rival(), &held).await.expect("accepted");
        desk.registered([4]).await;
        desk.is_told().await;
        let told = stream.changes(2).await;
        assert_eq!(told, named(&[("assignment.completed", "completed"), ("assignment.queued", "queued")]));
    }
}

#[tokio::test]
async fn a_stream_that_broke_goes_on_where_it_was_in_whichever_process() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let beside = Desk::beside(&desk).await;
        beside.is_told().await;
        let mut stream = desk.follows(engineer(), "").await.expect("may follow");
        let (_, token) = stream.begins().await;
        let work = desk.claims_one(engineer()).await;
        desk.is_told().await;
        let told = stream.news().await;
        assert_eq!(told.event_type, "assignment.claimed");
        drop(stream);
        desk.accept(engineer(), &work).await.expect("held");

        for (process, from, expected) in [
            (&desk, &told.resume_token, &["assignment.accepted"][..]),
            (&beside, &told.resume_token, &["assignment.accepted"]),
            (&beside, &token, &["assignment.claimed", "assignment.accepted"]),
        ] {
            let mut stream = process.follows(engineer(), from).await.expect("may follow");
            let first = stream.next().await.expect("goes on").expect("goes on");
            assert_eq!((first.kind(), &first.resume_token), (QueueUpdateKind::Alive, from));
            process.is_told().await;
            for expected in expected {
                assert_eq!(stream.news().await.event_type, *expected);
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_is_none_or_too_old_and_changes_that_were_missed_begin_anew() {
    for desk in desks().await {
        desk.registered([1]).await;
        for token in ["nonsense", "otherlife~dispatch.1-0", "life~dispatch.0-0"] {
            let mut stream = desk.follows(engineer(), token).await.expect("may follow");
            assert_eq!(stream.begins().await.0, [number(1)], "{token}");
        }
        let mut stream = desk.follows(engineer(), "").await.expect("may follow");
        stream.begins().await;
        desk.registered([2]).await;
        desk.ear.misses(&desk).await;
        let (mut open, _) = stream.begins().await;
        open.sort();
        assert_eq!(open, [1, 2].map(number));
        // More than is kept, before the stream looks.
        desk.registered(3..=250).await;
        desk.is_told().await;
        assert_eq!(stream.begins().await.0.len(), 250);
    }
}

#[tokio::test]
async fn a_stream_lives_ends_in_its_time_and_says_where_to_go_on() {
    for desk in desks().await {
        let mut stream = desk.follows(engineer(), "").await.expect("may follow");
        let (open, token) = stream.begins().await;
        assert!(open.is_empty());
        let mut kinds = Vec::new();
        while let Some(update) = stream.next().await.expect("ends well") {
            assert_eq!(update.resume_token, token);
            kinds.push(update.kind());
        }
        assert_eq!(kinds.pop(), Some(QueueUpdateKind::Ended));
        assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == QueueUpdateKind::Alive), "{kinds:?}");
    }
}

#[tokio::test]
async fn streams_end_when_the_process_stops_and_no_new_one_is_opened() {
    for desk in desks().await {
        let mut stream = desk.follows(engineer(), "").await.expect("may follow");
        stream.begins().await;
        let stop = CancellationToken::new();
        stop.cancel();
        desk.run_tasks(stop).await;
        assert_eq!(stream.news().await.kind(), QueueUpdateKind::Ended);
        assert!(stream.next().await.expect("ends well").is_none());
        let refused = desk.follows(engineer(), "").await.err().expect("it stops");
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::Unavailable, "LIVE_EVENTS_UNAVAILABLE")
        );
    }
}

#[tokio::test]
async fn a_queue_is_followed_by_those_who_may_see_it_and_for_as_long() {
    for desk in desks().await {
        desk.is_told().await;
        let refused = desk.follows(member("stranger", OTHER), "").await.err().expect("another team's");
        assert_eq!(refused.code(), Code::PermissionDenied);
        let unknown = SubscribeRequest { team_key: "nowhere".into(), ..SubscribeRequest::default() };
        let refused = admin().scope(desk.client.clone().subscribe(unknown)).await.expect_err("no such team");
        assert_eq!(refused.code(), Code::NotFound);

        let joined = Member { team_key: TEAM.into(), subject: "guest".into(), ..Member::default() };
        let joined = desk.member(joined).await;
        let guest = Caller { subject: "guest".into(), roles: [Role::Engineer].into(), ..Caller::default() };
        let mut stream = desk.follows(guest, "").await.expect("a member");
        stream.begins().await;
        let leaves = DeleteMemberRequest { id: joined.id, etag: joined.etag };
        admin().scope(desk.client.clone().delete_member(leaves)).await.expect("leaves");
        let ended = loop {
            match stream.next().await {
                Ok(Some(update)) => assert_eq!(update.kind(), QueueUpdateKind::Alive),
                ended => break ended,
            }
        };
        assert_eq!(ended.expect_err("no member any more").code(), Code::PermissionDenied);
    }
}

#[tokio::test]
async fn a_person_and_a_process_have_so_many_streams_and_no_more() {
    for desk in desks().await {
        let first = desk.follows(engineer(), "").await.expect("the first");
        let second = desk.follows(engineer(), "").await.expect("the second");
        let refused = desk.follows(engineer(), "").await.err().expect("one too many");
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::ResourceExhausted, "TOO_MANY_STREAMS")
        );
        let others = [desk.follows(rival(), "").await, desk.follows(rival(), "").await];
        assert!(others.iter().all(Result::is_ok));
        let refused = desk.follows(admin(), "").await.err().expect("the house is full");
        assert_eq!(refused.code(), Code::ResourceExhausted);
        drop((first, second));
        desk.follows(admin(), "").await.expect("there is room again");
    }
}

#[tokio::test]
async fn a_third_party_sees_of_its_queue_what_it_may_and_the_flow_is_told_to_all() {
    for desk in desks().await {
        desk.registered([1]).await;
        let partner = Caller { roles: [Role::ThirdParty].into(), ..member("partner", TEAM) };
        let mut stream = desk.follows(partner, "").await.expect("its own queue");
        let reset = stream.news().await;
        assert_eq!((reset.kind(), reset.flow()), (QueueUpdateKind::Reset, QueueFlow::Running));
        let open = stream.news().await.assignment.expect("waits");
        assert!(open.masked && open.customer.is_none());
        assert_eq!(stream.news().await.kind(), QueueUpdateKind::Ready);

        desk.team("elsewhere", TeamKind::Expert, 0).await;
        for team_key in ["elsewhere", TEAM] {
            let pause = PauseQueueRequest { team_key: team_key.into(), reason: "盘点".into() };
            admin().scope(desk.client.clone().pause_queue(pause)).await.expect("pauses");
        }
        desk.is_told().await;
        let told = stream.news().await;
        assert_eq!((told.kind(), told.flow()), (QueueUpdateKind::Flow, QueueFlow::Paused));
    }
}
