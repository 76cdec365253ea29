//! Categories and evaluations on the screen.

use hotline_categorizer::evaluation::Evaluation;
use hotline_proto::tickets::v1::{Category, ImportCategoriesResponse};

/// Prints categories, a line each, those below another further in.
pub(super) fn list(categories: &[Category]) {
    for category in categories {
        let indent = "  ".repeat(usize::try_from(category.depth).unwrap_or_default());
        let retired = if category.active() { "" } else { "  (retired)" };
        println!("{indent}{}  {}  {}{retired}", category.code, category.label_zh, category.label_en);
    }
}

/// Prints what became of a file.
pub(super) fn imported(told: &ImportCategoriesResponse) {
    for row in &told.rejected {
        println!("line {}: {}", row.line, row.reason);
    }
    let ImportCategoriesResponse { rows, created, changed, unchanged, revision, .. } = told;
    let end = match (told.dry_run, revision) {
        (true, _) => "nothing was changed: a dry run".to_owned(),
        (false, 0) => "nothing was changed".to_owned(),
        (false, revision) => format!("revision {revision}"),
    };
    println!("{rows} rows: {created} categories made, {changed} changed, {unchanged} as they were; {end}");
}

/// Prints how often suggestions were right, and the table of right and suggested labels.
pub(super) fn evaluation(found: &Evaluation) {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    println!("texts                   {}", found.texts());
    println!("labels                  {}", found.labels.len());
    println!("accuracy                {}", percent(found.accuracy()));
    println!("accuracy of first three {}", percent(found.accuracy_of_three()));
    println!("always the largest      {}", percent(found.baseline()));
    println!("macro F1                {:.3}", found.macro_f1());
    println!("confidence is off by    {} on average", percent(found.calibration_error()));
    if found.silent > 0 {
        println!("without a suggestion    {}", found.silent);
    }
    println!("\nright label (rows) by suggested label (columns)");
    let numbers: String = (1..=found.labels.len()).map(|number| format!("{number:>5}")).collect();
    println!("    {numbers}  precision  recall     F1  label");
    for (place, label) in found.labels.iter().enumerate() {
        let cells: String = found.confusion[place].iter().map(|texts| format!("{texts:>5}")).collect();
        let [precision, recall, f1] = found.of(place);
        println!("{:>3} {cells}  {precision:>9.3}  {recall:>6.3}  {f1:>5.3}  {label}", place + 1);
    }
}
