//! Webhooks by the Standard Webhooks specification 1.0.0: what is signed and how, when a call that failed is made again,
//! what an answer means, which addresses may be called at all, and the call itself. Nothing here knows what is told, and
//! nothing is stored.
//!
//! ```
//! use hotline_webhooks::signature::{Secret, signatures};
//!
//! let secret = Secret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
//! let body = br#"{"email":"test@example.com","username":"test_user"}"#;
//! assert_eq!(
//!     signatures(&[secret], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
//!     "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
//! );
//! # Ok::<(), hotline_webhooks::signature::BadSecret>(())
//! ```

pub mod address;
mod guard;
pub mod outcome;
pub mod schedule;
pub mod seal;
pub mod sender;
pub mod signature;
pub mod target;
pub mod trust;

pub use guard::{Resolve, System};
