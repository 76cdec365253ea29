//! Knowledge: approved answers, and their search while on the phone (B2, B3).

pub mod search;
