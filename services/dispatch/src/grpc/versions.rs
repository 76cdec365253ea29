//! Versions of the routing rules, and going back to one (D2).

use std::collections::HashMap;

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_proto::dispatch::v1::{
    GetRoutingVersionRequest, ListRoutingVersionsRequest, ListRoutingVersionsResponse,
    RestoreRoutingVersionRequest, RoutingChange, RoutingVersion,
};
use uuid::Uuid;

use super::rules::message;
use super::wire::missing;
use crate::error::Error;
use crate::store::{RuleRow, VersionRow, rules, versions};
use crate::work::Work;

pub(super) async fn list(
    work: &Work,
    request: &ListRoutingVersionsRequest,
) -> Result<ListRoutingVersionsResponse, Error> {
    let page = Page::of(request)?;
    let (rows, next_page_token) = versions::list(work.db.reader(), &page).await?;
    Ok(ListRoutingVersionsResponse { versions: rows.iter().map(head).collect(), next_page_token })
}

pub(super) async fn get(work: &Work, request: &GetRoutingVersionRequest) -> Result<RoutingVersion, Error> {
    let found = versions::find(work.db.reader(), request.version).await?;
    let found = found.ok_or_else(|| unknown(request.version))?;
    Ok(whole(found))
}

pub(super) async fn restore(
    work: &Work,
    request: &RestoreRoutingVersionRequest,
) -> Result<RoutingVersion, Error> {
    let tx = work.db.begin().await?;
    rules::lock_all(&tx).await?;
    let wanted = versions::find(&*tx, request.version).await?;
    let wanted = wanted.ok_or_else(|| unknown(request.version))?;
    let calendars = work.calendars.get();
    let mut asked = wanted.rules.0.iter().filter_map(RuleRow::hours);
    if asked.any(|hours| calendars.get(&hours.calendar).is_err()) {
        let (en, zh) =
            ("names a calendar in a rule that is no longer there", "其中的规则使用了已不存在的日历");
        return Err(Core::Field { field: "version", en, zh }.into());
    }
    put_back(&tx, &wanted).await?;
    let restored = work.recorded(&tx, RoutingChange::Restored, None, request.version).await?;
    let reply = whole(restored);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Makes the rules what they were. A rule that was gone and comes back has an etag that it never had before.
async fn put_back(tx: &Tx, wanted: &VersionRow) -> Result<(), Error> {
    let present = rules::all(&**tx).await?;
    let since = present.version - wanted.number + 1;
    let mut present: HashMap<Uuid, RuleRow> = present.rules.into_iter().map(|rule| (rule.id, rule)).collect();
    for row in wanted.rules.0.clone() {
        match present.remove(&row.id) {
            Some(now) => {
                let same = RuleRow { hits: now.hits, version: now.version, ..row };
                if same != now {
                    rules::save(tx, RuleRow { version: now.version + 1, ..same }).await?;
                }
            }
            None => rules::insert(tx, RuleRow { version: row.version + since, ..row }).await?,
        }
    }
    for rule in present.into_keys() {
        rules::delete(tx, rule).await?;
    }
    Ok(())
}

fn whole(row: VersionRow) -> RoutingVersion {
    let head = head(&row);
    RoutingVersion { rules: row.rules.0.into_iter().map(message).collect(), ..head }
}

fn head(row: &VersionRow) -> RoutingVersion {
    RoutingVersion {
        version: row.number,
        recorded_by: row.recorded_by.clone(),
        recorded_at: Some(to_proto(row.recorded_at)),
        change: row.change,
        rule_id: id::text(row.rule_id),
        rule_name: row.rule_name.clone(),
        restored: row.restored,
        rules: Vec::new(),
    }
}

fn unknown(version: i64) -> Core {
    missing("version of the routing rules", &version.to_string())
}
