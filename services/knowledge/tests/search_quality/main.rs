//! The search finds the question that asks the same more often than the baseline that lies with the data: BM25 over
//! characters and character bigrams. `examples/search_quality.rs` asks all questions.

mod measure;

use std::path::Path;

use measure::{DATA, Data};

#[test]
fn every_fourth_question_is_answered_better_than_by_the_baseline() {
    let Some(data) = Data::read(Path::new(DATA)) else { return };
    let (quality, baseline) = (data.measure(4), &data.baseline);
    assert!(quality.recall_at_1 > baseline.recall_at_1 + 0.02, "{quality} against {baseline}");
    assert!(quality.recall_at_5 > baseline.recall_at_5, "{quality} against {baseline}");
    assert!(quality.mrr_at_10 > baseline.mrr_at_10 + 0.01, "{quality} against {baseline}");
}
