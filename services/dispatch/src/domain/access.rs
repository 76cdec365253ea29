//! Whose work a caller may see and do (G2).

use std::collections::BTreeSet;

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;

use super::disclosure::is_outsider;

/// The teams whose work a caller may see and do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Those above teams.
    All,
    /// Everybody else: the teams of their token and those they are members of.
    Teams(BTreeSet<String>),
}

impl Sight {
    /// Returns what `caller`, a member of `member_of`, may see.
    pub(crate) fn of(caller: &Caller, member_of: Vec<String>) -> Self {
        if caller.is_above_teams() {
            return Self::All;
        }
        Self::Teams(caller.teams.iter().cloned().chain(member_of).collect())
    }

    /// Tells whether the team is among them.
    pub(crate) fn covers(&self, team_key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Teams(teams) => teams.contains(team_key),
        }
    }
}

/// Tells whether the caller may follow work wherever it goes: whoever dispatched it (D5), and the desk, whose calls are
/// taken up by any of its people. A third party sees its own teams' work only, also of what it passed on.
pub(crate) fn may_follow(caller: &Caller, sender: &str) -> bool {
    let is_sender = !sender.is_empty() && caller.subject == sender && !is_outsider(caller);
    is_sender || follows_all(caller)
}

/// Tells whether the caller is of the desk, which follows all its tickets.
pub(crate) fn follows_all(caller: &Caller) -> bool {
    [Role::Agent, Role::TeamLead, Role::ComplaintManager, Role::Quality].iter().any(|role| caller.has(*role))
}

/// Tells whether the caller may change who is in the team: those above teams, and a lead in the lead's own.
pub(crate) fn may_staff(caller: &Caller, sight: &Sight, team_key: &str) -> bool {
    caller.is_above_teams() || (caller.has(Role::TeamLead) && sight.covers(team_key))
}

#[cfg(test)]
mod tests {
    use hotline_core::caller::Caller;
    use hotline_proto::auth::v1::Role;

    use super::{Sight, may_follow, may_staff};

    fn caller(role: Role) -> Caller {
        Caller { subject: "x".into(), roles: [role].into(), teams: vec!["a".into()], ..Caller::default() }
    }

    #[test]
    fn members_see_their_teams_and_supervisors_see_all() {
        let engineer = Sight::of(&caller(Role::Engineer), vec!["b".into()]);
        assert!(engineer.covers("a") && engineer.covers("b") && !engineer.covers("c"));
        assert!(Sight::of(&caller(Role::Supervisor), Vec::new()).covers("c"));
    }

    #[test]
    fn a_sender_follows_its_work_unless_it_is_a_third_party() {
        assert!(may_follow(&caller(Role::Engineer), "x") && !may_follow(&caller(Role::Engineer), "y"));
        assert!(!may_follow(&caller(Role::ThirdParty), "x") && may_follow(&caller(Role::Agent), "y"));
    }

    #[test]
    fn a_lead_staffs_the_own_team_only_and_an_engineer_none() {
        let lead = caller(Role::TeamLead);
        let sight = Sight::of(&lead, Vec::new());
        assert!(may_staff(&lead, &sight, "a") && !may_staff(&lead, &sight, "b"));
        let engineer = caller(Role::Engineer);
        assert!(!may_staff(&engineer, &sight, "a"));
        assert!(may_staff(&caller(Role::Admin), &Sight::All, "b"));
    }
}
