//! The index of a replica beside others, over its own end, and lost.

use hotline_core::clock::Clock;
use hotline_proto::tickets::v1::CreateCommentRequest;
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_tickets::{Migrator, NAME};
use sea_orm::{ConnectionTrait, DbBackend};

use super::{Searched, on_each, query};
use crate::support::{Desk, agent, at, fault};

#[tokio::test]
async fn what_another_replica_writes_is_found_here() {
    on_each(|test, folder| async move {
        let (here, there) =
            (Searched::open(&test, folder.path()).await, Searched::open(&test, folder.path()).await);
        here.finds(query("漏水"), &[]).await;
        let ticket = there.create("漏水", "如来电所述").await;
        here.finds(query("漏水"), &[&ticket]).await;
        assert!(folder.path().join("replica-1").exists(), "each has an index of its own");
        here.close().await;
        there.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_index_outlives_its_process_and_catches_up_with_what_it_missed() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let kept = here.create("停电", "如来电所述").await;
        here.finds(query("停电"), &[&kept]).await;
        here.close().await;
        // Nobody is there to hear of this one.
        let silent = Desk::open(test.open::<Migrator>(NAME).await, Clock::manual(at("2026-03-02 10:00"))).await;
        let mut missed = fault();
        missed.subject = "停电".into();
        let missed = silent.create(missed).await;
        let quiet = "UPDATE tickets SET subject = '停气', version = version + 1 WHERE subject = '停电' AND created_at < ";
        let cut = match test.db.backend() {
            DbBackend::Postgres => "timestamptz '2026-03-02T01:30:00Z'",
            _ => "'2026-03-02T01:30'",
        };
        test.db.reader().execute_unprepared(&format!("{quiet}{cut}")).await.expect("changes a ticket behind our back");
        let here = Searched::open(&test, folder.path()).await;
        here.finds(query("停电"), &[&missed]).await;
        here.finds(query("停气"), &[&kept]).await;
        assert!(!folder.path().join("replica-1").exists(), "it is the index of before");
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_index_that_is_lost_or_can_not_be_read_is_made_anew() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let ticket = here.create("停电", "如来电所述").await;
        here.finds(query("停电"), &[&ticket]).await;
        here.close().await;
        std::fs::remove_dir_all(folder.path()).expect("is removed");
        let here = Searched::open(&test, folder.path()).await;
        here.finds(query("停电"), &[&ticket]).await;
        here.close().await;
        std::fs::write(folder.path().join("replica-0/index/meta.json"), "spoilt").expect("is written");
        let here = Searched::open(&test, folder.path()).await;
        here.finds(query("停电"), &[&ticket]).await;
        here.close().await;
    })
    .await;
}

#[tokio::test]
async fn of_a_ticket_that_is_talked_about_without_end_the_newest_words_are_searched() {
    on_each(|test, folder| async move {
        let here = Searched::open(&test, folder.path()).await;
        let ticket = here.create("停水", "三栋停水").await;
        let says = async |word: &str| {
            let (ticket_id, text) = (ticket.id.clone(), format!("{word}来过电话"));
            let comment = CreateCommentRequest { ticket_id, text, ..CreateCommentRequest::default() };
            let mut matters = MatterServiceClient::new(here.desk.upstream.clone());
            agent().scope(matters.create_comment(comment)).await.expect("is legal");
        };
        says("清晨").await;
        here.finds(query("清晨"), &[&ticket]).await;
        for _ in 0..199 {
            says("中午").await;
        }
        says("傍晚").await;
        here.finds(query("傍晚"), &[&ticket]).await;
        here.finds(query("清晨"), &[]).await;
        here.finds(query("三栋 中午"), &[&ticket]).await;
        here.close().await;
    })
    .await;
}
