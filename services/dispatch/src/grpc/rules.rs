//! Routing rules (D2).

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_core::{etag, id, mask};
use hotline_proto::dispatch::v1::{
    CreateRoutingRuleRequest, DeleteRoutingRuleRequest, ListRoutingRulesRequest, ListRoutingRulesResponse,
    RoutingChange, RoutingHours, RoutingRule, UpdateRoutingRuleRequest,
};

use uuid::Uuid;

use super::aims;
use super::wire::{made_on, missing};
use crate::domain::routing::rank;
use crate::error::Error;
use crate::store::{Numbers, RuleRow, Targets, Texts, rules};
use crate::work::Work;

/// What can be changed of a rule.
const CHANGEABLE: &[&str] = &[
    "name",
    "position",
    "types",
    "category_codes",
    "priorities",
    "projects",
    "channels",
    "key_account",
    "team_key",
    "regions",
    "hours",
    "targets",
];

pub(super) async fn create(work: &Work, request: CreateRoutingRuleRequest) -> Result<RoutingRule, Error> {
    let given = request.rule.unwrap_or_default();
    if given.default {
        return Err(Error::DefaultRule);
    }
    let tx = work.db.begin().await?;
    rules::lock_all(&tx).await?;
    let fresh = RuleRow {
        id: id::new(),
        created_at: work.clock.now(),
        version: 1,
        ..changed(work, &tx, RuleRow::default(), given).await?
    };
    rules::insert(&tx, fresh.clone()).await?;
    work.recorded(&tx, RoutingChange::Created, named(&fresh), 0).await?;
    let reply = message(fresh);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(
    work: &Work,
    request: &ListRoutingRulesRequest,
) -> Result<ListRoutingRulesResponse, Error> {
    let page = Page::of(request)?.oldest_first();
    let (rows, next_page_token) = rules::list(work.db.reader(), &page).await?;
    Ok(ListRoutingRulesResponse { rules: rows.into_iter().map(message).collect(), next_page_token })
}

pub(super) async fn update(work: &Work, request: UpdateRoutingRuleRequest) -> Result<RoutingRule, Error> {
    let patch = request.rule.unwrap_or_default();
    let rule = id::parse(&patch.id, "rule.id")?;
    let tx = work.db.begin().await?;
    rules::lock_all(&tx).await?;
    let row = rules::lock(&tx, rule).await?;
    let row = row.ok_or_else(|| missing("routing rule", &patch.id))?;
    etag::check(made_on(&request.etag, &patch.etag), row.version)?;
    let merged = mask::apply(&message(row.clone()), &patch, request.update_mask.as_ref(), CHANGEABLE)?;
    let (version, position) = (row.version + 1, row.position);
    let next = RuleRow { version, ..changed(work, &tx, row, merged).await? };
    if next.is_default && (next.position != position || !next.conditions().is_empty()) {
        return Err(Error::DefaultRule);
    }
    rules::save(&tx, next.clone()).await?;
    work.recorded(&tx, RoutingChange::Updated, named(&next), 0).await?;
    let reply = message(next);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn delete(work: &Work, request: DeleteRoutingRuleRequest) -> Result<(), Error> {
    let rule = id::parse(&request.id, "id")?;
    let tx = work.db.begin().await?;
    rules::lock_all(&tx).await?;
    let row = rules::lock(&tx, rule).await?;
    let row = row.ok_or_else(|| missing("routing rule", &request.id))?;
    etag::check(&request.etag, row.version)?;
    if row.is_default {
        return Err(Error::DefaultRule);
    }
    rules::delete(&tx, rule).await?;
    work.recorded(&tx, RoutingChange::Deleted, named(&row), 0).await?;
    tx.commit_reply(&()).await?;
    Ok(())
}

fn named(row: &RuleRow) -> Option<(Uuid, String)> {
    Some((row.id, row.name.clone()))
}

async fn changed(work: &Work, tx: &Tx, row: RuleRow, rule: RoutingRule) -> Result<RuleRow, Error> {
    let targets = aims::of(tx, &row, &rule).await?;
    let hours = rule.hours.unwrap_or_default();
    if !hours.calendar.is_empty() && work.calendars.get().get(&hours.calendar).is_err() {
        let (en, zh) = ("names no calendar", "没有这个日历");
        return Err(Core::Field { field: "rule.hours.calendar", en, zh }.into());
    }
    Ok(RuleRow {
        name: rule.name,
        position: rule.position,
        rank: rank(rule.position, row.is_default),
        types: Numbers(rule.types),
        category_codes: Texts(rule.category_codes),
        priorities: Numbers(rule.priorities),
        projects: Texts(rule.projects),
        channels: Numbers(rule.channels),
        key_account: rule.key_account,
        regions: Texts(rule.regions),
        hours_calendar: hours.calendar,
        hours_within: hours.within.unwrap_or(true),
        team_key: targets.first().map(|target| target.team_key.clone()).unwrap_or_default(),
        targets: Targets(targets),
        ..row
    })
}

/// Returns a rule as a message.
pub(super) fn message(row: RuleRow) -> RoutingRule {
    let hours =
        row.hours().map(|hours| RoutingHours { calendar: hours.calendar, within: Some(hours.within) });
    let targets = row.targets().into_iter().map(aims::message).collect();
    RoutingRule {
        id: row.id.to_string(),
        name: row.name,
        position: row.position,
        types: row.types.0,
        category_codes: row.category_codes.0,
        priorities: row.priorities.0,
        projects: row.projects.0,
        channels: row.channels.0,
        key_account: row.key_account,
        regions: row.regions.0,
        hours,
        targets,
        team_key: row.team_key,
        default: row.is_default,
        hits: row.hits,
        created_at: Some(to_proto(row.created_at)),
        etag: etag::of(row.version),
    }
}
