//! A search between the contract's messages and the index.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_proto::knowledge::v1::{ArticleKind, SearchArticlesRequest, SearchArticlesResponse, SearchHit};
use uuid::Uuid;

use super::message;
use crate::domain::Version;
use crate::search::{Hit, Query};

/// Hits of an answer when the caller does not say.
const DEFAULT_HITS: usize = 10;
/// Hits of an answer at most; more is cut to it.
const MAX_HITS: usize = 50;

/// Reads what is looked for.
pub(super) fn query(request: SearchArticlesRequest, now: DateTime<Utc>) -> Query {
    let kind = (request.kind() != ArticleKind::Unspecified).then(|| request.kind().as_str_name().to_owned());
    let limit = match usize::try_from(request.page_size) {
        Ok(0) | Err(_) => DEFAULT_HITS,
        Ok(size) => size.min(MAX_HITS),
    };
    Query {
        text: request.q,
        category_code: (!request.category_code.is_empty()).then_some(request.category_code),
        kind,
        project: None,
        now: now.timestamp(),
        limit,
        offset: 0,
    }
}

/// Returns the hits with the articles that agents see now. A hit that the database no longer shows is left out: the
/// index of this replica may not have heard yet.
pub(super) fn response(hits: Vec<Hit>, articles: Vec<Version>, took: Duration) -> SearchArticlesResponse {
    let mut articles: HashMap<Uuid, Version> =
        articles.into_iter().map(|version| (version.article_id, version)).collect();
    let hits = hits.into_iter().filter_map(|hit| {
        let version = articles.remove(&hit.id)?;
        let number = version.number;
        Some(SearchHit {
            article: Some(message::version(version, number)),
            score: hit.score.into(),
            highlight: hit.highlight,
        })
    });
    SearchArticlesResponse { hits: hits.collect(), took: prost_types::Duration::try_from(took).ok() }
}
