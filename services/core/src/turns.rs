//! Whose turn it is: a row that one of several replicas holds for a while, by compare-and-set. Decides who works, not
//! whether the work is right: everything done in a turn is safe to do twice.

use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::db::Db;
use crate::error::Error;
use crate::{clock, id};

/// How long a turn lasts without being taken again.
const LENGTH: Duration = Duration::from_secs(5);

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
}

impl Turn {
    /// Names the turn; it is not held yet.
    pub fn new(db: &Db, name: &str) -> Self {
        Self { db: db.clone(), name: name.to_owned(), holder: id::new().to_string() }
    }

    /// Takes the turn, or keeps it; false while another holds it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn take(&self) -> Result<bool, Error> {
        let now = clock::wall();
        let mine_or_free =
            Condition::any().add(row::Column::Holder.eq(&*self.holder)).add(row::Column::Until.lt(now));
        let taken = row::Entity::update_many()
            .col_expr(row::Column::Holder, Expr::value(self.holder.clone()))
            .col_expr(row::Column::Until, Expr::value(now + LENGTH))
            .filter(row::Column::Name.eq(&*self.name))
            .filter(mine_or_free)
            .exec(self.db.reader())
            .await?;
        if taken.rows_affected > 0 {
            return Ok(true);
        }
        let first = row::ActiveModel {
            name: Set(self.name.clone()),
            holder: Set(self.holder.clone()),
            until: Set(now + LENGTH),
            note: Set(String::new()),
            version: Set(0),
        };
        let inserted = row::Entity::insert(first)
            .on_conflict(OnConflict::column(row::Column::Name).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(self.db.reader())
            .await?;
        Ok(matches!(inserted, sea_orm::TryInsertResult::Inserted(_)))
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
            .exec(self.db.reader())
            .await?;
        Ok(())
    }

    /// Gives the turn up, so that another need not wait for its end.
    pub async fn give_up(&self) {
        let freed = row::Entity::update_many()
            .col_expr(row::Column::Until, Expr::value(clock::wall()))
            .filter(row::Column::Name.eq(&*self.name))
            .filter(row::Column::Holder.eq(&*self.holder))
            .exec(self.db.reader())
            .await;
        if let Err(error) = freed {
            tracing::debug!(%error, turn = self.name, "the turn ends by itself");
        }
    }
}
