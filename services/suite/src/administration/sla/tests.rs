//! Commands on a folder in which tickets were registered long ago and what was due has not happened yet.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_core::clock::Clock;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_core::upstream::Upstreams;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{CreateCustomerRequest, Customer};
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{CreateTicketRequest, RetireSlaPolicyRequest, SimulateSlaRequest};
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;

use super::super::{answer, with_services};
use super::{Policies, Promises, simulate};
use crate::config::Config;
use crate::roles::Role;
use crate::suite::Suite;
use crate::tools;

/// When the tickets were registered.
fn then() -> DateTime<Utc> {
    "2025-03-03T09:00:00+08:00".parse().expect("a time")
}

/// Returns a folder with two tickets, which ends with the value, and settings that name it.
async fn folder() -> (TempDir, Config) {
    let folder = tempfile::tempdir().expect("a temp folder");
    let mut config = Config::default();
    config.storage.data_dir = folder.path().to_owned();
    tools::migrate_quietly(&config).await.expect("migrates");
    let built = Suite::without_background(config.clone(), &Role::here(&config), Clock::manual(then())).await;
    let suite = built.expect("is built");
    Caller::service("desk").scope(register(&suite.upstreams())).await;
    suite.stop().await;
    (folder, config)
}

async fn register(upstreams: &Upstreams) {
    let mut customers = CustomerServiceClient::new(upstreams.get(Role::Customers.name()));
    let customer =
        Customer { name: "王芳".into(), phones: vec!["13800138000".into()], ..Customer::default() };
    let request = CreateCustomerRequest { customer: Some(customer) };
    let customer = answer(customers.create_customer(request).await).expect("is made");
    let mut tickets = TicketServiceClient::new(upstreams.get(Role::Tickets.name()));
    for subject in ["宽带无法上网", "光猫红灯"] {
        let ticket = CreateTicketRequest {
            category_code: "repair.private".into(),
            channel: Channel::Phone as i32,
            customer_id: customer.id.clone(),
            subject: subject.into(),
            description: "如来电所述".into(),
            project: "曲江一期".into(),
            fields: [("room".to_owned(), "3-1502".to_owned())].into(),
            ..CreateTicketRequest::default()
        };
        answer(tickets.create_ticket(ticket).await).expect("is registered");
    }
}

/// Returns the simulation of a day on which one policy is not there.
fn simulation() -> SimulateSlaRequest {
    SimulateSlaRequest {
        from: Some(to_proto(then())),
        to: Some(to_proto(then() + TimeDelta::days(1))),
        without_policies: vec!["medium".into()],
        ..SimulateSlaRequest::default()
    }
}

/// Returns what the tickets have due, by kind, subject and time.
async fn due(config: &Config) -> Vec<(String, String, DateTime<Utc>)> {
    let db = tools::open(config, Role::Tickets).await.expect("opens");
    let query = "SELECT kind, subject, due_at FROM deadlines ORDER BY kind, subject";
    let rows = db.reader().query_all_raw(Statement::from_string(db.backend(), query)).await.expect("reads");
    let rows = rows.iter().map(|row| {
        Ok::<_, sea_orm::DbErr>((
            row.try_get("", "kind")?,
            row.try_get("", "subject")?,
            row.try_get("", "due_at")?,
        ))
    });
    rows.collect::<Result<_, _>>().expect("holds what is due")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_goes_on_over_its_pages() {
    let (_folder, config) = folder().await;
    let simulated = async |upstreams: Upstreams| {
        let mut promises = Promises::new(upstreams.get(Role::Tickets.name()));
        let sums = simulate(&mut promises, SimulateSlaRequest { page_size: 1, ..simulation() }).await?;
        assert_eq!(sums.tickets, 2);
        Ok(())
    };
    with_services(config, simulated).await.expect("is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_due_happens_by_a_command() {
    let (_folder, config) = folder().await;
    let before = due(&config).await;
    assert!(before.iter().any(|(_, _, at)| *at < hotline_core::clock::wall()), "{before:?}");
    // Long enough for a sweeper to come round.
    let simulated = async |upstreams: Upstreams| {
        let mut promises = Promises::new(upstreams.get(Role::Tickets.name()));
        for _ in 0..20 {
            simulate(&mut promises, simulation()).await?;
        }
        Ok(())
    };
    with_services(config.clone(), simulated).await.expect("is told");
    assert_eq!(due(&config).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_holds_from_the_time_of_a_clock_that_was_moved_by_hand() {
    let (folder, config) = folder().await;
    let moved = then() + TimeDelta::hours(2);
    std::fs::write(folder.path().join("clock"), moved.to_rfc3339()).expect("writes");
    let retired = async |upstreams: Upstreams| {
        let mut policies = Policies::new(upstreams.get(Role::Tickets.name()));
        let request = RetireSlaPolicyRequest { key: "medium".into(), ..RetireSlaPolicyRequest::default() };
        let retired = answer(policies.retire_sla_policy(request).await)?;
        assert_eq!(retired.effective_from, to_proto_optional(Some(moved)));
        Ok(())
    };
    with_services(config, retired).await.expect("is retired");
}
