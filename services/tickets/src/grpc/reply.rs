//! How methods on one ticket answer: with the ticket, as it stands once they are done.

use hotline_core::db::Tx;
use hotline_proto::tickets::v1::Ticket as Message;
use tonic::Response;

use crate::domain::draft::Draft;
use crate::domain::number::Reference;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::grpc::{Reply, convert, who};
use crate::store::Store;

/// Returns a ticket as the contract tells it now.
pub(super) fn message(store: &Store, ticket: &Ticket) -> Message {
    convert::ticket(ticket, store.clock.now(), &store.rules())
}

/// Commits a command, and replies with the ticket.
pub(super) async fn answer(store: &Store, tx: Tx, ticket: &Ticket) -> Reply<Message> {
    let reply = message(store, ticket);
    tx.commit_reply(&reply).await?;
    Ok(Response::new(reply))
}

/// Runs one command on one ticket, and replies with the ticket.
pub(super) async fn change(
    store: &Store,
    id: &str,
    etag: &str,
    decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error> + Send,
) -> Reply<Message> {
    let (tx, ticket) = store.change(&Reference::parse(id)?, etag, who()?, decide).await?;
    answer(store, tx, &ticket).await
}
