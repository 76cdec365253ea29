//! A query, and what the index is asked for it.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use tantivy::Term;
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query as Ask, RangeQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use uuid::Uuid;

use super::document::label;
use super::schema::Fields;
use super::top::Place;
use super::words::{Terms, Word, Words};

/// The rank of what is no better than the rest.
const EQUAL: u32 = 1;

/// In which order tickets are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Best first, newest first among equals.
    Best,
}

/// What to look for. Lists that are empty narrow nothing.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// All of these words.
    pub(crate) words: Words,
    /// The number that the query is, where it is one.
    pub(crate) number: Option<String>,
    /// In which order.
    pub(crate) order: Order,
    /// In any of these states.
    pub(crate) states: Vec<i32>,
    /// Of any of these types.
    pub(crate) kinds: Vec<i32>,
    /// Of any of these priorities.
    pub(crate) priorities: Vec<i32>,
    /// Of any of these teams.
    pub(crate) teams: Vec<String>,
    /// Held by any of these people.
    pub(crate) assignees: Vec<String>,
    /// Of any of these categories.
    pub(crate) categories: Vec<String>,
    /// Of any of these customers.
    pub(crate) customers: Vec<Uuid>,
    /// With any of these tags.
    pub(crate) tags: Vec<String>,
    /// Watched by any of these people.
    pub(crate) watchers: Vec<String>,
    /// Registered at or after.
    pub(crate) created_after: Option<DateTime<Utc>>,
    /// Registered before.
    pub(crate) created_before: Option<DateTime<Utc>>,
    /// Only what comes after this place.
    pub(crate) after: Option<Place>,
    /// So many places.
    pub(crate) limit: usize,
    /// Count so many tickets and no more; 0 counts none.
    pub(crate) count: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The places, in order.
    pub(crate) places: Vec<Place>,
    /// How many tickets there are on all pages, up to what was to be counted.
    pub(crate) total: usize,
}

/// Tickets of equal rank.
pub(super) struct Tier {
    pub(super) rank: u32,
    pub(super) ask: Box<dyn Ask>,
    /// Those that have a better rank.
    pub(super) but: Vec<Box<dyn Ask>>,
}

impl Query {
    /// Returns the query of all tickets that are found.
    pub(super) fn all(&self, fields: &Fields) -> Box<dyn Ask> {
        let words = self.words.0.iter().map(|word| must(word.ask(fields.text)));
        Box::new(BooleanQuery::new(words.chain(self.filters(fields)).collect()))
    }

    /// Returns the tiers of the order, best first; together they are all tickets that are found.
    pub(super) fn tiers(&self, fields: &Fields) -> Vec<Tier> {
        if self.order == Order::Newest {
            return vec![Tier { rank: EQUAL, ask: self.all(fields), but: Vec::new() }];
        }
        let number = self.number.as_ref().map(|number| term(fields.labels, &label("number", number)));
        let in_subject = || self.words.0.iter().map(|word| word.ask(fields.subject)).collect::<Vec<_>>();
        let every: Box<dyn Ask> = Box::new(BooleanQuery::intersection(in_subject()));
        let any: Box<dyn Ask> = Box::new(BooleanQuery::union(in_subject()));
        let mut better: Vec<Box<dyn Ask>> = Vec::new();
        let mut tiers = Vec::new();
        let several = self.words.0.len() > 1;
        for (rank, own) in [(4, number), (3, Some(every)), (2, several.then_some(any))] {
            let Some(own) = own else { continue };
            let both = vec![must(self.all(fields)), must(own.box_clone())];
            let but = better.iter().map(|better| better.box_clone()).collect();
            tiers.push(Tier { rank, ask: Box::new(BooleanQuery::new(both)), but });
            better.push(own);
        }
        tiers.push(Tier { rank: EQUAL, ask: self.all(fields), but: better });
        tiers
    }

    /// Returns what narrows.
    fn filters(&self, fields: &Fields) -> Vec<(Occur, Box<dyn Ask>)> {
        let labels = |name: &str, values: Vec<String>| {
            let terms: Vec<_> = values.iter().map(|value| term(fields.labels, &label(name, value))).collect();
            (!terms.is_empty()).then(|| must(Box::new(BooleanQuery::union(terms))))
        };
        let numbers = |values: &[i32]| values.iter().map(i32::to_string).collect();
        [
            labels("state", numbers(&self.states)),
            labels("kind", numbers(&self.kinds)),
            labels("priority", numbers(&self.priorities)),
            labels("team", self.teams.clone()),
            labels("assignee", self.assignees.clone()),
            labels("category", self.categories.clone()),
            labels("customer", self.customers.iter().map(Uuid::to_string).collect()),
            labels("tag", self.tags.clone()),
            labels("watcher", self.watchers.clone()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Word {
    /// Returns the query of the rows in whose field the word is.
    fn ask(&self, field: Field) -> Box<dyn Ask> {
        match self.terms() {
            Terms::Beginning(c) => beginning(field, c),
            Terms::Places(places) => match &places[..] {
                [(_, only)] => term(field, only),
                _ => {
                    let at = |(at, text): &(usize, String)| (*at, Term::from_field_text(field, text));
                    Box::new(PhraseQuery::new_with_offset(places.iter().map(at).collect()))
                }
            },
        }
    }
}

/// Returns the query of every term that begins with a character.
fn beginning(field: Field, c: char) -> Box<dyn Ask> {
    let term = |c: char| Term::from_field_text(field, c.encode_utf8(&mut [0; 4]));
    // The order of terms is that of code points, and no two ideographs lie on either side of the surrogates.
    let next = char::from_u32(u32::from(c) + 1).map_or(Bound::Unbounded, |next| Bound::Excluded(term(next)));
    Box::new(RangeQuery::new(Bound::Included(term(c)), next))
}

fn term(field: Field, text: &str) -> Box<dyn Ask> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}

fn must(ask: Box<dyn Ask>) -> (Occur, Box<dyn Ask>) {
    (Occur::Must, ask)
}
