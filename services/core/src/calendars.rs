//! What a service makes of the calendars that the ticket service keeps (T11): the shipped ones, with what was made of them
//! at run time laid over. What was told last is one row of the service's own, so that it outlives a start and every
//! replica follows it.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use hotline_calendar::{Almanac, Calendars};
use hotline_proto::events::v1::CalendarsChanged;
use prost::Message;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, OnConflict, Table, TableCreateStatement};
use sea_orm::{ExprTrait, QuerySelect};
use sea_orm_migration::schema::{big_integer, blob, integer};
use tokio::time::sleep;

use crate::db::{Db, Tx};
use crate::error::{Error, chain};
use crate::server::Task;

/// How often a replica looks whether another has heard of calendars.
const LOOK: Duration = Duration::from_secs(1);

/// The one row.
const ROW: i32 = 1;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "calendars")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub revision: i64,
        /// The event that told of it, as it came.
        pub content: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Returns the table that a service needs which follows calendars.
pub fn table() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new("calendars"));
    table.col(integer("id").primary_key()).col(big_integer("revision")).col(blob("content"));
    table
}

/// What a service makes of calendars, as they are known.
pub struct Followed<T> {
    db: Db,
    almanac: Almanac,
    make: Make<T>,
    known: RwLock<Known<T>>,
}

type Make<T> = Box<dyn Fn(&Calendars) -> anyhow::Result<T> + Send + Sync>;

struct Known<T> {
    revision: i64,
    made: Arc<T>,
}

impl<T: Send + Sync + 'static> Followed<T> {
    /// Makes it of `almanac` and what the database knows.
    ///
    /// # Errors
    /// What `make` says; [`Error::Internal`] for a calendar there that can't be used; [`Error::Database`].
    pub async fn open(
        db: &Db,
        almanac: Almanac,
        make: impl Fn(&Calendars) -> anyhow::Result<T> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let told = get(db).await?;
        let made = Arc::new(make(&overlaid(almanac.clone(), &told)?)?);
        let known = RwLock::new(Known { revision: told.revision, made });
        Ok(Self { db: db.clone(), almanac, make: Box::new(make), known })
    }

    /// Returns what was made of the calendars as they are known now.
    ///
    /// # Panics
    /// Never: nothing panics while it is locked.
    pub fn get(&self) -> Arc<T> {
        self.known.read().expect("no writer panics").made.clone()
    }

    /// Takes over what the ticket service tells, unless something later is known; it counts once `tx` is committed.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Internal`] for calendars that this release can't use.
    pub async fn take_over(self: &Arc<Self>, tx: &Tx, told: &CalendarsChanged) -> Result<(), Error> {
        self.made_of(told)?;
        put(tx, told).await?;
        let followed = self.clone();
        tx.after_commit(async move { followed.try_to_refresh().await });
        Ok(())
    }

    /// Returns the task that follows what other replicas hear.
    pub fn follow(self: &Arc<Self>) -> Task {
        let followed = self.clone();
        Box::new(move |stop| {
            Box::pin(async move {
                let follow = async {
                    loop {
                        sleep(LOOK).await;
                        followed.try_to_refresh().await;
                    }
                };
                stop.run_until_cancelled(follow).await;
            })
        })
    }

    /// Makes it anew where others have heard of calendars; what can't be used leaves it as it was.
    async fn refresh(&self) -> Result<(), Error> {
        let newest = revision(&self.db).await?;
        if newest > self.known.read().expect("no writer panics").revision {
            let read = self.made_of(&get(&self.db).await?)?;
            let mut known = self.known.write().expect("no writer panics");
            if known.revision < read.revision {
                *known = read;
            }
        }
        Ok(())
    }

    async fn try_to_refresh(&self) {
        if let Err(error) = self.refresh().await {
            tracing::warn!(error = %chain(&error), "the calendars can't be read anew; those of before hold on");
        }
    }

    fn made_of(&self, told: &CalendarsChanged) -> Result<Known<T>, Error> {
        let made = (self.make)(&overlaid(self.almanac.clone(), told)?)?;
        Ok(Known { revision: told.revision, made: Arc::new(made) })
    }
}

async fn put(tx: &Tx, told: &CalendarsChanged) -> Result<(), Error> {
    let row =
        row::ActiveModel { id: Set(ROW), revision: Set(told.revision), content: Set(told.encode_to_vec()) };
    let newer = Expr::col((row::Entity, row::Column::Revision)).lt(told.revision);
    let mut take_over = OnConflict::column(row::Column::Id);
    take_over.update_columns([row::Column::Revision, row::Column::Content]).action_and_where(newer);
    row::Entity::insert(row).on_conflict(take_over).exec_without_returning(&**tx).await?;
    Ok(())
}

async fn revision(db: &Db) -> Result<i64, Error> {
    let row = row::Entity::find_by_id(ROW).select_only().column(row::Column::Revision);
    Ok(row.into_tuple().one(db.reader()).await?.unwrap_or_default())
}

async fn get(db: &Db) -> Result<CalendarsChanged, Error> {
    let row = row::Entity::find_by_id(ROW).one(db.reader()).await?;
    let Some(row) = row else { return Ok(CalendarsChanged::default()) };
    CalendarsChanged::decode(row.content.as_slice()).map_err(|error| Error::Internal(error.into()))
}

fn overlaid(mut almanac: Almanac, told: &CalendarsChanged) -> anyhow::Result<Calendars> {
    for file in &told.year_files {
        almanac.merge_year(&file.region, file.year, &file.content)?;
    }
    for edition in &told.calendars {
        almanac.add(serde_json::from_str(edition)?);
    }
    Ok(almanac.build()?)
}
