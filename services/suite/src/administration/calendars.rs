//! `hotline calendars`: calendars, their exceptions and year files of holidays (T11).

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use hotline_core::upstream::Upstream;
use hotline_proto::tickets::v1::calendar_service_client::CalendarServiceClient;
use hotline_proto::tickets::v1::{
    Calendar, CalendarException, CreateCalendarRequest, DeleteCalendarRequest, ExceptCalendarRequest,
    GetCalendarRequest, ListCalendarDaysRequest, ListCalendarsRequest, PutYearFileRequest,
    ReplaceCalendarRequest,
};

use super::{answer, with_services};
use crate::config::Config;
use crate::roles::Role;

mod print;

/// What to do with calendars.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List calendars as they hold today, and the years that are missing.
    List,
    /// Show a calendar as it holds today, and what each date of a range is to it.
    Show {
        /// Its key.
        key: String,
        /// The first date, as in 2026-03-02 [default: today, where --to is given].
        #[arg(long)]
        from: Option<NaiveDate>,
        /// The last date, at most 400 days later [default: 30 days later, where --from is given].
        #[arg(long)]
        to: Option<NaiveDate>,
    },
    /// Make calendars, or put new versions in their place: TOML like services/calendar/data/calendars.toml, or the JSON
    /// of one.
    Put {
        /// The file.
        file: PathBuf,
        /// The first date on which they hold [default: always].
        #[arg(long, value_name = "DATE")]
        effective_from: Option<NaiveDate>,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Open or close a calendar on certain dates, or take that back.
    Except {
        /// Its key.
        key: String,
        /// `2026-05-20` or `2026-05-20 to 2026-05-22`.
        dates: String,
        /// Opening hours on each date, as in 10:00-16:00; none is closed.
        #[arg(long, value_name = "HOURS", value_delimiter = ',')]
        hours: Vec<String>,
        /// Why the dates are no usual ones, such as the name of an event.
        #[arg(long, required_unless_present = "undo")]
        name: Option<String>,
        /// Whether each date is a working day [default: when it has hours].
        #[arg(long)]
        working: Option<bool>,
        /// Take away what is excepted on these dates.
        #[arg(long)]
        undo: bool,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Add the year file of a region, in TOML like services/calendar/data/cn or in the JSON of holiday-cn.
    Year {
        /// The region, such as cn.
        region: String,
        /// The year.
        year: i32,
        /// The file.
        file: PathBuf,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Take back what was made of a calendar at run time; one that was shipped is as shipped again.
    Remove {
        /// Its key.
        key: String,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
}

/// Why something is changed.
#[derive(Debug, Args)]
pub struct Why {
    /// Why, for those who read the versions later.
    #[arg(long)]
    note: Option<String>,
}

impl Why {
    fn text(self) -> String {
        self.note.unwrap_or_default()
    }
}

type Client = CalendarServiceClient<Upstream>;

/// Runs the command.
///
/// # Errors
/// One sentence: a file that can't be read, or what the ticket service refuses.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    with_services(config, async |upstreams| {
        let mut client = CalendarServiceClient::new(upstreams.get(Role::Tickets.name()));
        execute(&mut client, command).await
    })
    .await
}

async fn execute(client: &mut Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List => print::list(&answer(client.list_calendars(ListCalendarsRequest {}).await)?),
        Command::Show { key, from, to } => return show(client, key, from, to).await,
        Command::Put { file, effective_from, why } => return put(client, &file, effective_from, why).await,
        Command::Except { key, dates, hours, name, working, undo, why } => {
            let exception = CalendarException { name: name.unwrap_or_default(), dates, hours, working };
            let (exception, note) = (Some(exception), why.text());
            let request = ExceptCalendarRequest { key, exception, undo, note, etag: String::new() };
            print::changed(&answer(client.except_calendar(request).await)?);
        }
        Command::Year { region, year, file, why } => {
            let request = PutYearFileRequest { region, year, content: read(&file)?, note: why.text() };
            let put = answer(client.put_year_file(request).await)?;
            println!("{}/{}: version {}, {} days", put.region, put.year, put.version, put.days.len());
        }
        Command::Remove { key, why } => {
            let request = DeleteCalendarRequest { key, note: why.text(), etag: String::new() };
            let removed = answer(client.delete_calendar(request).await)?;
            println!("{}: taken back by version {}", removed.key, removed.version);
        }
    }
    Ok(())
}

async fn show(
    client: &mut Client,
    key: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> anyhow::Result<()> {
    let request = GetCalendarRequest { key: key.clone(), date: String::new() };
    print::calendar(&answer(client.get_calendar(request).await)?);
    if from.is_some() || to.is_some() {
        let (from, to) = (text(from), text(to));
        print::days(
            &answer(client.list_calendar_days(ListCalendarDaysRequest { key, from, to }).await)?.days,
        );
    }
    Ok(())
}

async fn put(client: &mut Client, file: &Path, from: Option<NaiveDate>, why: Why) -> anyhow::Result<()> {
    let calendars = hotline_tickets::calendars_in(&read(file)?)
        .with_context(|| format!("{} can't be used", file.display()))?;
    ensure!(!calendars.is_empty(), "{} holds no calendar", file.display());
    let all = answer(client.list_calendars(ListCalendarsRequest {}).await)?.calendars;
    let note = why.text();
    for calendar in calendars {
        let is_known = all.iter().any(|known| known.key == calendar.key);
        let calendar = Calendar { effective_from: text(from), note: note.clone(), ..calendar };
        let calendar = Some(calendar);
        let put = if is_known {
            client.replace_calendar(ReplaceCalendarRequest { calendar, etag: String::new() }).await
        } else {
            client.create_calendar(CreateCalendarRequest { calendar }).await
        };
        print::changed(&answer(put)?);
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))
}

fn text(date: Option<NaiveDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}
