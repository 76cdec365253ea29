//! What is known of a customer, found in a text however it is written there.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::mask::{self, HIDDEN};

/// Characters between the parts of a room at most, as in 3栋 - 1502.
const WIDEST_GAP: usize = 4;
/// What people write between the parts of a room.
const BETWEEN_ROOMS: &str = " -_#/—–栋幢座号楼单元层院区室房门";
/// What people write between the digits of a number.
const BETWEEN_DIGITS: &str = " -";
/// What follows an amount or a part of a date, and what stands before an amount.
const FIGURES: (&str, &str) = ("元块年月日%", "¥$");

/// Something that is known of the customer.
pub(super) struct Known {
    /// What it is written with, part by part, in small narrow letters.
    pub(super) parts: Vec<Vec<char>>,
    /// What may stand between the parts.
    pub(super) between: &'static str,
    /// One of these follows it; empty asks for nothing.
    pub(super) followed_by: &'static str,
    /// It is written with few digits: the same ones within an amount or a date are not it.
    pub(super) is_figure: bool,
    /// What is shown instead.
    pub(super) shown: String,
}

/// A text letter by letter, small and narrow, with the place of each.
pub(super) struct Folded {
    pub(super) letters: Vec<char>,
    pub(super) places: Vec<usize>,
}

impl Known {
    /// Returns words that are looked for as they are; what is shown instead is to be said.
    pub(super) fn words(letters: Vec<char>) -> Self {
        Self { parts: vec![letters], between: "", followed_by: "", is_figure: false, shown: String::new() }
    }

    /// Returns a number, in one piece or in groups.
    pub(super) fn digits(digits: Vec<char>) -> Self {
        let shown = mask::contact(&digits.iter().collect::<String>());
        let parts = digits.into_iter().map(|digit| vec![digit]).collect();
        Self { parts, between: BETWEEN_DIGITS, followed_by: "", is_figure: false, shown }
    }

    /// Returns the parts of a room.
    pub(super) fn room(parts: Vec<Vec<char>>) -> Self {
        Self { parts, between: BETWEEN_ROOMS, followed_by: "", is_figure: true, shown: HIDDEN.to_owned() }
    }

    /// Returns where it stands in a text, and what is shown there.
    pub(super) fn found(&self, folded: &Folded) -> Vec<(Range<usize>, String)> {
        let (mut found, mut start) = (Vec::new(), 0);
        while start < folded.letters.len() {
            match self.ends(&folded.letters, start) {
                Some(end) => {
                    found.push((folded.places[start]..folded.places[end], self.shown.clone()));
                    start = end;
                }
                None => start += 1,
            }
        }
        found
    }

    /// Returns behind which letter it ends, where it begins at one.
    fn ends(&self, letters: &[char], start: usize) -> Option<usize> {
        let mut end = start;
        for (place, part) in self.parts.iter().enumerate() {
            let gap = letters[end..].iter().take_while(|letter| self.between.contains(**letter)).count();
            let is_digits = self.between == BETWEEN_DIGITS;
            if place > 0 {
                end += if gap <= WIDEST_GAP && (gap > 0 || is_digits) { gap } else { return None };
            }
            end = letters[end..].starts_with(part).then_some(end + part.len())?;
        }
        let fits = stands_alone(letters, start, end)
            && (!self.is_figure || !is_of_a_figure(letters, start, end))
            && (self.followed_by.is_empty()
                || letters.get(end).is_some_and(|next| self.followed_by.contains(*next)));
        fits.then_some(end)
    }
}

impl Folded {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let letters = text.chars().map(fold).collect();
        let places = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
        Self { letters, places }
    }

    /// Returns the e-mail addresses, and what is shown of them.
    pub(super) fn addresses(&self) -> Vec<(Range<usize>, String)> {
        let letters = self.letters.as_slice();
        let signs = (0..letters.len()).filter(|place| letters[*place] == '@');
        let address = |sign: usize| {
            let is_user = |letter: &&char| letter.is_ascii_alphanumeric() || "._%+-".contains(**letter);
            let is_domain = |letter: &&char| letter.is_ascii_alphanumeric() || ".-".contains(**letter);
            let start = sign - letters[..sign].iter().rev().take_while(is_user).count();
            let mut end = sign + 1 + letters[sign + 1..].iter().take_while(is_domain).count();
            while matches!(letters[end - 1], '.' | '-') {
                end -= 1;
            }
            let is_address = start < sign && letters.get(sign + 1..end)?.contains(&'.');
            let spelt: String = letters[start..end].iter().collect();
            is_address.then(|| (self.places[start]..self.places[end], mask::contact(&spelt)))
        };
        signs.filter_map(address).collect()
    }
}

/// Returns the small narrow form of a letter.
fn fold(letter: char) -> char {
    let mut narrow = std::iter::once(letter).nfkc();
    let narrow = narrow.next().filter(|_| narrow.next().is_none()).unwrap_or(letter);
    narrow.to_ascii_lowercase()
}

/// Tells whether a word or a number begins and ends here, not in the middle of another.
fn stands_alone(letters: &[char], start: usize, end: usize) -> bool {
    let is_one = |one: Option<&char>, other: Option<&char>| {
        let word = |letter: Option<&char>| letter.is_some_and(char::is_ascii_alphanumeric);
        word(one) && word(other)
    };
    let before = start.checked_sub(1).and_then(|place| letters.get(place));
    !is_one(before, letters.get(start))
        && !is_one(end.checked_sub(1).and_then(|last| letters.get(last)), letters.get(end))
}

/// Tells whether what is around makes digits a part of an amount or of a date.
fn is_of_a_figure(letters: &[char], start: usize, end: usize) -> bool {
    let is_joint = |letter: char| matches!(letter, '.' | '-' | '/');
    let is_digit = |letter: Option<&char>| letter.is_some_and(char::is_ascii_digit);
    let (behind, ahead) = (letters.get(end).copied(), letters[..start].last().copied());
    let (after, before) = FIGURES;
    let goes_on = behind.is_some_and(is_joint) && is_digit(letters.get(end + 1));
    let went_on = ahead.is_some_and(is_joint) && start >= 2 && is_digit(letters.get(start - 2));
    goes_on
        || went_on
        || behind.is_some_and(|letter| after.contains(letter))
        || ahead.is_some_and(|letter| before.contains(letter))
}
