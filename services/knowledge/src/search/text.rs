//! Text as search compares it: folded characters, and the units that they make.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The smallest thing that is compared: an ideograph, or a run of letters and digits. A number, because
/// ranking compares thousands of them for each query.
pub(super) type Unit = u64;

const RUN: Unit = 1 << 63;

/// Folds half and full width and upper and lower case; all but letters and digits becomes a space.
///
/// One character stays one character, so a place in the folded text is the same place in the original.
pub(super) fn fold(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

fn fold_char(c: char) -> char {
    let narrow = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    if narrow.is_alphanumeric() { narrow.to_lowercase().next().unwrap_or(narrow) } else { ' ' }
}

/// Whether the character stands for itself, as Chinese and kana do, and is no part of a spaced word.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether the character is part of a spaced word or number.
pub(super) fn is_spaced_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_ideograph(c)
}

/// Whether folded text has the word: letters only where a word begins, so that no `fee` is in `coffee`.
pub(super) fn holds(folded: &str, word: &str) -> bool {
    let anywhere = !word.starts_with(is_spaced_letter);
    folded.match_indices(word).any(|(at, _)| anywhere || !folded[..at].ends_with(is_spaced_letter))
}

/// Cuts folded text into units, in order.
pub(super) fn pieces(folded: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut run = None;
    for (at, c) in folded.char_indices() {
        let spaced = c.is_whitespace();
        if (spaced || is_ideograph(c))
            && let Some(start) = run.take()
        {
            pieces.push(&folded[start..at]);
        }
        if is_ideograph(c) {
            pieces.push(&folded[at..at + c.len_utf8()]);
        } else if !spaced {
            run.get_or_insert(at);
        }
    }
    pieces.extend(run.map(|start| &folded[start..]));
    pieces
}

/// Returns the unit that a piece is.
pub(super) fn unit(piece: &str) -> Unit {
    match piece.chars().next() {
        Some(c) if is_ideograph(c) => Unit::from(u32::from(c)),
        _ => {
            let mut hasher = DefaultHasher::new();
            piece.hash(&mut hasher);
            hasher.finish() | RUN
        }
    }
}

/// Returns the units of folded text, in order.
pub(super) fn units(folded: &str) -> Vec<Unit> {
    pieces(folded).into_iter().map(unit).collect()
}

/// Whether a piece is a word of letters, which may be unfinished or mistyped; a number may not.
pub(super) fn is_latin_word(piece: &str) -> bool {
    piece.chars().all(|c| c.is_alphabetic() && !is_ideograph(c))
}

/// Returns the pairs of neighbouring pieces; a single piece stands for itself.
pub(super) fn pairs(pieces: &[&str]) -> Vec<String> {
    match pieces {
        [only] => vec![(*only).to_owned()],
        _ => pieces.windows(2).map(<[&str]>::concat).collect(),
    }
}

/// Returns the length of the longest common subsequence.
pub(super) fn common_subsequence<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_every_character_in_its_place() {
        let text = "ＷｉＦｉ密码，ABC!İ";
        assert_eq!(fold(text), "wifi密码 abc i");
        assert_eq!(fold(text).chars().count(), text.chars().count());
    }

    #[test]
    fn ideographs_stand_alone_and_letters_and_digits_run_together() {
        assert_eq!(pieces("wifi密码 win10 x"), ["wifi", "密", "码", "win10", "x"]);
        assert_eq!(pieces(" "), Vec::<&str>::new());
    }

    #[test]
    fn a_word_of_letters_is_held_only_where_a_word_begins() {
        assert!(holds("parking fees", "fee") && holds("访客wifi", "wifi") && holds("coffee fee", "fee"));
        assert!(!holds("coffee", "fee"));
        assert!(holds("设置止损价格", "止损") && !holds("防止损坏", "止损价"));
    }

    #[test]
    fn a_single_piece_is_its_own_pair() {
        assert_eq!(pairs(&["电"]), ["电"]);
        assert_eq!(pairs(&["止", "损", "单"]), ["止损", "损单"]);
        assert!(pairs(&[]).is_empty());
    }

    #[test]
    fn the_common_subsequence_respects_order() {
        assert_eq!(common_subsequence(b"password", b"passwrod"), 7);
        assert_eq!(common_subsequence(b"abc", b"cba"), 1);
        assert_eq!(common_subsequence(b"", b"abc"), 0);
    }
}
