//! Year files uploaded while the service runs.

use hotline_proto::tickets::v1::{GetYearFileRequest, ListYearFilesRequest, PutYearFileRequest, YearFile};

use super::*;

const YEAR: &str = r#"{"year": 2027, "days": [
    {"name": "元旦", "date": "2027-01-01", "isOffDay": true},
    {"name": "元旦", "date": "2027-01-03", "isOffDay": false}]}"#;

async fn put(desk: &Desk, content: &str) -> Result<YearFile, Status> {
    let request =
        PutYearFileRequest {
            region: "cn".into(), year: 2027, content: content.into(), note: "公布".into()
        };
    ask(desk, |mut client| async move { client.put_year_file(request).await }).await
}

async fn year(desk: &Desk, region: &str, year: i32) -> Result<YearFile, Status> {
    let request = GetYearFileRequest { region: region.into(), year };
    ask(desk, |mut client| async move { client.get_year_file(request).await }).await
}

#[tokio::test]
async fn a_missing_year_is_asked_for_refused_and_there_once_it_is_uploaded() {
    on_each(|desk| async move {
        let missing = async || {
            let list =
                ask(&desk, |mut client| async move { client.list_calendars(ListCalendarsRequest {}).await });
            list.await.expect("are listed").missing_years
        };
        assert_eq!(missing().await, []);
        desk.clock.set(at("2026-12-31 17:00")).expect("time goes forward");
        let [told] = missing().await.try_into().expect("one year");
        assert_eq!((told.region.as_str(), told.year, told.urgent), ("cn", 2027, true));
        assert!(
            told.message.contains("PUT /v1/holidays/cn/2027") && told.message_zh.contains("2027"),
            "{told:?}"
        );
        let refused = desk.ask(|mut client| async move { client.create_ticket(fault()).await }).await;
        let message = refused.as_ref().expect_err("is refused").message().to_owned();
        assert!(message.contains("PUT /v1/holidays/cn/2027"), "{message}");
        assert_eq!(refusal(refused), (Code::FailedPrecondition, "CALENDAR_YEAR_MISSING".into()));

        put(&desk, YEAR).await.expect("is taken over");
        assert_eq!(missing().await, []);
        let sla = desk.create(fault()).await.sla.expect("it has its times");
        // New Year's Day is off, 2 January a Saturday, 3 January a make-up day.
        assert_eq!(from_proto(sla.resolution_due_at.as_ref()), Some(at("2027-01-03 12:00")));
        assert_eq!(day(&desk, "office", "2027-01-03").await.1, CalendarDayKind::MakeUp);
        let [told] = desk.events::<CalendarsChanged>().await.try_into().expect("one change");
        assert_eq!((told.calendars.len(), told.year_files[0].content.as_str()), (0, YEAR));
    })
    .await;
}

#[tokio::test]
async fn a_year_file_is_kept_in_versions_and_a_wrong_one_is_refused_with_the_reason() {
    on_each(|desk| async move {
        assert_eq!(refusal(year(&desk, "cn", 2027).await), (Code::NotFound, "NOT_FOUND".into()));
        let shipped = year(&desk, "cn", 2026).await.expect("is shipped");
        assert_eq!((shipped.version, shipped.days.is_empty()), (0, false));
        for (content, reason) in [
            (r#"{"year": 2026, "days": []}"#, "it is of the year 2026"),
            (r#"{"year": 2027, "days": []}"#, "names no days"),
            ("holiday = 1", "can't be used"),
        ] {
            let refused = put(&desk, content).await;
            let message = refused.as_ref().expect_err("is refused").message().to_owned();
            assert!(message.contains(reason), "{message}");
            assert_eq!(fields(refused), ["content"]);
        }
        assert_eq!(put(&desk, YEAR).await.expect("is taken over").version, 1);
        let second = put(&desk, &YEAR.replace("01-03", "01-02")).await.expect("is taken over");
        assert_eq!((second.version, second.recorded_by.as_str(), second.note.as_str()), (2, "agent", "公布"));
        assert_eq!(
            second.days.iter().map(|day| day.date.as_str()).collect::<Vec<_>>(),
            ["2027-01-01", "2027-01-02"]
        );
        assert_eq!(year(&desk, "cn", 2027).await.expect("is there"), second);
        let request = ListYearFilesRequest { region: "cn".into() };
        let list = ask(&desk, |mut client| async move { client.list_year_files(request).await });
        let files = list.await.expect("are listed").files;
        assert_eq!((files.len(), files[16].version, files[16].days.len()), (17, 2, 0));
    })
    .await;
}
