//! Where a ticket would go, and why (D2).

use hotline_proto::dispatch::v1::{DryRunRoutingRequest, DryRunRoutingResponse, RoutingStep};
use hotline_proto::locale::Locale;

use super::{rules, wire};
use crate::domain::routing::{Conditions, Facts, Mismatch, decide};
use crate::error::Error;
use crate::store::{RuleRow, rules as stored};
use crate::work::Work;

pub(super) async fn dry_run(
    work: &Work,
    request: &DryRunRoutingRequest,
) -> Result<DryRunRoutingResponse, Error> {
    let mut tried = stored::all(work.db.reader()).await?;
    let conditions: Vec<Conditions> = tried.iter().map(RuleRow::conditions).collect();
    let facts = Facts {
        ticket_type: request.r#type(),
        category_code: &request.category_code,
        priority: request.priority(),
        project: &request.project,
        channel: request.channel(),
        key_account: request.key_account,
    };
    let (chosen, refused) = decide(&conditions, &facts);
    let mut steps: Vec<RoutingStep> = tried.iter().zip(&refused).map(not_matched).collect();
    let chosen = chosen.filter(|index| *index < tried.len());
    let rule = chosen.map(|index| tried.swap_remove(index));
    let rule = rule.ok_or_else(|| wire::missing("routing rule", "default"))?;
    steps.push(RoutingStep {
        rule_id: rule.id.to_string(),
        rule_name: rule.name.clone(),
        matched: true,
        reason: String::new(),
    });
    Ok(DryRunRoutingResponse { team_key: rule.team_key.clone(), rule: Some(rules::message(rule)), steps })
}

fn not_matched((rule, mismatch): (&RuleRow, &Mismatch)) -> RoutingStep {
    RoutingStep {
        rule_id: rule.id.to_string(),
        rule_name: rule.name.clone(),
        matched: false,
        reason: Locale::current().pick(mismatch.en(), mismatch.zh()),
    }
}
