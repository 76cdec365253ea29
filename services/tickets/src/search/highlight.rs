//! Highlights: what was looked for, marked in the text that was found.

use super::document::Texts;
use super::text::Folded;
use super::words::Words;

/// A passage of a long text is this many characters long.
const PASSAGE: usize = 120;
/// That many characters before the first mark are shown, for the sense.
const LEAD: usize = 20;
/// Passages of a ticket at most.
const MOST: usize = 6;

/// A passage that was found: HTML, with what was looked for in `<em>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// Which part of the ticket it is from.
    pub(crate) field: String,
    /// The passage.
    pub(crate) html: String,
}

impl Words {
    /// Returns the passages of a ticket that have any of the words; `None` where its texts do not have all of them: it
    /// has changed since it was found.
    pub(crate) fn passages(&self, texts: &Texts) -> Option<Vec<Passage>> {
        let parts: Vec<(String, &str)> = texts.parts().collect();
        let folded: Vec<Folded> = parts.iter().map(|(_, text)| Folded::new(text)).collect();
        if !self.are_in(&folded) {
            return None;
        }
        let passages = parts
            .into_iter()
            .zip(&folded)
            .filter_map(|((field, text), folded)| Some(Passage { field, html: self.passage(text, folded)? }));
        Some(passages.take(MOST).collect())
    }

    /// Returns the part of a text with the most marks; `None` where it has none.
    fn passage(&self, text: &str, folded: &Folded) -> Option<String> {
        let characters: Vec<char> = text.chars().collect();
        let mut marks = vec![false; characters.len()];
        for place in self.0.iter().flat_map(|word| word.places(&folded.chars)) {
            marks[folded.origin(place.start)..folded.origin(place.end)].fill(true);
        }
        let start = best_start(&marks)?;
        let end = (start + PASSAGE).min(characters.len());
        let mut html = String::from(if start > 0 { "…" } else { "" });
        for (place, run) in marks[start..end].chunk_by(|one, next| one == next).scan(start, |at, run| {
            *at += run.len();
            Some((*at - run.len(), run))
        }) {
            html.push_str(if run[0] { "<em>" } else { "" });
            characters[place..place + run.len()].iter().for_each(|c| push_escaped(&mut html, *c));
            html.push_str(if run[0] { "</em>" } else { "" });
        }
        html.push_str(if end < characters.len() { "…" } else { "" });
        Some(html)
    }
}

/// Returns where the passage with the most marks begins, the first of several.
fn best_start(marks: &[bool]) -> Option<usize> {
    let mut before = vec![0; marks.len() + 1];
    for (at, mark) in marks.iter().enumerate() {
        before[at + 1] = before[at] + usize::from(*mark);
    }
    let seen = PASSAGE - LEAD;
    let marked = (0..marks.len()).filter(|at| marks[*at]);
    let best = marked.rev().max_by_key(|at| before[(at + seen).min(marks.len())] - before[*at])?;
    Some(best.saturating_sub(LEAD).min(marks.len().saturating_sub(PASSAGE)))
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

    fn texts(subject: &str, description: &str) -> Texts {
        Texts { subject: subject.into(), description: description.into(), ..Texts::default() }
    }

    fn marked(query: &str, subject: &str) -> String {
        let passages = Words::read(query).expect("words").passages(&texts(subject, "")).expect("is found");
        passages[0].html.clone()
    }

    #[test]
    fn html_is_escaped_and_the_right_characters_are_marked() {
        assert_eq!(
            marked("密码", "<b>'密码'</b> & \"忘记密码\""),
            "&lt;b&gt;&#39;<em>密码</em>&#39;&lt;/b&gt; &amp; &quot;忘记<em>密码</em>&quot;"
        );
    }

    #[test]
    fn the_text_stays_as_written_also_where_it_was_folded() {
        assert_eq!(marked("wifi密码", "访客ＷｉＦｉ密码"), "访客<em>ＷｉＦｉ密码</em>");
        assert_eq!(marked("cafe", "Cafe\u{301} 3"), "<em>Cafe\u{301}</em> 3");
    }

    #[test]
    fn each_part_that_has_a_word_shows_its_best_passage() {
        let long = format!("{}光猫红灯{}", "前".repeat(500), "后".repeat(500));
        let words = Words::read("宽带 光猫").expect("words");
        let found = words.passages(&texts("宽带断线", &long)).expect("is found");
        assert_eq!(
            found.iter().map(|passage| passage.field.as_str()).collect::<Vec<_>>(),
            ["subject", "description"]
        );
        assert!(
            found[1].html.starts_with('…') && found[1].html.contains("前<em>光猫</em>红灯后"),
            "{}",
            found[1].html
        );
        assert_eq!(words.passages(&texts("宽带断线", "灯")), None, "one word of two is not enough");
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
        fn taking_the_marks_out_gives_the_text_back(text in "[a-zé<>&'\"停水密码 ，]{0,100}", query in "[a-z停水密码]{1,4}") {
            if let Some(found) = Words::read(&query).expect("words").passages(&texts(&text, "")) {
                prop_assert_eq!(without_marks(&found[0].html), text);
            }
        }
    }
}
