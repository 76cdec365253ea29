//! How good suggestions are: every text is judged by a model that was learned without it.

use crate::{Categorizer, Error, Sample, Settings, folds, numbered};

/// Bands of confidence in which what was said is compared with what was so.
const BANDS: usize = 10;

/// What a cross-validation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The labels, in order.
    pub labels: Vec<String>,
    /// By the right label and the suggested one, both in the order of `labels`: how many texts.
    pub confusion: Vec<Vec<u32>>,
    /// Texts to which no label was suggested; they count as wrong.
    pub silent: u32,
    /// Texts whose label was among the first three suggestions.
    pub among_three: u32,
    /// Confidence of the first suggestion and whether it was right, of each text.
    pub sureness: Vec<(f64, bool)>,
}

/// Judges every text by a model that was learned from the other parts of `parts`.
///
/// # Errors
/// [`Error`], also for fewer than two parts or more than there are texts.
pub fn cross_validate(
    samples: &[Sample<'_>],
    parts: usize,
    settings: &Settings,
) -> Result<Evaluation, Error> {
    if !(2..=samples.len().max(2)).contains(&parts) {
        return Err(Error::Settings("there are at least two parts, and no more than texts"));
    }
    let (labels, classes) = numbered(samples);
    let folds = folds::stratified(&classes, parts, settings.seed);
    let mut found = Evaluation {
        confusion: vec![vec![0; labels.len()]; labels.len()],
        labels,
        silent: 0,
        among_three: 0,
        sureness: Vec::new(),
    };
    for part in 0..parts {
        let folds = &folds;
        let split =
            |held_back: bool| (0..samples.len()).filter(move |text| (folds[*text] == part) == held_back);
        let rest: Vec<Sample<'_>> = split(false).map(|text| samples[text]).collect();
        let model = Categorizer::learn(&rest, settings)?;
        for text in split(true) {
            found.judge(&model, samples[text], classes[text]);
        }
    }
    Ok(found)
}

impl Evaluation {
    fn judge(&mut self, model: &Categorizer, sample: Sample<'_>, right: usize) {
        let suggested = model.suggest(sample.text, 3);
        self.among_three += u32::from(suggested.iter().any(|suggestion| suggestion.label == sample.label));
        let Some(first) = suggested.first() else {
            self.silent += 1;
            return self.sureness.push((0.0, false));
        };
        self.sureness.push((first.confidence, first.label == sample.label));
        if let Some(label) = self.labels.iter().position(|label| label == first.label) {
            self.confusion[right][label] += 1;
        }
    }

    /// Returns how many texts were judged.
    pub fn texts(&self) -> u32 {
        self.confusion.iter().flatten().sum::<u32>() + self.silent
    }

    /// Returns the share of texts whose first suggestion was right.
    pub fn accuracy(&self) -> f64 {
        let right: u32 = (0..self.labels.len()).map(|label| self.confusion[label][label]).sum();
        share(right, self.texts())
    }

    /// Returns the share of texts whose label was among the first three suggestions.
    pub fn accuracy_of_three(&self) -> f64 {
        share(self.among_three, self.texts())
    }

    /// Returns the share of texts of the most frequent label: what suggesting always that one would reach.
    pub fn baseline(&self) -> f64 {
        let most = self.confusion.iter().map(|suggested| suggested.iter().sum::<u32>()).max();
        share(most.unwrap_or_default(), self.texts())
    }

    /// Returns precision, recall and F1 of a label by its place.
    pub fn of(&self, label: usize) -> [f64; 3] {
        let right = self.confusion[label][label];
        let suggested: u32 = self.confusion.iter().map(|row| row[label]).sum();
        let all: u32 = self.confusion[label].iter().sum();
        [share(right, suggested), share(right, all), share(2 * right, suggested + all)]
    }

    /// Returns the mean of the labels' F1: each label counts alike.
    pub fn macro_f1(&self) -> f64 {
        let sum: f64 = (0..self.labels.len()).map(|label| self.of(label)[2]).sum();
        sum / f64::from(u32::try_from(self.labels.len().max(1)).unwrap_or(u32::MAX))
    }

    /// Returns by how much confidence and share of right suggestions differ on average, in ten bands of confidence.
    pub fn calibration_error(&self) -> f64 {
        let mut bands = [(0_u32, 0_u32, 0.0); BANDS];
        for (confidence, right) in &self.sureness {
            let band = (1..BANDS).filter(|band| *confidence >= step(*band)).count();
            let (texts, hits, sum) = &mut bands[band];
            *texts += 1;
            *hits += u32::from(*right);
            *sum += confidence;
        }
        let gaps = bands.iter().map(|(_, hits, sum)| (f64::from(*hits) - sum).abs());
        gaps.sum::<f64>() / f64::from(u32::try_from(self.sureness.len().max(1)).unwrap_or(u32::MAX))
    }
}

fn step(band: usize) -> f64 {
    f64::from(u32::try_from(band).unwrap_or(u32::MAX)) / f64::from(u32::try_from(BANDS).unwrap_or(u32::MAX))
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_table() {
        let found = Evaluation {
            labels: vec!["a".into(), "b".into()],
            confusion: vec![vec![6, 2], vec![1, 0]],
            silent: 1,
            among_three: 9,
            sureness: vec![(0.9, true), (0.7, false)],
        };
        assert_eq!(found.texts(), 10);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        near(found.accuracy(), 0.6);
        near(found.accuracy_of_three(), 0.9);
        near(found.baseline(), 0.8);
        near(found.of(0)[0], 6.0 / 7.0);
        near(found.of(0)[1], 0.75);
        near(found.macro_f1(), 0.4);
        near(found.calibration_error(), 0.4);
    }
}
