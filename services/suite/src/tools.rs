//! What operators do beside running the suite.

use std::io::{ErrorKind, Write};

use anyhow::Context;
use hotline_core::db::Db;

use crate::config::Config;
use crate::roles::Role;

/// Opens a role's database.
pub async fn open(config: &Config, role: Role) -> anyhow::Result<Db> {
    let opened = Db::open(&config.location(), role.name(), config.pool()).await;
    opened.with_context(|| format!("the database of {} can't be opened", role.name()))
}

/// Opens a role's database where there is one in the shape of this version; makes none.
///
/// # Errors
/// When it is there and can't be opened.
pub async fn existing(config: &Config, role: Role) -> anyhow::Result<Option<Db>> {
    let opened = Db::open_existing(&config.location(), role.name(), config.pool()).await;
    match opened.with_context(|| format!("the database of {} can't be opened", role.name()))? {
        Some(db) if role.pending(&db).await? == 0 => Ok(Some(db)),
        _ => Ok(None),
    }
}

/// Brings every role's schema up to date and says so.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.storage.data_dir)?;
    for role in Role::ALL {
        let db = open(config, role).await?;
        let pending = role.pending(&db).await?;
        role.migrate(&db).await?;
        println!("{:<10} {pending} applied", role.name());
    }
    Ok(())
}

/// Brings every role's schema up to date.
pub async fn migrate_quietly(config: &Config) -> anyhow::Result<()> {
    for role in Role::ALL {
        role.migrate(&open(config, role).await?).await?;
    }
    Ok(())
}

/// Prints a token of the built-in issuer.
pub async fn token(
    config: &Config,
    subject: String,
    roles: &[String],
    teams: Vec<String>,
    hours: u32,
) -> anyhow::Result<()> {
    let db = open(config, Role::Gateway).await?;
    Role::Gateway.migrate(&db).await?;
    let issuer = hotline_gateway::Issuer::open(&db, &config.gateway).await?;
    println!("{}", issuer.issue_for(&subject, &subject, roles, &teams, hours)?);
    Ok(())
}

/// Prints the OpenAPI description.
pub fn openapi(config: &Config) -> anyhow::Result<()> {
    let document = hotline_gateway::openapi(hotline_proto::descriptors(), &config.gateway)?;
    let text = serde_json::to_string_pretty(&document)?;
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever reads may stop before the end: `hotline openapi | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Computes all figures anew and says what changed.
pub async fn recompute(config: &Config) -> anyhow::Result<()> {
    let db = open(config, Role::Kpi).await?;
    let done = hotline_kpi::recompute(&db).await?;
    println!("{} facts read, {} rollup rows differed", done.facts, done.changed);
    Ok(())
}
