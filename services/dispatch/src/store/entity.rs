//! The tables as types.

pub(crate) mod assignment;
pub(crate) mod decline;
pub(crate) mod lists;
pub(crate) mod member;
pub(crate) mod rule;
pub(crate) mod team;
