//! Texts as vectors: tf-idf weights of the n-grams of their characters.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Settings, Text};

/// Bits of a character; three fit an n-gram.
const BITS: u32 = 21;

/// A vector of which most numbers are 0. Its last number is the same for every text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vector(pub(crate) Vec<(u32, f32)>);

impl Vector {
    /// Tells whether nothing is known of the text.
    pub(crate) fn is_blank(&self) -> bool {
        self.0.len() <= 1
    }
}

/// The n-grams that are known, with what each tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vectorizer {
    longest: u8,
    most_characters: usize,
    title_weight: f32,
    /// In order: the place of an n-gram is that of its weight.
    ngrams: Vec<u64>,
    rarity: Vec<f32>,
}

impl Vectorizer {
    /// Learns which n-grams there are.
    pub(crate) fn learn(texts: &[Text<'_>], settings: &Settings) -> Self {
        let mut known = Self {
            longest: settings.longest,
            most_characters: settings.most_characters,
            title_weight: settings.title_weight,
            ngrams: Vec::new(),
            rarity: Vec::new(),
        };
        let mut within: HashMap<u64, u32> = HashMap::new();
        for text in texts {
            for (ngram, _) in known.counted(*text).0 {
                *within.entry(ngram).or_default() += 1;
            }
        }
        let mut common: Vec<(u64, u32)> =
            within.into_iter().filter(|(_, texts)| *texts >= settings.least_texts).collect();
        common.sort_unstable_by_key(|(ngram, texts)| (std::cmp::Reverse(*texts), *ngram));
        common.truncate(settings.most_ngrams);
        common.sort_unstable();
        let rarity = |within: u32| ((1.0 + number(texts.len())) / (1.0 + f64::from(within))).ln() + 1.0;
        known.rarity = common.iter().map(|(_, within)| narrow(rarity(*within))).collect();
        known.ngrams = common.into_iter().map(|(ngram, _)| ngram).collect();
        known
    }

    /// Returns how many numbers a vector has.
    pub(crate) fn dimensions(&self) -> usize {
        self.ngrams.len() + 1
    }

    /// Returns the vector of a text, of length 1 but for the last number.
    pub(crate) fn vector(&self, text: Text<'_>) -> Vector {
        let (all, title) = self.counted(text);
        let mut sum: HashMap<u32, f32> = HashMap::new();
        for (counts, share) in [(all, 1.0), (title, self.title_weight)] {
            for (place, weight) in self.weighed(&counts) {
                *sum.entry(place).or_default() += share * weight;
            }
        }
        let mut numbers: Vec<(u32, f32)> = sum.into_iter().filter(|(_, weight)| *weight > 0.0).collect();
        numbers.sort_unstable_by_key(|(place, _)| *place);
        scale_to_one(&mut numbers);
        let last = u32::try_from(self.ngrams.len()).unwrap_or(u32::MAX);
        numbers.push((last, 1.0));
        Vector(numbers)
    }

    /// Counts the n-grams of the whole text, and of its title.
    fn counted(&self, text: Text<'_>) -> (HashMap<u64, u32>, HashMap<u64, u32>) {
        let title = letters(text.title, usize::MAX);
        let mut all = title.clone();
        let body = letters(text.body, self.most_characters);
        if !all.is_empty() && !body.is_empty() {
            all.push(' ');
        }
        all.extend(body);
        (self.ngrams_of(&all), self.ngrams_of(&title))
    }

    fn ngrams_of(&self, letters: &[char]) -> HashMap<u64, u32> {
        let mut counts = HashMap::new();
        for start in 0..letters.len() {
            let mut ngram = 0;
            for letter in letters[start..].iter().take(self.longest.into()) {
                ngram = ngram << BITS | u64::from(u32::from(*letter));
                *counts.entry(ngram).or_default() += 1;
            }
        }
        counts
    }

    fn weighed(&self, counts: &HashMap<u64, u32>) -> Vec<(u32, f32)> {
        let weigh = |(ngram, count): (&u64, &u32)| {
            let place = self.ngrams.binary_search(ngram).ok()?;
            let weight = (f64::from(*count).ln() + 1.0) * f64::from(self.rarity[place]);
            Some((u32::try_from(place).ok()?, narrow(weight)))
        };
        let mut numbers: Vec<(u32, f32)> = counts.iter().filter_map(weigh).collect();
        // Sums depend on their order, and a hash map's differs from run to run.
        numbers.sort_unstable_by_key(|(place, _)| *place);
        scale_to_one(&mut numbers);
        numbers
    }
}

/// Returns the characters of a text in lower case, full-width ones as usual ones, any run of white space as one.
fn letters(text: &str, most: usize) -> Vec<char> {
    let mut letters = Vec::new();
    for letter in text.trim().chars().map(usual).flat_map(char::to_lowercase).take(most) {
        match letter {
            letter if !letter.is_whitespace() => letters.push(letter),
            _ if letters.last() != Some(&' ') => letters.push(' '),
            _ => {}
        }
    }
    letters
}

fn usual(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

fn scale_to_one(numbers: &mut [(u32, f32)]) {
    let length = numbers.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        numbers.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
fn narrow(weight: f64) -> f32 {
    weight as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(texts: &[&str], settings: &Settings) -> Vectorizer {
        let texts: Vec<Text<'_>> = texts.iter().map(|body| Text { title: "", body }).collect();
        Vectorizer::learn(&texts, settings)
    }

    #[test]
    fn spelling_that_means_nothing_makes_no_difference() {
        let known = learned(&["宽带 wifi 断", "宽带 wifi 慢"], &Settings::default());
        let vector = |body| known.vector(Text { title: "", body });
        assert_eq!(vector("宽带  WiFi"), vector(" 宽带\nｗｉｆｉ "));
        assert!(vector("宽带") != vector("带宽"), "order is told by pairs");
    }

    #[test]
    fn what_is_in_too_few_texts_is_not_known() {
        let known = learned(&["甲乙", "甲丙"], &Settings::default());
        assert!(known.vector(Text { title: "", body: "丁" }).is_blank());
        assert!(!known.vector(Text { title: "甲", body: "" }).is_blank());
        let few = learned(&["甲乙丙丁", "甲乙丙丁"], &Settings { most_ngrams: 3, ..Settings::default() });
        assert_eq!(few.dimensions(), 4);
    }
}
