//! Optimistic concurrency: the `version` column behind each record's etag (AIP-154, RFC 9110 section 8.8.3).

use crate::error::Error;

/// Returns the etag of a record at this version.
pub fn of(version: i64) -> String {
    format!("\"{version}\"")
}

/// Refuses a change that was made on another version; no etag given is no condition.
///
/// # Errors
/// [`Error::Stale`], which the gateway answers with 412.
pub fn check(given: &str, version: i64) -> Result<(), Error> {
    let given = given.trim().trim_start_matches("W/");
    let current = of(version);
    if given.is_empty() || given == "*" || given == current || given == current.trim_matches('"') {
        Ok(())
    } else {
        Err(Error::Stale { current })
    }
}

#[cfg(test)]
mod tests {
    use super::{check, of};

    #[test]
    fn only_the_current_etag_or_none_passes() {
        assert!(
            check("", 3).is_ok()
                && check(&of(3), 3).is_ok()
                && check("W/\"3\"", 3).is_ok()
                && check("3", 3).is_ok()
        );
        assert!(check(&of(2), 3).is_err() && check("junk", 3).is_err());
    }
}
