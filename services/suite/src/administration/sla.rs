//! `hotline sla`: policies of promises, what other rules would have done, and stored times put right (T10).

use std::path::PathBuf;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use hotline_core::time::to_proto_optional;
use hotline_core::upstream::Upstream;
use hotline_proto::tickets::v1::sla_policy_service_client::SlaPolicyServiceClient;
use hotline_proto::tickets::v1::sla_service_client::SlaServiceClient;
use hotline_proto::tickets::v1::{
    CreateSlaPolicyRequest, ListSlaPoliciesRequest, RepairSlaRequest, ReplaceSlaPolicyRequest,
    RetireSlaPolicyRequest, SimulateSlaRequest, SlaPolicy,
};
use indicatif::ProgressBar;

use self::sums::Sums;
use super::{answer, with_services};
use crate::config::Config;
use crate::roles::Role;

mod print;
mod sums;
#[cfg(test)]
mod tests;

/// What to do with promises.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the policies that are or will be in force, in the order in which they are tried.
    Policies,
    /// Make policies, or put new versions in their place: TOML like services/tickets/data/sla.toml.
    Put {
        /// The file.
        file: PathBuf,
        /// Since when they hold [default: now].
        #[arg(long, value_name = "TIME")]
        effective_from: Option<DateTime<Utc>>,
        /// The place of the first among the others, lower is tried first [default: where it was, or the last].
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        position: i32,
        /// Why, for those who read the versions later.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// End a policy.
    Retire {
        /// Its key.
        key: String,
        /// Why, for those who read the versions later.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Tell what other policies or calendars would have done to the tickets of a past range. Changes nothing.
    Simulate {
        /// Which tickets.
        #[command(flatten)]
        range: Range,
        /// Policies as they would be: TOML like services/tickets/data/sla.toml.
        #[arg(long, value_name = "FILE")]
        policies: Option<PathBuf>,
        /// Keys of policies that there would not be.
        #[arg(long = "without", value_name = "KEY")]
        without_policies: Vec<String>,
        /// Calendars as they would be: TOML like services/calendar/data/calendars.toml.
        #[arg(long, value_name = "FILE")]
        calendars: Option<PathBuf>,
    },
    /// Put stored times right after a policy, a calendar or a year file was corrected, and print what changed.
    Repair {
        /// Which tickets.
        #[command(flatten)]
        range: Range,
        /// What was corrected.
        #[arg(long)]
        reason: String,
        /// Only tell what would change.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Tickets by when they were registered.
#[derive(Debug, Args)]
pub struct Range {
    /// Registered at this time or later, as in 2026-03-01T00:00:00+08:00.
    #[arg(long, value_name = "TIME")]
    from: DateTime<Utc>,
    /// Registered before this time.
    #[arg(long, value_name = "TIME")]
    to: DateTime<Utc>,
}

type Policies = SlaPolicyServiceClient<Upstream>;
type Promises = SlaServiceClient<Upstream>;

/// Runs the command.
///
/// # Errors
/// One sentence: a file that can't be read, or what the ticket service refuses.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    with_services(config, async |upstreams| {
        let upstream = upstreams.get(Role::Tickets.name());
        let (mut policies, mut promises) = (Policies::new(upstream.clone()), Promises::new(upstream));
        match command {
            Command::Policies => {
                let listed = answer(policies.list_sla_policies(ListSlaPoliciesRequest::default()).await)?;
                listed.policies.iter().for_each(print::policy);
                Ok(())
            }
            Command::Put { file, effective_from, position, note } => {
                let first = SlaPolicy {
                    effective_from: to_proto_optional(effective_from),
                    note,
                    position,
                    ..SlaPolicy::default()
                };
                put(&mut policies, policies_in(&file)?, first).await
            }
            Command::Retire { key, note } => {
                let request = RetireSlaPolicyRequest { key, note, ..RetireSlaPolicyRequest::default() };
                print::changed(&answer(policies.retire_sla_policy(request).await)?);
                Ok(())
            }
            Command::Simulate { range, policies, without_policies, calendars } => {
                let policies = policies.as_ref().map(policies_in).transpose()?.unwrap_or_default();
                let calendars = calendars.map(|file| {
                    let text = read(&file)?;
                    hotline_tickets::calendars_in(&text)
                        .with_context(|| format!("{} can't be used", file.display()))
                });
                let calendars = calendars.transpose()?.unwrap_or_default();
                let (from, to) = (to_proto_optional(Some(range.from)), to_proto_optional(Some(range.to)));
                let request = SimulateSlaRequest {
                    from,
                    to,
                    policies,
                    without_policies,
                    calendars,
                    ..Default::default()
                };
                print::simulation(&simulate(&mut promises, request).await?);
                Ok(())
            }
            Command::Repair { range, reason, dry_run } => {
                let (from, to) = (to_proto_optional(Some(range.from)), to_proto_optional(Some(range.to)));
                repair(&mut promises, RepairSlaRequest { from, to, reason, dry_run, ..Default::default() })
                    .await
            }
        }
    })
    .await
}

/// Makes or replaces policies; `like` says since when, why, and where the first is placed.
async fn put(client: &mut Policies, policies: Vec<SlaPolicy>, like: SlaPolicy) -> anyhow::Result<()> {
    ensure!(!policies.is_empty(), "the file holds no policy");
    let known = answer(client.list_sla_policies(ListSlaPoliciesRequest::default()).await)?.policies;
    for (policy, place) in policies.into_iter().zip(0..) {
        let is_known = known.iter().any(|known| known.key == policy.key);
        let position = if like.position == 0 { 0 } else { like.position + place };
        let policy =
            SlaPolicy { effective_from: like.effective_from, note: like.note.clone(), position, ..policy };
        let policy = Some(policy);
        let put = if is_known {
            client.replace_sla_policy(ReplaceSlaPolicyRequest { policy, etag: String::new() }).await
        } else {
            client.create_sla_policy(CreateSlaPolicyRequest { policy }).await
        };
        print::changed(&answer(put)?);
    }
    Ok(())
}

/// Adds up the pages of a simulation.
async fn simulate(client: &mut Promises, mut request: SimulateSlaRequest) -> anyhow::Result<Sums> {
    let (progress, mut sums) = (ProgressBar::new_spinner(), Sums::default());
    loop {
        let page = answer(client.simulate_sla(request.clone()).await)?;
        request.page_token.clone_from(&page.next_page_token);
        sums.add(page);
        progress.set_message(format!("{} tickets", sums.tickets));
        progress.tick();
        if request.page_token.is_empty() {
            break;
        }
    }
    progress.finish_and_clear();
    Ok(sums)
}

/// Puts a page after the other right, and prints what changed as it goes.
async fn repair(client: &mut Promises, mut request: RepairSlaRequest) -> anyhow::Result<()> {
    let (mut tickets, mut changed, mut untold) = (0, 0, 0);
    loop {
        let page = answer(client.repair_sla(request.clone()).await)?;
        page.changes.iter().for_each(print::change);
        if !page.untold_because.is_empty() {
            println!("can't be told: {}", page.untold_because);
        }
        if request.dry_run {
            (tickets, changed, untold) =
                (tickets + page.tickets, changed + page.changed, untold + page.untold);
        } else {
            // A repair counts over its pages.
            (tickets, changed, untold) = (page.tickets, page.changed, page.untold);
            request.repair_id = page.id;
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let done = if request.dry_run { "would change" } else { "changed" };
    println!("{tickets} tickets looked at, {changed} {done}, {untold} can't be told");
    if !request.dry_run {
        println!("repair {}", request.repair_id);
    }
    Ok(())
}

fn policies_in(file: &PathBuf) -> anyhow::Result<Vec<SlaPolicy>> {
    let text = read(file)?;
    hotline_tickets::policies_in(&text).with_context(|| format!("{} can't be used", file.display()))
}

fn read(file: &PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))
}
