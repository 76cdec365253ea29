//! Words: jieba's dictionary, and the synonyms that count as one word.

use std::collections::HashMap;
use std::sync::LazyLock;

use jieba_rs::Jieba;

const SYNONYMS: &str = include_str!("synonyms.txt");

static GROUPS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let lines = SYNONYMS.lines().filter(|line| !line.starts_with('#'));
    let groups =
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|group| group.len() > 1);
    groups.flat_map(|group| group.clone().into_iter().map(move |word| (word, group.clone()))).collect()
});

/// Loaded with the first article, which takes a few tenths of a second: it is a third of an idle suite's memory, and a
/// desk without articles needs none of it.
static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    let mut jieba = Jieba::new();
    for word in GROUPS.keys() {
        jieba.add_word(word, None, None);
    }
    jieba
});

/// Returns the words of folded text for finding it: of a long word the shorter ones inside it as well.
pub(super) fn words(folded: &str) -> Vec<&str> {
    let words = JIEBA.cut_for_search(folded, true).into_iter().map(|token| token.word);
    words.filter(|word| !word.trim().is_empty()).collect()
}

/// Returns the word that stands for a word and its synonyms.
pub(super) fn canonical(word: &str) -> &str {
    GROUPS.get(word).map_or(word, |group| group[0])
}

/// Returns a word and its synonyms.
pub(super) fn forms(word: &str) -> Vec<&str> {
    GROUPS.get(word).cloned().unwrap_or_else(|| vec![word])
}

/// Rewrites folded text with every synonym replaced by the word that stands for it.
pub(super) fn rewritten(folded: &str) -> String {
    let tokens = JIEBA.cut(folded, true);
    tokens.iter().map(|token| canonical(token.word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::search::text::fold;

    #[test]
    fn a_long_word_is_found_by_its_parts_too() {
        assert_eq!(words("中国科学院"), ["中国", "科学", "学院", "科学院", "中国科学院"]);
    }

    #[test]
    fn synonyms_read_alike() {
        assert_eq!(rewritten("如何登陆帐号"), rewritten("怎么登录账号"));
        assert_eq!(canonical("咋"), "怎么");
        assert!(forms("登录").contains(&"login"));
        assert_eq!(forms("止损"), ["止损"]);
    }

    #[test]
    fn every_synonym_is_in_one_group_and_is_folded() {
        let lines = SYNONYMS.lines().filter(|line| !line.starts_with('#'));
        let all: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!(all.iter().all(|word| fold(word) == **word));
    }
}
