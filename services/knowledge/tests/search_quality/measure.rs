//! Measures the search against questions with known answers.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use hotline_knowledge::search::{Change, Document, Index, Query};
use uuid::Uuid;

/// Where the questions lie beside a checkout.
pub const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/search");

/// Shares of the questions with a right document first or among the first five, and the mean reciprocal rank.
pub struct Quality {
    pub recall_at_1: f64,
    pub recall_at_5: f64,
    pub mrr_at_10: f64,
}

impl fmt::Display for Quality {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recall_at_1, recall_at_5, mrr_at_10 } = self;
        write!(formatter, "recall@1 {recall_at_1:.4}, recall@5 {recall_at_5:.4}, mrr@10 {mrr_at_10:.4}")
    }
}

/// Documents, questions with the documents that answer them, and how well a plain search does.
pub struct Data {
    documents: Vec<Change>,
    questions: Vec<Question>,
    pub baseline: Quality,
}

struct Question {
    text: String,
    answers: HashSet<Uuid>,
}

impl Data {
    /// Reads the folder's `documents.tsv`, `queries.tsv` and `baseline.json`; `None` where there is no such folder.
    pub fn read(folder: &Path) -> Option<Self> {
        if !folder.is_dir() {
            println!("skipped: {} is absent", folder.display());
            return None;
        }
        let file = |name: &str| fs::read_to_string(folder.join(name)).expect("data file");
        let baseline: serde_json::Value = serde_json::from_str(&file("baseline.json")).expect("baseline");
        let figure = |name: &str| baseline[name].as_f64().expect("figure");
        Some(Self {
            documents: file("documents.tsv").lines().map(document).collect(),
            questions: file("queries.tsv").lines().map(question).collect(),
            baseline: Quality {
                recall_at_1: figure("recall@1"),
                recall_at_5: figure("recall@5"),
                mrr_at_10: figure("mrr@10"),
            },
        })
    }

    /// Asks every `step`th question, prints the figures and returns them.
    pub fn measure(&self, step: usize) -> Quality {
        let index = Index::new().expect("index");
        let started = Instant::now();
        index.apply(&self.documents).expect("applied");
        println!("{} documents indexed in {:?}", self.documents.len(), started.elapsed());
        let mut times = Vec::new();
        let ask = |question: &Question| {
            let started = Instant::now();
            let rank = rank(&index, question);
            times.push(started.elapsed());
            rank
        };
        let ranks: Vec<Option<usize>> = self.questions.iter().step_by(step).map(ask).collect();
        let quality = quality(&ranks);
        println!("{} questions: {quality}", ranks.len());
        println!("baseline: {}", self.baseline);
        println!("latency: p50 {:?}, p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));
        quality
    }
}

/// Returns the place of the first right document, from 0.
fn rank(index: &Index, question: &Question) -> Option<usize> {
    let query = Query { text: question.text.clone(), limit: 10, ..Query::default() };
    let hits = index.search(&query).expect("hits");
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

fn id(text: &str) -> Uuid {
    Uuid::from_u128(text.parse().expect("number"))
}

fn document(line: &str) -> Change {
    let (number, title) = line.split_once('\t').expect("two columns");
    let document = Document { id: id(number), version: 1, title: title.to_owned(), ..Document::default() };
    Change::Put(Box::new(document))
}

fn question(line: &str) -> Question {
    let (text, answers) = line.split_once('\t').expect("two columns");
    Question { text: text.to_owned(), answers: answers.split(',').map(id).collect() }
}
