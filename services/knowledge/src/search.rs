//! Search over what is published, in Chinese and English, in an index held in memory (B3).
//!
//! The index is derived data: every replica fills its own from the database at start and keeps it current
//! with [`Index::apply`]; [`Index::versions`] says what it holds, so that a missed change can be found.
//!
//! An answer comes about in three steps. Retrieval: BM25 over single characters and jieba's words of each
//! title and question, and over words and character pairs of the body; none of these alone both finds a
//! two-character word inside a sentence and ranks well. Ranking: the best rows are compared with the query as
//! a whole, character for character. A floor: what shares too little with the query, in one way of asking, in
//! the body or in all of it together, is not an answer, so that a gap in the knowledge shows as no hit.

mod catalogue;
mod document;
mod highlight;
mod index;
mod number;
mod query;
mod rank;
mod schema;
mod terms;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use document::{Change, Document};
pub use index::{Error, Index};
pub use query::{Hit, Query};
