//! The table of comments: rows are put in, never changed (T17).

use hotline_core::db::Tx;
use hotline_core::page::{Key, Page};
use hotline_proto::common::v1::Channel;
use hotline_proto::tickets::v1::{CommentVisibility, ListCommentsRequest};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryTrait};

use crate::domain::comment::{Comment, Visibility};
use crate::error::Error;
use crate::store::{Store, row};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) ticket_id: Uuid,
    pub(crate) via_id: Option<Uuid>,
    pub(crate) author: String,
    pub(crate) visibility: i32,
    pub(crate) customer_channel: i32,
    pub(crate) text: String,
    pub(crate) created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Puts a comment in with the transaction that takes it in.
pub(crate) fn append(tx: &Tx, comment: &Comment) {
    let row = Model {
        id: comment.id,
        ticket_id: comment.ticket_id,
        via_id: comment.via_id,
        author: comment.author.clone(),
        visibility: stored(comment.visibility) as i32,
        customer_channel: comment.customer_channel.unwrap_or_default() as i32,
        text: comment.text.clone(),
        created_at: comment.created_at,
    };
    tx.later(Entity::insert(row.into_active_model().reset_all()).into_query());
}

impl Store {
    /// Returns a page of what was said about a ticket, oldest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::PageToken`](hotline_core::error::Error::PageToken).
    pub(crate) async fn comments(
        &self,
        ticket_id: Uuid,
        request: &ListCommentsRequest,
    ) -> Result<(Vec<Comment>, String), Error> {
        let page = Page::of(request)?.oldest_first();
        let mut select = Entity::find().filter(Column::TicketId.eq(ticket_id));
        if request.visibility() != CommentVisibility::Unspecified {
            select = select.filter(Column::Visibility.eq(request.visibility));
        }
        let rows = page.apply(select, Column::CreatedAt, Column::Id).all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.created_at, id: row.id });
        let comments: Result<_, _> = rows.into_iter().map(comment).collect();
        Ok((comments?, next))
    }
}

fn stored(visibility: Visibility) -> CommentVisibility {
    match visibility {
        Visibility::Public => CommentVisibility::Public,
        Visibility::Internal => CommentVisibility::Internal,
    }
}

fn comment(row: Model) -> Result<Comment, Error> {
    let channel: Channel = row::enumeration(row.customer_channel)?;
    Ok(Comment {
        id: row.id,
        ticket_id: row.ticket_id,
        via_id: row.via_id,
        author: row.author,
        visibility: match row::enumeration(row.visibility)? {
            CommentVisibility::Public => Visibility::Public,
            CommentVisibility::Internal | CommentVisibility::Unspecified => Visibility::Internal,
        },
        customer_channel: (channel != Channel::Unspecified).then_some(channel),
        text: row.text,
        created_at: row.created_at,
    })
}
