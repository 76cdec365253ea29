//! Lists over a real table: nothing skipped, nothing twice, whatever is added meanwhile.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::db::Db;
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::page::{Key, MAX_SIZE, Page};
use hotline_core::testing::{databases, plan};
use hotline_proto::callbacks::v1::ListCallbacksRequest;
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, QueryTrait};
use uuid::Uuid;

use crate::toys::{Migrator, moment};

async fn add(db: &Db, times: impl IntoIterator<Item = DateTime<Utc>>) -> Vec<Uuid> {
    let rows: Vec<_> = times.into_iter().map(|at| (id::new(), at)).collect();
    let models = rows.iter().map(|(id, at)| moment::ActiveModel { id: Set(*id), at: Set(*at) });
    moment::Entity::insert_many(models).exec_without_returning(db.reader()).await.unwrap();
    rows.into_iter().map(|(id, _)| id).collect()
}

async fn page(db: &Db, size: i32, token: &str, oldest_first: bool) -> Result<(Vec<Uuid>, String), Error> {
    let request =
        ListCallbacksRequest { page_size: size, page_token: token.to_owned(), ..Default::default() };
    let page = Page::of(&request)?;
    let page = if oldest_first { page.oldest_first() } else { page };
    let select = page.apply(moment::Entity::find(), moment::Column::At, moment::Column::Id);
    let rows = select.all(db.reader()).await?;
    let (rows, next) = page.finish(rows, |row| Key { at: row.at, id: row.id });
    Ok((rows.into_iter().map(|row| row.id).collect(), next))
}

fn noon() -> DateTime<Utc> {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn no_row_of_a_thousand_with_the_same_time_is_skipped_or_repeated() {
    for test in databases::<Migrator>("pages").await {
        for oldest_first in [false, true] {
            let mut there = add(&test.db, vec![noon(); 500]).await;
            there
                .extend(moment::Entity::find().all(test.db.reader()).await.unwrap().iter().map(|row| row.id));
            let there: BTreeSet<Uuid> = there.into_iter().collect();
            let (mut seen, mut token) = (Vec::new(), String::new());
            loop {
                let (ids, next) = page(&test.db, 37, &token, oldest_first).await.unwrap();
                seen.extend(ids);
                if next.is_empty() {
                    break;
                }
                token = next;
                let around = [-1, 0, 1].map(|micros| noon() + TimeDelta::microseconds(micros));
                add(&test.db, around).await;
            }
            let once: BTreeSet<Uuid> = seen.iter().copied().collect();
            assert_eq!(once.len(), seen.len(), "no row comes twice");
            assert!(once.is_superset(&there), "no row that was there all along is left out");
        }
    }
}

#[tokio::test]
async fn pages_come_in_the_order_of_time_to_the_microsecond() {
    for test in databases::<Migrator>("pages").await {
        let offsets = [0, 1, 999, 1000, 1001, 100_000, 999_999, 1_000_000];
        let mut ids = add(&test.db, offsets.map(|micros| noon() + TimeDelta::microseconds(micros))).await;
        for oldest_first in [true, false] {
            let (mut seen, mut token) = (Vec::new(), String::new());
            for last in (0..ids.len()).map(|place| place + 1 == ids.len()) {
                let (one, next) = page(&test.db, 1, &token, oldest_first).await.unwrap();
                assert_eq!((one.len(), next.is_empty()), (1, last));
                seen.extend(one);
                token = next;
            }
            assert_eq!(seen, ids);
            ids.reverse();
        }
    }
}

#[tokio::test]
async fn a_page_holds_500_rows_at_most_and_50_unless_told() {
    for test in databases::<Migrator>("pages").await {
        add(&test.db, vec![noon(); 600]).await;
        assert_eq!(page(&test.db, 0, "", false).await.unwrap().0.len(), 50);
        assert_eq!(page(&test.db, 1_000_000, "", false).await.unwrap().0.len() as u64, MAX_SIZE);
        assert!(matches!(page(&test.db, 1, "forged", false).await, Err(Error::PageToken)));
    }
}

#[tokio::test]
async fn a_page_far_down_the_list_is_found_by_the_index() {
    for test in databases::<Migrator>("pages").await {
        if test.db.backend() != sea_orm::DbBackend::Sqlite {
            // PostgreSQL plans by what is in the table; a small one it reads whole.
            continue;
        }
        add(&test.db, vec![noon(); 3]).await;
        let (_, token) = page(&test.db, 1, "", false).await.unwrap();
        let request = ListCallbacksRequest { page_token: token, ..Default::default() };
        let select =
            Page::of(&request).unwrap().apply(moment::Entity::find(), moment::Column::At, moment::Column::Id);
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("moments_in_order") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
