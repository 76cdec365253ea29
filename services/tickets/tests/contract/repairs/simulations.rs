//! Calendars and categories of a simulation: read as they are where they are administered.

use hotline_proto::tickets::v1::{Calendar, CalendarException, CalendarHours, ReplaceCalendarRequest};
use tonic_types::StatusExt;

use super::*;

/// Returns the office as it would be with these hours on Mondays, without a date and without a zone.
fn office(mon: &str) -> Calendar {
    let hours = CalendarHours { mon: vec![mon.into()], ..CalendarHours::default() };
    Calendar { key: "office".into(), name: "办公时间".into(), hours: Some(hours), ..Calendar::default() }
}

fn with(calendars: Vec<Calendar>) -> SimulateSlaRequest {
    SimulateSlaRequest { calendars, ..today() }
}

/// Returns the fields that a refusal names.
async fn wrong(desk: &Desk, request: SimulateSlaRequest) -> Vec<String> {
    let refused = simulate(desk, request).await.expect_err("it makes no sense");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    let violations = refused.get_details_bad_request().expect("fields are named").field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

/// Returns how solutions would have ended.
async fn solutions(desk: &Desk, request: SimulateSlaRequest) -> SlaOutcome {
    let told = simulate(desk, request).await.expect("is told");
    assert_eq!(told.untold, 0, "{}", told.untold_because);
    let solution = told.clocks.iter().find(|told| told.clock == SlaClock::Resolution as i32);
    solution.and_then(|told| told.would_be).expect("is counted")
}

#[tokio::test]
async fn a_calendar_without_a_date_takes_the_place_of_every_edition_and_keeps_the_zone() {
    on_each(|desk| async move {
        let dated = Calendar { effective_from: "2026-03-01".into(), ..office("08:00-18:00") };
        let request = ReplaceCalendarRequest { calendar: Some(dated.clone()), ..Default::default() };
        desk.order(desk.calendars().replace_calendar(request)).await.expect("is replaced");
        let ticket = desk.create(fault()).await;
        resolve(&desk, &ticket, "2026-03-02 14:00").await;
        let (met, missed) =
            (SlaOutcome { met: 1, ..Default::default() }, SlaOutcome { missed: 1, ..Default::default() });
        assert_eq!(solutions(&desk, today()).await, missed);
        assert_eq!(solutions(&desk, with(vec![office("12:00-18:00")])).await, met);
        // Whatever the order, one with a date lies over the one without.
        for calendars in
            [vec![dated.clone(), office("12:00-18:00")], vec![office("12:00-18:00"), dated.clone()]]
        {
            assert_eq!(solutions(&desk, with(calendars)).await, missed);
        }
    })
    .await;
}

#[tokio::test]
async fn a_calendar_that_makes_no_sense_is_refused_by_its_place_in_the_list() {
    on_each(|desk| async move {
        let calendar = office("09:00-18:00");
        let closed =
            CalendarException { name: "停电".into(), dates: "2026-03-02".into(), ..Default::default() };
        let (mars, paris) = ("Mars/Base".to_owned(), "Europe/Paris".to_owned());
        for (wrong_one, field) in [
            (Calendar { key: "shop".into(), ..calendar.clone() }, "timeZone"),
            (Calendar { key: "shop".into(), time_zone: mars, ..calendar.clone() }, "timeZone"),
            (Calendar { time_zone: paris, ..calendar.clone() }, "timeZone"),
            (Calendar { holidays: "nowhere".into(), ..calendar.clone() }, "holidays"),
            (Calendar { holidays: "cn".into(), ..calendar.clone() }, "hours.makeUp"),
            (Calendar { hours: None, ..calendar.clone() }, "hours"),
            (Calendar { name: String::new(), ..calendar.clone() }, "name"),
            (Calendar { exceptions: vec![closed.clone(), closed], ..calendar.clone() }, "exceptions"),
        ] {
            let named = wrong(&desk, with(vec![calendar.clone(), wrong_one])).await;
            assert_eq!(named, [format!("calendars[1].{field}")]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_policy_for_no_category_is_refused_by_its_place_in_the_list() {
    on_each(|desk| async move {
        let category_codes = vec!["repair".into(), "nowhere".into()];
        let lost = SlaPolicy { key: "lost".into(), category_codes, ..strict() };
        let request = SimulateSlaRequest { policies: vec![strict(), lost], ..today() };
        assert_eq!(wrong(&desk, request).await, ["policies[1].categoryCodes[1]"]);
    })
    .await;
}
