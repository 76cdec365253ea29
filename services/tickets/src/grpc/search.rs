//! Searches between the contract's messages and the index.

use hotline_core::error::Error as Core;
use hotline_core::page::{Key, Page};
use hotline_proto::tickets::v1::{
    ListTicketsRequest, ListTicketsResponse, SearchOrder, SearchTicketsRequest, SearchTicketsResponse,
    TicketHighlight, TicketHit,
};
use tonic::Response;

use super::{Reply, Tickets, reply};
use crate::error::Error;
use crate::live_index::{Hit, Hits, Wanted};
use crate::search::{Order, Place};

/// Hits of a page when the caller does not say.
const USUAL: u64 = 20;
/// Hits of a page at most.
const MOST: u64 = 100;
/// So many hits are counted.
const COUNTED: usize = 10_000;
/// The rank of every hit in a list that is newest first.
const EQUAL: u32 = 1;

impl Tickets {
    /// Answers a search.
    pub(super) async fn find(&self, mut given: SearchTicketsRequest) -> Reply<SearchTicketsResponse> {
        // The token tells the rank besides the place in the list.
        let rank = cut_rank(&mut given.page_token)?;
        let page = Page::within(&given, USUAL, MOST)?;
        let after = page.after().map(|key| place(key, rank));
        let order = if given.order() == SearchOrder::Newest { Order::Newest } else { Order::Best };
        let request = filters(given);
        // One more tells whether there are more.
        let count = COUNTED + 1;
        let wanted = Wanted { request: &request, order, after, size: page.size(), count };
        let Hits { hits, next, total, took, whole } = self.search.find(wanted).await?;
        Ok(Response::new(SearchTicketsResponse {
            hits: hits.into_iter().map(|hit| self.hit(hit)).collect(),
            took: prost_types::Duration::try_from(took).ok(),
            total: i32::try_from(total.min(COUNTED)).unwrap_or(i32::MAX),
            total_is_least: total > COUNTED,
            partial: !whole,
            next_page_token: next
                .map(|last| format!("{}.{}", page.token(key(last)), last.rank))
                .unwrap_or_default(),
        }))
    }

    /// Answers a list of tickets with words.
    pub(super) async fn list_found(&self, request: &ListTicketsRequest) -> Reply<ListTicketsResponse> {
        let page = Page::of(request)?;
        let after = page.after().map(|key| place(key, EQUAL));
        let wanted = Wanted { request, order: Order::Newest, after, size: page.size(), count: 0 };
        let Hits { hits, next, whole, .. } = self.search.find(wanted).await?;
        // A list can't say that it lacks something.
        if !whole {
            return Err(Error::SearchFilling.into());
        }
        Ok(Response::new(ListTicketsResponse {
            tickets: hits.iter().map(|hit| reply::message(&self.store, &hit.ticket)).collect(),
            next_page_token: next.map(|last| page.token(key(last))).unwrap_or_default(),
        }))
    }

    fn hit(&self, hit: Hit) -> TicketHit {
        let highlights = hit.passages.into_iter();
        TicketHit {
            ticket: Some(reply::message(&self.store, &hit.ticket)),
            score: hit.rank.into(),
            highlights: highlights
                .map(|part| TicketHighlight { field: part.field, text: part.html })
                .collect(),
        }
    }
}

/// Returns the list that a search narrows to.
fn filters(given: SearchTicketsRequest) -> ListTicketsRequest {
    ListTicketsRequest {
        q: given.q,
        state: given.state,
        team_key: given.team_key,
        customer_id: given.customer_id,
        category_code: given.category_code,
        r#type: given.r#type,
        priority: given.priority,
        assignee: given.assignee,
        tag: given.tag,
        created_after: given.created_after,
        created_before: given.created_before,
        ..ListTicketsRequest::default()
    }
}

/// Cuts the rank off a token; the first page has none.
fn cut_rank(token: &mut String) -> Result<u32, Error> {
    if token.is_empty() {
        return Ok(0);
    }
    let (page, rank) = token.rsplit_once('.').ok_or(Core::PageToken)?;
    let rank = rank.parse().map_err(|_| Core::PageToken)?;
    *token = page.to_owned();
    Ok(rank)
}

fn place(key: Key, rank: u32) -> Place {
    Place { rank, at: key.at.timestamp_micros(), id: key.id }
}

fn key(place: Place) -> Key {
    Key { at: place.created_at(), id: place.id }
}
