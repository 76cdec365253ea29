//! What can be done with a notice, by where it stands: one table (T13).

use hotline_proto::tickets::v1::OutageState as State;

/// What can be done with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Put on the screens.
    Publish,
    /// Correct what it says.
    Correct,
    /// Say something new.
    Update,
    /// Tell a customer.
    Tell,
    /// Confirm to have read it.
    Acknowledge,
    /// Link a ticket.
    Link,
    /// Record that it is over.
    Recover,
    /// Take it back.
    Withdraw,
}

impl Move {
    /// Every move, in the order in which legal ones are named.
    pub(crate) const ALL: [Self; 8] = [
        Self::Publish,
        Self::Correct,
        Self::Update,
        Self::Tell,
        Self::Acknowledge,
        Self::Link,
        Self::Recover,
        Self::Withdraw,
    ];

    /// Returns the verb of the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Correct => "correct",
            Self::Update => "update",
            Self::Tell => "told",
            Self::Acknowledge => "acknowledge",
            Self::Link => "link",
            Self::Recover => "recover",
            Self::Withdraw => "withdraw",
        }
    }

    /// Returns how an English sentence says it.
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Publish => "be published",
            Self::Correct => "be corrected",
            Self::Update => "get an update",
            Self::Tell => "be told",
            Self::Acknowledge => "be acknowledged",
            Self::Link => "get tickets",
            Self::Recover => "be recovered",
            Self::Withdraw => "be withdrawn",
        }
    }

    /// Returns how a Chinese sentence says it.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Publish => "发布",
            Self::Correct => "修改",
            Self::Update => "更新进展",
            Self::Tell => "告知客户",
            Self::Acknowledge => "确认已读",
            Self::Link => "关联工单",
            Self::Recover => "恢复",
            Self::Withdraw => "撤回",
        }
    }
}

/// Tells whether it can be done with a notice that stands there.
pub(crate) fn is_legal(state: State, wanted: Move) -> bool {
    match wanted {
        Move::Publish => state == State::Proposed,
        Move::Correct | Move::Withdraw => matches!(state, State::Proposed | State::Open),
        Move::Update | Move::Link | Move::Recover => state == State::Open,
        // A customer who calls while it recovers, or just after, is told that it does.
        Move::Tell | Move::Acknowledge => {
            matches!(state, State::Open | State::Recovering | State::Recovered)
        }
    }
}

/// Returns what can be done with a notice that stands there.
pub(crate) fn legal(state: State) -> impl Iterator<Item = Move> {
    Move::ALL.into_iter().filter(move |wanted| is_legal(state, *wanted))
}

/// Returns how an English sentence names the state.
pub(crate) fn state_en(state: State) -> &'static str {
    match state {
        State::Unspecified => "unknown",
        State::Open => "open",
        State::Recovered => "over",
        State::Proposed => "only proposed",
        State::Recovering => "being recovered",
        State::Withdrawn => "withdrawn",
    }
}

/// Returns how a Chinese sentence names the state.
pub(crate) fn state_zh(state: State) -> &'static str {
    match state {
        State::Unspecified => "未知",
        State::Open => "进行中",
        State::Recovered => "已恢复",
        State::Proposed => "待确认",
        State::Recovering => "恢复中",
        State::Withdrawn => "已撤回",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row a move, one column a state: Open, Recovered, Proposed, Recovering, Withdrawn.
    const TABLE: &str = "
        publish     - - x - -
        correct     x - x - -
        update      x - - - -
        told        x x - x -
        acknowledge x x - x -
        link        x - - - -
        recover     x - - - -
        withdraw    x - x - -
    ";

    #[test]
    fn every_pair_of_state_and_move_is_as_the_table_says() {
        let rows: Vec<Vec<&str>> = TABLE.trim().lines().map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(rows.len(), Move::ALL.len());
        for (wanted, row) in Move::ALL.into_iter().zip(rows) {
            assert_eq!(wanted.name(), row[0]);
            for (number, cell) in (1..=5).zip(&row[1..]) {
                let state = State::try_from(number).expect("a state");
                assert_eq!(is_legal(state, wanted), *cell == "x", "{wanted:?} of {state:?}");
            }
            assert!(!is_legal(State::Unspecified, wanted));
        }
    }
}
