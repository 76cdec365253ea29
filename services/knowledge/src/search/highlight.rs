//! Highlights: what was looked for, marked in the text that was found.

use super::terms::{Terms, Word};
use super::text::{self, is_spaced_letter};

/// A passage of a long text is this many characters long.
const PASSAGE_CHARS: usize = 120;

/// That many characters before the first mark are shown, for the sense.
const LEAD_CHARS: usize = 15;

/// Returns the text asked, or the passage of the body that has more of the query's words, as HTML with these
/// words in `<em>`.
pub(super) fn highlight(asked: &str, body: &str, terms: &Terms) -> String {
    let (in_asked, in_body) = (Marked::new(asked, &terms.forms), Marked::new(body, &terms.forms));
    if in_body.words > in_asked.words { in_body.to_html() } else { in_asked.to_html() }
}

struct Marked {
    characters: Vec<char>,
    marks: Vec<bool>,
    words: usize,
}

impl Marked {
    fn new(text: &str, words: &[Word]) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let folded: Vec<char> = text::fold(text).chars().collect();
        let mut marks = vec![false; characters.len()];
        let found = words.iter().filter(|word| {
            let forms = word.forms.iter().filter(|form| mark(&folded, form, &mut marks));
            forms.count() > 0
        });
        let words = found.count();
        Self { characters, marks, words }
    }

    fn to_html(&self) -> String {
        let (start, end) = self.passage();
        let mut html = String::new();
        if start > 0 {
            html.push('…');
        }
        let mut inside = false;
        for at in start..end {
            if self.marks[at] != inside {
                inside = !inside;
                html.push_str(if inside { "<em>" } else { "</em>" });
            }
            push_escaped(&mut html, self.characters[at]);
        }
        if inside {
            html.push_str("</em>");
        }
        if end < self.characters.len() {
            html.push('…');
        }
        html
    }

    /// Returns where the passage with the most marks begins and ends.
    fn passage(&self) -> (usize, usize) {
        let length = self.characters.len();
        let mut marks_before = vec![0; length + 1];
        for at in 0..length {
            marks_before[at + 1] = marks_before[at] + usize::from(self.marks[at]);
        }
        let seen = PASSAGE_CHARS - LEAD_CHARS;
        let best = (0..length)
            .filter(|start| self.marks[*start])
            .rev()
            .max_by_key(|start| marks_before[(start + seen).min(length)] - marks_before[*start]);
        let last_start = length.saturating_sub(PASSAGE_CHARS);
        let start = best.map_or(0, |mark| mark.saturating_sub(LEAD_CHARS).min(last_start));
        (start, (start + PASSAGE_CHARS).min(length))
    }
}

/// Marks every place of the form and returns whether there is one. A word of letters is marked only where a
/// word begins.
fn mark(folded: &[char], form: &str, marks: &mut [bool]) -> bool {
    let form: Vec<char> = form.chars().collect();
    let spaced = form.first().is_some_and(|c| is_spaced_letter(*c));
    let mut found = false;
    for at in 0..(folded.len() + 1).saturating_sub(form.len()) {
        let begins = !spaced || at == 0 || !is_spaced_letter(folded[at - 1]);
        if begins && folded[at..].starts_with(&form) {
            marks[at..at + form.len()].fill(true);
            found = true;
        }
    }
    found
}

fn push_escaped(html: &mut String, c: char) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        _ => html.push(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::catalogue::Catalogue;

    fn highlighted(query: &str, asked: &str, body: &str) -> String {
        let terms = Terms::new(query, &Catalogue::default()).expect("terms");
        highlight(asked, body, &terms)
    }

    #[test]
    fn html_is_escaped_and_the_right_characters_are_marked() {
        assert_eq!(
            highlighted("密码", "<script>alert('密码')</script> & \"忘记密码\"", ""),
            "&lt;script&gt;alert(&#39;<em>密码</em>&#39;)&lt;/script&gt; &amp; &quot;忘记<em>密码</em>&quot;"
        );
    }

    #[test]
    fn width_and_case_do_not_matter_and_the_text_stays_as_written() {
        assert_eq!(highlighted("wifi密码", "访客ＷｉＦｉ的密码", ""), "访客<em>ＷｉＦｉ</em>的<em>密码</em>");
    }

    #[test]
    fn a_synonym_is_marked() {
        assert_eq!(highlighted("登陆", "无法登录怎么办", ""), "无法<em>登录</em>怎么办");
    }

    #[test]
    fn letters_are_marked_only_where_a_word_begins() {
        assert_eq!(highlighted("app", "MyApp and Apple", ""), "MyApp and <em>App</em>le");
    }

    #[test]
    fn the_passage_of_a_long_body_is_the_one_with_the_words() {
        let body = format!("{}先设止损再开仓{}", "空".repeat(500), "话".repeat(500));
        let html = highlighted("止损", "开仓须知", &body);
        assert!(html.starts_with('…') && html.ends_with('…'), "{html}");
        assert!(html.contains("先设<em>止损</em>再开仓"), "{html}");
        assert_eq!(html.replace("<em>", "").replace("</em>", "").chars().count(), PASSAGE_CHARS + 2);
    }

    fn without_marks(html: &str) -> String {
        let entities = [
            ("<em>", ""),
            ("</em>", ""),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ];
        entities.iter().fold(html.to_owned(), |html, (entity, plain)| html.replace(entity, plain))
    }

    proptest! {
        #[test]
        fn taking_the_marks_out_gives_the_text_back(
            text in "[a-z<>&'\"止损密码 ，]{0,100}",
            query in "[a-z止损密码]{1,6}",
        ) {
            prop_assert_eq!(without_marks(&highlighted(&query, &text, "")), text);
        }
    }
}
