//! `hotline doctor`: looks at everything the suite needs and says what is wrong and what to do.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hotline_calendar::{Calendars, MissingYear, Urgency};
use hotline_core::bus::{Bus, RedisBus};
use hotline_core::clock;
use hotline_core::db::{Db, Location};
use hotline_core::error::chain;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::config::Config;
use crate::roles::Role;
use crate::tools;

/// How far the database's clock may be from ours.
const SKEW: Duration = Duration::from_secs(2);

/// One finding: what was looked at, and what is wrong or worth knowing.
enum Finding {
    Good(String),
    Odd(String),
    Wrong(String),
}

/// Checks everything and prints a line each.
///
/// # Errors
/// When anything is wrong.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let mut findings = vec![internal_secret(config)];
    findings.extend(databases(config).await);
    findings.extend(redis(config).await);
    findings.extend(calendars(config, clock::wall()).await);
    let mut wrong = 0;
    for finding in findings {
        match finding {
            Finding::Good(text) => println!("ok     {text}"),
            Finding::Odd(text) => println!("note   {text}"),
            Finding::Wrong(text) => {
                wrong += 1;
                println!("WRONG  {text}");
            }
        }
    }
    anyhow::ensure!(wrong == 0, "{wrong} things are wrong");
    Ok(())
}

fn internal_secret(config: &Config) -> Finding {
    if config.internal.secret.is_empty() {
        Finding::Odd(
            "internal.secret is empty: fine for `hotline up`; `hotline serve` needs one of at least 32 bytes"
                .into(),
        )
    } else {
        Finding::Good("internal.secret is set".into())
    }
}

async fn databases(config: &Config) -> Vec<Finding> {
    let place = match config.location() {
        Location::Sqlite(folder) => format!("SQLite in {}", folder.display()),
        Location::Postgres(_) => "PostgreSQL".to_owned(),
    };
    if let Location::Sqlite(folder) = config.location()
        && !folder.exists()
    {
        return vec![Finding::Odd(format!("{place}: the folder does not exist yet; `hotline up` makes it"))];
    }
    let mut findings = Vec::new();
    let mut looked_closer = false;
    for role in Role::ALL {
        let db = match tools::open(config, role).await {
            Ok(db) => db,
            Err(error) => {
                findings.push(Finding::Wrong(format!(
                    "{place}: {error:#}; check storage.database_url and that the server runs"
                )));
                return findings;
            }
        };
        findings.push(match role.pending(&db).await {
            Ok(0) => Finding::Good(format!("{place}: the schema of {} is up to date", role.name())),
            Ok(pending) => Finding::Wrong(format!(
                "{place}: the schema of {} lacks {pending} migrations; run `hotline migrate`",
                role.name()
            )),
            Err(error) => Finding::Wrong(format!("{place}: {}", chain(&error))),
        });
        if !looked_closer && db.backend() == DbBackend::Postgres {
            looked_closer = true;
            findings.extend(server_settings(&db).await);
        }
    }
    findings
}

async fn server_settings(db: &Db) -> Vec<Finding> {
    let mut findings = Vec::new();
    let asked = clock::wall();
    match value::<DateTime<Utc>>(db, "SELECT clock_timestamp() AS value").await {
        Some(theirs) if (theirs - asked).abs().to_std().unwrap_or_default() > SKEW => {
            findings.push(Finding::Wrong(format!(
                "the database's clock differs from ours by {} s; synchronize both",
                (theirs - asked).num_seconds()
            )));
        }
        Some(_) => findings.push(Finding::Good("the database's clock agrees with ours".into())),
        None => findings.push(Finding::Wrong("the database does not tell its time".into())),
    }
    for setting in ["fsync", "synchronous_commit"] {
        match value::<String>(db, &format!("SELECT current_setting('{setting}') AS value")).await {
            Some(state) if state == "off" => findings.push(Finding::Wrong(format!(
                "PostgreSQL runs with {setting} = off: what was acknowledged can be lost in a crash"
            ))),
            _ => findings.push(Finding::Good(format!("PostgreSQL's {setting} keeps what is acknowledged"))),
        }
    }
    findings
}

async fn value<T: sea_orm::TryGetable>(db: &Db, sql: &str) -> Option<T> {
    let row = db.reader().query_one_raw(Statement::from_string(db.backend(), sql)).await.ok()??;
    row.try_get("", "value").ok()
}

async fn redis(config: &Config) -> Vec<Finding> {
    if config.redis.url.is_empty() {
        let text = "redis.url is empty: queue and bus are in-process, for `hotline up` only";
        return vec![Finding::Odd(text.into())];
    }
    vec![queues(config).await, bus(config).await]
}

async fn queues(config: &Config) -> Finding {
    let (url, namespace) = (config.redis.url.reveal().to_owned(), config.redis.namespace.clone());
    let queues = match hotline_queue::connect(&hotline_queue::Settings { url, namespace }) {
        Ok(queues) => queues,
        Err(error) => return Finding::Wrong(format!("redis.url: {}", chain(&error))),
    };
    let start = Instant::now();
    // Of a queue that nobody has.
    answered("the Redis of the queues", "redis.url", start, queues.depth("-").await)
}

async fn bus(config: &Config) -> Finding {
    let bus = match RedisBus::new(config.redis.bus()) {
        Ok(bus) => bus,
        Err(error) => return Finding::Wrong(format!("redis.bus_url: {}", chain(&error))),
    };
    let start = Instant::now();
    answered("the Redis of the bus", "redis.bus_url (empty is redis.url)", start, bus.ping().await)
}

fn answered<T, E: std::error::Error + 'static>(
    what: &str,
    key: &str,
    start: Instant,
    answer: Result<T, E>,
) -> Finding {
    match answer {
        Ok(_) => Finding::Good(format!("{what} answers in {} ms", start.elapsed().as_millis())),
        Err(error) => {
            Finding::Wrong(format!("{what}: {}; check {key} and that the server runs", chain(&error)))
        }
    }
}

/// Promises reach into the next year: from October on its holidays should be known.
async fn calendars(config: &Config, now: DateTime<Utc>) -> Vec<Finding> {
    let calendars = match known_calendars(config).await {
        Ok(calendars) => calendars,
        Err(error) => return vec![Finding::Wrong(format!("the calendars can't be read: {error:#}"))],
    };
    let told = |missing: MissingYear| match missing.urgency {
        Urgency::Needed => Finding::Wrong(missing.to_string()),
        Urgency::Announce => Finding::Odd(missing.to_string()),
    };
    let missing: Vec<_> = calendars.missing_years(now).into_iter().map(told).collect();
    if missing.is_empty() {
        let number = calendars.iter().count();
        return vec![Finding::Good(format!("{number} calendars know every year that they need by now"))];
    }
    missing
}

/// Returns the calendars as the services count by them; without a database to read, as shipped or configured.
async fn known_calendars(config: &Config) -> anyhow::Result<Calendars> {
    let almanac = crate::calendars::read(config)?;
    match tools::existing(config, Role::Tickets).await {
        Ok(Some(db)) => Ok(hotline_tickets::calendars(&db, &almanac).await?),
        // What is wrong with the database is told where databases are looked at.
        Ok(None) | Err(_) => Ok(almanac.build()?),
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, calendars};
    use crate::config::Config;

    async fn findings(now: &str) -> Vec<Finding> {
        let folder = tempfile::tempdir().expect("a temp folder");
        let mut config = Config::default();
        config.storage.data_dir = folder.path().to_owned();
        calendars(&config, now.parse().expect("a time")).await
    }

    #[tokio::test]
    async fn a_missing_year_is_odd_from_october_and_wrong_from_december_and_says_what_to_do() {
        assert!(matches!(&findings("2026-09-01T00:00:00Z").await[..], [Finding::Good(_)]));
        for (now, wrong) in [("2026-10-02T00:00:00Z", false), ("2026-12-02T00:00:00Z", true)] {
            let findings = findings(now).await;
            let ([Finding::Odd(text) | Finding::Wrong(text)], is_wrong) =
                (&findings[..], matches!(findings[..], [Finding::Wrong(_)]))
            else {
                panic!("one finding on {now}");
            };
            assert_eq!(is_wrong, wrong, "{now}");
            assert!(text.contains("hotline calendars year cn 2027"), "{text}");
        }
    }
}
