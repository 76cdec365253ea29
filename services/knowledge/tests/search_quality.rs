//! How well the search finds the question that asks the same, against the baseline that lies with the data:
//! BM25 over characters and character bigrams.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use hotline_knowledge::search::{Change, Document, Index, Query};
use uuid::Uuid;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/search");

/// Shares of the queries with a right document first or among the first five, and the mean reciprocal rank in ten.
#[derive(Debug, Default)]
struct Quality {
    recall_at_1: f64,
    recall_at_5: f64,
    mrr_at_10: f64,
}

struct Question {
    text: String,
    answers: HashSet<Uuid>,
}

struct Data {
    documents: Vec<Change>,
    questions: Vec<Question>,
    baseline: Quality,
}

#[test]
fn every_fourth_question_is_answered_better_than_by_the_baseline() {
    let Some(data) = read() else { return };
    let quality = measure(&data, 4);
    assert_better(&quality, &data.baseline);
}

#[test]
#[ignore = "all questions take minutes unoptimised: cargo test --release -- --ignored"]
fn all_questions_are_answered_better_than_by_the_baseline() {
    let Some(data) = read() else { return };
    let quality = measure(&data, 1);
    assert_better(&quality, &data.baseline);
}

fn assert_better(quality: &Quality, baseline: &Quality) {
    assert!(
        quality.recall_at_1 > baseline.recall_at_1 + 0.02,
        "{quality:?} against {baseline:?}"
    );
    assert!(
        quality.recall_at_5 > baseline.recall_at_5 + 0.002,
        "{quality:?} against {baseline:?}"
    );
    assert!(
        quality.mrr_at_10 > baseline.mrr_at_10 + 0.01,
        "{quality:?} against {baseline:?}"
    );
}

fn measure(data: &Data, step: usize) -> Quality {
    let index = Index::new().expect("index");
    let started = Instant::now();
    index.apply(&data.documents).expect("applied");
    println!(
        "{} documents indexed in {:?}",
        data.documents.len(),
        started.elapsed()
    );
    let mut times = Vec::new();
    let ranks: Vec<Option<usize>> = data
        .questions
        .iter()
        .step_by(step)
        .map(|question| {
            let started = Instant::now();
            let rank = rank(&index, question);
            times.push(started.elapsed());
            rank
        })
        .collect();
    let quality = quality(&ranks);
    println!(
        "{} questions: {quality:?}, baseline {:?}",
        ranks.len(),
        data.baseline
    );
    println!(
        "latency p50 {:?}, p99 {:?}",
        percentile(&mut times, 50),
        percentile(&mut times, 99)
    );
    quality
}

/// Returns the place of the first right document, from 0.
fn rank(index: &Index, question: &Question) -> Option<usize> {
    let hits = index
        .search(&Query {
            text: question.text.clone(),
            limit: 10,
            ..Query::default()
        })
        .expect("hits");
    hits.iter().position(|hit| question.answers.contains(&hit.id))
}

fn quality(ranks: &[Option<usize>]) -> Quality {
    let share = |of: &dyn Fn(usize) -> f64| {
        ranks.iter().flatten().map(|rank| of(*rank)).sum::<f64>() / ranks.len() as f64
    };
    Quality {
        recall_at_1: share(&|rank| f64::from(rank < 1)),
        recall_at_5: share(&|rank| f64::from(rank < 5)),
        mrr_at_10: share(&|rank| 1.0 / (rank + 1) as f64),
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

fn read() -> Option<Data> {
    if !Path::new(DATA).is_dir() {
        println!("skipped: {DATA} absent");
        return None;
    }
    let file = |name: &str| fs::read_to_string(format!("{DATA}/{name}")).expect("data file");
    let baseline: serde_json::Value = serde_json::from_str(&file("baseline.json")).expect("baseline");
    let figure = |name: &str| baseline[name].as_f64().expect("figure");
    let baseline = Quality {
        recall_at_1: figure("recall@1"),
        recall_at_5: figure("recall@5"),
        mrr_at_10: figure("mrr@10"),
    };
    let documents = file("documents.tsv").lines().map(document).collect();
    let questions = file("queries.tsv").lines().map(question).collect();
    Some(Data {
        documents,
        questions,
        baseline,
    })
}

fn id(text: &str) -> Uuid {
    Uuid::from_u128(text.parse().expect("number"))
}

fn document(line: &str) -> Change {
    let (number, title) = line.split_once('\t').expect("two columns");
    let document = Document {
        id: id(number),
        version: 1,
        title: title.to_owned(),
        ..Document::default()
    };
    Change::Put(Box::new(document))
}

fn question(line: &str) -> Question {
    let (text, answers) = line.split_once('\t').expect("two columns");
    Question {
        text: text.to_owned(),
        answers: answers.split(',').map(id).collect(),
    }
}
