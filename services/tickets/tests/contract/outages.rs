//! Outage notices: published, found by whom they concern, corrected, over (T13).

use hotline_core::deadlines;
use hotline_core::error::reason_of;
use hotline_proto::tickets::v1::{
    CreateOutageRequest, CreateTicketRequest, GetOutageRequest, ListOutagesRequest, Outage, OutageKind,
    OutageState, RecoverOutageRequest, Ticket, UpdateOutageRequest,
};
use tonic::{Code, Status};

use crate::support::{Desk, agent, at, fault, on_each};

mod batches;
mod families;
mod matching;
mod replicas;
mod spikes;
mod telling;

fn notice(title: &str) -> CreateOutageRequest {
    CreateOutageRequest {
        kind: OutageKind::Unplanned as i32,
        title: title.into(),
        ..CreateOutageRequest::default()
    }
}

fn of_projects(title: &str, projects: &[&str]) -> CreateOutageRequest {
    let projects = projects.iter().map(|project| (*project).to_owned()).collect();
    CreateOutageRequest { projects, ..notice(title) }
}

async fn publish(desk: &Desk, request: CreateOutageRequest) -> Result<Outage, Status> {
    agent().scope(desk.outages().create_outage(request)).await.map(tonic::Response::into_inner)
}

async fn update(desk: &Desk, outage: Outage, etag: &str) -> Result<Outage, Status> {
    let request = UpdateOutageRequest { outage: Some(outage), etag: etag.into(), update_mask: None };
    agent().scope(desk.outages().update_outage(request)).await.map(tonic::Response::into_inner)
}

async fn recover(desk: &Desk, request: RecoverOutageRequest) -> Result<Outage, Status> {
    agent().scope(desk.outages().recover_outage(request)).await.map(tonic::Response::into_inner)
}

async fn titles(desk: &Desk, request: ListOutagesRequest) -> Vec<String> {
    let page = agent().scope(desk.outages().list_outages(request)).await.expect("is listed").into_inner();
    page.outages.into_iter().map(|outage| outage.title).collect()
}

fn of_project(project: &str) -> ListOutagesRequest {
    ListOutagesRequest { project: project.into(), ..ListOutagesRequest::default() }
}

#[tokio::test]
async fn a_notice_is_found_by_whom_it_concerns() {
    on_each(|desk| async move {
        for request in [
            notice("everybody"),
            of_projects("one", &["阳光花园"]),
            of_projects("both", &["阳光花园", "碧水湾"]),
            CreateOutageRequest {
                category_codes: vec!["repair".into()],
                ..of_projects("repairs", &["碧水湾"])
            },
        ] {
            publish(&desk, request).await.expect("is published");
            desk.clock.advance(chrono::TimeDelta::minutes(1)).expect("a manual clock");
        }
        assert_eq!(
            titles(&desk, ListOutagesRequest::default()).await,
            ["repairs", "both", "one", "everybody"]
        );
        assert_eq!(titles(&desk, of_project("阳光花园")).await, ["both", "one", "everybody"]);
        assert_eq!(titles(&desk, of_project("别处")).await, ["everybody"]);
        let everybody = ListOutagesRequest { every_project: true, ..ListOutagesRequest::default() };
        assert_eq!(titles(&desk, everybody).await, ["everybody"]);
        let leaf = ListOutagesRequest { category_code: "repair.private".into(), ..of_project("碧水湾") };
        assert_eq!(titles(&desk, leaf).await, ["repairs", "both", "everybody"]);
        let other = ListOutagesRequest { category_code: "complaint".into(), ..of_project("碧水湾") };
        assert_eq!(titles(&desk, other).await, ["both", "everybody"]);
        let first = ListOutagesRequest { page_size: 3, ..ListOutagesRequest::default() };
        assert_eq!(titles(&desk, first).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_correction_changes_what_it_names_and_whom_it_concerns() {
    on_each(|desk| async move {
        let outage = publish(&desk, of_projects("光缆中断", &["阳光花园"])).await.expect("is published");
        assert_eq!(outage.created_by, "agent");
        assert_eq!(outage.begins_at, outage.created_at);
        let patch = Outage {
            id: outage.id.clone(),
            projects: vec!["阳光花园".into(), "碧水湾".into()],
            progress: "抢修中，预计两小时".into(),
            ..Outage::default()
        };
        let changed = update(&desk, patch.clone(), &outage.etag).await.expect("is changed");
        assert_eq!((changed.title.as_str(), changed.progress.as_str()), ("光缆中断", "抢修中，预计两小时"));
        assert_ne!(changed.etag, outage.etag);
        assert_eq!(titles(&desk, of_project("碧水湾")).await, ["光缆中断"]);
        let stale = update(&desk, patch.clone(), &outage.etag).await.expect_err("is stale");
        assert_eq!(reason_of(&stale), "ETAG_MISMATCH");
        let unknown = Outage { category_codes: vec!["no.such".into()], ..patch };
        let refused = update(&desk, unknown, "").await.expect_err("is refused");
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::InvalidArgument, "INVALID_REQUEST")
        );
        let get = GetOutageRequest { id: outage.id };
        let kept = agent().scope(desk.outages().get_outage(get)).await.expect("is there").into_inner();
        assert_eq!(kept, changed);
    })
    .await;
}

#[tokio::test]
async fn what_is_over_leaves_the_open_ones_and_is_over_once() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("停电")).await.expect("is published");
        desk.clock.set(at("2026-03-02 11:00")).expect("time goes forward");
        let request = RecoverOutageRequest {
            id: outage.id.clone(),
            resolution: "已恢复供电".into(),
            ..RecoverOutageRequest::default()
        };
        let over = recover(&desk, request.clone()).await.expect("recovers");
        assert_eq!(over.state(), OutageState::Recovered);
        assert_eq!(over.recovered_at, over.updated_at);
        let open = |state| ListOutagesRequest { state: vec![state as i32], ..ListOutagesRequest::default() };
        assert!(titles(&desk, open(OutageState::Open)).await.is_empty());
        assert_eq!(titles(&desk, open(OutageState::Recovered)).await, ["停电"]);
        let again = recover(&desk, request).await.expect_err("is over");
        let reason = reason_of(&again);
        assert_eq!((again.code(), reason.as_str()), (Code::FailedPrecondition, "OUTAGE_STATE_CONFLICT"));
        let nowhere = RecoverOutageRequest { id: uuid::Uuid::nil().to_string(), ..Default::default() };
        assert_eq!(recover(&desk, nowhere).await.expect_err("is not there").code(), Code::NotFound);
    })
    .await;
}

/// Returns the notice as it stands.
async fn read(desk: &Desk, id: &str) -> Outage {
    let get = GetOutageRequest { id: id.into() };
    agent().scope(desk.outages().get_outage(get)).await.expect("is there").into_inner()
}

/// Makes what is due happen, at the time that it is.
async fn sweep(desk: &Desk) {
    while deadlines::sweep(&desk.db, &desk.clock, desk.alarm.as_ref()).await.expect("sweeps") > 0 {}
}

/// Registers a fault of a project and returns its ticket.
async fn reported(desk: &Desk, project: &str) -> Ticket {
    desk.create(CreateTicketRequest { project: project.into(), ..fault() }).await
}
