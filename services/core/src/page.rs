//! Lists by keyset, newest first: a page never skips or repeats a row that was there all along (AIP-158).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hotline_proto::paged::Paged;
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Error;

/// Rows of a page when the caller does not say.
pub const DEFAULT_SIZE: u64 = 50;
/// Rows of a page at most; more is cut to it.
pub const MAX_SIZE: u64 = 500;

/// One page of a list, as asked for.
#[derive(Clone, Debug)]
pub struct Page {
    size: u64,
    after: Option<Key>,
    filter: [u8; 8],
    order: Order,
}

/// Where a row stands in a list: its time, and its id among rows of the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The time that orders the list.
    pub at: DateTime<Utc>,
    /// The row.
    pub id: Uuid,
}

impl Page {
    /// Reads the paging fields of a request for a list that is newest first.
    ///
    /// # Errors
    /// [`Error::PageToken`] for a token that was not given out for this very list.
    pub fn of(request: &impl Paged) -> Result<Self, Error> {
        Self::within(request, DEFAULT_SIZE, MAX_SIZE)
    }

    /// As [`Self::of`], for a list whose pages have `usual` rows when the caller does not say, and `most` at most.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn within(request: &impl Paged, usual: u64, most: u64) -> Result<Self, Error> {
        let hash = Sha256::digest(request.filter());
        let mut filter = [0; 8];
        filter.copy_from_slice(&hash[..8]);
        let size = match u64::try_from(request.page_size()) {
            Ok(0) | Err(_) => usual,
            Ok(size) => size.min(most),
        };
        let after = match request.page_token() {
            "" => None,
            token => Some(decode(token, filter).ok_or(Error::PageToken)?),
        };
        Ok(Self { size, after, filter, order: Order::Desc })
    }

    /// Turns the list round: oldest first.
    #[must_use]
    pub fn oldest_first(self) -> Self {
        Self { order: Order::Asc, ..self }
    }

    /// Returns how many rows it has at most.
    pub fn size(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// Returns the last row of the page before; none for the first page.
    pub fn after(&self) -> Option<Key> {
        self.after
    }

    /// Returns the token of the page that follows a row.
    pub fn token(&self, last: Key) -> String {
        encode(last, self.filter)
    }

    /// Orders and cuts a query to this page and one row more, which tells whether another page follows.
    pub fn apply<E: EntityTrait, C: ColumnTrait>(&self, select: Select<E>, at: C, id: C) -> Select<E> {
        let select = match self.after {
            None => select,
            Some(key) if self.order == Order::Asc => select.filter(
                Condition::any()
                    .add(at.gt(key.at))
                    .add(Condition::all().add(at.eq(key.at)).add(id.gt(key.id))),
            ),
            Some(key) => select.filter(
                Condition::any()
                    .add(at.lt(key.at))
                    .add(Condition::all().add(at.eq(key.at)).add(id.lt(key.id))),
            ),
        };
        select.order_by(at, self.order.clone()).order_by(id, self.order.clone()).limit(self.size + 1)
    }

    /// Cuts the extra row off and returns the token of the next page; empty on the last.
    pub fn finish<M>(&self, mut rows: Vec<M>, key: impl Fn(&M) -> Key) -> (Vec<M>, String) {
        if rows.len() <= self.size() {
            return (rows, String::new());
        }
        rows.truncate(self.size());
        let token = rows.last().map(|row| self.token(key(row))).unwrap_or_default();
        (rows, token)
    }
}

fn encode(key: Key, filter: [u8; 8]) -> String {
    let mut bytes = Vec::with_capacity(32);
    bytes.extend(filter);
    bytes.extend(key.at.timestamp_micros().to_be_bytes());
    bytes.extend(key.id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(token: &str, filter: [u8; 8]) -> Option<Key> {
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    if bytes[..8] != filter {
        return None;
    }
    let micros = i64::from_be_bytes(bytes[8..16].try_into().ok()?);
    Some(Key { at: DateTime::from_timestamp_micros(micros)?, id: Uuid::from_slice(&bytes[16..]).ok()? })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use hotline_proto::customers::v1::ListCustomersRequest;
    use uuid::Uuid;

    use super::{Key, Page, decode, encode};

    #[test]
    fn a_token_belongs_to_one_list_only() {
        let key = Key {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };
        let first = ListCustomersRequest { q: "王".into(), page_size: 1, ..Default::default() };
        let (rows, token) = Page::of(&first).unwrap().finish(vec![key, key], |key| *key);
        assert_eq!(rows.len(), 1);
        assert!(Page::of(&ListCustomersRequest { page_token: token.clone(), ..first.clone() }).is_ok());
        assert!(
            Page::of(&ListCustomersRequest { page_token: token.clone(), q: "李".into(), ..first }).is_err()
        );
        assert!(Page::of(&ListCustomersRequest { page_token: "junk".into(), ..Default::default() }).is_err());
        assert_eq!(decode(&encode(key, [1; 8]), [1; 8]), Some(key));
    }
}
