//! Highlights: what was looked for, marked in the text that was found.

use hotline_core::passage;

use super::terms::{Terms, Word};
use super::text::{self, is_spaced_letter};

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
        passage::html(&self.characters, &self.marks)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::catalogue::Catalogue;

    fn highlighted(query: &str, asked: &str, body: &str) -> String {
        let terms = Terms::new(query, &Catalogue::default()).expect("terms");
        highlight(asked, body, &terms)
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
    fn the_text_with_more_of_the_words_is_shown() {
        assert_eq!(highlighted("止损 开仓", "开仓须知", "先止损再开仓"), "先<em>止损</em>再<em>开仓</em>");
        assert_eq!(highlighted("开仓", "开仓须知", "先止损再开仓"), "<em>开仓</em>须知");
    }
}
