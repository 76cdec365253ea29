//! A query's text taken apart, once, for retrieval, ranking and highlighting alike.

use std::collections::HashMap;

use super::catalogue::{Catalogue, distinct};
use super::text::{self, Unit};
use super::words;

/// What is read of a query. A ticket's whole text may be given; its first sentences say what it is about.
const QUERY_CHARS: usize = 200;

/// How often each term occurs in the query.
pub(super) type Counts = HashMap<String, usize>;

/// A word of the query, with everything that counts as the same word.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) forms: Vec<String>,
    pub(super) units: Vec<Unit>,
    pub(super) weight: f32,
}

impl Word {
    /// Whether folded text has the word in any of its forms.
    pub(super) fn is_in(&self, folded: &str) -> bool {
        self.forms.iter().any(|form| text::holds(folded, form))
    }
}

/// The terms of a query.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) pieces: Counts,
    pub(super) words: Counts,
    pub(super) pairs: Counts,
    /// Words in the index that a word of the query may have meant.
    pub(super) similar: Vec<String>,
    pub(super) plain: Vec<Unit>,
    pub(super) canonical: Vec<Unit>,
    /// From a word that may have been meant to the word that was typed.
    pub(super) meant: HashMap<Unit, Unit>,
    pub(super) forms: Vec<Word>,
}

impl Terms {
    /// Takes the text apart; `None` when there is no letter or digit in it.
    pub(super) fn new(query: &str, catalogue: &Catalogue) -> Option<Self> {
        let folded = text::fold(&query.chars().take(QUERY_CHARS).collect::<String>());
        let pieces = text::pieces(&folded);
        if pieces.is_empty() {
            return None;
        }
        let found = words::words(&folded);
        let alike: HashMap<&str, Vec<&str>> = pieces
            .iter()
            .filter(|piece| text::is_latin_word(piece))
            .map(|piece| (*piece, catalogue.similar(piece)))
            .collect();
        let meant = alike
            .iter()
            .flat_map(|(typed, similar)| similar.iter().map(|known| (text::unit(known), text::unit(typed))));
        Some(Self {
            words: counts(found.iter().map(|word| words::canonical(word))),
            pairs: counts(text::pairs(&pieces).iter().map(String::as_str)),
            similar: alike.values().flatten().map(|known| (*known).to_owned()).collect(),
            plain: text::units(&folded),
            canonical: text::units(&words::rewritten(&folded)),
            meant: meant.collect(),
            forms: spoken(&found, &alike, catalogue),
            pieces: counts(pieces.iter().copied()),
        })
    }
}

fn counts<'a>(terms: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = Counts::new();
    for term in terms {
        *counts.entry(term.to_owned()).or_default() += 1;
    }
    counts
}

/// Returns the words that a reader would look for. Single characters, most of them particles, only when there
/// is nothing longer.
fn spoken(found: &[&str], alike: &HashMap<&str, Vec<&str>>, catalogue: &Catalogue) -> Vec<Word> {
    let single = |word: &&str| word.chars().count() == 1;
    let all_single = found.iter().all(single);
    let mut kept: Vec<&str> = found.iter().copied().filter(|word| all_single || !single(word)).collect();
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|word| spoken_word(word, alike.get(word), catalogue)).collect()
}

fn spoken_word(word: &str, similar: Option<&Vec<&str>>, catalogue: &Catalogue) -> Word {
    let forms = words::forms(word).into_iter().chain(similar.into_iter().flatten().copied());
    let units = text::units(word);
    let weight = distinct(&units).into_iter().map(|unit| catalogue.weight(unit)).sum();
    Word { forms: forms.map(str::to_owned).collect(), units, weight }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_a_letter_or_digit_has_no_terms() {
        let catalogue = Catalogue::default();
        assert!(Terms::new(" ，。？!*:\"()", &catalogue).is_none());
        assert!(Terms::new("", &catalogue).is_none());
    }

    #[test]
    fn a_long_text_is_cut() {
        let terms = Terms::new(&"停水".repeat(5000), &Catalogue::default()).expect("terms");
        assert_eq!(terms.plain.len(), QUERY_CHARS);
    }

    #[test]
    fn particles_are_looked_for_only_when_nothing_else_is_there() {
        let catalogue = Catalogue::default();
        let looked_for = |query| {
            let terms = Terms::new(query, &catalogue).expect("terms");
            terms.forms.into_iter().flat_map(|word| word.forms).collect::<Vec<_>>()
        };
        assert_eq!(looked_for("止损的"), ["止损"]);
        assert_eq!(looked_for("的"), ["的"]);
    }
}
