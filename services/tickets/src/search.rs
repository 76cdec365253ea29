//! Full-text search over tickets, in Chinese and English (T16): documents in, places out. Pure: no database, no clock.
//!
//! What finds what:
//! - Text is folded: case, full and half width, accents and characters without width make no difference (NFKD).
//! - A query is cut at spaces and punctuation into words; a ticket is found where every word is in its text.
//! - Chinese is found wherever it stands: every pair of neighbouring characters is a term with its place, and a word of
//!   several characters is these pairs at their places, so that a hit holds the word exactly as typed and whatever holds
//!   the word is hit. A single character is found too.
//! - Letters are found where a word begins with them. Digits are found where a number begins with them, and four or more
//!   of them anywhere within a number: the last digits of a telephone or of a ticket number.
//! - Where scripts meet within a word, as in `3栋` or `A2区`, its parts are found side by side only.
//!
//! Newest first, or best first: the ticket whose number the query is, then those with more of the words in the subject,
//! newest first among equals. Neither order depends on what else is in the index, so that pages stay stable while tickets
//! come in, on every replica alike.

mod document;
mod folder;
mod grams;
mod highlight;
mod index;
mod mark;
mod query;
mod schema;
mod text;
mod top;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use document::{Document, Labels, Texts};
pub(crate) use folder::Home;
pub(crate) use highlight::Passage;
pub(crate) use index::{Error, Index};
pub(crate) use mark::Mark;
pub(crate) use query::{Found, Order, Query};
pub(crate) use top::Place;
pub(crate) use words::Words;
