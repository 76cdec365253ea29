//! Rosters are drawn, published, and tell who is on duty (D7).

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    DeleteRosterRequest, DrawRosterRequest, DutyHours, ExportRosterRequest, GetRosterQualityRequest,
    HolidayDuty, ListRostersRequest, ListShiftsRequest, Roster, RosterState, ShiftSource,
    UpdateRosterRequest,
};
use hotline_proto::events::v1::RosterPublished;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::duty::{lead, march, on_duty, person, staffed, why};
use crate::harness::figures::Values;
use crate::harness::{Desk, OTHER, TEAM, admin, keyed, member};

fn draw_of(first: &str, last: &str) -> DrawRosterRequest {
    DrawRosterRequest {
        team_key: TEAM.into(),
        first_date: first.into(),
        last_date: last.into(),
        seed: "s".into(),
        ..DrawRosterRequest::default()
    }
}

async fn draw(desk: &Desk, request: DrawRosterRequest) -> Result<Roster, Status> {
    inner(lead().scope(desk.rosters.clone().draw_roster(request)).await)
}

async fn update(desk: &Desk, roster: Roster) -> Result<Roster, Status> {
    let request = UpdateRosterRequest { roster: Some(roster), ..UpdateRosterRequest::default() };
    inner(lead().scope(desk.rosters.clone().update_roster(request)).await)
}

const WELL: Values = &[("csat_mean", 4.8), ("tickets_resolved", 10.0), ("tickets_closed", 9.0)];
const FAIRLY: Values = &[("csat_mean", 4.2), ("tickets_resolved", 10.0), ("tickets_closed", 9.0)];
const FAIRLY_BUT_SLOWLY: Values = &[("csat_mean", 4.2), ("tickets_resolved", 10.0), ("tickets_closed", 5.0)];

#[tokio::test]
async fn a_draw_for_two_weeks_honours_three_months_and_ranking() {
    for desk in staffed().await {
        desk.serves("new", TEAM, "2025-12-17").await;
        desk.figures.say(&[("cyd", WELL), ("new", WELL), ("ann", FAIRLY_BUT_SLOWLY), ("dan", FAIRLY)]);
        let drawn = draw(&desk, draw_of("2026-03-16", "2026-03-29")).await.expect("somebody serves");
        assert_eq!(drawn.turns, ["cyd", "dan", "ann", "bob"], "the new one serves from 17 March on");
        let ranks: Vec<_> = drawn.ranking.iter().map(|one| (&*one.subject, one.rank)).collect();
        assert_eq!(ranks, [("cyd", 1), ("dan", 2), ("ann", 3), ("bob", 4), ("new", 0)]);
        assert_eq!(drawn.ranking[2].closure_thousandths, Some(500));
        assert_eq!((&*drawn.ranking[4].serves_from, drawn.state()), ("2026-03-17", RosterState::Draft));
        assert_eq!((&*drawn.seed, &*drawn.calendar, &*drawn.time_zone), ("s", "duty", "Asia/Shanghai"));
        let asked = desk.figures.asked();
        assert_eq!(asked[0].group_by, ["team", "agent"]);
        let later = draw(&desk, draw_of("2026-03-17", "2026-03-29")).await.expect("somebody serves");
        assert!(later.turns.contains(&"new".to_owned()), "three months to the day");
        assert_eq!(draw(&desk, draw_of("2026-03-16", "2026-03-29")).await.expect("again").turns, drawn.turns);
        let best = DrawRosterRequest { most: 2, ..draw_of("2026-03-16", "2026-03-29") };
        assert_eq!(draw(&desk, best).await.expect("somebody serves").turns, ["cyd", "dan"]);
    }
}

#[tokio::test]
async fn a_quarter_names_its_holidays_and_a_year_nobody_announced_is_refused() {
    for desk in staffed().await {
        let quarter = |quarter: &str| DrawRosterRequest {
            team_key: TEAM.into(),
            quarter: quarter.into(),
            ..DrawRosterRequest::default()
        };
        let drawn = draw(&desk, quarter("2026-Q2")).await.expect("somebody serves");
        assert_eq!((&*drawn.first_date, &*drawn.last_date), ("2026-04-01", "2026-06-30"));
        let names: Vec<_> = drawn.holidays.iter().map(|holiday| &*holiday.name).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        for holiday in ["清明节", "劳动节", "端午节"] {
            assert!(names.contains(&holiday), "{names:?}");
        }
        assert_eq!(drawn.seed.len(), 16, "one was made");
        assert_eq!(why(draw(&desk, quarter("2030-Q1")).await), "CALENDAR_YEAR_MISSING");
        assert_eq!(refusal(draw(&desk, quarter("2026-Q5")).await).0, Code::InvalidArgument);
        assert_eq!(refusal(draw(&desk, draw_of("2026-03-29", "2026-03-16")).await).0, Code::InvalidArgument);
    }
}

#[tokio::test]
async fn without_figures_nobody_is_drawn() {
    for desk in staffed().await {
        desk.figures.go_away(true);
        let refused = refusal(draw(&desk, draw_of("2026-03-16", "2026-03-29")).await);
        assert_eq!(refused, (Code::Unavailable, "RANKING_UNAVAILABLE".into()));
        let all = lead().scope(desk.rosters.clone().list_rosters(ListRostersRequest::default())).await;
        assert!(inner(all).expect("listed").rosters.is_empty());
        desk.figures.go_away(false);
        draw(&desk, draw_of("2026-03-16", "2026-03-29")).await.expect("now it can");
    }
}

#[tokio::test]
async fn a_draft_is_nobodys_duty_until_it_is_published_and_fixed_after_that() {
    for desk in staffed().await {
        let draft = desk.makes_roster(lead(), march(&["ann", "bob"])).await.expect("a draft");
        assert_eq!(desk.who("2026-03-04T04:00:00Z").await, "");
        let other = Roster { id: draft.id.clone(), turns: vec!["cyd".into()], ..Roster::default() };
        let changed = update(&desk, other).await.expect("a draft changes");
        assert_eq!((&changed.turns, &changed.last_date), (&vec!["cyd".to_owned()], &draft.last_date));
        let stale = UpdateRosterRequest {
            roster: Some(Roster { etag: draft.etag.clone(), ..changed.clone() }),
            ..UpdateRosterRequest::default()
        };
        let stale = inner(lead().scope(desk.rosters.clone().update_roster(stale)).await);
        assert_eq!(refusal(stale), (Code::Aborted, "ETAG_MISMATCH".into()));
        let published = desk.publishes(lead(), &draft.id).await.expect("nothing is wrong with it");
        assert_eq!((published.state(), &*published.published_by), (RosterState::Published, "lead"));
        assert_eq!(desk.who("2026-03-04T04:00:00Z").await, "cyd");
        assert_eq!(desk.outbox::<RosterPublished>().await.len(), 1);
        assert_eq!(why(update(&desk, published.clone()).await), "ROSTER_PUBLISHED");
        let delete = DeleteRosterRequest { id: draft.id.clone(), etag: String::new() };
        let deleted = lead().scope(desk.rosters.clone().delete_roster(delete.clone())).await;
        assert_eq!(why(deleted), "ROSTER_PUBLISHED");
        assert_eq!(why(desk.publishes(lead(), &draft.id).await), "ROSTER_PUBLISHED");
        let second = desk.makes_roster(lead(), march(&["ann"])).await.expect("a draft");
        assert_eq!(why(desk.publishes(lead(), &second.id).await), "ROSTERS_MEET");
        let delete = DeleteRosterRequest { id: second.id.clone(), ..delete };
        lead().scope(desk.rosters.clone().delete_roster(delete)).await.expect("a draft goes");
        assert_eq!(refusal(desk.publishes(lead(), &second.id).await).0, Code::NotFound);
    }
}

#[tokio::test]
async fn a_roster_of_strangers_or_new_people_or_without_holidays_is_not_published() {
    for desk in staffed().await {
        desk.serves("new", TEAM, "2026-01-01").await;
        desk.serves("ann", OTHER, "2020-01-01").await;
        let refused = async |roster: Roster| {
            let made = desk.makes_roster(admin(), roster).await.expect("a draft");
            why(desk.publishes(admin(), &made.id).await)
        };
        assert_eq!(refused(march(&["zoe"])).await, "NOT_A_MEMBER");
        assert_eq!(refused(march(&["new"])).await, "TOO_NEW_FOR_DUTY");
        let april = Roster { last_date: "2026-04-12".into(), ..march(&["ann"]) };
        assert_eq!(refused(april.clone()).await, "HOLIDAY_UNNAMED");
        let holidays = vec![HolidayDuty { name: "清明节".into(), subject: "dan".into() }];
        desk.has_roster(Roster { holidays, ..april }).await;
        let duty = desk.duty_at("2026-04-05T04:00:00Z").await.current.expect("a holiday");
        assert_eq!((&*duty.subject, duty.source(), &*duty.holiday), ("dan", ShiftSource::Holiday, "清明节"));
        let elsewhere = Roster { team_key: OTHER.into(), ..march(&["ann"]) };
        assert_eq!(refused(elsewhere).await, "ROSTER_TWICE");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_its_field() {
    for desk in staffed().await {
        let hours = |working: &[&str]| {
            let working = working.iter().map(|hours| (*hours).into()).collect();
            Some(DutyHours { working, ..DutyHours::default() })
        };
        let good = march(&["ann"]);
        for (wrong, field) in [
            (Roster { turns: Vec::new(), ..good.clone() }, "roster.turns"),
            (Roster { first_date: "2026-02-30".into(), ..good.clone() }, "roster.firstDate"),
            (Roster { last_date: "2026-03-01".into(), ..good.clone() }, "roster.lastDate"),
            (Roster { time_zone: "Asia/Nowhere".into(), ..good.clone() }, "roster.timeZone"),
            (Roster { calendar: "moon".into(), ..good.clone() }, "roster.calendar"),
            (Roster { hours: hours(&["08:00-12:00", "11:00-13:00"]), ..good.clone() }, "roster.hours"),
            (Roster { hours: hours(&[]), ..good.clone() }, "roster.hours"),
        ] {
            let refused = desk.makes_roster(lead(), wrong).await.expect_err("refused");
            assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
            assert!(refused.message().starts_with(&format!("`{field}`")), "{refused}");
        }
        let no_team = Roster { team_key: "nowhere".into(), ..good };
        assert_eq!(refusal(desk.makes_roster(admin(), no_team).await).0, Code::InvalidArgument);
    }
}

#[tokio::test]
async fn leads_decide_for_their_own_teams_and_members_read() {
    for desk in on_duty().await {
        let stranger = || Caller { roles: [Role::TeamLead].into(), ..member("other", OTHER) };
        for caller in [person("ann"), stranger()] {
            let refused = desk.makes_roster(caller, march(&["ann"])).await;
            assert_eq!(refusal(refused).0, Code::PermissionDenied);
        }
        let shifts = ListShiftsRequest { team_key: TEAM.into(), ..ListShiftsRequest::default() };
        let read = async |caller: Caller| {
            inner(caller.scope(desk.rosters.clone().list_shifts(shifts.clone())).await)
        };
        let own = read(person("bob")).await.expect("a member reads");
        assert_eq!((own.shifts.len(), own.faults.len()), (28, 0), "28 days from today");
        assert_eq!((&*own.shifts[0].date, &*own.shifts[0].name), ("2026-03-02", "ANN"));
        assert_eq!(refusal(read(stranger()).await).0, Code::PermissionDenied);
        let listed = async |caller: Caller| {
            inner(caller.scope(desk.rosters.clone().list_rosters(ListRostersRequest::default())).await)
        };
        assert_eq!(listed(person("bob")).await.expect("listed").rosters.len(), 1);
        assert!(listed(stranger()).await.expect("listed").rosters.is_empty());
    }
}

#[tokio::test]
async fn who_is_on_duty_and_who_is_next_is_one_call() {
    for desk in on_duty().await {
        let saturday = desk.duty_at("2026-03-07T04:00:00Z").await;
        assert_eq!(saturday.current.map(|shift| shift.subject).as_deref(), Some("ann"));
        let next = saturday.next.expect("Sunday");
        assert_eq!((&*next.subject, &*next.date), ("ann", "2026-03-08"));
        assert_eq!(saturday.relief.map(|shift| shift.subject).as_deref(), Some("bob"));
        let night = desk.duty_at("2026-03-08T20:00:00Z").await;
        assert!(night.current.is_none());
        assert_eq!(night.next.map(|shift| shift.subject).as_deref(), Some("bob"));
        let over = desk.duty_at("2026-04-20T04:00:00Z").await;
        assert!(over.current.is_none() && over.next.is_none() && over.relief.is_none());
    }
}

#[tokio::test]
async fn contacts_outside_their_hours_are_taken_by_who_is_on_duty_or_was_last() {
    for desk in on_duty().await {
        for (at, open, changes_at, taken_by) in [
            ("2026-03-07T04:00:00Z", true, "2026-03-07T14:00:00Z", ""),
            ("2026-03-08T12:30:00Z", true, "2026-03-08T14:00:00Z", ""),
            ("2026-03-08T14:00:00Z", false, "2026-03-09T00:00:00Z", "ann"),
            ("2026-03-08T20:00:00Z", false, "2026-03-09T00:00:00Z", "ann"),
            ("2026-03-09T20:00:00Z", false, "2026-03-10T00:00:00Z", "bob"),
            ("2026-04-20T20:00:00Z", false, "2026-04-21T00:00:00Z", ""),
        ] {
            let told = desk.duty_at(at).await.contacts.expect("a year that is known");
            let change = changes_at.parse().expect("a time");
            let expected = (open, Some(hotline_core::time::to_proto(change)), taken_by);
            assert_eq!((told.open, told.changes_at, &*told.taken_by), expected, "{at}");
        }
    }
}

#[tokio::test]
async fn quality_and_the_calendar_follow_the_final_schedule() {
    for desk in on_duty().await {
        let quality = GetRosterQualityRequest { team_key: TEAM.into() };
        let told = lead().scope(desk.rosters.clone().get_roster_quality(quality)).await;
        let told = inner(told).expect("told");
        assert!(told.gaps.is_empty() && told.score > 50 && told.score < 100, "ann has two weeks: {told:?}");
        assert!(told.loads[0].subject == "ann" && told.loads[0].overloaded, "{told:?}");
        desk.puts_on(lead(), "dan", ("2026-03-07T00:00", "2026-03-08T00:00")).await.expect("dan is free");
        let rosters = lead().scope(desk.rosters.clone().list_rosters(ListRostersRequest::default())).await;
        let id = inner(rosters).expect("listed").rosters.remove(0).id;
        let export = async |subject: &str| {
            let request = ExportRosterRequest { id: id.clone(), subject: subject.into() };
            let file = inner(person("ann").scope(desk.rosters.clone().export_roster(request)).await);
            String::from_utf8(file.expect("a file").data).expect("text")
        };
        assert_eq!(export("").await.matches("BEGIN:VEVENT").count(), 28);
        let own = export("dan").await;
        assert!(
            own.matches("BEGIN:VEVENT").count() == 1 && own.contains("DTSTART:20260307T010000Z"),
            "{own}"
        );
    }
}

#[tokio::test]
async fn two_who_publish_at_once_do_not_put_anybody_on_duty_twice() {
    for desk in staffed().await {
        desk.serves("ann", OTHER, "2020-01-01").await;
        let first = desk.makes_roster(admin(), march(&["ann"])).await.expect("a draft");
        let second = Roster { team_key: OTHER.into(), ..march(&["ann"]) };
        let second = desk.makes_roster(admin(), second).await.expect("a draft");
        let (one, two) =
            tokio::join!(desk.publishes(admin(), &first.id), desk.publishes(admin(), &second.id));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!(desk.outbox::<RosterPublished>().await.len(), 1);
    }
}

#[tokio::test]
async fn the_same_key_draws_once() {
    for desk in staffed().await {
        let draw = async || {
            let request = keyed(draw_of("2026-03-16", "2026-03-29"), "draw-1");
            inner(lead().scope(desk.rosters.clone().draw_roster(request)).await).expect("drawn").id
        };
        assert_eq!(draw().await, draw().await);
    }
}
