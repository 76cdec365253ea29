//! Which faults of a database pass by themselves.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// Tells whether trying again later may help: no connection, a pool that is exhausted, a server that restarts.
pub(super) fn is_transient(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => true,
        DbErr::Exec(error) | DbErr::Query(error) => match error {
            RuntimeErr::SqlxError(error) => match error.as_ref() {
                SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed => true,
                SqlxError::Database(error) => error.code().is_some_and(|code| passes(&code)),
                _ => false,
            },
            RuntimeErr::Internal(_) => false,
        },
        _ => false,
    }
}

/// Tells whether what a database says with this code passes by itself.
fn passes(code: &str) -> bool {
    // SQLite's codes are numbers of at most four digits, the kind in the low byte: 5 is busy.
    if code.len() < 5 {
        return code.parse::<u32>().is_ok_and(|code| code & 0xff == 5);
    }
    // 57P0x: the server shuts down or starts; 40xxx: deadlock or serialization; 08xxx: connection; 53300: too many of
    // them; 25006: it only reads until a failover is over.
    ["57P", "400", "40P", "08", "53300", "25006"].iter().any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn only_what_passes_by_itself_is_worth_another_try() {
        assert!(["5", "517", "40001", "40P01", "57P03", "08006"].iter().all(|code| passes(code)));
        assert!(!["13", "2067", "23505", "42501", "22P02"].iter().any(|code| passes(code)));
    }
}
