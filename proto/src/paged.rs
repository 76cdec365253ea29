//! What every request for a list has in common (AIP-158).

/// A request for one page of a list; implemented by the build for each message with the paging fields.
pub trait Paged {
    /// Rows wanted; 0 is the default.
    fn page_size(&self) -> i32;
    /// Where the page before ended; empty for the first.
    fn page_token(&self) -> &str;
    /// The request without its paging, to tell whether a token belongs to the same list.
    fn filter(&self) -> Vec<u8>;
}

#[expect(clippy::needless_update, reason = "some requests have no field but the paging ones")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/paged.rs"));
}
