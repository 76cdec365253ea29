//! Articles between the contract's messages and the domain.

use hotline_core::error::Error;
use hotline_core::etag;
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_proto::knowledge::v1::{Article as ArticleMessage, ListArticlesRequest};

use crate::domain::{Article, Content, Version};
use crate::store::Filter;

/// The fields of an article that can be changed, as in the contract.
pub(super) const CHANGEABLE: &[&str] =
    &["kind", "category_code", "title", "questions", "body", "valid_from", "project"];

/// Reads what an article says.
///
/// # Errors
/// [`Error::Field`] for a `valid_from` that is no time.
pub(super) fn content(message: ArticleMessage) -> Result<Content, Error> {
    let valid_from = from_proto(message.valid_from.as_ref());
    if valid_from.is_none() && message.valid_from.is_some() {
        return Err(Error::Field {
            field: "article.validFrom", en: "is not a time", zh: "不是有效的时间"
        });
    }
    Ok(Content {
        kind: message.kind(),
        category_code: message.category_code,
        title: message.title,
        questions: message.questions,
        body: message.body,
        valid_from,
        project: message.project,
    })
}

/// Returns an article as it stands.
pub(super) fn article(article: &Article) -> ArticleMessage {
    ArticleMessage {
        id: article.id.to_string(),
        state: article.state.into(),
        version: article.version,
        published_version: article.published_version,
        author: article.author.clone(),
        reviewer: article.reviewer.clone(),
        review_note: article.review_note.clone(),
        created_at: Some(to_proto(article.created_at)),
        updated_at: Some(to_proto(article.updated_at)),
        etag: etag::of(article.revision),
        ..says(article.content.clone())
    }
}

/// Returns a version that was submitted. It has no etag: a change made on it must not pass for one made on the version
/// in work.
pub(super) fn version(version: Version, published_version: i32) -> ArticleMessage {
    ArticleMessage {
        id: version.article_id.to_string(),
        state: version.state.into(),
        version: version.number,
        published_version,
        author: version.author,
        reviewer: version.reviewer,
        review_note: version.review_note,
        created_at: Some(to_proto(version.submitted_at)),
        updated_at: Some(to_proto(version.reviewed_at.unwrap_or(version.submitted_at))),
        ..says(version.content)
    }
}

/// Reads which articles are to be listed.
pub(super) fn filter(request: ListArticlesRequest) -> Filter {
    Filter { states: request.state().collect(), kind: request.kind(), category_code: request.category_code }
}

fn says(content: Content) -> ArticleMessage {
    ArticleMessage {
        kind: content.kind.into(),
        category_code: content.category_code,
        title: content.title,
        questions: content.questions,
        body: content.body,
        valid_from: to_proto_optional(content.valid_from),
        project: content.project,
        ..ArticleMessage::default()
    }
}
