//! The rules of dispatch, pure: time, ids and secrets come in as arguments.

pub(crate) mod access;
pub(crate) mod assignment;
pub(crate) mod lease;
pub(crate) mod order;
pub(crate) mod pick;
pub(crate) mod routing;
pub(crate) mod state;
pub(crate) mod team;
