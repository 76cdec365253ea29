//! What is looked for.

use std::ops::Range;

use super::grams::{DIGITS, LONGEST_BEGINNING, is_number, letters};
use super::text::{Folded, GAP, is_han, is_letter};

/// Words that are looked for at most; the rest of a query is left out.
const MOST: usize = 20;

/// The words of a query, at least one.
#[derive(Clone, Debug)]
pub(crate) struct Words(pub(super) Vec<Word>);

/// One word of a query: folded characters with no gap between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word(Vec<char>);

/// The terms by which the index finds a word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Terms {
    /// Every term that begins with the character.
    Beginning(char),
    /// All of these, at these places from the place of the word.
    Places(Vec<(usize, String)>),
}

impl Words {
    /// Reads a query; `None` where there is neither letter nor digit in it.
    pub(crate) fn read(query: &str) -> Option<Self> {
        let folded = Folded::new(query);
        let words = folded.chars.split(|c| *c == GAP).filter(|word| !word.is_empty());
        let words: Vec<Word> = words.take(MOST).map(|word| Word(word.to_vec())).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// Returns the digits of a query that is nothing but digits, however they were grouped.
    pub(crate) fn digits(&self) -> Option<String> {
        let digits: String = self.0.iter().flat_map(|word| &word.0).collect();
        digits.bytes().all(|c| c.is_ascii_digit()).then_some(digits)
    }

    /// Tells whether every word is in one of these texts or another.
    pub(super) fn are_in(&self, texts: &[Folded]) -> bool {
        self.0.iter().all(|word| texts.iter().any(|text| word.places(&text.chars).next().is_some()))
    }
}

impl Word {
    /// Returns where folded text has the word. What a word begins with has to begin one there too, unless it is a number
    /// with enough digits.
    pub(super) fn places<'a>(&'a self, text: &'a [char]) -> impl Iterator<Item = Range<usize>> + 'a {
        let first = &self.0[..letters(&self.0)];
        let anywhere = first.is_empty() || is_number(first);
        text.windows(self.0.len()).enumerate().filter_map(move |(at, window)| {
            let begins = || anywhere || at == 0 || !is_letter(text[at - 1]);
            (window == self.0 && begins()).then(|| at..at + window.len())
        })
    }

    /// Returns the terms by which the index finds the word: as few as cover each of its characters, since the places
    /// hold them together.
    pub(super) fn terms(&self) -> Terms {
        if let [only] = self.0[..]
            && is_han(only)
        {
            return Terms::Beginning(only);
        }
        let mut places = Vec::new();
        let mut at = 0;
        while at < self.0.len() {
            let rest = &self.0[at..];
            let length = match letters(rest) {
                0 => rest.iter().take_while(|c| is_han(**c)).count(),
                letters => letters,
            };
            self.cover(at..at + length, &mut places);
            at += length;
        }
        Terms::Places(places)
    }

    /// Covers a run of one script.
    fn cover(&self, run: Range<usize>, places: &mut Vec<(usize, String)>) {
        let word = &self.0[run.clone()];
        let mut term = |at: usize, length: usize| {
            places.push((at, self.0[at..at + length].iter().collect()));
        };
        if is_number(word) {
            steps(run, DIGITS).for_each(|at| term(at, DIGITS));
        } else if is_letter(word[0]) {
            term(run.start, word.len().min(LONGEST_BEGINNING));
        } else if word.len() > 1 {
            steps(run, 2).for_each(|at| term(at, 2));
        } else {
            // One ideograph among letters: together with the letter before it, or else the one after it.
            term(run.start.saturating_sub(1), 2);
        }
    }
}

/// Returns where terms of a length begin that cover a run of at least that length; the last two may overlap.
fn steps(run: Range<usize>, length: usize) -> impl Iterator<Item = usize> {
    let last = run.end - length;
    run.step_by(length).map(move |at| at.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(word: &str) -> Vec<String> {
        match Words::read(word).expect("a word").0[0].terms() {
            Terms::Beginning(c) => vec![format!("{c}…")],
            Terms::Places(places) => places.into_iter().map(|(at, term)| format!("{at}{term}")).collect(),
        }
    }

    #[test]
    fn a_word_is_covered_by_as_few_terms_as_do() {
        assert_eq!(terms("水"), ["水…"]);
        assert_eq!(terms("停水"), ["0停水"]);
        assert_eq!(terms("物业费"), ["0物业", "1业费"]);
        assert_eq!(terms("物业公司"), ["0物业", "2公司"]);
        assert_eq!(terms("8000"), ["08000"]);
        assert_eq!(terms("13800138000"), ["01380", "40138", "78000"]);
        assert_eq!(terms("138"), ["0138"]);
        assert_eq!(terms("A2区"), ["0a2", "12区"]);
        assert_eq!(terms("区a"), ["0区a", "1a"]);
        assert_eq!(terms("WiFi密码"), ["0wifi", "4密码"]);
    }

    #[test]
    fn a_query_is_cut_at_spaces_and_punctuation() {
        let words = Words::read("宽带，光猫/3-1502").expect("words");
        let words: Vec<String> = words.0.iter().map(|word| word.0.iter().collect()).collect();
        assert_eq!(words, ["宽带", "光猫", "3", "1502"]);
        assert!(Words::read(" ，。!*").is_none());
        let digits = |query: &str| Words::read(query).expect("words").digits();
        assert_eq!(digits("２６０３０２ 0007-0").as_deref(), Some("26030200070"));
        assert_eq!(digits("3栋"), None);
    }

    #[test]
    fn letters_are_found_where_a_word_begins_and_enough_digits_anywhere() {
        let found = |word: &str, text: &str| Words::read(word).expect("a word").are_in(&[Folded::new(text)]);
        assert!(found("fee", "parking fees") && !found("fee", "coffee"));
        assert!(found("8000", "13800138000") && !found("800", "13800138000") && found("138", "13800138000"));
        assert!(found("3栋", "在3栋楼下") && !found("3栋", "在13栋楼下"));
        assert!(found("密码 wifi", "访客ＷｉＦｉ的密码"));
    }
}
