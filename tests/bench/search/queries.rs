//! What people look for.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::TicketState;
use hotline_proto::tickets::v1::{SearchOrder, SearchTicketsRequest};
use serde::Serialize;

use super::filling::{TEAMS, created_at, number};
use super::texts::Texts;

/// A kind of query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Two characters from the middle of a sentence.
    Pair,
    /// The same, newest first.
    Newest,
    /// Three to five characters: a phrase of pairs.
    Phrase,
    /// Eight characters, which few texts have.
    Rare,
    /// What nearly every text has.
    Common,
    /// One character.
    Single,
    /// Chinese and letters, two words.
    Mixed,
    /// Some digits of a ticket's number, or all of them.
    Number,
    /// Two characters with state, team and time.
    Filtered,
    /// The second to fifth page of two characters.
    Page,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Pair,
        Self::Newest,
        Self::Phrase,
        Self::Rare,
        Self::Common,
        Self::Single,
        Self::Mixed,
        Self::Number,
        Self::Filtered,
        Self::Page,
    ];

    /// Returns how many pages are asked for.
    pub fn pages(self) -> usize {
        if self == Self::Page { 5 } else { 1 }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.to_possible_value();
        formatter.pad(name.as_ref().map_or("", |name| name.get_name()))
    }
}

/// Returns queries of a kind, always the same.
pub fn of(kind: Kind, texts: &Texts, tickets: u64, count: usize) -> Vec<SearchTicketsRequest> {
    let picks = (0..).map(|number: usize| number.wrapping_mul(2_654_435_761) % 1_000_003);
    picks.filter_map(|pick| query(kind, texts, tickets, pick)).take(count).collect()
}

fn query(kind: Kind, texts: &Texts, tickets: u64, pick: usize) -> Option<SearchTicketsRequest> {
    const COMMON: [&str; 5] = ["您好", "小区", "2019", "网友", "A市"];
    const LATIN: [&str; 4] = ["A市", "A3区", "A7县", "K8县"];
    let ticket = pick as u64 % tickets;
    let q = match kind {
        Kind::Pair | Kind::Newest | Kind::Filtered | Kind::Page => texts.part(pick, 2)?,
        Kind::Phrase => texts.part(pick, 3 + pick % 3)?,
        Kind::Rare => texts.part(pick, 8)?,
        Kind::Common => COMMON[pick % COMMON.len()].to_owned(),
        Kind::Single => texts.part(pick, 1)?,
        Kind::Mixed => format!("{} {}", LATIN[pick % LATIN.len()], texts.part(pick, 2)?),
        Kind::Number if pick.is_multiple_of(2) => number(ticket),
        Kind::Number => number(ticket)[4..].to_owned(),
    };
    let order = if kind == Kind::Newest { SearchOrder::Newest } else { SearchOrder::Relevance };
    let query = SearchTicketsRequest { q, order: order as i32, ..SearchTicketsRequest::default() };
    Some(if kind == Kind::Filtered { narrowed(query, pick, created_at(ticket)) } else { query })
}

fn narrowed(query: SearchTicketsRequest, pick: usize, time: DateTime<Utc>) -> SearchTicketsRequest {
    SearchTicketsRequest {
        state: vec![TicketState::New as i32, TicketState::Closed as i32],
        team_key: TEAMS[pick % TEAMS.len()].to_owned(),
        created_before: Some(to_proto(time + TimeDelta::days(30))),
        ..query
    }
}
