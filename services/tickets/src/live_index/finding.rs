//! A search from the caller's words to tickets as the database has them now.

use std::time::Duration;

use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::time::from_proto;
use hotline_proto::common::v1::TicketType;
use hotline_proto::tickets::v1::ListTicketsRequest;

use super::LiveIndex;
use crate::domain::number::Reference;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::search::{Order, Passage, Place, Query, Words};

/// Places that are asked for at once where many hits of the index are none any more, or are filtered by the database.
const MANY: usize = 1_000;
/// How often the index is asked for one page at most; a page that is not full by then says where to go on.
const ROUNDS: usize = 20;

/// What is wanted.
pub(crate) struct Wanted<'a> {
    /// The words, and by what to narrow.
    pub(crate) request: &'a ListTicketsRequest,
    /// In which order.
    pub(crate) order: Order,
    /// The last hit of the page before.
    pub(crate) after: Option<Place>,
    /// Hits of a page.
    pub(crate) size: usize,
    /// Count so many and no more.
    pub(crate) count: usize,
}

/// What was found.
pub(crate) struct Hits {
    /// The hits of the page, in order.
    pub(crate) hits: Vec<Hit>,
    /// Where the next page begins; none after the last.
    pub(crate) next: Option<Place>,
    /// How many there are on all pages, as far as they were counted.
    pub(crate) total: usize,
    /// How long the index took.
    pub(crate) took: Duration,
    /// Every ticket was in the index.
    pub(crate) whole: bool,
}

/// One ticket that was found.
pub(crate) struct Hit {
    /// As it is now.
    pub(crate) ticket: Ticket,
    /// How good a hit it is.
    pub(crate) rank: u32,
    /// What was found in it.
    pub(crate) passages: Vec<Passage>,
    place: Place,
}

impl LiveIndex {
    /// Finds a page of tickets. What the index holds is checked against the database, so that a ticket that has changed
    /// since is shown as it is now or not at all.
    ///
    /// # Errors
    /// [`Core::Field`] for a query with nothing to look for; [`Error::SearchFilling`] while there is no index.
    pub(crate) async fn find(&self, wanted: Wanted<'_>) -> Result<Hits, Error> {
        self.own_changes().await;
        let mut query = self.query(&wanted).await?;
        let mut hits = Hits { hits: Vec::new(), next: None, total: 0, took: Duration::ZERO, whole: true };
        for round in 0..ROUNDS {
            let (found, took, whole) = self.search(query.clone()).await?;
            hits.took += took;
            hits.whole &= whole;
            if round == 0 {
                hits.total = found.total;
            }
            self.check_hits(&wanted, &query.words, &found.places, &mut hits).await?;
            if hits.hits.len() > wanted.size {
                hits.hits.truncate(wanted.size);
                hits.next = hits.hits.last().map(|hit| hit.place);
                break;
            }
            query.after = found.places.last().copied().or(query.after);
            hits.next = query.after;
            if found.places.len() < query.limit {
                hits.next = None;
                break;
            }
            (query.limit, query.count) = (MANY, 0);
        }
        Ok(hits)
    }

    /// Takes over those places whose tickets still are what is wanted.
    async fn check_hits(
        &self,
        wanted: &Wanted<'_>,
        words: &Words,
        places: &[Place],
        hits: &mut Hits,
    ) -> Result<(), Error> {
        if places.is_empty() {
            return Ok(());
        }
        let mut tickets = self.store.among(wanted.request, places.iter().map(|place| place.id)).await?;
        let mut texts = self.store.texts(&tickets).await?;
        for place in places {
            let (Some(ticket), Some(texts)) = (tickets.remove(&place.id), texts.remove(&place.id)) else {
                continue;
            };
            if let Some(passages) = words.passages(&texts) {
                hits.hits.push(Hit { ticket, rank: place.rank, passages, place: *place });
            }
        }
        Ok(())
    }

    async fn query(&self, wanted: &Wanted<'_>) -> Result<Query, Error> {
        let request = wanted.request;
        let words = Words::read(&request.q).ok_or_else(|| Core::Field {
            field: "q",
            en: "must have a letter, a digit or a character to look for",
            zh: "须包含要查找的文字、字母或数字",
        })?;
        let number = match words.digits().map(|digits| Reference::parse(&digits)) {
            Some(Ok(Reference::Number(number))) => Some(number),
            _ => None,
        };
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let kind = (request.r#type() != TicketType::Unspecified).then_some(request.r#type);
        Ok(Query {
            words,
            number,
            order: wanted.order,
            states: request.state.clone(),
            kinds: kind.into_iter().collect(),
            priorities: request.priority.clone(),
            teams: said(&request.team_key).into_iter().collect(),
            assignees: said(&request.assignee).into_iter().collect(),
            categories: self.categories(&request.category_code).await?,
            customers: id::parse_optional(&request.customer_id, "customerId")?.into_iter().collect(),
            tags: said(&request.tag.trim().to_lowercase()).into_iter().collect(),
            watchers: said(&request.watcher).into_iter().collect(),
            created_after: from_proto(request.created_after.as_ref()),
            created_before: from_proto(request.created_before.as_ref()),
            after: wanted.after,
            limit: wanted.size + 1,
            count: wanted.count,
        })
    }

    /// Returns the codes of a category and all below it.
    async fn categories(&self, code: &str) -> Result<Vec<String>, Error> {
        if code.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = self.store.catalogue().await?;
        let below = catalogue.subtree(code).map(|category| category.code.clone());
        Ok(below.chain([code.to_owned()]).collect())
    }
}
