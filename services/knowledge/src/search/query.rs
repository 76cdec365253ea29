//! What is asked of the index, and how it is put to tantivy.
//!
//! Terms are looked up one by one and never parsed, so nothing in a query is an operator.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query as TantivyQuery, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use uuid::Uuid;

use super::schema::Fields;
use super::terms::{Counts, Terms};

// What a term counts for. Single characters of the title or question carry a typed query best; words of it
// sharpen that; the body decides among articles that are asked alike.
const ASKED_PIECES: f32 = 1.0;
const ASKED_WORDS: f32 = 1.0;
const BODY_WORDS: f32 = 0.4;
const BODY_PAIRS: f32 = 0.2;
// A word that may have been meant, against the word that was typed.
const SIMILAR: f32 = 0.5;

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What is looked for, literally; its first 200 characters are read. No letter or digit in it: no hits.
    pub text: String,
    /// Only in this category and what lies under it: `repair` finds `repair.private` too.
    pub category_code: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only for this 所属项目, or for all projects.
    pub project: Option<String>,
    /// The present, in seconds since 1970: what is valid only later is not found.
    pub now: i64,
    /// How many hits to return.
    pub limit: usize,
    /// How many of the best hits to leave out.
    pub offset: usize,
}

/// An article that answers a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The article.
    pub id: Uuid,
    /// The version of it that was found.
    pub version: i64,
    /// How well it answers, above 0 to 1; comparable within one search only.
    pub score: f32,
    /// The title, question or passage of the body that was found, as HTML: escaped, with what was looked for
    /// in `<em>`.
    pub highlight: String,
}

impl Query {
    pub(super) fn to_tantivy(&self, terms: &Terms, fields: &Fields) -> BooleanQuery {
        let mut clauses: Vec<(Occur, Box<dyn TantivyQuery>)> = vec![(Occur::Must, any_term(terms, fields))];
        clauses.extend(self.filters(fields).into_iter().map(|filter| {
            let silent: Box<dyn TantivyQuery> = Box::new(ConstScoreQuery::new(filter, 0.0));
            (Occur::Must, silent)
        }));
        BooleanQuery::new(clauses)
    }

    fn filters(&self, fields: &Fields) -> Vec<Box<dyn TantivyQuery>> {
        let now = Term::from_field_i64(fields.valid_from, self.now);
        let mut filters: Vec<Box<dyn TantivyQuery>> =
            vec![Box::new(RangeQuery::new(Bound::Unbounded, Bound::Included(now)))];
        filters.extend(self.kind.iter().map(|kind| exactly(fields.kind, kind)));
        filters.extend(self.category_code.iter().map(|code| exactly(fields.category, code)));
        filters.extend(self.project.iter().map(|project| {
            let either = vec![exactly(fields.project, project), exactly(fields.project, "")];
            Box::new(BooleanQuery::union(either)) as Box<dyn TantivyQuery>
        }));
        filters
    }
}

fn any_term(terms: &Terms, fields: &Fields) -> Box<dyn TantivyQuery> {
    let counted: [(&Counts, Field, f32); 4] = [
        (&terms.pieces, fields.asked_pieces, ASKED_PIECES),
        (&terms.words, fields.asked_words, ASKED_WORDS),
        (&terms.words, fields.body_words, BODY_WORDS),
        (&terms.pairs, fields.body_pairs, BODY_PAIRS),
    ];
    let typed = counted.into_iter().flat_map(|(counts, field, boost)| {
        counts.iter().map(move |(term, count)| weighted(field, term, boost * *count as f32))
    });
    let meant = terms.similar.iter().flat_map(|word| {
        [(fields.asked_pieces, ASKED_PIECES), (fields.body_words, BODY_WORDS)]
            .map(|(field, boost)| weighted(field, word, boost * SIMILAR))
    });
    Box::new(BooleanQuery::union(typed.chain(meant).collect()))
}

fn weighted(field: Field, term: &str, boost: f32) -> Box<dyn TantivyQuery> {
    let term = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(term), boost))
}

fn exactly(field: Field, value: &str) -> Box<dyn TantivyQuery> {
    Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
}
