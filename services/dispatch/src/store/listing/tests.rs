//! The queries that grow with the work use an index.

use chrono::{DateTime, TimeDelta};
use hotline_core::page::{Key, Page};
use hotline_core::testing::{plan, sqlite};
use hotline_proto::dispatch::v1::{AssignmentState, ListAssignmentsRequest};
use sea_orm::{DbBackend, QueryTrait};
use uuid::Uuid;

use super::{Filter, query};
use crate::domain::access::Sight;
use crate::domain::state::State;
use crate::store::{assignments, holdings, standing};
use crate::work::reroute::Wanted;
use crate::{Migrator, NAME};

fn all() -> Filter {
    Filter {
        sight: Sight::All,
        ticket_id: None,
        team_key: String::new(),
        states: Vec::new(),
        assignee: String::new(),
        sender: String::new(),
    }
}

#[tokio::test]
async fn every_list_of_assignments_is_read_in_order_from_an_index() {
    let db = sqlite::<Migrator>(NAME).await;
    let page = Page::of(&ListAssignmentsRequest::default()).expect("a first page");
    let team = || "second-line".to_owned();
    let cases = [
        (all(), "assignments_by_age"),
        (Filter { ticket_id: Some(Uuid::from_u128(1)), ..all() }, "assignments_of_ticket"),
        (Filter { team_key: team(), ..all() }, "assignments_of_team"),
        (Filter { sight: Sight::Teams([team()].into()), ..all() }, "assignments_of_team"),
        (
            Filter { team_key: team(), states: vec![AssignmentState::Queued.into()], ..all() },
            "assignments_of_team_by_state",
        ),
        (Filter { assignee: "engineer".into(), ..all() }, "assignments_of_holder"),
    ];
    for (filter, index) in cases {
        let steps = plan(&db.db, query(&filter, &page).build(DbBackend::Sqlite)).await;
        assert!(steps.contains(index), "{filter:?}: {steps}");
        assert!(!steps.contains("TEMP B-TREE"), "{filter:?}: {steps}");
    }
}

/// Claims and events that each locked the same work in an order of their own would wait for each other for good.
#[test]
fn several_assignments_are_locked_in_one_order_whatever_names_them() {
    let ids = [2, 1].map(Uuid::from_u128);
    for select in [assignments::of(&ids), assignments::open_of(&ids.into())] {
        let sql = assignments::in_order(select).build(DbBackend::Postgres).sql;
        assert!(sql.ends_with(r#"ORDER BY "assignments"."id" ASC FOR UPDATE"#), "{sql}");
    }
}

#[tokio::test]
async fn the_open_work_of_tickets_is_found_by_an_index() {
    let db = sqlite::<Migrator>(NAME).await;
    let tickets = [1, 2].map(Uuid::from_u128).into();
    let steps = plan(&db.db, assignments::open_of(&tickets).build(DbBackend::Sqlite)).await;
    assert!(steps.contains("INDEX assignments_o") && !steps.contains("SCAN"), "{steps}");
}

#[tokio::test]
async fn what_waits_is_read_in_the_queues_order_from_an_index() {
    let db = sqlite::<Migrator>(NAME).await;
    let steps =
        plan(&db.db, assignments::most_urgent_of("second-line", "engineer", 5).build(DbBackend::Sqlite))
            .await;
    assert!(steps.contains("assignments_in_order") && !steps.contains("TEMP B-TREE"), "{steps}");
    let steps = plan(&db.db, standing::oldest_of("second-line").build(DbBackend::Sqlite)).await;
    assert!(steps.contains("assignments_of_team_by_state") && !steps.contains("TEMP B-TREE"), "{steps}");
    let steps = plan(&db.db, assignments::held("second-line", "engineer").build(DbBackend::Sqlite)).await;
    assert!(steps.contains("assignments_in_hand"), "{steps}");
}

#[tokio::test]
async fn the_open_work_of_a_queue_is_read_in_order_from_an_index_whichever_page() {
    let db = sqlite::<Migrator>(NAME).await;
    let after = Key { at: DateTime::UNIX_EPOCH, id: Uuid::from_u128(1) };
    for after in [None, Some(after)] {
        let select = assignments::after_of("second-line", State::Queued, after);
        let steps = plan(&db.db, select.build(DbBackend::Sqlite)).await;
        assert!(steps.contains("assignments_of_team_by_state"), "{steps}");
        assert!(!steps.contains("TEMP B-TREE"), "{steps}");
        assert_eq!(steps.contains("queued_at>?"), after.is_some(), "{steps}");
    }
}

#[tokio::test]
async fn who_got_how_much_is_read_from_an_index_of_the_period() {
    let db = sqlite::<Migrator>(NAME).await;
    let period = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(1));
    let steps = plan(&db.db, holdings::query("second-line", period).build(DbBackend::Sqlite)).await;
    assert!(steps.contains("holdings_of_team (team_key=? AND leased_at>? AND leased_at<?)"), "{steps}");
}

#[tokio::test]
async fn what_is_routed_anew_is_read_in_order_of_age_from_an_index_whichever_page() {
    let db = sqlite::<Migrator>(NAME).await;
    let after = Some(Key { at: DateTime::UNIX_EPOCH, id: Uuid::from_u128(1) });
    let select = assignments::rerouteable_of(&Wanted::default(), after, 100);
    let steps = plan(&db.db, select.build(DbBackend::Sqlite)).await;
    assert!(steps.contains("assignments_by_state (state") && steps.contains("queued_at>?"), "{steps}");
    assert!(!steps.contains("TEMP B-TREE"), "{steps}");
    let of_team = Wanted { team_key: Some("second-line".into()), ..Wanted::default() };
    let select = assignments::rerouteable_of(&of_team, after, 100);
    let steps = plan(&db.db, select.build(DbBackend::Sqlite)).await;
    assert!(steps.contains("SEARCH") && !steps.contains("SCAN"), "{steps}");
}
