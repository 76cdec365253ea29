//! A row of `article_versions`.

use hotline_proto::knowledge::v1::{ArticleKind, ArticleState};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use super::Texts;
use crate::domain::{Article, Content, Version};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    pub version: i32,
    pub state: i32,
    pub kind: i32,
    pub category_code: String,
    pub title: String,
    pub questions: Texts,
    pub body: String,
    pub valid_from: Option<DateTimeUtc>,
    pub project: String,
    pub author: String,
    pub reviewer: String,
    pub review_note: String,
    pub submitted_at: DateTimeUtc,
    pub reviewed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Returns the row of an article's version in work, which was submitted by its last change.
pub(super) fn submitted(id: Uuid, article: Article) -> ActiveModel {
    let content = article.content;
    ActiveModel {
        id: Set(id),
        article_id: Set(article.id),
        version: Set(article.version),
        state: Set(article.state as i32),
        kind: Set(content.kind as i32),
        category_code: Set(content.category_code),
        title: Set(content.title),
        questions: Set(Texts(content.questions)),
        body: Set(content.body),
        valid_from: Set(content.valid_from),
        project: Set(content.project),
        author: Set(article.author),
        reviewer: Set(article.reviewer),
        review_note: Set(article.review_note),
        submitted_at: Set(article.updated_at),
        reviewed_at: Set(None),
    }
}

impl From<Model> for Version {
    fn from(row: Model) -> Self {
        Self {
            article_id: row.article_id,
            number: row.version,
            state: ArticleState::try_from(row.state).unwrap_or_default(),
            content: Content {
                kind: ArticleKind::try_from(row.kind).unwrap_or_default(),
                category_code: row.category_code,
                title: row.title,
                questions: row.questions.0,
                body: row.body,
                valid_from: row.valid_from,
                project: row.project,
            },
            author: row.author,
            reviewer: row.reviewer,
            review_note: row.review_note,
            submitted_at: row.submitted_at,
            reviewed_at: row.reviewed_at,
        }
    }
}
