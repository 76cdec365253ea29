//! What is asked of the tables of people, rosters and partners is answered from an index, however much they keep.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use hotline_core::db::Db;
use hotline_core::page::Page;
use hotline_core::testing::{plan, sqlite};
use hotline_proto::dispatch::v1::{ListRostersRequest, RosterState};
use sea_orm::{DbBackend, EntityTrait, QueryFilter, QueryTrait, Statement};
use uuid::Uuid;

use super::entity::presence_stay;
use super::{disclosures, duty, links, rosters, stays, webhooks};
use crate::domain::access::Sight;
use crate::{Migrator, NAME};

const TEAM: &str = "first-line";

fn first_page() -> Page {
    Page::of(&ListRostersRequest::default()).expect("a first page")
}

fn sql(query: &impl QueryTrait) -> Statement {
    query.build(DbBackend::Sqlite)
}

/// Expects that each is read from an index, in its order.
async fn in_order(db: &Db, cases: impl IntoIterator<Item = (Statement, &str)>) {
    for (statement, index) in cases {
        let steps = plan(db, statement).await;
        assert!(steps.contains(index) && !steps.contains("TEMP B-TREE"), "{index}: {steps}");
    }
}

#[tokio::test]
async fn rosters_are_listed_in_order_and_found_by_their_dates() {
    let db = sqlite::<Migrator>(NAME).await;
    let (page, date) = (first_page(), NaiveDate::default());
    let (any, own) = (Sight::All, Sight::Teams([TEAM.to_owned()].into()));
    let cases = [
        (sql(&rosters::listed(("", &any), RosterState::Unspecified, &page)), "rosters_by_age"),
        (sql(&rosters::listed((TEAM, &any), RosterState::Published, &page)), "rosters_of_team"),
        (sql(&rosters::listed(("", &own), RosterState::Draft, &page)), "rosters_of_team"),
        (sql(&rosters::before(TEAM, date)), "rosters_of_team_by_date"),
        (sql(&rosters::last_of(TEAM)), "rosters_of_team_by_date"),
    ];
    in_order(&db.db, cases).await;
}

#[tokio::test]
async fn what_is_agreed_for_some_dates_does_not_read_what_is_over() {
    let db = sqlite::<Migrator>(NAME).await;
    let (date, at) = (NaiveDate::default(), NaiveDateTime::default());
    let cases = [
        (sql(&duty::rosters((date, date))), "rosters_by_end"),
        (sql(&duty::overrides((at, at))), "duty_overrides_by_end"),
        (sql(&duty::swaps((at, at))), "shift_swaps_by_end"),
        (sql(&duty::leaves((at, at))), "leaves_by_end"),
    ];
    in_order(&db.db, cases).await;
}

#[tokio::test]
async fn stays_are_found_by_person_and_the_one_that_lasts_alone() {
    let db = sqlite::<Migrator>(NAME).await;
    let (one, at) = (["ann".to_owned()], DateTime::<Utc>::UNIX_EPOCH);
    let lasting = presence_stay::Entity::find().filter(stays::lasts("ann"));
    let cases = [
        (sql(&stays::listed(&one, &first_page())), "presence_stays_of_person"),
        (sql(&stays::reaching(&one, (at, at))), "presence_stays_of_person"),
        (sql(&lasting), "presence_stays_that_last"),
    ];
    in_order(&db.db, cases).await;
}

#[tokio::test]
async fn links_disclosures_and_webhooks_are_listed_in_order() {
    let db = sqlite::<Migrator>(NAME).await;
    let (page, id) = (first_page(), Uuid::from_u128(1));
    let all = disclosures::Filter::default();
    let of_ticket = disclosures::Filter { ticket_id: Some(id), ..all.clone() };
    let to_team = disclosures::Filter { team_key: TEAM.into(), ..all.clone() };
    let to_person = disclosures::Filter { subject: "ann".into(), ..all.clone() };
    let cases = [
        (sql(&links::newest(id)), "partner_links_of_assignment"),
        (sql(&links::listed(id, &page)), "partner_links_of_assignment"),
        (sql(&disclosures::listed(&all, &page)), "disclosures_by_age"),
        (sql(&disclosures::listed(&of_ticket, &page)), "disclosures_of_ticket"),
        (sql(&disclosures::listed(&to_team, &page)), "disclosures_to_team"),
        (sql(&disclosures::listed(&to_person, &page)), "disclosures_to_person"),
        (sql(&webhooks::listed(&page, "", &Sight::All)), "webhooks_by_age"),
        (sql(&webhooks::listed(&page, TEAM, &Sight::All)), "webhooks_of_team"),
    ];
    in_order(&db.db, cases).await;
}
