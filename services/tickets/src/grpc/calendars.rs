//! The methods of calendars and year files (T11).

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hotline_calendar::Calendar;
use hotline_core::error::{Error as Core, Field};
use hotline_proto::tickets::v1::calendar_service_server::CalendarService;
use hotline_proto::tickets::v1::{
    Calendar as Message, CreateCalendarRequest, DeleteCalendarRequest, ExceptCalendarRequest,
    GetCalendarRequest, GetYearFileRequest, ListCalendarDaysRequest, ListCalendarDaysResponse,
    ListCalendarVersionsRequest, ListCalendarVersionsResponse, ListCalendarsRequest, ListCalendarsResponse,
    ListYearFilesRequest, ListYearFilesResponse, PutYearFileRequest, ReplaceCalendarRequest, YearFile,
};
use tonic::{Request, Response};

use super::{Reply, who};
use crate::domain::calendar_admin::Administration;
use crate::domain::calendar_book::CalendarBook;
use crate::domain::rule_version::Change;
use crate::domain::rule_version::RuleVersion;
use crate::domain::rules::Rules;
use crate::error::Error;
use crate::store::Store;

pub(super) mod reading;
pub(super) mod telling;

/// So many days are listed at most, and by default.
const MOST_DAYS: i64 = 400;
const USUAL_DAYS: i64 = 30;

/// The service of calendars.
pub(crate) struct Calendars {
    store: Store,
}

impl Calendars {
    /// Returns the service on a store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    fn book(&self, rules: &Rules) -> Result<CalendarBook, Error> {
        CalendarBook::of(self.store.base().almanac(), &rules.versions)
    }

    fn change(&self, note: String) -> Result<Change, Error> {
        Ok(Change { by: who()?.subject, at: self.store.clock.now(), note })
    }

    /// Runs one command on a calendar, and replies with the version that it made.
    async fn command(
        &self,
        key: &str,
        note: String,
        decide: impl FnOnce(&Administration<'_>) -> Result<RuleVersion, Error> + Send,
    ) -> Reply<Message> {
        let (tx, rules) = self.store.change_calendars(self.change(note)?, decide).await?;
        let book = self.book(&rules)?;
        let made = book.versions(key).last().ok_or_else(|| not_found(key))?;
        let reply = telling::calendar(made, &book);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}

#[tonic::async_trait]
impl CalendarService for Calendars {
    async fn list_calendars(&self, _: Request<ListCalendarsRequest>) -> Reply<ListCalendarsResponse> {
        let (rules, now) = (self.store.rules(), self.store.clock.now());
        let book = self.book(&rules)?;
        let held =
            rules.calendars.iter().filter_map(|calendar| book.on(calendar.key(), calendar.local_date(now)));
        Ok(Response::new(ListCalendarsResponse {
            calendars: held.map(|version| telling::calendar(version, &book)).collect(),
            missing_years: rules.calendars.missing_years(now).iter().map(telling::missing_year).collect(),
            revision: rules.revision,
        }))
    }

    async fn get_calendar(&self, request: Request<GetCalendarRequest>) -> Reply<Message> {
        let (given, rules) = (request.into_inner(), self.store.rules());
        let calendar = known(&rules, &given.key)?;
        let date = date_or(&given.date, "date", calendar.local_date(self.store.clock.now()))?;
        let book = self.book(&rules)?;
        let held = book.on(&given.key, date).ok_or_else(|| not_found(&given.key))?;
        Ok(Response::new(telling::calendar(held, &book)))
    }

    async fn create_calendar(&self, request: Request<CreateCalendarRequest>) -> Reply<Message> {
        let given = request.into_inner().calendar.unwrap_or_default();
        let edition = reading::edition(&given)?;
        self.command(&given.key, given.note, |administration| administration.create(edition)).await
    }

    async fn replace_calendar(&self, request: Request<ReplaceCalendarRequest>) -> Reply<Message> {
        let ReplaceCalendarRequest { calendar, etag } = request.into_inner();
        let given = calendar.unwrap_or_default();
        let edition = reading::edition(&given)?;
        let etag = if etag.is_empty() { given.etag } else { etag };
        self.command(&given.key, given.note, |administration| administration.replace(edition, &etag)).await
    }

    async fn delete_calendar(&self, request: Request<DeleteCalendarRequest>) -> Reply<Message> {
        let given = request.into_inner();
        self.command(&given.key, given.note, |administration| administration.remove(&given.key, &given.etag))
            .await
    }

    async fn except_calendar(&self, request: Request<ExceptCalendarRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let what = reading::excepting(&given)?;
        self.command(&given.key, given.note, |administration| {
            administration.except(&given.key, what, &given.etag)
        })
        .await
    }

    async fn list_calendar_versions(
        &self,
        request: Request<ListCalendarVersionsRequest>,
    ) -> Reply<ListCalendarVersionsResponse> {
        let (key, book) = (request.into_inner().key, self.book(&self.store.rules())?);
        let versions = book.versions(&key).iter().rev();
        let versions: Vec<_> = versions.map(|version| telling::calendar(version, &book)).collect();
        if versions.is_empty() {
            return Err(not_found(&key).into());
        }
        Ok(Response::new(ListCalendarVersionsResponse { versions }))
    }

    async fn list_calendar_days(
        &self,
        request: Request<ListCalendarDaysRequest>,
    ) -> Reply<ListCalendarDaysResponse> {
        let (given, rules) = (request.into_inner(), self.store.rules());
        let calendar = known(&rules, &given.key)?;
        let (from, to) = range(&given, calendar, self.store.clock.now())?;
        let dates = from.iter_days().take_while(|date| *date <= to);
        let days: Result<_, Error> = dates.map(|date| telling::day(calendar, date)).collect();
        Ok(Response::new(ListCalendarDaysResponse { days: days? }))
    }

    async fn list_year_files(&self, request: Request<ListYearFilesRequest>) -> Reply<ListYearFilesResponse> {
        let (region, rules) = (request.into_inner().region, self.store.rules());
        let regions = rules.almanac.regions().iter();
        let regions = regions.filter(|holidays| region.is_empty() || holidays.region() == region);
        let files = regions.flat_map(|holidays| {
            let file = |year| YearFile { days: Vec::new(), ..telling::year_file(holidays, year, &rules) };
            holidays.years().map(file).collect::<Vec<_>>()
        });
        Ok(Response::new(ListYearFilesResponse { files: files.collect() }))
    }

    async fn get_year_file(&self, request: Request<GetYearFileRequest>) -> Reply<YearFile> {
        let GetYearFileRequest { region, year } = request.into_inner();
        Ok(Response::new(year_file(&self.store.rules(), &region, year)?))
    }

    async fn put_year_file(&self, request: Request<PutYearFileRequest>) -> Reply<YearFile> {
        let PutYearFileRequest { region, year, content, note } = request.into_inner();
        let decide = |administration: &Administration<'_>| administration.put_year(&region, year, content);
        let (tx, rules) = self.store.change_calendars(self.change(note)?, decide).await?;
        let reply = year_file(&rules, &region, year)?;
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}

fn year_file(rules: &Rules, region: &str, year: i32) -> Result<YearFile, Error> {
    let holidays = rules.almanac.regions().get(region).filter(|holidays| holidays.covers(year));
    let holidays =
        holidays.ok_or_else(|| Core::NotFound { what: "year file", id: format!("{region}/{year}") })?;
    Ok(telling::year_file(holidays, year, rules))
}

fn known<'a>(rules: &'a Rules, key: &str) -> Result<&'a Arc<Calendar>, Error> {
    rules.calendars.get(key).map_err(|_| not_found(key))
}

fn not_found(key: &str) -> Error {
    Core::NotFound { what: "calendar", id: key.to_owned() }.into()
}

fn range(
    given: &ListCalendarDaysRequest,
    calendar: &Calendar,
    now: DateTime<Utc>,
) -> Result<(NaiveDate, NaiveDate), Error> {
    let from = date_or(&given.from, "from", calendar.local_date(now))?;
    let to = date_or(&given.to, "to", from + TimeDelta::days(USUAL_DAYS))?;
    if (0..=MOST_DAYS).contains(&(to - from).num_days()) {
        Ok((from, to))
    } else {
        let (en, zh) = ("is before `from` or more than 400 days after it", "早于 `from` 或超过其后 400 天");
        Err(Core::Field { field: "to", en, zh }.into())
    }
}

fn date_or(text: &str, path: &str, otherwise: NaiveDate) -> Result<NaiveDate, Error> {
    Ok(reading::date(text, path)?.unwrap_or(otherwise))
}

/// Refuses a field.
fn wrong(path: &str, en: impl Into<String>, zh: impl Into<String>) -> Field {
    Field { path: path.to_owned(), en: en.into(), zh: zh.into() }
}
