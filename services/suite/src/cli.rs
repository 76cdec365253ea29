//! The commands of the program.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::roles::Role;
use crate::{administration, doctor, import, suite, tools};

/// Hotline: the back end of a call centre and service desk.
#[derive(Debug, Parser)]
#[command(name = "hotline", version, about, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
struct Common {
    /// Settings file; what it leaves out is as in deploy/hotline.toml.
    #[arg(long, global = true, env = "HOTLINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the SQLite files and the suite's own small files.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// PostgreSQL in place of SQLite.
    #[arg(long, global = true, value_name = "postgres://…")]
    database_url: Option<String>,
    /// Redis in place of the in-process queue and bus.
    #[arg(long, global = true, value_name = "redis://…")]
    redis_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole suite in this process.
    Up {
        /// Where the gateway listens.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
        /// Fill in accounts, teams and routing to try things with.
        #[arg(long)]
        demo: bool,
        /// `manual:<RFC 3339 time>` stands still until POST /debug/clock moves it.
        #[arg(long, env = "HOTLINE_CLOCK", value_name = "CLOCK", hide_env_values = true)]
        clock: Option<String>,
        /// Password of the demo accounts; generated and printed when left out.
        #[arg(long, env = "HOTLINE_DEMO_PASSWORD", hide_env_values = true)]
        demo_password: Option<String>,
    },
    /// Run one or more roles as a process of its own; the others' addresses are in the settings.
    Serve {
        /// The roles.
        #[arg(required = true, value_name = "ROLE")]
        roles: Vec<Role>,
    },
    /// Bring every role's schema up to date, then end.
    Migrate,
    /// Print a token of the built-in issuer.
    Token {
        /// Whom it is for (`sub`).
        subject: String,
        /// Roles of that person, as in `agent`.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Teams of that person, by key.
        #[arg(long = "team", value_name = "TEAM")]
        teams: Vec<String>,
        /// How long it is good for.
        #[arg(long, default_value_t = 8, value_name = "HOURS")]
        hours: u32,
    },
    /// Check database, Redis, keys, calendars and clock, and say what is wrong.
    Doctor,
    /// Print the OpenAPI 3.1 description of the REST interface.
    Openapi,
    /// Bring in records of another system.
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// See and change calendars and year files of holidays.
    Calendars {
        #[command(subcommand)]
        what: administration::calendars::Command,
    },
    /// See the catalogue of categories, bring trees in, and tell how well categories are suggested.
    Categories {
        #[command(subcommand)]
        what: administration::categories::Command,
    },
    /// See and change policies of promises, try others on the past, and put stored times right.
    Sla {
        #[command(subcommand)]
        what: administration::sla::Command,
    },
    /// Write registers of consultations, repairs and complaints to files.
    Registers {
        #[command(subcommand)]
        what: administration::registers::Command,
    },
    /// Compute all figures anew from the stored facts.
    Recompute,
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Tickets from CSV with their customers, teams, past and solutions: a row each, or a row an update.
    ///
    /// Run again after an interruption it goes on; tickets that are there are passed over. Ends with 0 when every row
    /// was taken, with 2 when some were rejected, with 1 when it failed.
    Tickets(import::Options),
}

/// Runs the command.
///
/// # Errors
/// One sentence for the person who typed it.
pub async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut config = arguments.common.load()?;
    match arguments.command {
        Command::Up { listen, demo, clock, demo_password } => {
            if let Some(listen) = listen {
                config.server.listen = listen.to_string();
            }
            let clock = clock.as_deref().map(parse_clock).transpose()?;
            let demo = demo.then_some(crate::demo::Demo { password: demo_password });
            suite::up(config, clock, demo).await
        }
        Command::Serve { roles } => suite::serve(config, &roles).await,
        Command::Migrate => tools::migrate(&config).await,
        Command::Token { subject, roles, teams, hours } => {
            tools::token(&config, subject, &roles, teams, hours).await
        }
        Command::Doctor => doctor::run(&config).await,
        Command::Openapi => tools::openapi(&config),
        Command::Import { what: Import::Tickets(options) } => return import::tickets(config, options).await,
        Command::Calendars { what } => administration::calendars::run(config, what).await,
        Command::Categories { what } => administration::categories::run(config, what).await,
        Command::Sla { what } => administration::sla::run(config, what).await,
        Command::Registers { what } => administration::registers::run(config, what).await,
        Command::Recompute => tools::recompute(&config).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

impl Common {
    fn load(self) -> anyhow::Result<Config> {
        let mut config: Config = hotline_core::config::load(self.config.as_deref())?;
        if let Some(folder) = self.data_dir {
            config.storage.data_dir = folder;
        }
        if let Some(url) = self.database_url {
            config.storage.database_url = url.into();
        }
        if let Some(url) = self.redis_url {
            config.redis.url = url.into();
        }
        config.check()?;
        Ok(config)
    }
}

fn parse_clock(text: &str) -> anyhow::Result<DateTime<Utc>> {
    let time = text.strip_prefix("manual:").context("the clock must be `manual:` and a time, or left out")?;
    let time = DateTime::parse_from_rfc3339(time)
        .with_context(|| format!("`{time}` is not a time like 2026-03-02T09:00:00+08:00"))?;
    Ok(time.to_utc())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Arguments, parse_clock};

    #[test]
    fn the_commands_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_clock_that_is_no_time_is_named() {
        assert!(parse_clock("manual:2026-03-02T09:00:00+08:00").is_ok());
        assert!(parse_clock("manual:tomorrow").unwrap_err().to_string().contains("tomorrow"));
        assert!(parse_clock("fast").is_err());
    }
}
