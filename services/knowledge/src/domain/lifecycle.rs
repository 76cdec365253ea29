//! The life cycle of an article, in one table (B2).

use hotline_proto::knowledge::v1::ArticleState::{self, Draft, Published, Rejected, Retired, Submitted};

use crate::error::Error;

/// What can be done with an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Update,
    Submit,
    Approve,
    Reject,
    Retire,
}

/// Every legal move. What is under review does not change under the reviewer's eyes; what was published or rejected is
/// followed by a new version; what is retired stays retired.
const TABLE: [(ArticleState, Move, ArticleState); 10] = [
    (Draft, Move::Update, Draft),
    (Draft, Move::Submit, Submitted),
    (Draft, Move::Retire, Retired),
    (Submitted, Move::Approve, Published),
    (Submitted, Move::Reject, Rejected),
    (Submitted, Move::Retire, Retired),
    (Published, Move::Update, Draft),
    (Published, Move::Retire, Retired),
    (Rejected, Move::Update, Draft),
    (Rejected, Move::Retire, Retired),
];

/// Returns where a move leads.
///
/// # Errors
/// [`Error::StateConflict`] where the table has no such move.
pub(crate) fn after(state: ArticleState, step: Move) -> Result<ArticleState, Error> {
    TABLE
        .iter()
        .find(|(from, by, _)| (*from, *by) == (state, step))
        .map(|(_, _, to)| *to)
        .ok_or(Error::StateConflict { state, step })
}

/// Returns the moves that are legal in a state, in the order of the table.
pub(crate) fn legal(state: ArticleState) -> Vec<Move> {
    TABLE.iter().filter(|(from, _, _)| *from == state).map(|(_, step, _)| *step).collect()
}

impl Move {
    /// Returns the verb of its route.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Retire => "retire",
        }
    }

    /// Returns what an article can be, in English.
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Update => "changed",
            Self::Submit => "submitted",
            Self::Approve => "approved",
            Self::Reject => "rejected",
            Self::Retire => "retired",
        }
    }

    /// Returns what can be done with an article, in Chinese.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Update => "修改",
            Self::Submit => "提交审批",
            Self::Approve => "批准",
            Self::Reject => "退回",
            Self::Retire => "停用",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVES: [Move; 5] = [Move::Update, Move::Submit, Move::Approve, Move::Reject, Move::Retire];

    /// Where each move leads from a state, in the order of `MOVES`.
    fn outcomes(state: ArticleState) -> [Option<ArticleState>; 5] {
        MOVES.map(|step| after(state, step).ok())
    }

    #[test]
    fn every_state_and_move_leads_where_the_rule_says() {
        let retired = Some(Retired);
        assert_eq!(outcomes(ArticleState::Unspecified), [None; 5]);
        assert_eq!(outcomes(Draft), [Some(Draft), Some(Submitted), None, None, retired]);
        assert_eq!(outcomes(Submitted), [None, None, Some(Published), Some(Rejected), retired]);
        assert_eq!(outcomes(Published), [Some(Draft), None, None, None, retired]);
        assert_eq!(outcomes(Rejected), [Some(Draft), None, None, None, retired]);
        assert_eq!(outcomes(Retired), [None; 5]);
    }

    #[test]
    fn the_moves_named_as_legal_are_those_that_pass() {
        for state in [Draft, Submitted, Published, Rejected, Retired] {
            let passing = MOVES.into_iter().filter(|step| after(state, *step).is_ok());
            assert_eq!(legal(state), passing.collect::<Vec<_>>(), "{state:?}");
        }
    }
}
