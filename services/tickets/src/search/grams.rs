//! The terms of a text, each at the place of its first character.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::text::{Folded, is_han, is_letter};

/// Beginnings of a word that are terms: the longest has so many characters, and of a longer query no more is compared.
pub(super) const LONGEST_BEGINNING: usize = 24;

/// So many digits are found anywhere within a number.
pub(super) const DIGITS: usize = 4;

/// Calls `gram` with every term of folded text and its place, in order of places.
///
/// Each ideograph begins exactly one term: itself with what follows it, or itself alone where nothing does. That makes
/// the terms that begin with a character those of all its places.
pub(super) fn grams(chars: &[char], mut gram: impl FnMut(usize, &[char])) {
    let mut word_ends = 0;
    for (at, c) in chars.iter().copied().enumerate() {
        let next = chars.get(at + 1).copied().filter(|next| is_han(*next) || is_letter(*next));
        match next {
            Some(next) if is_han(c) || (is_han(next) && is_letter(c)) => gram(at, &chars[at..at + 2]),
            None if is_han(c) => gram(at, &chars[at..=at]),
            _ => {}
        }
        if !is_letter(c) {
            continue;
        }
        if at >= word_ends {
            word_ends = at + letters(&chars[at..]);
            beginnings(at, &chars[at..word_ends], &mut gram);
        } else if begins_with_digits(&chars[at..word_ends]) {
            gram(at, &chars[at..at + DIGITS]);
        }
    }
}

/// Returns how many letters and digits folded text begins with.
pub(super) fn letters(chars: &[char]) -> usize {
    chars.iter().take_while(|c| is_letter(**c)).count()
}

/// Tells whether a word is a number: it is found by its parts.
pub(super) fn is_number(word: &[char]) -> bool {
    word.len() >= DIGITS && word.iter().all(char::is_ascii_digit)
}

fn begins_with_digits(word: &[char]) -> bool {
    word.len() >= DIGITS && word[..DIGITS].iter().all(char::is_ascii_digit)
}

fn beginnings(at: usize, word: &[char], gram: &mut impl FnMut(usize, &[char])) {
    // Longer parts of a number are put together from these.
    let longest = if is_number(word) { DIGITS } else { LONGEST_BEGINNING };
    for length in 1..=word.len().min(longest) {
        gram(at, &word[..length]);
    }
}

/// Cuts text for the index.
#[derive(Clone, Debug, Default)]
pub(super) struct Grams {
    folded: Folded,
    cuts: Vec<(usize, usize)>,
    token: Token,
}

/// The terms of one text.
pub(super) struct Cuts<'a> {
    grams: &'a mut Grams,
    next: usize,
}

impl Tokenizer for Grams {
    type TokenStream<'a> = Cuts<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cuts<'a> {
        self.folded.refill(text);
        self.cuts.clear();
        self.token.reset();
        grams(&self.folded.chars, |at, gram| self.cuts.push((at, gram.len())));
        Cuts { grams: self, next: 0 }
    }
}

impl TokenStream for Cuts<'_> {
    fn advance(&mut self) -> bool {
        let Grams { folded, cuts, token } = &mut *self.grams;
        let Some((at, length)) = cuts.get(self.next).copied() else { return false };
        self.next += 1;
        token.position = at;
        token.text.clear();
        token.text.extend(&folded.chars[at..at + length]);
        true
    }

    fn token(&self) -> &Token {
        &self.grams.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.grams.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        grams(&Folded::new(text).chars, |at, gram| {
            terms.push(format!("{at}{}", gram.iter().collect::<String>()));
        });
        terms
    }

    #[test]
    fn chinese_is_cut_into_pairs_and_what_ends_a_run_stands_alone() {
        assert_eq!(cut("停水了"), ["0停水", "1水了", "2了"]);
        assert_eq!(cut("停，水"), ["0停", "2水"]);
    }

    #[test]
    fn words_are_cut_into_their_beginnings_and_numbers_into_fours() {
        assert_eq!(cut("Fee"), ["0f", "0fe", "0fee"]);
        assert_eq!(cut("138001"), ["01", "013", "0138", "01380", "13800", "28001"]);
        assert_eq!(cut("x12345"), ["0x", "0x1", "0x12", "0x123", "0x1234", "0x12345", "11234", "22345"]);
    }

    #[test]
    fn where_scripts_meet_they_are_a_pair() {
        assert_eq!(cut("A2区"), ["0a", "0a2", "12区", "2区"]);
        assert_eq!(cut("区a"), ["0区a", "1a"]);
    }
}
