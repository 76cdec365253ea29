//! The fields of the index, and how an article becomes rows of it.
//!
//! The title and each question are rows of their own, so that a short question is not buried under its
//! siblings; the body belongs to the title's row.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};

use super::document::Document;
use super::{text, words};

/// Name of the fast field that holds an article's key.
pub(super) const KEY: &str = "key";
/// Name of the fast field that says which way of asking a row is; 0 is the title.
pub(super) const SURFACE: &str = "surface";

/// The fields of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    key: Field,
    surface: Field,
    pub(super) kind: Field,
    pub(super) category: Field,
    pub(super) project: Field,
    pub(super) valid_from: Field,
    pub(super) asked_pieces: Field,
    pub(super) asked_words: Field,
    pub(super) body_words: Field,
    pub(super) body_pairs: Field,
}

impl Fields {
    /// Returns the schema and its fields.
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        // Tokens are made here, not by tantivy; a term may occur often, and nobody asks where.
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let tokens = TextOptions::default().set_indexing_options(indexing);
        let fields = Self {
            key: schema.add_u64_field(KEY, FAST | INDEXED),
            surface: schema.add_u64_field(SURFACE, FAST),
            kind: schema.add_text_field("kind", STRING),
            category: schema.add_text_field("category", STRING),
            project: schema.add_text_field("project", STRING),
            valid_from: schema.add_i64_field("valid_from", FAST),
            asked_pieces: schema.add_text_field("asked_pieces", tokens.clone()),
            asked_words: schema.add_text_field("asked_words", tokens.clone()),
            body_words: schema.add_text_field("body_words", tokens.clone()),
            body_pairs: schema.add_text_field("body_pairs", tokens),
        };
        (schema.build(), fields)
    }

    /// Returns what picks out the rows of an article.
    pub(super) fn rows_of(&self, key: u64) -> Term {
        Term::from_field_u64(self.key, key)
    }

    /// Returns the rows of an article.
    pub(super) fn rows(&self, key: u64, document: &Document) -> Vec<TantivyDocument> {
        let asked = std::iter::once(&document.title).chain(&document.questions);
        let mut rows: Vec<_> =
            (0..).zip(asked).map(|(at, asked)| self.row(key, at, asked, document)).collect();
        self.add_body(&mut rows[0], &document.body);
        rows
    }

    fn row(&self, key: u64, surface: u64, asked: &str, document: &Document) -> TantivyDocument {
        let mut row = TantivyDocument::new();
        row.add_u64(self.key, key);
        row.add_u64(self.surface, surface);
        row.add_text(self.kind, &document.kind);
        for category in subtrees(&document.category_code) {
            row.add_text(self.category, category);
        }
        row.add_text(self.project, &document.project);
        row.add_i64(self.valid_from, document.valid_from.unwrap_or(i64::MIN));
        let folded = text::fold(asked);
        row.add_pre_tokenized_text(self.asked_pieces, tokens(text::pieces(&folded)));
        row.add_pre_tokenized_text(self.asked_words, canonical_words(&folded));
        row
    }

    fn add_body(&self, row: &mut TantivyDocument, body: &str) {
        let folded = text::fold(body);
        let pieces = text::pieces(&folded);
        row.add_pre_tokenized_text(self.body_words, canonical_words(&folded));
        // Single characters too: a query may be one.
        let pairs = text::pairs(&pieces);
        row.add_pre_tokenized_text(
            self.body_pairs,
            tokens(pieces.into_iter().chain(pairs.iter().map(String::as_str))),
        );
    }
}

/// Returns the category and all that it is part of: `repair.private` is found under `repair`.
fn subtrees(category_code: &str) -> impl Iterator<Item = &str> {
    let parents = category_code.match_indices('.').map(|(dot, _)| &category_code[..dot]);
    parents.chain([category_code])
}

fn canonical_words(folded: &str) -> PreTokenizedString {
    tokens(words::words(folded).into_iter().map(words::canonical))
}

fn tokens<'a>(terms: impl IntoIterator<Item = &'a str>) -> PreTokenizedString {
    let tokens = terms.into_iter().enumerate();
    let tokens = tokens.map(|(position, term)| Token { position, text: term.to_owned(), ..Token::default() });
    PreTokenizedString { text: String::new(), tokens: tokens.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_lies_in_itself_and_all_above_it() {
        assert_eq!(
            subtrees("repair.private.door").collect::<Vec<_>>(),
            ["repair", "repair.private", "repair.private.door"]
        );
        assert_eq!(subtrees("").collect::<Vec<_>>(), [""]);
    }
}
