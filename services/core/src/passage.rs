//! The passage of a long text that is shown with a hit, as HTML.

use maud::html;

/// A passage is this many characters long at most.
pub const CHARACTERS: usize = 120;
/// That many characters before the first mark are shown, for the sense.
const LEAD: usize = 20;

/// Returns the passage of a text with the most marks, the first of several, or its beginning where nothing is marked.
/// What is marked stands in `<em>`, all text is escaped, and `…` stands where the text goes on.
///
/// # Panics
/// When there is not one mark for each character.
pub fn html(characters: &[char], marks: &[bool]) -> String {
    assert_eq!(characters.len(), marks.len(), "one mark for each character");
    let start = start(marks);
    let end = (start + CHARACTERS).min(characters.len());
    let mut at = start;
    let runs = marks[start..end].chunk_by(|one, next| one == next).map(|run| {
        at += run.len();
        (run[0], characters[at - run.len()..at].iter().collect::<String>())
    });
    let passage = html! {
        @if start > 0 { "…" }
        @for (marked, text) in runs {
            @if marked { em { (text) } } @else { (text) }
        }
        @if end < characters.len() { "…" }
    };
    passage.into_string()
}

fn start(marks: &[bool]) -> usize {
    let mut before = vec![0; marks.len() + 1];
    for (at, mark) in marks.iter().enumerate() {
        before[at + 1] = before[at] + usize::from(*mark);
    }
    let seen = CHARACTERS - LEAD;
    let marked = (0..marks.len()).filter(|at| marks[*at]);
    let best = marked.rev().max_by_key(|at| before[(at + seen).min(marks.len())] - before[*at]);
    best.unwrap_or_default().saturating_sub(LEAD).min(marks.len().saturating_sub(CHARACTERS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(text: &str, what: &str) -> String {
        let characters: Vec<char> = text.chars().collect();
        let what: Vec<char> = what.chars().collect();
        let mut marks = vec![false; characters.len()];
        for at in 0..(characters.len() + 1).saturating_sub(what.len()) {
            if characters[at..].starts_with(&what) {
                marks[at..at + what.len()].fill(true);
            }
        }
        html(&characters, &marks)
    }

    #[test]
    fn text_is_escaped_and_the_right_characters_are_marked() {
        assert_eq!(
            marked("<script>alert('密码')</script> & \"忘记密码\"", "密码"),
            "&lt;script&gt;alert('<em>密码</em>')&lt;/script&gt; &amp; &quot;忘记<em>密码</em>&quot;"
        );
    }

    #[test]
    fn the_passage_of_a_long_text_is_the_one_with_the_most_marks() {
        let text = format!("止损{}先止损再止损开仓{}", "空".repeat(500), "话".repeat(500));
        let html = marked(&text, "止损");
        assert!(html.starts_with("…空") && html.ends_with("话…"), "{html}");
        assert!(html.contains("先<em>止损</em>再<em>止损</em>开仓"), "{html}");
        assert_eq!(html.replace("<em>", "").replace("</em>", "").chars().count(), CHARACTERS + 2);
    }

    #[test]
    fn without_a_mark_it_is_the_beginning() {
        let text = "首".repeat(CHARACTERS + 1);
        assert_eq!(marked(&text, "尾"), format!("{}…", "首".repeat(CHARACTERS)));
        assert_eq!(marked("", "尾"), "");
    }

    fn without_marks(html: &str) -> String {
        let written =
            [("<em>", ""), ("</em>", ""), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
        written.iter().fold(html.to_owned(), |html, (written, plain)| html.replace(written, plain))
    }

    proptest! {
        #[test]
        fn taking_the_marks_out_gives_the_text_back(
            text in "[a-z<>&'\"止损密码 ，]{0,100}",
            what in "[a-z止损密码]{1,3}",
        ) {
            prop_assert_eq!(without_marks(&marked(&text, &what)), text);
        }
    }
}
