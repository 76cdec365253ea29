//! Highlights: what was looked for, marked in the text that was found.

use hotline_core::passage;

use super::document::Texts;
use super::text::Folded;
use super::words::Words;

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
        marks.contains(&true).then(|| passage::html(&characters, &marks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(subject: &str, description: &str) -> Texts {
        Texts { subject: subject.into(), description: description.into(), ..Texts::default() }
    }

    fn marked(query: &str, subject: &str) -> String {
        let passages = Words::read(query).expect("words").passages(&texts(subject, "")).expect("is found");
        passages[0].html.clone()
    }

    #[test]
    fn the_right_characters_are_marked() {
        assert_eq!(
            marked("密码", "<b>密码</b>，忘记密码"),
            "&lt;b&gt;<em>密码</em>&lt;/b&gt;，忘记<em>密码</em>"
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
}
