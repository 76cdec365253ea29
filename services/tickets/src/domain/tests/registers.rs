//! What a ticket is in each register (T3, X3).

use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::PromiseTier;
use hotline_sheets::Cell;

use super::*;
use crate::domain::matters::{Complaint, Feedback, Judgement, Party, PartyKind, Validity};
use crate::domain::register::row::{Person, Row, Source};
use crate::domain::register::tally::Tally;
use crate::domain::register::value::Value;
use crate::domain::register::{Column, Kind as Register, View};

const MASKED: View = View { locale: Locale::Zh, zone: chrono_tz::Asia::Shanghai, revealed: false };

fn wang() -> Person {
    Person {
        name: "王芳".into(),
        contact: "13812341234".into(),
        project: "曲江一期".into(),
        room: "3-1502".into(),
    }
}

fn row_of(ticket: &Ticket, kind: Register, view: &View, verified_at: Option<DateTime<Utc>>) -> Row {
    let (person, teams) = (wang(), BTreeMap::from([("second-line-network".into(), "网络二线".into())]));
    let (person, numbers) = (Some(&person), &*RULES.numbers);
    let source = Source { ticket, person, catalogue: &CATALOGUE, teams: &teams, numbers, verified_at };
    source.row(kind, view)
}

fn shown(row: &Row, column: Column) -> String {
    let (_, value) = row.values.iter().find(|(named, _)| *named == column).expect("a column of it");
    match value.clone().cell(&MASKED) {
        Cell::Empty => String::new(),
        Cell::Text(text) => text,
        Cell::Number(number) | Cell::Share(number) => number.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Time(time) => time.format("%m-%d %H:%M").to_string(),
    }
}

fn all<const N: usize>(row: &Row, columns: [Column; N]) -> [String; N] {
    columns.map(|column| shown(row, column))
}

#[test]
fn a_repair_tells_who_had_it_when_and_that_it_was_confirmed_in_time() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:00", |draft| draft.assign("second-line-network", assignment(10, 0)));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "second-line-network", assignment(10, 1)));
    story.then("2026-03-02 09:50", |draft| {
        draft.complete("engineer", assignment(10, 1), "更换光猫", Vec::new())
    });
    story.then("2026-03-02 10:00", |draft| draft.verify(""));
    let row = row_of(&story.ticket, Register::Repair, &MASKED, Some(at("2026-03-02 10:00")));
    let who = all(&row, [Column::Name, Column::Contact, Column::Project, Column::Room]);
    assert_eq!(who, ["王**", "138****1234", "曲江一期", "***"]);
    let what = all(&row, [Column::Content, Column::Category, Column::Priority, Column::HandedTo]);
    assert_eq!(what, ["宽带无法上网\n今天早上开始断线", "用户自用部位报修", "高", "网络二线"]);
    let when = all(&row, [Column::RegisteredAt, Column::TakenOnAt, Column::SolvedAt, Column::VerifiedAt]);
    assert_eq!(when, ["03-02 09:00", "03-02 09:05", "03-02 09:50", "03-02 10:00"]);
    assert_eq!(all(&row, [Column::Result, Column::InTime]), ["更换光猫", "是"]);
    assert_eq!(row.lacking, [Column::StatedTime]);
    assert!((row.completeness - story.ticket.completeness).abs() < f64::EPSILON);
}

#[test]
fn names_contacts_and_rooms_are_shown_to_whom_they_are_revealed() {
    let view = View { revealed: true, ..MASKED };
    let given = Registration { description: "请打13912341234".into(), ..fault() };
    let ticket = registered(given, "2026-03-02 09:00").ticket;
    let row = row_of(&ticket, Register::Repair, &view, None);
    let who = all(&row, [Column::Name, Column::Contact, Column::Room, Column::Content]);
    assert_eq!(who, ["王芳", "13812341234", "3-1502", "宽带无法上网\n请打13912341234"]);
    let masked = row_of(&ticket, Register::Repair, &MASKED, None);
    assert_eq!(shown(&masked, Column::Content), "宽带无法上网\n请打139****1234");
}

#[test]
fn what_people_wrote_tells_no_more_of_the_customer_than_the_columns_do() {
    let given = Registration {
        description: "请回电 138 1234 1234 / 138-1234-1234 / 029-88886666 / １３８１２３４１２３４ / wang@x.cn, 3栋1502王芳"
            .into(),
        fields: BTreeMap::from([
            ("room".into(), "3-1502".into()),
            ("time".into(), "3月2日，王芳说周末".into()),
            ("complainedOf".into(), "维修工，139 1234 1234".into()),
        ]),
        ..fault()
    };
    let ticket = registered(given, "2026-03-02 09:00").ticket;
    let row = row_of(&ticket, Register::Repair, &MASKED, None);
    let hidden = "请回电 138****1234 / 138****1234 / 029****6666 / 138****1234 / w***@x.cn, ***王**";
    assert_eq!(shown(&row, Column::Content), format!("宽带无法上网\n{hidden}"));
    assert_eq!(shown(&row, Column::StatedTime), "3月2日，王**说周末");
    let row = row_of(&ticket, Register::Complaint, &MASKED, None);
    assert_eq!(shown(&row, Column::ComplainedOf), "维修工，139****1234");
}

#[test]
fn a_consultation_is_in_time_by_the_answer_that_was_promised() {
    let given = Registration {
        category_code: "consult.property".into(),
        project: "曲江一期".into(),
        fields: BTreeMap::from([
            ("room".into(), "3-1502".into()),
            ("question".into(), "物业费怎么交？".into()),
        ]),
        promise: PromiseTier::Minutes30,
        ..fault()
    };
    let mut story = Story::begin(registered(given, "2026-03-02 09:00"));
    let open = row_of(&story.ticket, Register::Consultation, &MASKED, None);
    assert_eq!(all(&open, [Column::PromisedTier, Column::InTime, Column::AnsweredAt]), ["30分钟", "", ""]);
    assert_eq!(shown(&open, Column::Question), "宽带无法上网\n物业费怎么交？\n今天早上开始断线");
    story.then("2026-03-02 09:31", |draft| draft.resolve("线上可交", Vec::new()));
    let late = row_of(&story.ticket, Register::Consultation, &MASKED, None);
    let told = all(&late, [Column::Answer, Column::AnsweredBy, Column::AnsweredAt, Column::InTime]);
    assert_eq!(told, ["线上可交", "agent", "03-02 09:31", "否"]);
}

#[test]
fn a_complaint_tells_its_judgement_its_forwarding_and_what_the_customer_said() {
    let given = Registration {
        category_code: "complaint.service".into(),
        project: "曲江一期".into(),
        fields: BTreeMap::from([("room".into(), "1".into()), ("complainedOf".into(), "物业".into())]),
        ..fault()
    };
    let mut ticket = registered(given, "2026-03-02 09:00").ticket;
    let before = row_of(&ticket, Register::Complaint, &MASKED, None);
    let nothing = all(&before, [Column::Validity, Column::FeedbackAt, Column::Satisfied, Column::Measures]);
    assert_eq!(nothing, ["", "", "", ""]);
    assert_eq!(shown(&before, Column::ComplainedOf), "物业");
    ticket.matters.judgement = Some(Judgement {
        validity: Validity::Valid,
        statement: None,
        analysed: false,
        guidance: String::new(),
        by: "complaints".into(),
        at: at("2026-03-02 09:10"),
    });
    ticket.matters.complaint = Some(Complaint {
        forwarded_at: Some(at("2026-03-03 09:00")),
        party: Some(Party { kind: PartyKind::Agent, name: "agent2".into() }),
        feedback: Some(Feedback {
            note: "已致歉".into(),
            channel: "CHANNEL_PHONE".into(),
            accepted: Some(false),
            by: "complaints".into(),
            at: at("2026-03-04 09:00"),
        }),
        ..Complaint::default()
    });
    ticket.reopen_count = 2;
    let row = row_of(&ticket, Register::Complaint, &MASKED, None);
    let judged = all(&row, [Column::Validity, Column::ComplainedOf, Column::ForwardedAt, Column::SameDay]);
    assert_eq!(judged, ["有效", "agent2", "03-03 09:00", "否"]);
    let told = all(&row, [Column::FeedbackAt, Column::Satisfied, Column::Reopened]);
    assert_eq!(told, ["03-04 09:00", "否", "2"]);
}

#[test]
fn a_confirmation_before_the_last_solution_is_none() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:10", |draft| draft.resolve("重启光猫", Vec::new()));
    story.then("2026-03-02 09:20", |draft| draft.verify(""));
    let verified = Some(at("2026-03-02 09:20"));
    assert_eq!(
        shown(&row_of(&story.ticket, Register::Repair, &MASKED, verified), Column::VerifiedAt),
        "03-02 09:20"
    );
    story.then("2026-03-02 09:30", |draft| draft.reopen("又断了"));
    assert_eq!(shown(&row_of(&story.ticket, Register::Repair, &MASKED, verified), Column::VerifiedAt), "");
}

#[test]
fn the_footer_counts_what_records_lack() {
    let mut ticket = ticket();
    let mut tally = Tally::default();
    tally.add(&row_of(&ticket, Register::Repair, &MASKED, None));
    ticket.fields.insert("time".into(), "周末".into());
    tally.add(&row_of(&ticket, Register::Repair, &MASKED, None));
    let footers = tally.footers(Register::Repair, Locale::Zh);
    let value = |label: &str| footers.iter().find(|footer| footer.label == label).map(|footer| &footer.value);
    assert_eq!(value("登记数"), Some(&Cell::Number(2.0)));
    assert_eq!(value("平均记录完整率"), Some(&Cell::Share(ticket.completeness)));
    assert_eq!(value("缺项：客户所述时间"), Some(&Cell::Number(1.0)));
    assert_eq!(value("缺项：房号"), Some(&Cell::Number(0.0)));
    let none = Tally::default().footers(Register::Repair, Locale::En);
    assert_eq!(none[1].value, Cell::Empty, "of no rows there is no mean");
}

#[test]
fn every_register_has_each_column_once_with_a_key_and_words_of_its_own() {
    for kind in Register::ALL {
        let mut keys: Vec<_> = kind.columns().iter().map(|column| column.key()).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{}", kind.name());
        assert_eq!(Register::named(kind.name()), Some(kind));
        let ticket = ticket();
        let row = row_of(&ticket, kind, &MASKED, None);
        let text = |value: &Value| value.plain().unwrap_or_default();
        assert!(row.values.iter().all(|(_, value)| !text(value).contains("13812341234")));
    }
}
