//! Text as search compares it.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What parts words in folded text.
pub(super) const GAP: char = ' ';

/// Folded text, each character with the character of the original that it comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    /// Letters and digits in lower case, full width made half, accents taken off; [`GAP`] for all else.
    pub(super) chars: Vec<char>,
    origins: Vec<usize>,
    /// Characters of the original.
    length: usize,
}

impl Folded {
    /// Folds a text.
    pub(super) fn new(text: &str) -> Self {
        let mut folded = Self::default();
        folded.refill(text);
        folded
    }

    /// Folds another text into the same memory.
    pub(super) fn refill(&mut self, text: &str) {
        self.chars.clear();
        self.origins.clear();
        self.length = 0;
        for (at, c) in text.chars().enumerate() {
            fold(c, |folded| {
                self.chars.push(folded);
                self.origins.push(at);
            });
            self.length = at + 1;
        }
    }

    /// Returns the character of the original from which a folded one comes; the original's end for the end.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.origins.get(at).copied().unwrap_or(self.length)
    }
}

fn fold(c: char, mut push: impl FnMut(char)) {
    if c.is_ascii() {
        push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { GAP });
    } else if matches!(c, '\u{4e00}'..='\u{9fff}') {
        push(c);
    } else if !has_no_width(c) {
        decompose_compatible(c, |part| {
            for part in part.to_lowercase().filter(|part| !is_combining_mark(*part)) {
                push(if part.is_alphanumeric() { part } else { GAP });
            }
        });
    }
}

/// Tells whether a character is nowhere to be seen: it comes with text that was copied and parts no words.
fn has_no_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Tells whether a folded character stands for itself, as Chinese and kana do, and is no part of a spaced word.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Tells whether a folded character is part of a spaced word or a number.
pub(super) fn is_letter(c: char) -> bool {
    c != GAP && !is_han(c)
}

#[cfg(test)]
mod tests {
    use super::Folded;

    fn folded(text: &str) -> String {
        Folded::new(text).chars.into_iter().collect()
    }

    #[test]
    fn width_case_accents_and_compatible_forms_make_no_difference() {
        assert_eq!(folded("ＷｉＦｉ，１２３ Ⅳ㎡"), "wifi 123 ivm2");
        assert_eq!(folded("Café"), "cafe");
        assert_eq!(folded("Cafe\u{301}"), "cafe");
        assert_eq!(folded("宽\u{200b}带\u{feff}断线。"), "宽带断线 ");
    }

    #[test]
    fn rare_characters_stay_and_radicals_become_the_character() {
        assert_eq!(folded("𠮷野家"), "𠮷野家");
        assert_eq!(folded("⽔"), "水");
    }

    #[test]
    fn each_folded_character_knows_where_it_comes_from() {
        let folded = Folded::new("a㎡\u{200b}水");
        assert_eq!(folded.chars, ['a', 'm', '2', '水']);
        assert_eq!((0..5).map(|at| folded.origin(at)).collect::<Vec<_>>(), [0, 1, 1, 3, 4]);
    }
}
