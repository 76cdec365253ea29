//! What the index holds, as ranking and highlighting need it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::document::Document;
use super::number::other_number;
use super::text::{self, Unit};
use super::words;

/// More of a title or question than this many units is not compared; comparing costs the square of it.
const COMPARED_UNITS: usize = 200;

/// How many other words a word may stand for.
const SIMILAR_WORDS: usize = 8;

/// A mistyped word shorter than this could be any other short word.
const SHORTEST_TYPO: usize = 5;

/// One way of asking: the title or a question, and its units as written and with synonyms replaced.
#[derive(Debug)]
pub(super) struct Surface {
    pub(super) text: String,
    pub(super) plain: Vec<Unit>,
    pub(super) canonical: Vec<Unit>,
}

impl Surface {
    pub(super) fn new(text: &str) -> Self {
        let folded = text::fold(text);
        let mut plain = text::units(&folded);
        plain.truncate(COMPARED_UNITS);
        let mut canonical = text::units(&words::rewritten(&folded));
        canonical.truncate(COMPARED_UNITS);
        Self { text: text.to_owned(), plain, canonical }
    }
}

/// Weights are reckoned as if there were so many more titles and questions, with any unit in a few of them:
/// where there are few articles yet, that a character is in none of them says little.
const SUPPOSED_SURFACES: f64 = 1000.0;
const SUPPOSED_WITH: f64 = 10.0;

/// An article in the index. The first surface is its title.
#[derive(Debug)]
pub(super) struct Article {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) surfaces: Vec<Surface>,
    pub(super) body: String,
    /// The title and the questions, folded, parted by spaces.
    pub(super) folded_asked: String,
    pub(super) folded_body: String,
}

impl Article {
    pub(super) fn new(document: &Document) -> Self {
        let asked: Vec<&str> =
            std::iter::once(&document.title).chain(&document.questions).map(String::as_str).collect();
        Self {
            id: document.id,
            version: document.version,
            surfaces: asked.iter().map(|text| Surface::new(text)).collect(),
            body: document.body.clone(),
            folded_asked: text::fold(&asked.join(" ")),
            folded_body: text::fold(&document.body),
        }
    }

    fn latin_words(&self) -> BTreeSet<String> {
        let pieces = [&self.folded_asked, &self.folded_body].into_iter().flat_map(|text| text::pieces(text));
        pieces.filter(|piece| text::is_latin_word(piece)).map(str::to_owned).collect()
    }
}

/// The articles by the key that the index knows them by. Each put gives a new key, so that a row of an
/// earlier version can never be taken for the present one.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    articles: HashMap<u64, Arc<Article>>,
    keys: HashMap<Uuid, u64>,
    surfaces: u32,
    surfaces_with: HashMap<Unit, u32>,
    articles_with: BTreeMap<String, u32>,
}

impl Catalogue {
    pub(super) fn get(&self, key: u64) -> Option<&Arc<Article>> {
        self.articles.get(&key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    pub(super) fn version(&self, id: Uuid) -> Option<i64> {
        Some(self.get(*self.keys.get(&id)?)?.version)
    }

    pub(super) fn versions(&self) -> HashMap<Uuid, i64> {
        self.articles.values().map(|article| (article.id, article.version)).collect()
    }

    /// Takes the article in under a key never used before. Another article of this id must have been removed.
    pub(super) fn put(&mut self, key: u64, article: Article) {
        for surface in &article.surfaces {
            self.surfaces += 1;
            for unit in distinct(&surface.canonical) {
                *self.surfaces_with.entry(unit).or_default() += 1;
            }
        }
        for word in article.latin_words() {
            *self.articles_with.entry(word).or_default() += 1;
        }
        self.keys.insert(article.id, key);
        self.articles.insert(key, Arc::new(article));
    }

    /// Lets the article go and returns the key that it had.
    pub(super) fn remove(&mut self, id: Uuid) -> Option<u64> {
        let key = self.keys.remove(&id)?;
        let article = self.articles.remove(&key)?;
        for surface in &article.surfaces {
            self.surfaces -= 1;
            for unit in distinct(&surface.canonical) {
                if let Some(count) = self.surfaces_with.get_mut(&unit) {
                    *count -= 1;
                }
            }
        }
        for word in article.latin_words() {
            if let Some(count) = self.articles_with.get_mut(&word) {
                *count -= 1;
                if *count == 0 {
                    self.articles_with.remove(&word);
                }
            }
        }
        Some(key)
    }

    /// Returns how much a unit tells: the square root of its inverse document frequency. The root keeps one
    /// rare character from deciding alone whether two questions are the same.
    pub(super) fn weight(&self, unit: Unit) -> f32 {
        let with = f64::from(self.surfaces_with.get(&unit).copied().unwrap_or(0));
        let without = f64::from(self.surfaces) + SUPPOSED_SURFACES - with;
        ((1.0 + without / (with + SUPPOSED_WITH)).ln().sqrt()) as f32
    }

    /// Returns the words in the index that are this one in the other number or that begin with it, or else
    /// that are one slip of the finger away from it.
    pub(super) fn similar(&self, word: &str) -> Vec<&str> {
        let mut similar = self.in_other_number(word);
        let begins = self.articles_with.range(word.to_owned()..).map(|(known, _)| known.as_str());
        let unfinished: Vec<&str> = begins
            .take_while(|known| known.starts_with(word))
            .filter(|known| *known != word && !similar.contains(known))
            .take(SIMILAR_WORDS.saturating_sub(similar.len()))
            .collect();
        similar.extend(unfinished);
        if similar.is_empty() && !self.articles_with.contains_key(word) {
            let known = self.articles_with.keys().map(String::as_str);
            similar = known.filter(|known| one_slip_away(word, known)).take(SIMILAR_WORDS).collect();
        }
        similar
    }

    fn in_other_number(&self, word: &str) -> Vec<&str> {
        let known = |other: String| self.articles_with.get_key_value(&other).map(|(known, _)| known.as_str());
        other_number(word).into_iter().filter_map(known).collect()
    }
}

/// Returns each unit once, in an order that is the same in every process: a sum of weights depends on its order in the
/// last digit, and that digit decides between articles that score alike.
pub(super) fn distinct(units: &[Unit]) -> BTreeSet<Unit> {
    units.iter().copied().collect()
}

fn one_slip_away(typed: &str, known: &str) -> bool {
    let (typed, known) = (typed.as_bytes(), known.as_bytes());
    let longer = typed.len().max(known.len());
    typed.len() >= SHORTEST_TYPO
        && typed.len().abs_diff(known.len()) <= 1
        && text::common_subsequence(typed, known) + 1 >= longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_a_letter_missing_added_wrong_or_swapped() {
        for typed in ["pasword", "passsword", "passwurd", "passwrod"] {
            assert!(one_slip_away(typed, "password"), "{typed}");
        }
        assert!(!one_slip_away("posswurd", "password"));
        assert!(!one_slip_away("van", "vpn"));
    }

    #[test]
    fn the_other_number_comes_before_what_merely_begins_alike() {
        let mut catalogue = Catalogue::default();
        let body = "feed feedback feeder feeding feeds feel feeler feeling fees".into();
        catalogue.put(7, Article::new(&Document { body, ..Document::default() }));
        let similar = catalogue.similar("fee");
        assert_eq!((similar[0], similar.len()), ("fees", SIMILAR_WORDS));
        assert_eq!(catalogue.similar("feelings"), ["feeling"]);
    }

    #[test]
    fn removing_an_article_takes_its_words_and_weights_back() {
        let mut catalogue = Catalogue::default();
        let article = Document { title: "VPN 连接".into(), ..Document::default() };
        let unseen = catalogue.weight(text::unit("连"));
        catalogue.put(7, Article::new(&article));
        assert_eq!(catalogue.similar("vp"), ["vpn"]);
        assert!(catalogue.weight(text::unit("连")) < unseen);
        assert_eq!(catalogue.remove(article.id), Some(7));
        assert!(catalogue.similar("vp").is_empty());
        assert_eq!(catalogue.weight(text::unit("连")), unseen);
        assert!(catalogue.versions().is_empty());
    }
}
