//! Learns from labelled texts which label a new one has, and how sure that is (T1).
//!
//! A linear model over n-grams of characters: Chinese needs no words for that, and English does well by it. Each text is
//! a vector of tf-idf weights, its title counted again; each label is told from the rest by a support vector machine
//! whose own texts weigh as much as all others'; scores become a confidence by a temperature that is fitted on texts that
//! the machine has not seen. Pure and deterministic: the same texts in the same order and the same seed make the same
//! model. Learning takes a processor for seconds to minutes: never do it on a thread that serves requests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod confidence;
pub mod evaluation;
mod features;
mod folds;
mod machine;

use crate::features::{Vector, Vectorizer};
use crate::machine::Machine;

/// Weights of a model at most, over all labels: 32 MiB.
const MOST_WEIGHTS: usize = 8 << 20;

/// So many texts are held back in turn to see how sure scores are; of more, one part is enough.
const PARTS: usize = 3;
const MANY: usize = 3000;

/// A text whose label is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'a> {
    /// One line.
    pub title: &'a str,
    /// The rest.
    pub body: &'a str,
}

/// A text whose label is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The text.
    pub text: Text<'a>,
    /// Its label.
    pub label: &'a str,
}

/// How a model is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Characters of the longest n-gram, 1 to 3; shorter ones count too. Default 2.
    pub longest: u8,
    /// Texts in which an n-gram must be, from 1. Default 2.
    pub least_texts: u32,
    /// N-grams at most, those of most texts; fewer where there are many labels. Default 40,000.
    pub most_ngrams: usize,
    /// Characters of a body that are read, the first. Default 2000.
    pub most_characters: usize,
    /// How much the title counts beside the whole text, from 0. Default 0.7.
    pub title_weight: f32,
    /// How much a text on the wrong side costs, above 0. Default 0.5.
    pub cost: f64,
    /// Decides which texts are held back. Default 1.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            longest: 2,
            least_texts: 2,
            most_ngrams: 40_000,
            most_characters: 2000,
            title_weight: 0.7,
            cost: 0.5,
            seed: 1,
        }
    }
}

/// Why nothing was learned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to tell apart.
    #[error("texts of at least two labels are needed, and {0} given")]
    Labels(usize),
    /// The settings make no sense.
    #[error("{0}")]
    Settings(&'static str),
    /// The numbers came to no end.
    #[error("no boundary was found: {0}")]
    Numbers(String),
}

/// A label that a text may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion<'a> {
    /// The label.
    pub label: &'a str,
    /// How sure that is, 0 to 1; those of all labels add up to 1.
    pub confidence: f64,
}

/// What was learned. Serialize it to keep it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Categorizer {
    labels: Vec<String>,
    vectorizer: Vectorizer,
    machine: Machine,
    temperature: f64,
}

impl Categorizer {
    /// Learns from texts.
    ///
    /// # Errors
    /// [`Error`].
    pub fn learn(samples: &[Sample<'_>], settings: &Settings) -> Result<Self, Error> {
        settings.check()?;
        let (labels, classes) = numbered(samples);
        if labels.len() < 2 {
            return Err(Error::Labels(labels.len()));
        }
        let texts: Vec<Text<'_>> = samples.iter().map(|sample| sample.text).collect();
        let learn = |chosen: &[usize]| Model::learn(&texts, &classes, chosen, labels.len(), settings);
        let folds = folds::stratified(&classes, PARTS, settings.seed);
        let mut unseen = Vec::new();
        for part in 0..if texts.len() > MANY { 1 } else { PARTS } {
            let (held_back, rest): (Vec<usize>, Vec<usize>) =
                (0..texts.len()).partition(|text| folds[*text] == part);
            let model = learn(&rest)?;
            unseen.extend(held_back.iter().map(|text| (model.scores(texts[*text]), classes[*text])));
        }
        let temperature = confidence::temperature(&unseen)?;
        let all: Vec<usize> = (0..texts.len()).collect();
        let Model { vectorizer, machine } = learn(&all)?;
        Ok(Self { labels, vectorizer, machine, temperature })
    }

    /// Returns the likeliest labels of a text, at most `most`, the likeliest first. None for a text of which nothing is
    /// known.
    pub fn suggest(&self, text: Text<'_>, most: usize) -> Vec<Suggestion<'_>> {
        let vector = self.vectorizer.vector(text);
        if vector.is_blank() {
            return Vec::new();
        }
        let sure = confidence::shares(&self.machine.scores(&vector), self.temperature);
        let named = self.labels.iter().zip(sure);
        let mut all: Vec<Suggestion<'_>> =
            named.map(|(label, confidence)| Suggestion { label, confidence }).collect();
        all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        all.truncate(most);
        all
    }

    /// Returns the labels it knows, in order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }
}

impl Settings {
    fn check(&self) -> Result<(), Error> {
        if !(1..=3).contains(&self.longest) {
            return Err(Error::Settings("the longest n-gram has 1 to 3 characters"));
        }
        if self.cost.is_nan() || self.cost <= 0.0 {
            return Err(Error::Settings("the cost is above 0"));
        }
        if self.title_weight.is_nan() || self.title_weight < 0.0 {
            return Err(Error::Settings("the title's weight is at least 0"));
        }
        Ok(())
    }
}

/// A vectorizer and the machine over its vectors.
struct Model {
    vectorizer: Vectorizer,
    machine: Machine,
}

impl Model {
    fn learn(
        texts: &[Text<'_>],
        classes: &[usize],
        chosen: &[usize],
        number: usize,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let texts: Vec<Text<'_>> = chosen.iter().map(|text| texts[*text]).collect();
        let classes: Vec<usize> = chosen.iter().map(|text| classes[*text]).collect();
        let settings =
            Settings { most_ngrams: settings.most_ngrams.min(MOST_WEIGHTS / number), ..settings.clone() };
        let vectorizer = Vectorizer::learn(&texts, &settings);
        let vectors: Vec<Vector> = texts.iter().map(|text| vectorizer.vector(*text)).collect();
        let machine = Machine::learn(&vectors, &classes, number, vectorizer.dimensions(), settings.cost)?;
        Ok(Self { vectorizer, machine })
    }

    fn scores(&self, text: Text<'_>) -> Vec<f64> {
        self.machine.scores(&self.vectorizer.vector(text))
    }
}

/// Returns the labels in order, and the number of each sample's.
fn numbered(samples: &[Sample<'_>]) -> (Vec<String>, Vec<usize>) {
    let mut numbers: BTreeMap<&str, usize> = samples.iter().map(|sample| (sample.label, 0)).collect();
    for (number, slot) in numbers.values_mut().enumerate() {
        *slot = number;
    }
    let classes = samples.iter().map(|sample| numbers[sample.label]).collect();
    (numbers.into_keys().map(str::to_owned).collect(), classes)
}

#[cfg(test)]
mod tests;
