//! What makes a team, a member and their capacity.

use chrono::TimeDelta;
use hotline_core::error::Error;
use hotline_proto::common::v1::TicketType;
use hotline_proto::dispatch::v1::{MemberChoice, TeamKind};
use uuid::Uuid;

use super::matching::Selector;
use super::routing::is_below;

/// Key of the team that takes what no rule names.
pub(crate) const FIRST_LINE: &str = "first-line";

/// How a team's work gets to its members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Work is offered to one member; else members claim it.
    pub(crate) pushes: bool,
    /// Who is offered it.
    pub(crate) choice: MemberChoice,
    /// Work on a ticket that comes back is offered first to who solved it last.
    pub(crate) sticky: bool,
    /// How long an offer stands; `None` is as long as a lease.
    pub(crate) offer_time: Option<TimeDelta>,
    /// How long a member may wrap up; `None` is not at all.
    pub(crate) wrap_up: Option<TimeDelta>,
    /// The levels that work asks for.
    pub(crate) selectors: Vec<Selector>,
    /// What kinds of work cost.
    pub(crate) costs: Vec<Cost>,
}

/// What a kind of work takes of a member's capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Any of these types; empty is all.
    pub(crate) types: Vec<i32>,
    /// Category, with its subtree; empty is all.
    pub(crate) category_code: String,
    /// The cost, from 1.
    pub(crate) cost: i32,
}

impl Ways {
    /// Returns what work of a kind costs: as the first that matches says, else 1.
    pub(crate) fn cost_of(&self, kind: TicketType, category_code: &str) -> i32 {
        let matches = |cost: &&Cost| {
            (cost.types.is_empty() || cost.types.contains(&kind.into()))
                && (cost.category_code.is_empty() || is_below(category_code, &cost.category_code))
        };
        self.costs.iter().find(matches).map_or(1, |cost| cost.cost.max(1))
    }

    /// Returns what a member may hold. A team that pushes gives one piece of work at a time unless it is told otherwise:
    /// without a limit everything would be offered as soon as it comes.
    pub(crate) fn capacity(&self, member: i32, team: i32) -> Option<u64> {
        capacity(member, team).or(self.pushes.then_some(1))
    }
}

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

/// What a member has room for, in cost of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// What the member may hold; `None` is no limit.
    pub(crate) capacity: Option<u64>,
    /// What the member holds.
    pub(crate) held: u64,
}

impl Budget {
    /// Tells whether there is room for work of this cost. Work that costs more than the whole budget is for who holds
    /// nothing: else it would be for nobody.
    pub(crate) fn has_room_for(self, cost: u64) -> bool {
        self.held == 0 || self.capacity.is_none_or(|capacity| self.held.saturating_add(cost) <= capacity)
    }

    /// Takes work of this cost on.
    pub(crate) fn take(&mut self, cost: u64) {
        self.held = self.held.saturating_add(cost);
    }

    /// Returns how many of the cheapest kind of work fit, `wanted` at most.
    pub(crate) fn most(self, wanted: usize) -> usize {
        let Some(capacity) = self.capacity else { return wanted };
        wanted.min(usize::try_from(capacity.saturating_sub(self.held)).unwrap_or(wanted))
    }
}

/// Returns what a member may hold; `None` is no limit. A capacity of 0 is none of one's own: the member's is then the
/// team's, and the team's is no limit.
pub(crate) fn capacity(member: i32, team: i32) -> Option<u64> {
    let limit = if member > 0 { member } else { team };
    u64::try_from(limit).ok().filter(|limit| *limit > 0)
}

#[cfg(test)]
mod tests {
    use hotline_proto::dispatch::v1::TeamKind;

    use hotline_proto::common::v1::TicketType;

    use super::{Budget, Cost, Ways, capacity, check};

    #[test]
    fn the_first_cost_that_matches_counts_and_what_none_matches_costs_one() {
        let cost = |types: &[TicketType], category: &str, cost| Cost {
            types: types.iter().map(|kind| i32::from(*kind)).collect(),
            category_code: category.into(),
            cost,
        };
        let costs = vec![cost(&[], "repair.lift", 100), cost(&[TicketType::Fault], "", 20)];
        let ways = Ways { costs, ..Ways::default() };
        assert_eq!(ways.cost_of(TicketType::Fault, "repair.lift.stuck"), 100);
        assert_eq!(ways.cost_of(TicketType::Fault, "repair.lifts"), 20);
        assert_eq!(ways.cost_of(TicketType::Consultation, "consult"), 1);
    }

    #[test]
    fn a_team_that_pushes_has_a_limit() {
        let ways = |pushes| Ways { pushes, ..Ways::default() };
        assert_eq!((ways(true).capacity(0, 0), ways(false).capacity(0, 0)), (Some(1), None));
        assert_eq!((ways(true).capacity(0, 4), ways(true).capacity(2, 4)), (Some(4), Some(2)));
    }

    #[test]
    fn the_members_capacity_comes_before_the_teams() {
        assert_eq!(capacity(2, 5), Some(2));
        assert_eq!(capacity(0, 5), Some(5));
        assert_eq!(capacity(0, 0), None);
    }

    #[test]
    fn work_fits_a_budget_or_is_for_who_holds_nothing() {
        let budget = |capacity, held| Budget { capacity, held };
        assert!(budget(Some(5), 3).has_room_for(2) && !budget(Some(5), 3).has_room_for(3));
        assert!(budget(Some(5), 0).has_room_for(9) && budget(None, 1_000).has_room_for(9));
        assert_eq!(budget(Some(5), 3).most(10), 2);
        assert_eq!(budget(Some(5), 7).most(10), 0);
        assert_eq!(budget(None, 7).most(10), 10);
    }

    #[test]
    fn a_team_has_a_kind_and_a_key_that_is_no_id() {
        assert!(check("second-line", TeamKind::SecondLine).is_ok());
        assert!(check("", TeamKind::SecondLine).is_err());
        assert!(check("second-line", TeamKind::Unspecified).is_err());
        assert!(check("01890a5d-ac96-774b-bcce-b302099a8057", TeamKind::Expert).is_err());
    }
}
