//! Where an assignment stands and which moves it can make.

use hotline_proto::dispatch::v1::AssignmentState;

/// Where an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// 排队中
    Queued,
    /// 已领取待确认
    Leased,
    /// 处理中
    Accepted,
    /// 已完成
    Completed,
    /// 已转派
    Transferred,
    /// 已撤回
    Withdrawn,
    /// 待裁定: returned too often.
    Disputed,
    /// 挂起: its holder keeps it and has room for other work.
    Parked,
    /// 收尾: done, its holder wraps up.
    Wrapping,
}

/// What can happen to an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Move {
    /// A member claims it.
    Lease,
    /// The holder is still there. Accepted work has no lease to keep, so there it changes nothing; wrap-up gets longer,
    /// once.
    Heartbeat,
    /// The holder takes it on.
    Accept,
    /// The holder does not take it on.
    Decline,
    /// The lease runs out.
    Expire,
    /// The holder gives it back after having taken it on.
    Return,
    /// The same, once too often: the supervisor is to decide.
    Dispute,
    /// The holder gives it to another team.
    Transfer,
    /// The holder has done it.
    Complete,
    /// The same, and wraps up.
    Wrap,
    /// Wrap-up ends.
    Finish,
    /// The holder lays it aside.
    Park,
    /// It is taken up again, or the days it was laid aside for are over.
    Resume,
    /// The ticket no longer needs it.
    Withdraw,
    /// Whoever is in charge takes it back into the team's queue.
    Recall,
    /// Whoever is in charge, or routing, gives it to another team.
    Redirect,
}

/// The states in which a ticket has somebody or some queue to turn to.
pub(crate) const OPEN: [State; 5] =
    [State::Queued, State::Leased, State::Accepted, State::Disputed, State::Parked];
/// The states in which somebody holds it.
pub(crate) const HELD: [State; 4] = [State::Leased, State::Accepted, State::Parked, State::Wrapping];
/// The states in which it takes of its holder's capacity.
pub(crate) const LOAD: [State; 3] = [State::Leased, State::Accepted, State::Wrapping];
/// What a holder can do.
const OF_HOLDER: [Move; 9] = [
    Move::Heartbeat,
    Move::Accept,
    Move::Decline,
    Move::Return,
    Move::Transfer,
    Move::Park,
    Move::Resume,
    Move::Complete,
    Move::Finish,
];

impl State {
    /// Returns where a move leads; `None` where it can't be made.
    pub(crate) fn after(self, step: Move) -> Option<Self> {
        Some(match (self, step) {
            (Self::Queued, Move::Lease) | (Self::Leased, Move::Heartbeat) => Self::Leased,
            (Self::Leased, Move::Accept)
            | (Self::Accepted, Move::Heartbeat)
            | (Self::Parked, Move::Resume) => Self::Accepted,
            (Self::Leased, Move::Decline | Move::Expire | Move::Recall)
            | (Self::Accepted, Move::Return | Move::Recall)
            | (Self::Disputed | Self::Parked, Move::Recall) => Self::Queued,
            (Self::Accepted, Move::Dispute) => Self::Disputed,
            (Self::Accepted, Move::Park) => Self::Parked,
            (Self::Leased | Self::Accepted, Move::Transfer) => Self::Transferred,
            (state, Move::Redirect) if state.is_open() => Self::Transferred,
            (Self::Accepted | Self::Parked, Move::Wrap) | (Self::Wrapping, Move::Heartbeat) => Self::Wrapping,
            (Self::Accepted | Self::Parked, Move::Complete) | (Self::Wrapping, Move::Finish) => {
                Self::Completed
            }
            (state, Move::Withdraw) if state.is_open() => Self::Withdrawn,
            _ => return None,
        })
    }

    /// Tells whether it still wants somebody's work.
    pub(crate) fn is_open(self) -> bool {
        OPEN.contains(&self)
    }

    /// Tells whether somebody holds it.
    pub(crate) fn is_held(self) -> bool {
        HELD.contains(&self)
    }

    /// Returns what a holder can do from here.
    pub(crate) fn moves_of_holder(self) -> impl Iterator<Item = Move> {
        OF_HOLDER.into_iter().filter(move |step| self.after(*step).is_some())
    }

    /// Returns the number it is stored as, that of the contract.
    pub(crate) fn number(self) -> i32 {
        AssignmentState::from(self).into()
    }

    /// Reads a stored number.
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        Some(match AssignmentState::try_from(number).ok()? {
            AssignmentState::Unspecified => return None,
            AssignmentState::Queued => Self::Queued,
            AssignmentState::Leased => Self::Leased,
            AssignmentState::Accepted => Self::Accepted,
            AssignmentState::Completed => Self::Completed,
            AssignmentState::Transferred => Self::Transferred,
            AssignmentState::Withdrawn => Self::Withdrawn,
            AssignmentState::Disputed => Self::Disputed,
            AssignmentState::Parked => Self::Parked,
            AssignmentState::Wrapping => Self::Wrapping,
        })
    }

    /// Returns its English name.
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Accepted => "accepted",
            Self::Completed => "completed",
            Self::Transferred => "transferred",
            Self::Withdrawn => "withdrawn",
            Self::Disputed => "disputed",
            Self::Parked => "parked",
            Self::Wrapping => "in wrap-up",
        }
    }

    /// Returns its Chinese name.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Queued => "排队中",
            Self::Leased => "已领取待确认",
            Self::Accepted => "处理中",
            Self::Completed => "已完成",
            Self::Transferred => "已转派",
            Self::Withdrawn => "已撤回",
            Self::Disputed => "待裁定",
            Self::Parked => "挂起",
            Self::Wrapping => "收尾中",
        }
    }
}

impl From<State> for AssignmentState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Leased => Self::Leased,
            State::Accepted => Self::Accepted,
            State::Completed => Self::Completed,
            State::Transferred => Self::Transferred,
            State::Withdrawn => Self::Withdrawn,
            State::Disputed => Self::Disputed,
            State::Parked => Self::Parked,
            State::Wrapping => Self::Wrapping,
        }
    }
}

impl Move {
    /// Returns its name as in the route's verb.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lease => "claim",
            Self::Heartbeat => "heartbeat",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Expire => "expire",
            Self::Return => "return",
            Self::Dispute => "dispute",
            Self::Transfer => "transfer",
            Self::Complete => "complete",
            Self::Wrap => "wrap",
            Self::Finish => "finish",
            Self::Park => "park",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
            Self::Recall => "recall",
            Self::Redirect => "redirect",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Move, State};

    const STATES: [State; 9] = [
        State::Queued,
        State::Leased,
        State::Accepted,
        State::Completed,
        State::Transferred,
        State::Withdrawn,
        State::Disputed,
        State::Parked,
        State::Wrapping,
    ];

    /// One row a state, one column a move: lease, heartbeat, accept, decline, expire, return, transfer, complete,
    /// withdraw, recall, redirect, dispute, wrap, finish, park, resume. `.` can't be made; a letter is the first of the
    /// state it leads to.
    const TABLE: [&str; 9] = [
        "L.......W.T.....",
        ".LAQQ.T.WQT.....",
        ".A...QTCWQTDI.P.",
        "................",
        "................",
        "................",
        "........WQT.....",
        ".......CWQT.I..A",
        ".I...........C..",
    ];

    const MOVES: [Move; 16] = [
        Move::Lease,
        Move::Heartbeat,
        Move::Accept,
        Move::Decline,
        Move::Expire,
        Move::Return,
        Move::Transfer,
        Move::Complete,
        Move::Withdraw,
        Move::Recall,
        Move::Redirect,
        Move::Dispute,
        Move::Wrap,
        Move::Finish,
        Move::Park,
        Move::Resume,
    ];

    #[test]
    fn every_state_makes_exactly_the_moves_of_the_table() {
        for (state, row) in STATES.into_iter().zip(TABLE) {
            for (step, cell) in MOVES.into_iter().zip(row.chars()) {
                let expected = STATES.into_iter().find(|to| to.en().to_uppercase().starts_with(cell));
                assert_eq!(state.after(step), expected, "{} from {state:?}", step.name());
            }
        }
    }

    #[test]
    fn states_keep_their_numbers() {
        for (state, number) in STATES.into_iter().zip(1..) {
            assert_eq!(state.number(), number);
            assert_eq!(State::from_number(number), Some(state));
        }
        assert_eq!(State::from_number(0), None);
        assert_eq!(State::from_number(10), None);
    }

    #[test]
    fn a_refusal_can_name_what_is_possible_instead() {
        let moves: Vec<_> = State::Accepted.moves_of_holder().map(Move::name).collect();
        assert_eq!(moves, ["heartbeat", "return", "transfer", "park", "complete"]);
        assert_eq!(State::Completed.moves_of_holder().count(), 0);
    }
}
