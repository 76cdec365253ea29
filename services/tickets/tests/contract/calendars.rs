//! Calendars and year files changed at run time, in versions, with word to those who count by them (T11).

use std::future::Future;

use hotline_calendar::Almanac;
use hotline_core::error::reason_of;
use hotline_core::testing::eventually;
use hotline_core::time::from_proto;
use hotline_core::upstream::Upstream;
use hotline_proto::events::v1::CalendarsChanged;
use hotline_proto::tickets::v1::calendar_service_client::CalendarServiceClient;
use hotline_proto::tickets::v1::{
    Calendar, CalendarDayKind, CalendarException, CalendarHours, CreateCalendarRequest,
    DeleteCalendarRequest, ExceptCalendarRequest, GetCalendarRequest, ListCalendarDaysRequest,
    ListCalendarVersionsRequest, ListCalendarsRequest, ReplaceCalendarRequest,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

use crate::support::{Desk, agent, at, fault, on_each};

mod refusals;
mod year_files;

async fn ask<R, F>(desk: &Desk, call: impl FnOnce(CalendarServiceClient<Upstream>) -> F) -> Result<R, Status>
where
    F: Future<Output = Result<Response<R>, Status>>,
{
    agent().scope(call(desk.calendars())).await.map(Response::into_inner)
}

async fn create(desk: &Desk, calendar: Calendar) -> Result<Calendar, Status> {
    let request = CreateCalendarRequest { calendar: Some(calendar) };
    ask(desk, |mut client| async move { client.create_calendar(request).await }).await
}

async fn replace(desk: &Desk, calendar: Calendar, etag: &str) -> Result<Calendar, Status> {
    let request = ReplaceCalendarRequest { calendar: Some(calendar), etag: etag.into() };
    ask(desk, |mut client| async move { client.replace_calendar(request).await }).await
}

async fn delete(desk: &Desk, key: &str) -> Result<Calendar, Status> {
    let request = DeleteCalendarRequest { key: key.into(), ..DeleteCalendarRequest::default() };
    ask(desk, |mut client| async move { client.delete_calendar(request).await }).await
}

async fn get(desk: &Desk, key: &str, date: &str) -> Result<Calendar, Status> {
    let request = GetCalendarRequest { key: key.into(), date: date.into() };
    ask(desk, |mut client| async move { client.get_calendar(request).await }).await
}

async fn versions(desk: &Desk, key: &str) -> Vec<(i32, bool)> {
    let request = ListCalendarVersionsRequest { key: key.into() };
    let listed = ask(desk, |mut client| async move { client.list_calendar_versions(request).await }).await;
    listed
        .expect("is listed")
        .versions
        .into_iter()
        .map(|version| (version.version, version.removed))
        .collect()
}

async fn except(desk: &Desk, key: &str, dates: &str, hours: &[&str], undo: bool) -> Result<Calendar, Status> {
    let exception = CalendarException {
        name: "盘点".into(),
        dates: dates.into(),
        hours: hours.iter().map(|hours| (*hours).to_owned()).collect(),
        working: None,
    };
    let exception = Some(exception);
    let request =
        ExceptCalendarRequest { key: key.into(), exception, undo, ..ExceptCalendarRequest::default() };
    ask(desk, |mut client| async move { client.except_calendar(request).await }).await
}

/// Returns the hours of a date with what it is.
async fn day(desk: &Desk, key: &str, date: &str) -> (Vec<String>, CalendarDayKind) {
    let request = ListCalendarDaysRequest { key: key.into(), from: date.into(), to: date.into() };
    let listed = ask(desk, |mut client| async move { client.list_calendar_days(request).await }).await;
    let [day] = listed.expect("is listed").days.try_into().expect("one date");
    (day.hours.clone(), day.kind())
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Returns a shop in Berlin, open on Mondays around noon.
fn shop() -> Calendar {
    let mon = texts(&["09:00-12:00", "13:00-18:00"]);
    Calendar {
        key: "shop".into(),
        name: "门店".into(),
        time_zone: "Europe/Berlin".into(),
        hours: Some(CalendarHours { mon, ..CalendarHours::default() }),
        note: "新店".into(),
        ..Calendar::default()
    }
}

/// Returns the fields that a refusal names.
fn fields(refused: Result<impl std::fmt::Debug, Status>) -> Vec<String> {
    let refused = refused.expect_err("is refused");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    let violations = refused.get_details_bad_request().expect("names fields").field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

fn refusal(refused: Result<impl std::fmt::Debug, Status>) -> (Code, String) {
    let refused = refused.expect_err("is refused");
    (refused.code(), reason_of(&refused))
}

#[tokio::test]
async fn a_calendar_is_made_changed_and_taken_away_in_versions() {
    on_each(|desk| async move {
        let made = create(&desk, shop()).await.expect("is made");
        assert_eq!((made.version, made.recorded_by.as_str(), made.note.as_str()), (1, "agent", "新店"));
        assert_eq!(made.recorded_at.map(|at| at.seconds), Some(at("2026-03-02 09:00").timestamp()));
        assert_eq!(made.working_days, texts(&["mon", "tue", "wed", "thu", "fri"]));
        assert_eq!(get(&desk, "shop", "").await.expect("is there"), made);
        assert_eq!(refusal(create(&desk, shop()).await), (Code::AlreadyExists, "CALENDAR_EXISTS".into()));

        let renamed = Calendar { name: "旗舰店".into(), time_zone: String::new(), ..shop() };
        let changed = replace(&desk, renamed.clone(), &made.etag).await.expect("is replaced");
        assert_eq!((changed.version, changed.name.as_str()), (2, "旗舰店"));
        assert_eq!(changed.time_zone, "Europe/Berlin", "not said, it stays");
        let stale = replace(&desk, renamed.clone(), &made.etag).await;
        assert_eq!(refusal(stale), (Code::Aborted, "ETAG_MISMATCH".into()));

        let list =
            ask(&desk, |mut client| async move { client.list_calendars(ListCalendarsRequest {}).await });
        let listed = list.await.expect("are listed");
        let keys: Vec<_> = listed.calendars.iter().map(|calendar| calendar.key.as_str()).collect();
        assert_eq!(keys, ["always", "callback", "contact", "duty", "office", "shop"]);
        assert_eq!((listed.calendars[5].clone(), listed.revision), (changed, 2));

        let removed = delete(&desk, "shop").await.expect("is taken away");
        assert_eq!((removed.version, removed.removed), (3, true));
        for gone in
            [get(&desk, "shop", "").await, replace(&desk, renamed, "").await, delete(&desk, "shop").await]
        {
            assert_eq!(refusal(gone), (Code::NotFound, "NOT_FOUND".into()));
        }
        assert_eq!(create(&desk, shop()).await.expect("is made again").version, 4);
        assert_eq!(versions(&desk, "shop").await, [(4, false), (3, true), (2, false), (1, false)]);
    })
    .await;
}

#[tokio::test]
async fn a_new_version_holds_from_its_date_and_what_was_shipped_comes_back() {
    on_each(|desk| async move {
        let shipped = get(&desk, "office", "").await.expect("is shipped");
        assert_eq!((shipped.version, shipped.recorded_by.as_str()), (0, ""));
        let mut summer = Calendar { effective_from: "2026-07-01".into(), ..shipped.clone() };
        summer.hours.as_mut().expect("it has hours").wed = texts(&["08:00-16:00"]);
        replace(&desk, summer, &shipped.etag).await.expect("is replaced");
        let hours = async |date| day(&desk, "office", date).await.0;
        assert_eq!(hours("2026-06-24").await, ["09:00-18:00"]);
        assert_eq!(hours("2026-07-01").await, ["08:00-16:00"]);
        assert_eq!(get(&desk, "office", "").await.expect("is there").version, 0);
        assert_eq!(get(&desk, "office", "2026-07-01").await.expect("is there").version, 1);

        let across = except(&desk, "office", "2026-06-30 to 2026-07-01", &[], false).await;
        assert_eq!(fields(across), ["exception.dates"]);
        let except = except(&desk, "office", "2026-07-01", &[], false).await.expect("is excepted");
        assert_eq!((except.version, except.effective_from.as_str()), (2, "2026-07-01"));

        delete(&desk, "office").await.expect("is as shipped");
        assert_eq!(hours("2026-07-01").await, ["09:00-18:00"]);
        assert_eq!(versions(&desk, "office").await, [(3, true), (2, false), (1, false), (0, false)]);
        let again = delete(&desk, "office").await;
        assert_eq!(refusal(again), (Code::FailedPrecondition, "CALENDAR_SHIPPED".into()));
    })
    .await;
}

#[tokio::test]
async fn an_exception_moves_what_is_promised_then_and_is_taken_back() {
    on_each(|desk| async move {
        let due = async || {
            let sla = desk.create(fault()).await.sla.expect("it has its times");
            from_proto(sla.resolution_due_at.as_ref()).expect("a solution is promised")
        };
        assert_eq!(due().await, at("2026-03-02 13:00"));
        except(&desk, "office", "2026-03-02 to 2026-03-03", &[], false).await.expect("is closed");
        assert_eq!(due().await, at("2026-03-04 13:00"));
        except(&desk, "office", "2026-03-03", &["10:00-15:00"], false).await.expect("is open after all");
        assert_eq!(due().await, at("2026-03-03 14:00"));
        assert_eq!(day(&desk, "office", "2026-03-02").await, (vec![], CalendarDayKind::Exception));
        let back =
            except(&desk, "office", "2026-03-02 to 2026-03-03", &[], true).await.expect("is taken back");
        assert_eq!((back.version, back.exceptions), (3, vec![]));
        assert_eq!(due().await, at("2026-03-02 13:00"));
        let nothing = except(&desk, "office", "2026-03-02", &[], true).await;
        assert_eq!(fields(nothing), ["exception.dates"]);
    })
    .await;
}

#[tokio::test]
async fn others_are_told_all_that_was_made_and_holds() {
    on_each(|desk| async move {
        create(&desk, shop()).await.expect("is made");
        replace(&desk, Calendar { name: "旗舰店".into(), ..shop() }, "").await.expect("is replaced");
        except(&desk, "office", "2026-03-02", &[], false).await.expect("is closed");
        delete(&desk, "shop").await.expect("is taken away");
        let told = desk.events::<CalendarsChanged>().await;
        let counts: Vec<_> = told.iter().map(|told| (told.revision, told.calendars.len())).collect();
        assert_eq!(counts, [(1, 1), (2, 1), (3, 2), (4, 1)]);
        assert!(told[1].calendars[0].contains("旗舰店"), "{}", told[1].calendars[0]);
        assert!(told[3].calendars[0].contains("盘点"), "{}", told[3].calendars[0]);
    })
    .await;
}

#[tokio::test]
async fn what_one_process_changed_another_follows_or_knows_when_it_starts() {
    on_each(|desk| async move {
        let mut other = Desk::open(desk.db.clone(), desk.clock.clone()).await;
        let made = create(&desk, shop()).await.expect("is made");
        let stop = CancellationToken::new();
        let following = tokio::spawn(other.tasks.remove(0)(stop.clone()));
        let follows = async || get(&other, "shop", "").await.is_ok_and(|calendar| calendar == made);
        eventually("the task reads it", follows).await;
        stop.cancel();
        following.await.expect("it ends");
        let next = Desk::open(desk.db.clone(), desk.clock.clone()).await;
        assert_eq!(get(&next, "shop", "").await.expect("is there"), made);
        let beside = hotline_tickets::calendars(&desk.db, &Almanac::default()).await.expect("reads");
        assert!(beside.get("shop").is_ok());
    })
    .await;
}
