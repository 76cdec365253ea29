//! Real messages of citizens: the first suggestion is right as often as the page of this crate says.

use hotline_categorizer::evaluation::cross_validate;
use hotline_categorizer::{Sample, Settings, Text};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/messages/labelled_300.csv");

#[test]
fn four_of_five_real_messages_get_their_category() {
    let Ok(mut reader) = csv::Reader::from_path(FILE) else { return println!("skipped: {FILE} is absent") };
    let rows: Vec<(String, String, String, String)> =
        reader.deserialize().map(|row| row.expect("a row")).collect();
    let samples: Vec<Sample<'_>> =
        rows.iter().map(|(_, title, body, label)| Sample { text: Text { title, body }, label }).collect();
    let found = cross_validate(&samples, 10, &Settings::default()).expect("is judged");
    println!("{} {} {}", found.accuracy(), found.macro_f1(), found.calibration_error());
    assert_eq!(found.texts(), u32::try_from(rows.len()).expect("few"));
    assert!(
        found.accuracy() >= 0.79 && found.macro_f1() >= 0.77,
        "{} {}",
        found.accuracy(),
        found.macro_f1()
    );
    assert!(found.calibration_error() < 0.1, "{}", found.calibration_error());
}
