//! The tables as types.

pub(crate) mod assignment;
pub(crate) mod decline;
pub(crate) mod disclosure;
pub(crate) mod holding;
pub(crate) mod link_key;
pub(crate) mod lists;
pub(crate) mod member;
pub(crate) mod partner_link;
pub(crate) mod presence;
pub(crate) mod presence_team;
pub(crate) mod routing_version;
pub(crate) mod rule;
pub(crate) mod team;
