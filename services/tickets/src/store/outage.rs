//! The tables of outage notices: what they say, and whom they concern.

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::etag;
use hotline_core::page::{Key, Page};
use hotline_proto::tickets::v1::{ListOutagesRequest, OutageState};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{IntoActiveModel, QuerySelect, QueryTrait};

use crate::domain::catalogue::{Catalogue, lineage};
use crate::domain::outage::{Notice, Outage};
use crate::error::Error;
use crate::store::parts::Texts;
use crate::store::{Store, row};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: i32,
    pub(crate) state: i32,
    pub(crate) title: String,
    pub(crate) cause: String,
    pub(crate) progress: String,
    pub(crate) resolution: String,
    pub(crate) category_codes: Texts,
    pub(crate) projects: Texts,
    pub(crate) begins_at: DateTimeUtc,
    pub(crate) expected_recovery_at: Option<DateTimeUtc>,
    pub(crate) recovered_at: Option<DateTimeUtc>,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whom notices concern, a row for each value; [`EVERY`] is everybody.
mod scope {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outage_scopes")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) outage_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) dimension: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) value: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const PROJECT: i32 = 1;
const CATEGORY: i32 = 2;
const EVERY: &str = "";
const OPEN: i32 = OutageState::Open as i32;

impl Store {
    /// Returns a notice.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn outage(&self, id: Uuid) -> Result<Outage, Error> {
        found(Entity::find_by_id(id).one(self.db.reader()).await?, id)
    }

    /// Returns a page of notices, newest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::PageToken`].
    pub(crate) async fn outages(&self, request: &ListOutagesRequest) -> Result<(Vec<Outage>, String), Error> {
        let page = Page::of(request)?;
        let only_open = !request.state.is_empty() && request.state.iter().all(|state| *state == OPEN);
        if only_open && !self.any_outage().await? {
            return Ok((Vec::new(), String::new()));
        }
        let catalogue = self.catalogue().await?;
        let select = page.apply(select(request, &catalogue), Column::CreatedAt, Column::Id);
        let rows = select.all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.created_at, id: row.id });
        let outages: Result<_, _> = rows.into_iter().map(domain).collect();
        Ok((outages?, next))
    }

    /// Puts a new notice in; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn publish(&self, outage: &Outage) -> Result<Tx, Error> {
        let tx = self.db.begin().await?;
        tx.later(Entity::insert(active(outage)).into_query());
        tx.later(scope::Entity::insert_many(scopes(outage)).into_query());
        let any = self.any_outage.clone();
        tx.after_commit(async move { any.invalidate(&()).await });
        Ok(tx)
    }

    /// Tells whether any outage is open, as it is or was a moment ago: seldom is one, and every screen asks.
    async fn any_outage(&self) -> Result<bool, Error> {
        if let Some(any) = self.any_outage.get(&()).await {
            return Ok(any);
        }
        let open = Entity::find().select_only().column(Column::Id).filter(Column::State.eq(OPEN)).limit(1);
        let any = open.into_tuple::<Uuid>().one(self.db.reader()).await?.is_some();
        self.any_outage.insert((), any).await;
        Ok(any)
    }

    /// Changes a notice by one command; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Stale`], or whatever `decide` refuses; then nothing has changed.
    pub(crate) async fn change_outage(
        &self,
        id: Uuid,
        given_etag: &str,
        decide: impl FnOnce(&mut Outage) -> Result<(), Error> + Send,
    ) -> Result<(Tx, Outage), Error> {
        let tx = self.db.begin().await?;
        let row = Entity::find_by_id(id).lock_exclusive().one(&*tx).await?;
        let before = found(row, id)?;
        etag::check(given_etag, before.version)?;
        let mut outage = before.clone();
        decide(&mut outage)?;
        let update = Entity::update_many().set(active(&outage)).filter(Column::Id.eq(id));
        tx.later(update.into_query());
        if scopes(&outage) != scopes(&before) {
            scope::Entity::delete_many().filter(scope::Column::OutageId.eq(id)).exec(&*tx).await?;
            tx.later(scope::Entity::insert_many(scopes(&outage)).into_query());
        }
        Ok((tx, outage))
    }
}

/// Selects what the request asks for.
fn select(request: &ListOutagesRequest, catalogue: &Catalogue) -> Select<Entity> {
    let mut select = Entity::find();
    if !request.state.is_empty() {
        select = select.filter(Column::State.is_in(request.state.iter().copied()));
    }
    if request.every_project {
        select = select.filter(concerns(PROJECT, [EVERY]));
    }
    if !request.project.is_empty() {
        select = select.filter(concerns(PROJECT, [EVERY, &request.project]));
    }
    if !request.category_code.is_empty() {
        // A notice for a category concerns those below it.
        let above = lineage(&request.category_code).filter(|code| catalogue.get(code).is_some());
        let values = [EVERY, &request.category_code].into_iter().chain(above);
        select = select.filter(concerns(CATEGORY, values));
    }
    select
}

fn concerns<'a>(dimension: i32, values: impl IntoIterator<Item = &'a str>) -> Expr {
    let scope = Query::select()
        .expr(Expr::val(1))
        .from(scope::Entity)
        .and_where(Expr::col((scope::Entity, scope::Column::OutageId)).equals((Entity, Column::Id)))
        .and_where(scope::Column::Dimension.eq(dimension))
        .and_where(scope::Column::Value.is_in(values))
        .to_owned();
    Expr::exists(scope)
}

fn scopes(outage: &Outage) -> Vec<scope::ActiveModel> {
    let Notice { projects, category_codes, .. } = &outage.notice;
    let mut rows = Vec::new();
    for (dimension, values) in [(PROJECT, projects), (CATEGORY, category_codes)] {
        let every = values.is_empty().then_some(EVERY);
        let values = values.iter().map(String::as_str).chain(every);
        rows.extend(values.map(|value| {
            let row = scope::Model { outage_id: outage.id, dimension, value: value.to_owned() };
            row.into_active_model()
        }));
    }
    rows
}

fn active(outage: &Outage) -> ActiveModel {
    let notice = &outage.notice;
    let row = Model {
        id: outage.id,
        kind: notice.kind as i32,
        state: outage.state() as i32,
        title: notice.title.clone(),
        cause: notice.cause.clone(),
        progress: notice.progress.clone(),
        resolution: outage.resolution.clone(),
        category_codes: Texts(notice.category_codes.clone()),
        projects: Texts(notice.projects.clone()),
        begins_at: notice.begins_at,
        expected_recovery_at: notice.expected_recovery_at,
        recovered_at: outage.recovered_at,
        created_by: outage.created_by.clone(),
        created_at: outage.created_at,
        updated_at: outage.updated_at,
        version: outage.version,
    };
    row.into_active_model().reset_all()
}

fn found(row: Option<Model>, id: Uuid) -> Result<Outage, Error> {
    domain(row.ok_or_else(|| Core::NotFound { what: "outage", id: id.to_string() })?)
}

fn domain(row: Model) -> Result<Outage, Error> {
    Ok(Outage {
        id: row.id,
        notice: Notice {
            kind: row::enumeration(row.kind)?,
            title: row.title,
            cause: row.cause,
            progress: row.progress,
            category_codes: row.category_codes.0,
            projects: row.projects.0,
            begins_at: row.begins_at,
            expected_recovery_at: row.expected_recovery_at,
        },
        recovered_at: row.recovered_at,
        resolution: row.resolution,
        created_by: row.created_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn what_the_screen_asks_for_reads_the_open_notices_and_nothing_else() {
        let test = sqlite::<Migrator>(NAME).await;
        let request = ListOutagesRequest {
            state: vec![OPEN],
            project: "阳光花园".into(),
            ..ListOutagesRequest::default()
        };
        let page = Page::of(&request).expect("a first page");
        let select = page.apply(select(&request, &Catalogue::default()), Column::CreatedAt, Column::Id);
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("outages_by_state"), "{plan}");
        assert!(plan.contains("SEARCH outage_scopes") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
