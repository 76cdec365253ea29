//! Where a ticket would go, and why; work that is routed anew (D2).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_core::{id, idempotency, region};
use hotline_proto::dispatch::v1::{
    DryRunRoutingRequest, DryRunRoutingResponse, RerouteAssignmentsRequest, RerouteAssignmentsResponse,
    ReroutedAssignment, RoutingStep, RoutingTargetStep,
};
use hotline_proto::locale::Locale;

use super::{rules, wire};
use crate::domain::assignment::Assignment;
use crate::domain::routing::{Facts, Mismatch};
use crate::domain::targets::{Target, leaves_at};
use crate::error::Error;
use crate::store::{RuleRow, rules as stored, teams};
use crate::work::Work;
use crate::work::reroute::{Outcome, Wanted};
use crate::work::router::{Decision, Moment, Router};
use crate::work::rules::RuleSet;

/// How much is routed anew in one call when it does not say, and at most.
const REROUTED: (u64, u64) = (1_000, 5_000);

pub(super) async fn dry_run(
    work: &Work,
    request: &DryRunRoutingRequest,
) -> Result<DryRunRoutingResponse, Error> {
    let read = stored::all(work.db.reader()).await?;
    let (rules, calendars) = (read.rules.clone(), work.calendars.get());
    let at = from_proto(request.at.as_ref()).unwrap_or_else(|| work.clock.now());
    let facts = Facts {
        ticket_type: request.r#type(),
        category_code: &request.category_code,
        priority: request.priority(),
        project: &request.project,
        channel: request.channel(),
        key_account: request.key_account,
        regions: region::all_of(&request.region, &request.project),
        at,
        calendars: &calendars,
    };
    let mut router = Router::new(Arc::new(RuleSet::of(read)), calendars.clone());
    let decision = router.decide(work.db.reader(), &facts, Moment::arrival(at)).await?;
    let rule = decision.rule.and_then(|index| rules.get(index));
    let rule = rule.ok_or_else(|| wire::missing("routing rule", "default"))?;
    let refused = decision.refused.iter().map(Some).chain([None]);
    let steps = rules.iter().zip(refused).map(|(rule, mismatch)| step(rule, mismatch, &facts)).collect();
    Ok(DryRunRoutingResponse {
        team_key: decision.route.team_key.clone(),
        rule: Some(rules::message(rule.clone())),
        steps,
        targets: targets(rule, &decision, at),
        version: router.set.version,
        at: Some(to_proto(at)),
    })
}

fn step(rule: &RuleRow, mismatch: Option<&Mismatch>, facts: &Facts) -> RoutingStep {
    let hours = rule.hours();
    RoutingStep {
        rule_id: rule.id.to_string(),
        rule_name: rule.name.clone(),
        matched: mismatch.is_none(),
        reason: mismatch
            .map(|mismatch| Locale::current().pick(mismatch.en(), mismatch.zh()))
            .unwrap_or_default(),
        calendar_open: hours.as_ref().and_then(|hours| hours.open(facts)),
        calendar: hours.map(|hours| hours.calendar).unwrap_or_default(),
    }
}

fn targets(rule: &RuleRow, decision: &Decision, at: DateTime<Utc>) -> Vec<RoutingTargetStep> {
    let targets = rule.targets();
    let step = |(index, target): (usize, &Target)| {
        let chosen = index == decision.target;
        let passed = decision.passed.get(index).filter(|_| !chosen);
        RoutingTargetStep {
            team_key: target.team_key.clone(),
            chosen,
            reason: passed.map(|passed| Locale::current().pick(passed.en(), passed.zh())).unwrap_or_default(),
            until: to_proto_optional(leaves_at(&targets, index, at)),
        }
    };
    targets.iter().enumerate().map(step).collect()
}

pub(super) async fn reroute(
    work: &Work,
    request: &RerouteAssignmentsRequest,
) -> Result<RerouteAssignmentsResponse, Error> {
    let page = Page::within(request, REROUTED.0, REROUTED.1)?.oldest_first();
    let wanted = Wanted {
        team_key: known_team(work, &request.team_key).await?,
        rule_id: id::parse_optional(&request.rule_id, "ruleId")?,
        dry_run: request.dry_run,
    };
    let Outcome { examined, moved, told, version, next, .. } = work.reroute(&wanted, &page).await?;
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let reply = RerouteAssignmentsResponse {
        examined: number(examined),
        moved: number(moved),
        assignments: told.into_iter().map(rerouted).collect(),
        rule_version: version,
        next_page_token: next.map(|key| page.token(key)).unwrap_or_default(),
    };
    if wanted.dry_run {
        idempotency::nothing_to_store();
    } else {
        work.db.begin().await?.commit_reply(&reply).await?;
    }
    Ok(reply)
}

async fn known_team(work: &Work, named: &str) -> Result<Option<String>, Error> {
    if named.is_empty() {
        return Ok(None);
    }
    let team = teams::find(work.db.reader(), named).await?;
    let unknown = Core::Field { field: "teamKey", en: "names no team", zh: "没有这个班组" };
    Ok(Some(team.ok_or(unknown)?.key))
}

fn rerouted((before, after): (Assignment, Assignment)) -> ReroutedAssignment {
    ReroutedAssignment {
        assignment_id: after.id.to_string(),
        ticket_id: before.ticket.id.to_string(),
        ticket_number: before.ticket.number,
        from_team_key: before.team_key,
        to_team_key: after.team_key,
        rule_id: id::text(after.chosen.rule_id),
        rule: after.rule,
        target: after.chosen.target,
    }
}
