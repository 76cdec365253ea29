//! What can go wrong with a queue.

/// The result of a queue operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a queue operation did not happen, or may not have happened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue did not answer, or not with sense. The operation may or may not have taken effect; the
    /// caller goes on with the database and need not undo anything.
    #[error("work queue unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// The configured address is neither `memory` nor an address of Redis. The address itself is not
    /// repeated: it may hold a password.
    #[error("queue url is neither `memory` nor a valid redis:// or redis+cluster:// address")]
    Address,
}

impl Error {
    /// Returns the stable code of the case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "QUEUE_UNAVAILABLE",
            Self::Address => "QUEUE_ADDRESS",
        }
    }
}

impl From<::redis::RedisError> for Error {
    fn from(error: ::redis::RedisError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
