//! `hotline import`: records of another system, with their original times, in bounded memory, again and again without
//! doubles (C13, T18).

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use hotline_core::caller::Caller;
use hotline_core::clock::Clock;
use hotline_core::outbox;
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{ImportCustomersRequest, ImportedCustomer};
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{ImportTicketsRequest, ImportedTicket};
use tokio::time::sleep;
use tonic::Status;

use self::mapping::Mapping;
use self::progress::Progress;
use self::rejects::Rejects;
use self::rows::{Record, Rows};
use crate::config::Config;
use crate::roles::Role;
use crate::suite::Suite;
use crate::tools;

mod mapping;
mod progress;
mod rejects;
mod rows;

/// Records sent in one go: what is in memory at a time.
const BATCH: usize = 200;

/// What to import and how.
#[derive(Debug, Args)]
pub struct Options {
    /// The CSV file, UTF-8 with a header line.
    file: PathBuf,
    /// Which column is which field: see deploy/import/.
    #[arg(long, value_name = "MAP.toml")]
    mapping: PathBuf,
    /// Where rejected rows are listed with line, column and reason [default: FILE.rejected.csv].
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Read and check everything, change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What became of the rows.
#[derive(Debug, Default)]
struct Tally {
    created: u64,
    known: u64,
}

/// Imports tickets with their customers and solutions.
///
/// # Errors
/// One sentence: a file that can't be read, a mapping that can't be used, a service that fails. What was imported
/// before stays; a second run goes on from there.
pub async fn tickets(config: Config, options: Options) -> anyhow::Result<()> {
    let mapping = Mapping::read(&options.mapping)?;
    let progress = Progress::over(&options.file)?;
    let rejects = options.rejects.unwrap_or_else(|| with_suffix(&options.file, ".rejected.csv"));
    let mut rejects = Rejects::into(rejects);
    let mut rows = Rows::open(&options.file, &mapping)?;
    if options.dry_run {
        let mut good = 0_u64;
        while let Some(batch) = rows.batch(BATCH, &mut rejects)? {
            good += batch.len() as u64;
            progress.reached(rows.position(), good);
        }
        progress.finish(&format!(
            "{good} rows are good, {} would be rejected{}",
            rejects.count(),
            rejects.place()
        ));
        return Ok(());
    }
    crate::suite::prepare_folder(&config)?;
    tools::migrate_quietly(&config).await?;
    let here: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::Gateway && !config.upstreams.contains_key(role.name()))
        .collect();
    let suite = Suite::start(config, &here, Clock::system()).await?;
    let mut tally = Tally::default();
    while let Some(batch) = rows.batch(BATCH, &mut rejects)? {
        let sent = Caller::service("import").scope(send(&suite, &batch, &mut rejects)).await?;
        tally.created += sent.created;
        tally.known += sent.known;
        progress.reached(rows.position(), tally.created + tally.known);
    }
    settle(&suite, &here).await?;
    suite.stop().await;
    progress.finish(&format!(
        "{} tickets imported, {} were there already, {} rows rejected{}",
        tally.created,
        tally.known,
        rejects.count(),
        rejects.place()
    ));
    Ok(())
}

/// Sends one batch: the customers first, then their tickets.
async fn send(suite: &Suite, batch: &[Record], rejects: &mut Rejects) -> anyhow::Result<Tally> {
    let upstreams = suite.upstreams();
    let mut customers = CustomerServiceClient::new(upstreams.get(Role::Customers.name()));
    let mut tickets = TicketServiceClient::new(upstreams.get(Role::Tickets.name()));
    let ids = import_customers(&mut customers, batch).await.context("customers")?;
    let wanted: Vec<ImportedTicket> = batch
        .iter()
        .map(|record| {
            let customer_id = ids.get(&record.customer.external_key).cloned().unwrap_or_default();
            ImportedTicket { customer_id, ..record.ticket.clone() }
        })
        .collect();
    let results =
        tickets.import_tickets(ImportTicketsRequest { tickets: wanted }).await.context("tickets")?;
    let mut tally = Tally::default();
    for (record, result) in batch.iter().zip(results.into_inner().results) {
        if !result.rejected.is_empty() {
            rejects.add(record.line, "", &result.rejected)?;
        } else if result.created {
            tally.created += 1;
        } else {
            tally.known += 1;
        }
    }
    Ok(tally)
}

async fn import_customers(
    client: &mut CustomerServiceClient<hotline_core::upstream::Upstream>,
    batch: &[Record],
) -> Result<HashMap<String, String>, Status> {
    let mut unique: HashMap<&str, &ImportedCustomer> = HashMap::new();
    for record in batch {
        unique.entry(&record.customer.external_key).or_insert(&record.customer);
    }
    let customers: Vec<ImportedCustomer> = unique.into_values().cloned().collect();
    let keys: Vec<String> = customers.iter().map(|customer| customer.external_key.clone()).collect();
    let ids = client.import_customers(ImportCustomersRequest { customers }).await?.into_inner().ids;
    Ok(keys.into_iter().zip(ids).collect())
}

/// Waits until the events of the import have been applied, so that figures are there when the command ends.
async fn settle(suite: &Suite, here: &[Role]) -> anyhow::Result<()> {
    for role in here {
        let Some(db) = suite.database(*role) else { continue };
        while outbox::pending(db).await? > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

fn with_suffix(file: &std::path::Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
