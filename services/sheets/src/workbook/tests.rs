//! Workbooks, opened again by another library.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use chrono::NaiveDate;

use super::*;

fn table() -> Table {
    let columns =
        [("工单号", Kind::Word), ("内容", Kind::Prose), ("完整率", Kind::Share), ("登记时间", Kind::Time)];
    Table {
        title: "报修登记表".into(),
        notes: vec!["2026-03".into()],
        columns: columns.map(|(heading, kind)| Column::new(heading, kind)).to_vec(),
        ..Table::default()
    }
}

fn row(number: u32) -> Vec<Cell> {
    let time = NaiveDate::from_ymd_opt(2026, 3, 2).and_then(|day| day.and_hms_opt(9, 30, 0)).expect("a time");
    vec![
        Cell::Text(number.to_string()),
        Cell::Text("=HYPERLINK(\"x\")".into()),
        Cell::Share(0.75),
        Cell::Time(time),
    ]
}

/// Writes rows and opens the workbook.
fn opened(most: u32, rows: u32, footers: &[Footer]) -> Xlsx<Cursor<Vec<u8>>> {
    let mut writer = Writer::of(table(), most).expect("begins");
    (0..rows).for_each(|number| writer.row(&row(number)).expect("is written"));
    let mut file = Vec::new();
    writer.finish(footers, &mut file).expect("is whole");
    Xlsx::new(Cursor::new(file)).expect("is a workbook")
}

fn sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Range<Data> {
    book.worksheet_range(name).expect("a worksheet of this name")
}

#[test]
fn a_workbook_opens_again_with_every_value_as_what_it_is() {
    let mut book = opened(ROWS, 3, &[]);
    let range = sheet(&mut book, "报修登记表");
    let heading: Vec<_> = range.rows().next().expect("a heading").iter().map(ToString::to_string).collect();
    assert_eq!(heading, ["工单号", "内容", "完整率", "登记时间"]);
    let row = range.rows().nth(3).expect("a third row");
    assert_eq!(row[0], Data::String("2".into()));
    assert_eq!(row[1], Data::String("=HYPERLINK(\"x\")".into()), "text, no formula");
    assert_eq!(row[2], Data::Float(0.75));
    let Data::DateTime(time) = &row[3] else { panic!("{:?} is no time", row[3]) };
    assert_eq!(time.to_ymd_hms_milli(), (2026, 3, 2, 9, 30, 0, 0));
    let formulas = book.worksheet_formula("报修登记表").expect("a worksheet");
    assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()));
}

#[test]
fn rows_beyond_a_worksheet_go_on_in_the_next_under_the_same_heading() {
    let mut book = opened(4, 7, &[]);
    assert_eq!(book.sheet_names(), ["报修登记表", "报修登记表 2", "报修登记表 3"]);
    let last = sheet(&mut book, "报修登记表 3");
    assert_eq!(last.get_value((0, 0)), Some(&Data::String("工单号".into())));
    assert_eq!(last.get_value((1, 0)), Some(&Data::String("6".into())));
    let numbers: Vec<String> = ["报修登记表", "报修登记表 2"]
        .iter()
        .flat_map(|name| {
            sheet(&mut book, name).rows().skip(1).map(|row| row[0].to_string()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(numbers, ["0", "1", "2", "3", "4", "5"]);
}

#[test]
fn footers_and_notes_stand_below_the_rows() {
    let footers = [Footer { label: "平均完整率".into(), value: Cell::Share(0.5) }];
    let range = sheet(&mut opened(ROWS, 2, &footers), "报修登记表");
    assert_eq!(range.get_value((3, 0)), Some(&Data::Empty), "one row stays empty");
    assert_eq!(range.get_value((4, 0)), Some(&Data::String("平均完整率".into())));
    assert_eq!(range.get_value((4, 1)), Some(&Data::Float(0.5)));
    assert_eq!(range.get_value((5, 0)), Some(&Data::String("2026-03".into())));
}

#[test]
fn a_text_that_no_cell_holds_is_cut_and_says_so() {
    let exact = "字".repeat(CHARACTERS);
    assert_eq!(fitting(&exact), exact);
    let cut = fitting(&"😀".repeat(CHARACTERS));
    assert!(cut.ends_with("😀…") && cut.encode_utf16().count() <= CHARACTERS);
}

#[test]
fn any_title_makes_a_name() {
    assert_eq!(name("2026/03 [a]", 0), "2026-03 -a-");
    assert_eq!(name("", 1), "Sheet 2");
    assert_eq!(name(&"长".repeat(40), 9).chars().count(), NAME);
}
