//! The fields of the index, and how a ticket becomes a row of it.

use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{IndexSettings, IndexSortByField, Order, TantivyDocument, Term};
use uuid::Uuid;

use super::document::{Document, label};
use super::grams::Grams;

/// Name of the fast field of the time of registration, in microseconds since 1970.
pub(super) const CREATED_AT: &str = "created_at";
/// Names of the fast fields of the two halves of the id.
pub(super) const ID: [&str; 2] = ["id_high", "id_low"];
/// Name of the fast field of the version.
pub(super) const VERSION: &str = "version";

const GRAMS: &str = "grams";

/// The fields of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    key: Field,
    version: Field,
    created_at: Field,
    id: [Field; 2],
    pub(super) labels: Field,
    pub(super) subject: Field,
    /// Everything that is searched, the subject with it.
    pub(super) text: Field,
}

impl Fields {
    /// Returns the schema and its fields.
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let terms = TextFieldIndexing::default()
            .set_tokenizer(GRAMS)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false);
        let text = TextOptions::default().set_indexing_options(terms);
        let fields = Self {
            key: schema.add_bytes_field("key", BytesOptions::default().set_indexed()),
            version: schema.add_i64_field(VERSION, FAST),
            created_at: schema.add_i64_field(CREATED_AT, FAST),
            id: ID.map(|name| schema.add_u64_field(name, FAST)),
            labels: schema.add_text_field("labels", STRING),
            subject: schema.add_text_field("subject", text.clone()),
            text: schema.add_text_field("text", text),
        };
        (schema.build(), fields)
    }

    /// Returns the settings of the index: newest first within each segment, so that a page reads no more than it shows.
    pub(super) fn settings() -> IndexSettings {
        let order = IndexSortByField { field: CREATED_AT.to_owned(), order: Order::Desc };
        IndexSettings { sort_by_field: Some(order), ..IndexSettings::default() }
    }

    /// Returns how text is cut.
    pub(super) fn tokenizers() -> TokenizerManager {
        let tokenizers = TokenizerManager::default();
        tokenizers.register(GRAMS, TextAnalyzer::from(Grams::default()));
        tokenizers
    }

    /// Returns what picks out the row of a ticket.
    pub(super) fn row_of(&self, id: Uuid) -> Term {
        Term::from_field_bytes(self.key, id.as_bytes())
    }

    /// Returns the field that picks out rows.
    pub(super) fn key(&self) -> Field {
        self.key
    }

    /// Returns the row of a ticket.
    pub(super) fn row(&self, document: &Document) -> TantivyDocument {
        let mut row = TantivyDocument::new();
        row.add_bytes(self.key, document.id.as_bytes());
        row.add_i64(self.version, document.version);
        row.add_i64(self.created_at, document.created_at.timestamp_micros());
        let (high, low) = document.id.as_u64_pair();
        row.add_u64(self.id[0], high);
        row.add_u64(self.id[1], low);
        for term in document.labels.terms() {
            row.add_text(self.labels, term);
        }
        row.add_text(self.labels, label("number", &document.texts.number));
        row.add_text(self.subject, &document.texts.subject);
        row.add_text(self.text, document.texts.joined());
        row
    }
}
