//! What makes a team, a member and their capacity.

use hotline_core::error::Error;
use hotline_proto::dispatch::v1::TeamKind;
use uuid::Uuid;

/// Key of the team that takes what no rule names.
pub(crate) const FIRST_LINE: &str = "first-line";

/// Refuses a team that nobody could name.
pub(crate) fn check(key: &str, kind: TeamKind) -> Result<(), Error> {
    if key.is_empty() {
        return Err(Error::Field { field: "team.key", en: "must be given", zh: "必须填写" });
    }
    if Uuid::parse_str(key).is_ok() {
        // Routes take a key in place of an id: they must be told apart.
        return Err(Error::Field {
            field: "team.key",
            en: "must not look like an id",
            zh: "不能是 UUID 形式",
        });
    }
    check_kind(kind)
}

/// Refuses a team of no kind.
pub(crate) fn check_kind(kind: TeamKind) -> Result<(), Error> {
    if kind == TeamKind::Unspecified {
        return Err(Error::Field { field: "team.kind", en: "must be given", zh: "必须填写" });
    }
    Ok(())
}

/// Returns how much more a member may hold, `held` being held now. A capacity of 0 is none of one's own: the member's
/// is then the team's, and the team's is no limit.
pub(crate) fn room(member: i32, team: i32, held: u64, wanted: usize) -> usize {
    match capacity(member, team) {
        None => wanted,
        Some(limit) => wanted.min(usize::try_from(limit.saturating_sub(held)).unwrap_or(wanted)),
    }
}

/// Returns how much a member may hold; `None` is no limit.
pub(crate) fn capacity(member: i32, team: i32) -> Option<u64> {
    let limit = if member > 0 { member } else { team };
    u64::try_from(limit).ok().filter(|limit| *limit > 0)
}

#[cfg(test)]
mod tests {
    use hotline_proto::dispatch::v1::TeamKind;

    use super::{check, room};

    #[test]
    fn the_members_capacity_comes_before_the_teams() {
        assert_eq!(room(2, 5, 1, 10), 1);
        assert_eq!(room(0, 5, 1, 10), 4);
        assert_eq!(room(0, 0, 1_000, 10), 10);
        assert_eq!(room(2, 5, 3, 10), 0);
        assert_eq!(room(20, 5, 3, 10), 10);
    }

    #[test]
    fn a_team_has_a_kind_and_a_key_that_is_no_id() {
        assert!(check("second-line", TeamKind::SecondLine).is_ok());
        assert!(check("", TeamKind::SecondLine).is_err());
        assert!(check("second-line", TeamKind::Unspecified).is_err());
        assert!(check("01890a5d-ac96-774b-bcce-b302099a8057", TeamKind::Expert).is_err());
    }
}
