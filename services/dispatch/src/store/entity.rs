//! The tables as types.

pub(crate) mod assignment;
pub(crate) mod decline;
pub(crate) mod delivery;
pub(crate) mod disclosure;
pub(crate) mod duty_log;
pub(crate) mod duty_override;
pub(crate) mod duty_step;
pub(crate) mod emergency_plan;
pub(crate) mod handover;
pub(crate) mod holding;
pub(crate) mod leave;
pub(crate) mod link_key;
pub(crate) mod lists;
pub(crate) mod member;
pub(crate) mod partner_link;
pub(crate) mod presence;
pub(crate) mod presence_stay;
pub(crate) mod presence_team;
pub(crate) mod received;
pub(crate) mod roster;
pub(crate) mod roster_book;
pub(crate) mod routing_version;
pub(crate) mod rule;
pub(crate) mod shift_swap;
pub(crate) mod team;
pub(crate) mod webhook;

/// Reads the name of a zone that was checked before it was stored.
fn zone(name: &str) -> anyhow::Result<chrono_tz::Tz> {
    name.parse().map_err(|_| anyhow::anyhow!("the stored time zone `{name}` is not in the IANA database"))
}
