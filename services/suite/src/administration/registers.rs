//! `hotline registers`: what came in over a range, as a file (T3, K5).

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use hotline_core::upstream::Upstream;
use hotline_proto::tickets::v1::ExportRegisterRequest;
use hotline_proto::tickets::v1::register_service_client::RegisterServiceClient;

use super::{answer, with_services};
use crate::config::Config;
use crate::roles::Role;

/// Formats, which the names of files end with.
const FORMATS: [&str; 3] = ["csv", "xlsx", "html"];

/// What to do with registers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a register to a file. Names, contacts and rooms are masked; the export is recorded.
    Export(Export),
}

/// Which register, and where it goes.
#[derive(Debug, Args)]
pub struct Export {
    /// `consultation`, `repair` or `complaint`.
    #[arg(long)]
    kind: String,
    /// Registered on or after, as in 2026-03-01 or 2026-03-01T09:00:00+08:00 [default: the first].
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Registered before, likewise [default: up to the last].
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// That this team has, by key.
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Of this project.
    #[arg(long)]
    project: Option<String>,
    /// Of this category and those below it.
    #[arg(long, value_name = "CODE")]
    category: Option<String>,
    /// The language of headings and words.
    #[arg(long, default_value = "zh")]
    lang: String,
    /// `csv`, `xlsx` or `html` [default: what the file's name ends with].
    #[arg(long)]
    format: Option<String>,
    /// The file; one that is there is replaced once the new one is whole.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// One sentence: a file that can't be written, or what the ticket service refuses.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Export(export) = command;
    let format = format(&export)?;
    with_services(config, async |upstreams| {
        let mut client = RegisterServiceClient::new(upstreams.get(Role::Tickets.name()));
        write(&mut client, export, format).await
    })
    .await
}

async fn write(
    client: &mut RegisterServiceClient<Upstream>,
    export: Export,
    format: String,
) -> anyhow::Result<()> {
    let Export { kind, from, to, team, project, category, lang, out, .. } = export;
    let request = ExportRegisterRequest {
        kind,
        from: from.unwrap_or_default(),
        to: to.unwrap_or_default(),
        team_key: team.unwrap_or_default(),
        project: project.unwrap_or_default(),
        category_code: category.unwrap_or_default(),
        lang,
        format,
        ..ExportRegisterRequest::default()
    };
    let mut pieces = answer(client.export_register(request).await)?;
    // Beside the file until it is whole: what breaks off leaves the one of before.
    let part = out.with_added_extension("part");
    let unusable = || format!("{} can't be written", part.display());
    let mut file = BufWriter::new(File::create(&part).with_context(unusable)?);
    let mut bytes = 0;
    loop {
        match pieces.message().await {
            Ok(Some(piece)) => {
                bytes += piece.data.len();
                file.write_all(&piece.data).with_context(unusable)?;
            }
            Ok(None) => break,
            Err(status) => return broken_off(&part, status.message()),
        }
    }
    file.flush().with_context(unusable)?;
    fs::rename(&part, &out).with_context(|| format!("{} can't be written", out.display()))?;
    println!("{}: {bytes} bytes", out.display());
    Ok(())
}

fn broken_off(part: &Path, why: &str) -> anyhow::Result<()> {
    fs::remove_file(part).with_context(|| format!("{} can't be removed", part.display()))?;
    bail!("the register broke off: {why}")
}

/// Returns the format: as said, else as the file's name ends.
fn format(export: &Export) -> anyhow::Result<String> {
    let ending = || export.out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let format = export.format.clone().or_else(ending).unwrap_or_default();
    if FORMATS.contains(&format.as_str()) {
        return Ok(format);
    }
    bail!(
        "a register is written as {}: say which with --format, or let --out end with it",
        FORMATS.join(", ")
    )
}
