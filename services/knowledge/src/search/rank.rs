//! Ranking: which of the retrieved articles asks the same, and which has too little to do with the query.

use super::catalogue::{Article, Catalogue, Surface, distinct};
use super::terms::{Terms, Word};
use super::text::{self, Unit};

// Retrieval and the share of common characters count alike, word order half. Measured on short questions;
// figures between 0.3 and 0.7 for the order and 1 and 2 for retrieval differ by less than half a point of
// recall.
const RETRIEVED: f32 = 1.0;
const SHARED: f32 = 1.0;
const ORDER: f32 = 0.5;

// A long query may differ in most of its characters from what answers it; a short one has to be met.
const LEAST_SHARE: f32 = 0.4;

// Of words strewn over title, questions and body nearly all have to be there: a long text
// has most of the words that any question is asked with.
const LEAST_STREWN: f32 = 0.7;

/// Returns how well a row answers, above 0 to 1. `retrieved` is its score against the best row's.
pub(super) fn score(retrieved: f32, surface: &Surface, terms: &Terms, catalogue: &Catalogue) -> f32 {
    let canonical: Vec<Unit> = meant(&surface.canonical, terms);
    let shared = dice(&terms.canonical, &canonical, catalogue);
    let longer = terms.canonical.len().max(canonical.len()).max(1);
    let order = text::common_subsequence(&terms.canonical, &canonical) as f32 / longer as f32;
    (RETRIEVED * retrieved + SHARED * shared + ORDER * order) / (RETRIEVED + SHARED + ORDER)
}

/// Whether the article shares enough with the query to be shown at all.
pub(super) fn is_answer(article: &Article, terms: &Terms, catalogue: &Catalogue) -> bool {
    let asked = article.surfaces.iter().any(|surface| {
        let (plain, canonical) = (meant(&surface.plain, terms), meant(&surface.canonical, terms));
        [(&terms.plain, &plain), (&terms.canonical, &canonical)].into_iter().any(|(query, surface)| {
            enough(covered(query, surface, catalogue), query.len())
                || enough(covered(surface, query, catalogue), surface.len())
        })
    });
    asked
        || enough(in_body(article, terms), terms.plain.len())
        || in_all(article, terms, catalogue) >= LEAST_STREWN
}

fn enough(share: f32, units: usize) -> bool {
    share >= LEAST_SHARE + (1.0 - LEAST_SHARE) / units.max(1) as f32 - f32::EPSILON * 8.0
}

/// Replaces the words that may have been meant by the word that was typed.
fn meant(units: &[Unit], terms: &Terms) -> Vec<Unit> {
    units.iter().map(|unit| terms.meant.get(unit).copied().unwrap_or(*unit)).collect()
}

/// Returns twice the weight in common over the weight of both.
fn dice(a: &[Unit], b: &[Unit], catalogue: &Catalogue) -> f32 {
    let (a, b) = (distinct(a), distinct(b));
    let weight =
        |units: &mut dyn Iterator<Item = &Unit>| units.map(|unit| catalogue.weight(*unit)).sum::<f32>();
    let both = weight(&mut a.iter()) + weight(&mut b.iter());
    if both > 0.0 { 2.0 * weight(&mut a.intersection(&b)) / both } else { 0.0 }
}

/// Returns the share of the weight of `part` that `whole` has.
fn covered(part: &[Unit], whole: &[Unit], catalogue: &Catalogue) -> f32 {
    let (part, whole) = (distinct(part), distinct(whole));
    let all: f32 = part.iter().map(|unit| catalogue.weight(*unit)).sum();
    let common: f32 = part.intersection(&whole).map(|unit| catalogue.weight(*unit)).sum();
    if all > 0.0 { common / all } else { 0.0 }
}

/// Returns the share of the weight of the query's words that the body has. Words, not characters: a long body
/// has nearly every common character somewhere.
fn in_body(article: &Article, terms: &Terms) -> f32 {
    let all: f32 = terms.forms.iter().map(|word| word.weight).sum();
    let there = terms.forms.iter().filter(|word| word.is_in(&article.folded_body));
    if all > 0.0 { there.map(|word| word.weight).sum::<f32>() / all } else { 0.0 }
}

/// Returns the share of the weight of the query's words that the title, the questions and the body have
/// together.
fn in_all(article: &Article, terms: &Terms, catalogue: &Catalogue) -> f32 {
    let there = terms
        .forms
        .iter()
        .filter(|word| word.is_in(&article.folded_asked) || word.is_in(&article.folded_body));
    covered(&units(&terms.forms), &units(there), catalogue)
}

fn units<'a>(words: impl IntoIterator<Item = &'a Word>) -> Vec<Unit> {
    words.into_iter().flat_map(|word| &word.units).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::document::Document;

    fn catalogue(titles: &[&str]) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for (n, title) in (0..).zip(titles) {
            let id = uuid::Uuid::from_u128(u128::from(n));
            catalogue.put(n, Article::new(&Document { id, title: (*title).into(), ..Document::default() }));
        }
        catalogue
    }

    #[test]
    fn the_same_question_scores_one_and_another_order_less() {
        let catalogue = catalogue(&["怎么开证明", "怎么退款"]);
        let terms = Terms::new("如何开证明？", &catalogue).expect("terms");
        let same = score(1.0, &Surface::new("怎么开证明"), &terms, &catalogue);
        let turned = score(1.0, &Surface::new("证明怎么开"), &terms, &catalogue);
        let other = score(1.0, &Surface::new("怎么退款"), &terms, &catalogue);
        assert!((same - 1.0).abs() < 1e-6);
        assert!(same > turned && turned > other);
    }

    #[test]
    fn a_short_query_has_to_be_met_whole_and_a_long_one_in_part() {
        let catalogue = catalogue(&["止损怎么设置", "防止漏水", "损失赔偿"]);
        let answers = |query: &str, title: &str| {
            let terms = Terms::new(query, &catalogue).expect("terms");
            let article = Article::new(&Document { title: title.into(), ..Document::default() });
            is_answer(&article, &terms, &catalogue)
        };
        assert!(answers("止损", "止损怎么设置"));
        assert!(!answers("止损", "防止漏水"));
        assert!(answers("请问我想问一下止损要怎么设置才好", "止损怎么设置"));
        assert!(!answers("今天天气好不好", "止损怎么设置"));
    }

    #[test]
    fn a_body_answers_by_its_words_not_its_characters() {
        let catalogue = catalogue(&["公告"]);
        let terms = Terms::new("止损", &catalogue).expect("terms");
        let body = |body: &str| {
            let article =
                Article::new(&Document { title: "公告".into(), body: body.into(), ..Document::default() });
            is_answer(&article, &terms, &catalogue)
        };
        assert!(body("请在开仓时设好止损。"));
        assert!(!body("请防止损耗过大时停止作业，损坏须赔。".replace("止损", "止、损").as_str()));
    }
}
