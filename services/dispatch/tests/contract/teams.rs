//! What others are told of teams.

use futures::future::join;
use hotline_core::id;
use hotline_core::testing::{TestDb, databases};
use hotline_dispatch::{Migrator, NAME};
use hotline_proto::dispatch::v1::{CreateTeamRequest, GetTeamRequest, Team, TeamKind, UpdateTeamRequest};
use hotline_proto::events::v1::TeamChanged;
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::Status;

use crate::harness::calls::inner;
use crate::harness::{Desk, OTHER, START, TEAM, admin, desks, replica};

/// The tables as they were while nobody wanted to hear of teams.
struct Before;

impl MigratorTrait for Before {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let all = Migrator::migrations().into_iter();
        all.take_while(|migration| migration.name() != "m0003_announcements").collect()
    }
}

/// A database with a team from before, brought up to date.
async fn upgraded(mut database: TestDb) -> TestDb {
    let sql = "INSERT INTO teams (id, key, name_zh, name_en, kind, skills, regions, calendar, capacity, \
               created_at, version) VALUES ($1, 'day-shift', '', '', 2, '[]', '[]', 'office', 0, $2, 1)";
    let team = Statement::from_sql_and_values(database.db.backend(), sql, [id::new().into(), START.into()]);
    database.db.reader().execute_raw(team).await.expect("the team is there");
    database.db = database.open::<Migrator>(NAME).await;
    database
}

async fn change(desk: &Desk, team: Team, paths: &[&str]) -> Result<Team, Status> {
    let paths = paths.iter().map(|path| (*path).into()).collect();
    let request =
        UpdateTeamRequest { team: Some(team), update_mask: Some(FieldMask { paths }), etag: String::new() };
    inner(admin().scope(desk.client.clone().update_team(request)).await)
}

/// Returns which team was told to work by which calendar, in the order it was told.
async fn told(desk: &Desk) -> Vec<(String, String)> {
    let events = desk.outbox::<TeamChanged>().await;
    events.into_iter().map(|event| (event.team_key, event.calendar)).collect()
}

fn pair(team: &str, calendar: &str) -> (String, String) {
    (team.into(), calendar.into())
}

#[tokio::test]
async fn of_a_team_that_is_made_others_are_told() {
    for desk in desks().await {
        assert_eq!(told(&desk).await, [pair("first-line", ""), pair(TEAM, ""), pair(OTHER, "")]);
        let nights = Team {
            key: "nights".into(),
            kind: TeamKind::Expert.into(),
            calendar: "always".into(),
            ..Team::default()
        };
        let mut client = desk.client.clone();
        let mut create = async || {
            let request = CreateTeamRequest { team: Some(nights.clone()) };
            admin().scope(client.create_team(request)).await
        };
        create().await.expect("is made");
        create().await.expect_err("is there already");
        assert_eq!(told(&desk).await[3..], [pair("nights", "always")]);
    }
}

#[tokio::test]
async fn of_a_teams_other_calendar_others_are_told_and_of_no_other_change() {
    for desk in desks().await {
        let team = Team { id: TEAM.into(), calendar: "office".into(), capacity: 3, ..Team::default() };
        change(&desk, team.clone(), &["capacity"]).await.expect("changes");
        assert_eq!(told(&desk).await.len(), 3);
        change(&desk, team.clone(), &["calendar"]).await.expect("changes");
        change(&desk, team, &["calendar", "capacity"]).await.expect("it is so already");
        assert_eq!(told(&desk).await[3..], [pair(TEAM, "office")]);
    }
}

#[tokio::test]
async fn what_is_told_of_a_team_has_the_teams_id_as_its_subject() {
    for desk in desks().await {
        let team = Team { id: TEAM.into(), calendar: "office".into(), ..Team::default() };
        change(&desk, team, &["calendar"]).await.expect("changes");
        let get = GetTeamRequest { id: TEAM.into() };
        let team = inner(admin().scope(desk.client.clone().get_team(get)).await).expect("there");
        let sql = "SELECT name FROM outbox WHERE subject = $1";
        let query = Statement::from_sql_and_values(desk.db.backend(), sql, [team.id.into()]);
        assert_eq!(desk.db.reader().query_all_raw(query).await.expect("reads").len(), 2);
    }
}

#[tokio::test]
async fn of_a_team_from_before_others_are_told_once_however_many_processes_start() {
    for database in databases::<Before>(NAME).await {
        let database = upgraded(database).await;
        let db = database.db.clone();
        join(replica(&db), replica(&db)).await;
        let desk = Desk::start(database).await;
        let mut told = told(&desk).await;
        told.sort();
        assert_eq!(told, [pair("day-shift", "office"), pair("first-line", "")]);
    }
}
