//! The first places of a list, read in its own order: each segment is sorted newest first, so that reading ends where a
//! page does, however much is found.

use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tantivy::columnar::ColumnValues;
use tantivy::query::{EnableScoring, Query, Scorer, Weight};
use tantivy::{DocId, DocSet, Result, Searcher, SegmentReader, TERMINATED};
use uuid::Uuid;

use super::query::Tier;
use super::schema::{CREATED_AT, ID};

/// Where a ticket stands among those that are found; the greatest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// How good a hit it is, from 1.
    pub(crate) rank: u32,
    /// When it was registered, in microseconds since 1970.
    pub(crate) at: i64,
    /// The ticket.
    pub(crate) id: Uuid,
}

impl Place {
    /// Returns when it was registered.
    pub(crate) fn created_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.at).unwrap_or_default()
    }
}

/// Which times of registration are looked at: from, and before.
pub(super) type Times = Range<i64>;

/// Returns the first places of a tier that come after a place.
pub(super) fn first(
    searcher: &Searcher,
    tier: &Tier,
    times: &Times,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<Place>> {
    let asked = |ask: &dyn Query| ask.weight(EnableScoring::disabled_from_searcher(searcher));
    let weight = asked(tier.ask.as_ref())?;
    let but = tier.but.iter().map(|ask| asked(ask.as_ref())).collect::<Result<Vec<_>>>()?;
    let mut places: Vec<Place> = Vec::new();
    for segment in searcher.segment_readers() {
        let rows = Rows::new(segment)?;
        // The query of everything but something of tantivy 0.27 panics where a phrase is not in a segment at all.
        let mut but = but.iter().map(|but| but.scorer(segment, 1.0)).collect::<Result<Vec<_>>>()?;
        // What is older than the last of a full page is on no page before it.
        let oldest = if places.len() < limit { times.start } else { places[limit - 1].at.max(times.start) };
        let before = after.map_or(times.end, |after| times.end.min(after.at.saturating_add(1)));
        let mut here: Vec<Place> = Vec::new();
        rows.each(weight.as_ref(), oldest..before, |doc, at| {
            if here.len() >= limit && here.last().is_some_and(|last| at < last.at) {
                return false;
            }
            let place = Place { rank: tier.rank, at, id: rows.id(doc) };
            if after.is_none_or(|after| place < after) && !but.iter_mut().any(|but| has(but.as_mut(), doc)) {
                here.push(place);
            }
            true
        })?;
        places.extend(here);
        places.sort_unstable_by(|one, other| other.cmp(one));
        places.truncate(limit);
    }
    Ok(places)
}

/// Tells whether a row is found; rows are asked for in order.
fn has(found: &mut dyn Scorer, doc: DocId) -> bool {
    let at = if found.doc() < doc { found.seek(doc) } else { found.doc() };
    at == doc
}

/// Counts what is found, up to `most`.
pub(super) fn count(searcher: &Searcher, ask: &dyn Query, times: &Times, most: usize) -> Result<usize> {
    let weight = ask.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let mut count = 0;
    for segment in searcher.segment_readers() {
        if count < most {
            Rows::new(segment)?.each(weight.as_ref(), times.clone(), |_, _| {
                count += 1;
                count < most
            })?;
        }
    }
    Ok(count)
}

/// The rows of a segment, newest first.
struct Rows<'a> {
    segment: &'a SegmentReader,
    created_at: Arc<dyn ColumnValues<i64>>,
    id: [Arc<dyn ColumnValues<u64>>; 2],
}

impl<'a> Rows<'a> {
    fn new(segment: &'a SegmentReader) -> Result<Self> {
        let fast = segment.fast_fields();
        let half = |name| fast.column_first_or_default::<u64>(name);
        Ok(Self {
            segment,
            created_at: fast.column_first_or_default(CREATED_AT)?,
            id: [half(ID[0])?, half(ID[1])?],
        })
    }

    fn id(&self, doc: DocId) -> Uuid {
        Uuid::from_u64_pair(self.id[0].get_val(doc), self.id[1].get_val(doc))
    }

    /// Calls `row` with what is found of these times, newest first, until it says `false`.
    fn each(&self, weight: &dyn Weight, times: Times, mut row: impl FnMut(DocId, i64) -> bool) -> Result<()> {
        let start = self.first_before(times.end);
        let mut found = weight.scorer(self.segment, 1.0)?;
        let mut doc = found.doc();
        if doc < start {
            doc = found.seek(start);
        }
        while doc != TERMINATED {
            let at = self.created_at.get_val(doc);
            if at < times.start || (!self.segment.is_deleted(doc) && !row(doc, at)) {
                break;
            }
            doc = found.advance();
        }
        Ok(())
    }

    /// Returns the first row that was registered before a time.
    fn first_before(&self, time: i64) -> DocId {
        let (mut low, mut high) = (0, self.segment.max_doc());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.created_at.get_val(middle) < time {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}
