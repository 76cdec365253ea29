//! The teams that a rule names, as requests give and answers show them (D2).

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_proto::dispatch::v1::{RoutingRule, RoutingTarget};
use prost_types::Duration;

use crate::domain::targets::{Target, check};
use crate::store::{RuleRow, teams};

/// Returns the targets of a rule as it is to be, `row` being what it was: `teamKey` is the short form of one target.
///
/// # Errors
/// [`Error::Field`] for a team that there is none of, for two forms that contradict each other, and as [`check`].
pub(super) async fn of(tx: &Tx, row: &RuleRow, rule: &RoutingRule) -> Result<Vec<Target>, Error> {
    let before = if row.team_key.is_empty() { Vec::new() } else { row.targets() };
    let given: Vec<Target> = rule.targets.iter().map(read).collect();
    let (changed, renamed) = (given != before, !rule.team_key.is_empty() && rule.team_key != row.team_key);
    let short = given.is_empty() || (renamed && !changed);
    if short && !changed && before.len() > 1 {
        let (en, zh) =
            ("is one team, the rule has several: change `targets`", "规则有多个目标，请修改 `targets`");
        return Err(Error::Field { field: "rule.teamKey", en, zh });
    }
    let mut targets = if short { vec![Target::only(rule.team_key.clone())] } else { given };
    let names = targets.iter().map(|target| target.team_key.clone()).chain([rule.team_key.clone()]);
    let keys = teams::keys_of(&**tx, names.collect()).await?;
    let field = if short { "rule.teamKey" } else { "rule.targets" };
    for target in &mut targets {
        let unknown = Error::Field { field, en: "names no team", zh: "没有这个班组" };
        target.team_key = keys.get(&target.team_key).cloned().ok_or(unknown)?;
    }
    if renamed && keys.get(&rule.team_key) != targets.first().map(|target| &target.team_key) {
        let (en, zh) = ("must be the team of the first target, or left out", "须为第一个目标的班组，或不填");
        return Err(Error::Field { field: "rule.teamKey", en, zh });
    }
    check(&targets)?;
    Ok(targets)
}

/// Returns a target as a message.
pub(super) fn message(target: Target) -> RoutingTarget {
    RoutingTarget {
        team_key: target.team_key,
        timeout: target.timeout_seconds.map(|seconds| Duration { seconds, nanos: 0 }),
        skip_if_nobody: target.skip_if_nobody,
    }
}

fn read(given: &RoutingTarget) -> Target {
    Target {
        team_key: given.team_key.clone(),
        timeout_seconds: given.timeout.as_ref().map(|timeout| timeout.seconds),
        skip_if_nobody: given.skip_if_nobody,
    }
}
