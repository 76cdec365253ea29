//! What rows of updates tell, on the mapping that is shipped for them.

use hotline_proto::tickets::v1::{ImportedTicket, PastStepKind as Kind};

use super::super::findings::Findings;
use super::super::intake;
use super::super::mapping::Mapping;
use super::super::record::Record;

const INCIDENTS: &str = include_str!("../../../../../deploy/import/servicenow-incidents.toml");
const COLUMNS: &str = "number,incident_state,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_by,\
                       opened_at,sys_updated_at,contact_type,location,category,subcategory,u_symptom,impact,urgency,\
                       priority,assignment_group,assigned_to,closed_code,resolved_by,resolved_at,closed_at";

/// What one update says: number, state, hand-overs, reopenings, minute, group, person.
type Said<'a> = (&'a str, &'a str, u32, u32, u32, &'a str, &'a str);

fn row(said: &Said<'_>, resolved_at: &str) -> String {
    let (number, state, moves, reopens, minute, group, person) = said;
    format!(
        "{number},{state},{moves},{reopens},{minute},true,Caller 1,?,1/3/2016 09:00,1/3/2016 10:{minute:02},IVR,?,\
         Category 1,?,Symptom 2,2 - Medium,2 - Medium,3 - Moderate,{group},{person},code 7,?,{resolved_at},?"
    )
}

fn read(mapping: &str, rows: &[Said<'_>], resolved_at: &str) -> (Vec<Record>, Findings) {
    let folder = tempfile::tempdir().expect("a temp folder");
    let file = folder.path().join("log.csv");
    let text: Vec<String> = rows.iter().map(|said| row(said, resolved_at)).collect();
    std::fs::write(&file, format!("{COLUMNS}\n{}\n", text.join("\n"))).expect("is written");
    let mapping = Mapping::parse(mapping).expect("is good");
    let mut findings = Findings::into(folder.path().join("rejected.csv"));
    let (mut intake, _) = intake::read(&file, &mapping, folder.path(), &mut findings).expect("is read");
    let batch = intake.batch(&mut findings).expect("is read").expect("has rows");
    (batch.records, findings)
}

fn told(ticket: &ImportedTicket) -> Vec<(&'static str, &str)> {
    let name = |kind: Kind| kind.as_str_name().trim_start_matches("PAST_STEP_KIND_");
    ticket.history.iter().map(|step| (name(step.kind()), step.team_key.as_str())).collect()
}

#[test]
fn each_change_from_row_to_row_is_a_step() {
    let rows = [
        ("I1", "New", 0, 0, 0, "Group 1", "?"),
        ("I1", "Active", 0, 0, 1, "Group 1", "Ann"),
        ("I1", "Active", 0, 0, 2, "Group 1", "Bob"),
        ("I1", "Awaiting User Info", 1, 0, 3, "Group 2", "?"),
        ("I1", "Awaiting Vendor", 1, 0, 4, "Group 2", "?"),
        ("I1", "Active", 1, 0, 5, "Group 2", "?"),
        ("I1", "Resolved", 1, 0, 6, "Group 2", "Eve"),
        ("I1", "Active", 1, 1, 7, "Group 2", "Eve"),
        ("I1", "Resolved", 3, 1, 8, "Group 2", "Eve"),
        ("I1", "Closed", 3, 1, 9, "Group 2", "Eve"),
    ];
    let (records, findings) = read(INCIDENTS, &rows, "1/3/2016 10:08");
    assert_eq!((records.len(), findings.rows, findings.rejected), (1, 10, 0));
    let ticket = &records[0].ticket;
    let (one, two) = ("group-1", "group-2");
    assert_eq!(
        told(ticket),
        [
            ("ASSIGNED", one),
            ("STARTED", one),
            ("STARTED", one),
            ("ASSIGNED", two),
            ("WAITING", two),
            ("RESUMED", two),
            ("WAITING", two),
            ("RESUMED", two),
            ("RESOLVED", two),
            ("REOPENED", two),
            ("STARTED", two),
            ("ASSIGNED", two),
            ("ASSIGNED", two),
            ("RESOLVED", two),
            ("CLOSED", two),
        ]
    );
    assert_eq!(ticket.history[0].at, ticket.created_at);
    assert_eq!(
        (ticket.history[4].reason.as_str(), ticket.history[6].reason.as_str()),
        ("CUSTOMER", "THIRD_PARTY")
    );
    assert_eq!((ticket.subject.as_str(), ticket.within_target), ("Category 1 · Symptom 2", Some(true)));
    assert_eq!((ticket.team_key.as_str(), ticket.assignee.as_str()), (two, "Eve"));
}

#[test]
fn rows_of_a_ticket_may_stand_anywhere_and_in_any_order() {
    let apart = [
        ("I2", "Closed", 0, 0, 5, "Group 1", "?"),
        ("I1", "Active", 0, 0, 1, "Group 1", "?"),
        ("I2", "New", 0, 0, 0, "Group 1", "?"),
        ("I1", "New", 0, 0, 0, "Group 1", "?"),
        ("I2", "Resolved", 0, 0, 3, "Group 1", "?"),
    ];
    let mut together = apart;
    together.sort_by_key(|said| (said.0, said.4));
    let (one, _) = read(INCIDENTS, &apart, "1/3/2016 10:03");
    let (other, _) = read(INCIDENTS, &together, "1/3/2016 10:03");
    let tickets = |records: &[Record]| records.iter().map(|record| record.ticket.clone()).collect::<Vec<_>>();
    assert_eq!(tickets(&one), tickets(&other));
    assert_eq!(told(&one[1].ticket).last(), Some(&("CLOSED", "group-1")));
}

#[test]
fn only_the_counters_count_where_there_are_any() {
    let rows = [
        ("I1", "Active", 0, 0, 0, "Group 1", "?"),
        ("I1", "Resolved", 0, 0, 1, "Group 2", "?"),
        ("I1", "Active", 0, 0, 2, "Group 2", "?"),
    ];
    let (records, _) = read(INCIDENTS, &rows, "1/3/2016 10:01");
    let (one, two) = ("group-1", "group-2");
    assert_eq!(
        told(&records[0].ticket),
        [("ASSIGNED", one), ("STARTED", one), ("NOTED", two), ("RESOLVED", two), ("STARTED", two)]
    );
    let uncounted: String = INCIDENTS
        .lines()
        .filter(|line| !line.contains("_count\"") || line.contains("sys_mod"))
        .map(|line| format!("{line}\n"))
        .collect();
    let (records, _) = read(&uncounted, &rows, "1/3/2016 10:01");
    assert_eq!(
        told(&records[0].ticket),
        [
            ("ASSIGNED", one),
            ("STARTED", one),
            ("ASSIGNED", two),
            ("RESOLVED", two),
            ("REOPENED", two),
            ("STARTED", two)
        ]
    );
}

#[test]
fn a_state_without_a_word_of_ours_is_noted_and_the_ticket_stays_as_it_was() {
    let rows = [
        ("I1", "Active", 0, 0, 0, "?", "?"),
        ("I1", "-100", 0, 0, 1, "?", "?"),
        ("I1", "-100", 0, 0, 2, "?", "?"),
        ("I1", "Resolved", 0, 0, 3, "?", "?"),
    ];
    let (records, findings) = read(INCIDENTS, &rows, "1/3/2016 10:03");
    assert_eq!(
        told(&records[0].ticket),
        [("ASSIGNED", ""), ("STARTED", ""), ("NOTED", ""), ("RESOLVED", "")]
    );
    assert_eq!(records[0].ticket.history[2].note, "-100");
    assert!(findings.values().next().expect("is told of").contains("`-100`"));
}

#[test]
fn a_solution_of_which_the_file_knows_no_time_is_only_noted() {
    let rows = [
        ("I1", "New", 0, 0, 0, "Group 1", "?"),
        ("I1", "Resolved", 0, 0, 1, "Group 1", "?"),
        ("I1", "Closed", 0, 0, 2, "Group 1", "?"),
    ];
    let (records, _) = read(INCIDENTS, &rows, "?");
    let one = "group-1";
    assert_eq!(told(&records[0].ticket), [("ASSIGNED", one), ("NOTED", one), ("CLOSED", one)]);
    assert_eq!(records[0].ticket.resolved_at, None);
}

#[test]
fn an_end_before_the_registration_is_put_there_and_noted() {
    let rows = [("I1", "New", 0, 0, 0, "Group 1", "?"), ("I1", "Resolved", 0, 0, 1, "Group 1", "?")];
    let (records, findings) = read(INCIDENTS, &rows, "29/2/2016 09:00");
    let ticket = &records[0].ticket;
    assert_eq!((findings.rejected, ticket.resolved_at), (0, ticket.created_at));
    let noted = ticket.history.last().expect("is noted");
    assert_eq!(noted.note, "resolved_at 29/2/2016 09:00 lies before the registration");
}

#[test]
fn a_ticket_that_can_not_be_taken_lists_every_row_of_it() {
    let rows = [("I1", "New", 0, 0, 0, "Group 1", "?"), ("I1", "Resolved", 0, 0, 1, "Group 1", "?")];
    let (records, findings) = read(INCIDENTS, &rows, "yesterday");
    assert_eq!((records.len(), findings.rejected), (0, 2));
}

#[test]
fn a_count_that_is_none_is_refused_and_costs_nothing() {
    let rows = [("I1", "New", 4_000_000_000, 0, 0, "Group 1", "?"), ("I2", "New", 0, 0, 0, "Group 1", "?")];
    let (records, findings) = read(INCIDENTS, &rows, "?");
    assert_eq!((records.len(), findings.rows, findings.rejected), (1, 2, 1));
}
