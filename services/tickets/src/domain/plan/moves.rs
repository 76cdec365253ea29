//! The way of a plan: one table of moves (T7).

use hotline_proto::tickets::v1::PlanState as State;

/// What can happen to a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// It is opened.
    Open,
    /// What is drafted changes.
    Update,
    /// What is drafted waits for approval.
    Submit,
    /// It goes one step back.
    Withdraw,
    /// A leader approves what was submitted.
    Approve,
    /// A leader sends back what was submitted.
    Reject,
    /// The next version is begun.
    Revise,
    /// A step is taken on.
    StartStep,
    /// A step is further than before.
    Report,
    /// A step is done.
    CompleteStep,
    /// A step that was done is not.
    ReopenStep,
    /// A step is not done when it is due.
    MissStep,
    /// A leader accepts the work.
    Accept,
    /// It is given up.
    Abandon,
    /// Its lessons are drafted in the knowledge base.
    DraftArticle,
}

/// What people do to a plan that is there, in the order in which legal moves are named.
const COMMANDS: [Move; 12] = [
    Move::Update,
    Move::Submit,
    Move::Withdraw,
    Move::Approve,
    Move::Reject,
    Move::Revise,
    Move::StartStep,
    Move::Report,
    Move::CompleteStep,
    Move::ReopenStep,
    Move::Accept,
    Move::Abandon,
];

impl Move {
    /// Returns the verb of the API, and of what nobody commands its like.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Update => "update",
            Self::Submit => "submit",
            Self::Withdraw => "withdraw",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Revise => "revise",
            Self::StartStep => "steps:start",
            Self::Report => "steps:progress",
            Self::CompleteStep => "steps:complete",
            Self::ReopenStep => "steps:reopen",
            Self::MissStep => "steps:miss",
            Self::Accept => "accept",
            Self::Abandon => "abandon",
            Self::DraftArticle => "draftArticle",
        }
    }

    /// Returns how timeline and events say that it happened.
    pub(crate) fn happened(self) -> &'static str {
        match self {
            Self::Open => "OPENED",
            Self::Update => "UPDATED",
            Self::Submit => "SUBMITTED",
            Self::Withdraw => "WITHDRAWN",
            Self::Approve => "APPROVED",
            Self::Reject => "REJECTED",
            Self::Revise => "REVISED",
            Self::StartStep => "STEP_STARTED",
            Self::Report => "STEP_PROGRESS",
            Self::CompleteStep => "STEP_DONE",
            Self::ReopenStep => "STEP_REOPENED",
            Self::MissStep => "STEP_OVERDUE",
            Self::Accept => "ACCEPTED",
            Self::Abandon => "ABANDONED",
            Self::DraftArticle => "ARTICLE_DRAFTED",
        }
    }

    /// Returns how an English sentence says it.
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Open => "be opened",
            Self::Update => "be updated",
            Self::Submit => "be submitted",
            Self::Withdraw => "be withdrawn",
            Self::Approve => "be approved",
            Self::Reject => "be rejected",
            Self::Revise => "be revised",
            Self::StartStep => "have a step started",
            Self::Report => "have a step reported on",
            Self::CompleteStep => "have a step completed",
            Self::ReopenStep => "have a step reopened",
            Self::MissStep => "miss a step",
            Self::Accept => "be accepted",
            Self::Abandon => "be abandoned",
            Self::DraftArticle => "have its lessons drafted",
        }
    }

    /// Returns how a Chinese sentence says it.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Open => "建立",
            Self::Update => "修改",
            Self::Submit => "提交审批",
            Self::Withdraw => "撤回",
            Self::Approve => "批准",
            Self::Reject => "退回",
            Self::Revise => "修订",
            Self::StartStep => "开始步骤",
            Self::Report => "汇报步骤进展",
            Self::CompleteStep => "完成步骤",
            Self::ReopenStep => "重开步骤",
            Self::MissStep => "步骤逾期",
            Self::Accept => "验收",
            Self::Abandon => "终止",
            Self::DraftArticle => "生成知识草稿",
        }
    }
}

/// Returns where a move takes a plan from `state`; `None` where it is not legal.
pub(crate) fn next(state: State, step: Move) -> Option<State> {
    use State::{
        Abandoned, Accepted, Approved, Draft, Rejected, Revising, RevisionRejected, RevisionSubmitted,
        Submitted, Unspecified,
    };
    match (step, state) {
        (Move::Open, Unspecified) | (Move::Withdraw, Submitted) => Some(Draft),
        (Move::Submit, Draft | Rejected) => Some(Submitted),
        (Move::Reject, Submitted) => Some(Rejected),
        (Move::Approve, Submitted | RevisionSubmitted) | (Move::Withdraw, Revising | RevisionRejected) => {
            Some(Approved)
        }
        (Move::Revise, Approved) | (Move::Withdraw, RevisionSubmitted) => Some(Revising),
        (Move::Submit, Revising | RevisionRejected) => Some(RevisionSubmitted),
        (Move::Reject, RevisionSubmitted) => Some(RevisionRejected),
        (Move::Accept, Approved) => Some(Accepted),
        (
            Move::Abandon,
            Draft | Submitted | Rejected | Approved | Revising | RevisionSubmitted | RevisionRejected,
        ) => Some(Abandoned),
        (Move::Update, Draft | Rejected | Revising | RevisionRejected)
        | (
            Move::StartStep | Move::Report | Move::CompleteStep | Move::ReopenStep | Move::MissStep,
            Approved | Revising | RevisionSubmitted | RevisionRejected,
        )
        | (Move::DraftArticle, Accepted) => Some(state),
        _ => None,
    }
}

/// Returns what people may do from `state`.
pub(crate) fn legal(state: State) -> impl Iterator<Item = Move> {
    COMMANDS.into_iter().filter(move |step| next(state, *step).is_some())
}

/// Returns how an English sentence names the state.
pub(crate) fn state_en(state: State) -> &'static str {
    match state {
        State::Unspecified => "unknown",
        State::Draft => "a draft",
        State::Submitted => "waiting for approval",
        State::Rejected => "rejected",
        State::Approved => "approved",
        State::Revising => "being revised",
        State::RevisionSubmitted => "waiting for approval of its revision",
        State::RevisionRejected => "approved with a rejected revision",
        State::Accepted => "accepted",
        State::Abandoned => "abandoned",
    }
}

/// Returns how a Chinese sentence names the state.
pub(crate) fn state_zh(state: State) -> &'static str {
    match state {
        State::Unspecified => "未知",
        State::Draft => "编制中",
        State::Submitted => "待审批",
        State::Rejected => "已退回",
        State::Approved => "执行中",
        State::Revising => "修订中",
        State::RevisionSubmitted => "修订待审批",
        State::RevisionRejected => "修订已退回",
        State::Accepted => "已验收",
        State::Abandoned => "已终止",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row a move, one column a state; `=` stays there, `-` is refused.
    const TABLE: &str = "
                       Draft     Submitted Rejected  Approved Revising          RevisionSubmitted RevisionRejected  Accepted Abandoned
        update         =         -         =         -        =                 -                 =                 -        -
        submit         Submitted -         Submitted -        RevisionSubmitted -                 RevisionSubmitted -        -
        withdraw       -         Draft     -         -        Approved          Revising          Approved          -        -
        approve        -         Approved  -         -        -                 Approved          -                 -        -
        reject         -         Rejected  -         -        -                 RevisionRejected  -                 -        -
        revise         -         -         -         Revising -                 -                 -                 -        -
        steps:start    -         -         -         =        =                 =                 =                 -        -
        steps:progress -         -         -         =        =                 =                 =                 -        -
        steps:complete -         -         -         =        =                 =                 =                 -        -
        steps:reopen   -         -         -         =        =                 =                 =                 -        -
        accept         -         -         -         Accepted -                 -                 -                 -        -
        abandon        Abandoned Abandoned Abandoned Abandoned Abandoned        Abandoned         Abandoned         -        -
        steps:miss     -         -         -         =        =                 =                 =                 -        -
        draftArticle   -         -         -         -        -                 -                 -                 =        -
        open           -         -         -         -        -                 -                 -                 -        -
    ";

    #[test]
    fn every_pair_of_state_and_move_does_what_the_table_says() {
        let mut rows = TABLE.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let states: Vec<State> = (1..=9).map(|state| State::try_from(state).expect("a state")).collect();
        let head = rows.by_ref().find(|row| !row.is_empty()).expect("a head");
        assert_eq!(head, states.iter().map(|state| format!("{state:?}")).collect::<Vec<_>>());
        let mut steps = COMMANDS.into_iter().chain([Move::MissStep, Move::DraftArticle, Move::Open]);
        for row in rows.filter(|row| !row.is_empty()) {
            let step = steps.next().expect("no row without a move");
            assert_eq!(row[0], step.name());
            for (state, expected) in states.iter().zip(&row[1..]) {
                let expected = match *expected {
                    "-" => None,
                    "=" => Some(format!("{state:?}")),
                    other => Some(other.to_owned()),
                };
                let told = next(*state, step).map(|state| format!("{state:?}"));
                assert_eq!(told, expected, "{step:?} from {state:?}");
            }
        }
        assert_eq!(steps.next(), None);
        assert_eq!(next(State::Unspecified, Move::Open), Some(State::Draft));
        assert_eq!(legal(State::Unspecified).count(), 0);
    }

    #[test]
    fn what_has_ended_stays_so_and_whatever_lives_can_be_given_up() {
        for state in (1..=9).filter_map(|state| State::try_from(state).ok()) {
            let lives = !matches!(state, State::Accepted | State::Abandoned);
            assert_eq!(legal(state).any(|step| step == Move::Abandon), lives);
            assert_eq!(legal(state).next().is_some(), lives);
        }
    }
}
