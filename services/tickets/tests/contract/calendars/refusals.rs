//! What is refused of calendars, with what to do.

use hotline_core::id;
use hotline_proto::events::v1::TeamChanged;
use hotline_proto::tickets::v1::sla_policy_service_client::SlaPolicyServiceClient;
use hotline_proto::tickets::v1::{CreateSlaPolicyRequest, SlaGoal, SlaPolicy, sla_goal};

use super::*;

#[tokio::test]
async fn every_wrong_field_of_a_calendar_is_named() {
    on_each(|desk| async move {
        let hours = |mon: &[&str], make_up: &[&str]| {
            let (mon, make_up) = (texts(mon), texts(make_up));
            Some(CalendarHours { mon, make_up, ..CalendarHours::default() })
        };
        let twice = CalendarException { name: "x".into(), dates: "2026-05-20".into(), ..Default::default() };
        let nameless = CalendarException { dates: "2026-02-30".into(), ..Default::default() };
        let table = [
            (
                Calendar { key: String::new(), name: " ".into(), ..shop() },
                vec!["calendar.key", "calendar.name"],
            ),
            (Calendar { time_zone: "Mars/Base".into(), ..shop() }, vec!["calendar.timeZone"]),
            (Calendar { holidays: "xx".into(), ..shop() }, vec!["calendar.holidays"]),
            (Calendar { holidays: "cn".into(), ..shop() }, vec!["calendar.hours.makeUp"]),
            (
                Calendar { hours: hours(&["9-18"], &["18:00-09:00"]), ..shop() },
                vec!["calendar.hours.mon", "calendar.hours.makeUp"],
            ),
            (
                Calendar { hours: hours(&["09:00-13:00", "12:00-18:00"], &[]), ..shop() },
                vec!["calendar.hours.mon"],
            ),
            (Calendar { hours: None, ..shop() }, vec!["calendar.hours"]),
            (Calendar { effective_from: "2026-02-30".into(), ..shop() }, vec!["calendar.effectiveFrom"]),
            (
                Calendar { exceptions: vec![twice.clone(), twice.clone()], ..shop() },
                vec!["calendar.exceptions"],
            ),
            (
                Calendar { exceptions: vec![twice, nameless], ..shop() },
                vec!["calendar.exceptions[1].name", "calendar.exceptions[1].dates"],
            ),
        ];
        for (calendar, wrong) in table {
            assert_eq!(fields(create(&desk, calendar).await), wrong);
        }
        assert_eq!(versions_of_nothing(&desk).await, Code::NotFound);
        create(&desk, shop()).await.expect("is made");
        let moved = Calendar { time_zone: "Asia/Shanghai".into(), ..shop() };
        let refused = replace(&desk, moved, "").await;
        let message = refused.as_ref().expect_err("is refused").message().to_owned();
        assert!(message.contains("make a new calendar"), "{message}");
        assert_eq!(fields(refused), ["calendar.timeZone"]);
    })
    .await;
}

async fn versions_of_nothing(desk: &Desk) -> Code {
    let request = ListCalendarVersionsRequest { key: "shop".into() };
    let listed = ask(desk, |mut client| async move { client.list_calendar_versions(request).await }).await;
    listed.expect_err("nothing was made").code()
}

#[tokio::test]
async fn a_calendar_that_others_name_stays() {
    on_each(|desk| async move {
        create(&desk, shop()).await.expect("is made");
        let team = TeamChanged { team_key: "berlin".into(), calendar: "shop".into() };
        desk.apply(&id::new().to_string(), &team).await;
        let goal = SlaGoal {
            calendar: "shop".into(),
            amount: Some(sla_goal::Amount::Minutes(30)),
            ..Default::default()
        };
        let policy = SlaPolicy {
            key: "berlin".into(),
            name: "柏林".into(),
            response: Some(goal),
            ..Default::default()
        };
        let request = CreateSlaPolicyRequest { policy: Some(policy) };
        let mut policies = SlaPolicyServiceClient::new(desk.upstream.clone());
        agent().scope(policies.create_sla_policy(request)).await.expect("is made");
        let refused = delete(&desk, "shop").await;
        let message = refused.as_ref().expect_err("is refused").message().to_owned();
        assert!(message.contains("policy berlin, team berlin"), "{message}");
        assert_eq!(refusal(refused), (Code::FailedPrecondition, "CALENDAR_NEEDED".into()));
        let elsewhere = TeamChanged { calendar: "office".into(), ..team };
        desk.apply(&id::new().to_string(), &elsewhere).await;
        let message = delete(&desk, "shop").await.expect_err("is refused").message().to_owned();
        assert!(!message.contains("team"), "{message}");
    })
    .await;
}

#[tokio::test]
async fn a_calendar_that_never_opens_refuses_tickets_and_says_what_to_do() {
    on_each(|desk| async move {
        for year in ["2026-03-02 to 2027-03-01", "2027-03-02 to 2028-03-01"] {
            except(&desk, "office", year, &[], false).await.expect("is closed");
        }
        let refused = desk.ask(|mut client| async move { client.create_ticket(fault()).await }).await;
        let message = refused.as_ref().expect_err("is refused").message().to_owned();
        assert!(message.contains("PUT /v1/calendars/office"), "{message}");
        assert_eq!(refusal(refused), (Code::FailedPrecondition, "CALENDAR_CLOSED".into()));
    })
    .await;
}
