//! Whose turn it is: a row that one of several replicas holds for a while, by compare-and-set. Decides who works, not
//! whether the work is right: everything done in a turn is safe to do twice.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::db::{Db, insert_new};
use crate::error::Error;
use crate::id;

/// How long a turn lasts without being taken again.
const LENGTH: Duration = Duration::from_secs(5);
/// How long a holder goes on without asking the database again.
const SURE: Duration = Duration::from_secs(2);

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "turns")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub holder: String,
        pub until: DateTimeUtc,
        pub note: String,
        pub version: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A turn that this process tries to hold.
#[derive(Debug)]
pub struct Turn {
    db: Db,
    name: String,
    holder: String,
    taken: Mutex<Option<Instant>>,
}

impl Turn {
    /// Names the turn; it is not held yet.
    pub fn new(db: &Db, name: &str) -> Self {
        let holder = id::new().to_string();
        Self { db: db.clone(), name: name.to_owned(), holder, taken: Mutex::default() }
    }

    /// Takes the turn, or keeps it; false while another holds it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn take(&self) -> Result<bool, Error> {
        if self.taken().is_some_and(|taken| taken.elapsed() < SURE) {
            return Ok(true);
        }
        // Before the database looks at its own clock: the turn ends no earlier than this process believes.
        let asked = Instant::now();
        self.believe(None);
        let mine = self.compare_and_set().await?;
        self.believe(mine.then_some(asked));
        Ok(mine)
    }

    async fn compare_and_set(&self) -> Result<bool, Error> {
        let now = self.db.now().await?;
        let Some(row) = row::Entity::find_by_id(self.name.clone()).one(self.db.reader()).await? else {
            return self.insert(now + LENGTH).await;
        };
        if row.holder != self.holder && row.until > now {
            return Ok(false);
        }
        let taken = row::Entity::update_many()
            .col_expr(row::Column::Holder, Expr::value(self.holder.clone()))
            .col_expr(row::Column::Until, Expr::value(now + LENGTH))
            .col_expr(row::Column::Version, Expr::value(row.version + 1))
            .filter(row::Column::Name.eq(&*self.name))
            .filter(row::Column::Version.eq(row.version))
            .exec(&*self.db.writer().await)
            .await?;
        Ok(taken.rows_affected == 1)
    }

    async fn insert(&self, until: DateTime<Utc>) -> Result<bool, Error> {
        let first = row::ActiveModel {
            name: Set(self.name.clone()),
            holder: Set(self.holder.clone()),
            until: Set(until),
            note: Set(String::new()),
            version: Set(0),
        };
        let once = &mut OnConflict::column(row::Column::Name);
        insert_new(&*self.db.writer().await, first, once.do_nothing()).await
    }

    /// Returns what the holder wrote down last.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn note(&self) -> Result<Option<String>, Error> {
        let row = row::Entity::find_by_id(self.name.clone()).one(self.db.reader()).await?;
        Ok(row.map(|row| row.note).filter(|note| !note.is_empty()))
    }

    /// Writes something down for whoever holds the turn next.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn write_note(&self, note: &str) -> Result<(), Error> {
        row::Entity::update_many()
            .col_expr(row::Column::Note, Expr::value(note))
            .filter(row::Column::Name.eq(&*self.name))
            .exec(&*self.db.writer().await)
            .await?;
        Ok(())
    }

    /// Gives the turn up, so that another need not wait for its end.
    pub async fn give_up(&self) {
        self.believe(None);
        if let Err(error) = self.free().await {
            tracing::debug!(%error, turn = self.name, "the turn ends by itself");
        }
    }

    async fn free(&self) -> Result<(), Error> {
        row::Entity::update_many()
            .col_expr(row::Column::Until, Expr::value(self.db.now().await?))
            .filter(row::Column::Name.eq(&*self.name))
            .filter(row::Column::Holder.eq(&*self.holder))
            .exec(&*self.db.writer().await)
            .await?;
        Ok(())
    }

    fn taken(&self) -> Option<Instant> {
        *self.taken.lock().expect("nothing panics while it is locked")
    }

    fn believe(&self, taken: Option<Instant>) {
        *self.taken.lock().expect("nothing panics while it is locked") = taken;
    }
}
