//! What there always is: a default rule and the team it names.

use chrono::{DateTime, Utc};
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::id;
use hotline_proto::dispatch::v1::TeamKind;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::entity::rule::{Column, Entity};
use super::{RuleRow, TeamRow, Texts, teams};
use crate::domain::routing::rank;
use crate::domain::team::FIRST_LINE;

/// Makes the first line and the default rule to it, where there is no default rule.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn prepare(db: &Db, now: DateTime<Utc>) -> Result<(), Error> {
    let tx = db.begin().await?;
    let has_default = Entity::find().filter(Column::IsDefault.eq(true)).count(&*tx).await? > 0;
    if has_default {
        return Ok(());
    }
    // False where the team is there already, which is as good.
    teams::insert(&tx, first_line(now)).await?;
    insert_once(&tx, default_rule(now)).await?;
    tx.commit().await
}

/// Of two processes that start together the second finds the rule made.
async fn insert_once(tx: &Tx, rule: RuleRow) -> Result<(), Error> {
    Entity::insert(rule.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

fn first_line(now: DateTime<Utc>) -> TeamRow {
    TeamRow {
        id: id::new(),
        key: FIRST_LINE.into(),
        name_zh: "一线客服".into(),
        name_en: "First line".into(),
        kind: TeamKind::FirstLine.into(),
        skills: Texts::default(),
        regions: Texts::default(),
        calendar: String::new(),
        capacity: 0,
        created_at: now,
        version: 1,
        // With the others that nobody was told of, right after it was made.
        announced: false,
        ..TeamRow::default()
    }
}

fn default_rule(now: DateTime<Utc>) -> RuleRow {
    RuleRow {
        id: id::new(),
        name: "默认".into(),
        position: 0,
        rank: rank(0, true),
        team_key: FIRST_LINE.into(),
        is_default: true,
        hits: 0,
        created_at: now,
        version: 1,
        ..RuleRow::default()
    }
}
