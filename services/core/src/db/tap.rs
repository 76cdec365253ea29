//! A tap on the events of a service: what else it writes of them, in the transaction that makes them true. For what must
//! happen once for each event within the service itself, where a consumer of the bus would cost a row for every event.

use hotline_proto::events::v1::Envelope;
use sea_orm::DbBackend;
use sea_orm::sea_query::InsertStatement;

use crate::error::Error;

/// See the module.
pub trait Tap: Send + Sync {
    /// Tells whether it may write anything now: where it does not, events cost nothing more.
    fn listens(&self) -> bool;

    /// Returns what is to be written of these events, which are in their order.
    ///
    /// # Errors
    /// Any: then nothing of the transaction is changed.
    fn writes(&self, backend: DbBackend, events: &[Envelope]) -> Result<Vec<InsertStatement>, Error>;

    /// It was written.
    fn written(&self);
}
