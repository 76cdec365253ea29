//! What operators administer from the command line. It goes to the services as every request does, with the same checks,
//! whether the suite runs beside or not: those that are not remote are built for it in this process. They only answer, on
//! the clock of the data folder; events of a change go out with the suite that runs beside, or with the next one.

use hotline_core::caller::Caller;
use hotline_core::upstream::Upstreams;
use tonic::{Response, Status};
use tonic_types::StatusExt;

use crate::config::Config;
use crate::roles::Role;
use crate::suite::{self, Suite};
use crate::tools;

pub mod calendars;
pub mod categories;
pub mod registers;
pub mod sla;

/// Under which name changes are recorded.
const OPERATOR: &str = "operator";

/// Does something with the services.
async fn with_services(
    config: Config,
    doing: impl AsyncFnOnce(Upstreams) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    suite::prepare_folder(&config)?;
    tools::migrate_quietly(&config).await?;
    let (here, clock) = (Role::here(&config), suite::clock(&config)?);
    if clock.is_manual() {
        eprintln!("on the manual clock of {}: {}", config.storage.data_dir.display(), clock.now());
    }
    let suite = Suite::without_background(config, &here, clock).await?;
    let done = Caller::service(OPERATOR).scope(doing(suite.upstreams())).await;
    suite.stop().await;
    done
}

/// Returns what a service answers; a refusal is its sentence, with every field that is wrong.
fn answer<M>(answered: Result<Response<M>, Status>) -> anyhow::Result<M> {
    let refused = match answered {
        Ok(response) => return Ok(response.into_inner()),
        Err(status) => status,
    };
    let fields = refused.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    let fields = fields.into_iter().map(|wrong| format!("\n  {}: {}", wrong.field, wrong.description));
    anyhow::bail!("{}{}", refused.message(), fields.collect::<String>())
}
