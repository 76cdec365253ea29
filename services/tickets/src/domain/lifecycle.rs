//! The life cycle of a ticket: one table of moves (T6).

use hotline_proto::common::v1::TicketState as State;

/// What can happen to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A team's queue got it.
    Assign,
    /// The first line gives it to another team.
    HandOver,
    /// A member takes it on.
    Start,
    /// The member gives it back.
    Release,
    /// Work stops until somebody else has done something.
    Wait,
    /// Work goes on.
    Resume,
    /// It is solved.
    Resolve,
    /// The customer confirms the solution.
    Verify,
    /// It comes to its end.
    Close,
    /// The customer is not satisfied.
    Reopen,
    /// It is given up.
    Cancel,
    /// Its priority is set anew.
    Reprioritize,
    /// What was written down is corrected.
    Update,
    /// The solution gets more time.
    Extend,
    /// The customer is promised an answer.
    Promise,
    /// The customer is told how far the work is.
    Inform,
    /// Its validity is judged.
    Judge,
    /// The investigation of a complaint begins.
    Investigate,
    /// The investigation of a complaint comes to its finding.
    Conclude,
    /// The customer is told what was found.
    Feedback,
    /// The plan of a complex problem moves on.
    Plan,
    /// An outage is known, or not, as its cause.
    LinkOutage,
    /// The customer calls again about it.
    Contact,
    /// It turns out to be a duplicate.
    Merge,
    /// It turns out not to be one.
    Unmerge,
    /// Somebody says something about it.
    Comment,
    /// It has to do with another ticket, or not any more.
    Link,
    /// Its tags change.
    Tag,
    /// Its watchers change.
    Watch,
}

/// Every state, in the order of a ticket's life.
pub(crate) const STATES: [State; 8] = [
    State::New,
    State::Assigned,
    State::InProgress,
    State::Waiting,
    State::Resolved,
    State::Verified,
    State::Closed,
    State::Cancelled,
];

/// Every event, in the order in which legal moves are named.
pub(crate) const ALL: [Event; 29] = [
    Event::Assign,
    Event::HandOver,
    Event::Start,
    Event::Release,
    Event::Wait,
    Event::Resume,
    Event::Resolve,
    Event::Verify,
    Event::Close,
    Event::Reopen,
    Event::Cancel,
    Event::Reprioritize,
    Event::Update,
    Event::Extend,
    Event::Promise,
    Event::Inform,
    Event::Judge,
    Event::Investigate,
    Event::Conclude,
    Event::Feedback,
    Event::Plan,
    Event::LinkOutage,
    Event::Contact,
    Event::Merge,
    Event::Unmerge,
    Event::Comment,
    Event::Link,
    Event::Tag,
    Event::Watch,
];

impl Event {
    /// Returns the verb of the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::HandOver => "handOver",
            Self::Start => "start",
            Self::Release => "release",
            Self::Wait => "wait",
            Self::Resume => "resume",
            Self::Resolve => "resolve",
            Self::Verify => "verify",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::Cancel => "cancel",
            Self::Reprioritize => "reprioritize",
            Self::Update => "update",
            Self::Extend => "extend",
            Self::Promise => "promise",
            Self::Inform => "inform",
            Self::Judge => "judge",
            Self::Investigate => "investigate",
            Self::Conclude => "conclude",
            Self::Feedback => "feedback",
            Self::Plan => "plan",
            Self::LinkOutage => "linkOutage",
            Self::Contact => "contact",
            Self::Merge => "merge",
            Self::Unmerge => "unmerge",
            Self::Comment => "comment",
            Self::Link => "link",
            Self::Tag => "tag",
            Self::Watch => "watch",
        }
    }

    /// Returns how an English sentence says it.
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Assign => "be assigned",
            Self::HandOver => "be handed over",
            Self::Start => "be started",
            Self::Release => "be released",
            Self::Wait => "wait",
            Self::Resume => "be resumed",
            Self::Resolve => "be resolved",
            Self::Verify => "be verified",
            Self::Close => "be closed",
            Self::Reopen => "be reopened",
            Self::Cancel => "be cancelled",
            Self::Reprioritize => "be reprioritized",
            Self::Update => "be updated",
            Self::Extend => "be extended",
            Self::Promise => "be promised an answer",
            Self::Inform => "be told how far it is",
            Self::Judge => "be judged",
            Self::Investigate => "be investigated",
            Self::Conclude => "be concluded",
            Self::Feedback => "be fed back",
            Self::Plan => "be planned",
            Self::LinkOutage => "be linked to an outage",
            Self::Contact => "count a contact",
            Self::Merge => "be merged",
            Self::Unmerge => "be unmerged",
            Self::Comment => "be commented on",
            Self::Link => "be linked",
            Self::Tag => "be tagged",
            Self::Watch => "be watched",
        }
    }

    /// Returns how a Chinese sentence says it.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Assign => "派单",
            Self::HandOver => "转交",
            Self::Start => "开始处理",
            Self::Release => "退回",
            Self::Wait => "等待",
            Self::Resume => "继续处理",
            Self::Resolve => "解决",
            Self::Verify => "核实",
            Self::Close => "关闭",
            Self::Reopen => "重新打开",
            Self::Cancel => "取消",
            Self::Reprioritize => "调整优先级",
            Self::Update => "修改",
            Self::Extend => "延期",
            Self::Promise => "承诺答复",
            Self::Inform => "告知进展",
            Self::Judge => "判断有效性",
            Self::Investigate => "调查",
            Self::Conclude => "认定",
            Self::Feedback => "反馈",
            Self::Plan => "制定方案",
            Self::LinkOutage => "关联故障通知",
            Self::Contact => "重复来电",
            Self::Merge => "合并",
            Self::Unmerge => "撤销合并",
            Self::Comment => "评论",
            Self::Link => "关联",
            Self::Tag => "打标签",
            Self::Watch => "关注",
        }
    }
}

impl Event {
    /// Tells whether people do it; else it follows from what dispatch tells.
    pub(crate) fn by_people(self) -> bool {
        !matches!(self, Self::Assign | Self::Start | Self::Release)
    }

    /// Returns what it asks for besides the state, in Chinese and English; empty for nothing.
    pub(crate) fn guard(self) -> (&'static str, &'static str) {
        match self {
            Self::Close => (
                "投诉须先反馈客户，或经客户核实且未作调查；被投诉人不得关闭",
                "of a complaint, the customer was told what came of it, or confirmed the solution of one that was not \
                 investigated; not by the party complained of",
            ),
            Self::Reopen => (
                "已关闭的工单须在规定天数内，此后须由主管重新打开",
                "of a closed ticket, within the days for that; later by a supervisor",
            ),
            Self::Extend => ("投诉须有客户同意", "of a complaint, with the customer's consent"),
            Self::Judge | Self::Cancel => {
                ("投诉不得由被投诉人处理", "of a complaint, not by the party complained of")
            }
            Self::Investigate => {
                ("仅限投诉，且不得由被投诉人进行", "complaints only, and not by the party complained of")
            }
            Self::Conclude => ("须已开始调查", "an investigation has begun"),
            Self::Feedback => (
                "仅限投诉；已开始的调查须有结论；不得由被投诉人进行",
                "complaints only; an investigation that began has ended; not by the party complained of",
            ),
            Self::Merge => (
                "仅限并入同一客户尚未了结的工单；调查中的投诉和有方案的工单不可并入",
                "into a ticket of the same customer that has not ended; no complaint under investigation, nothing with a \
                 plan",
            ),
            Self::Unmerge => ("仅限合并后一日内", "of a merged ticket, within a day"),
            _ => ("", ""),
        }
    }
}

/// Returns where `event` takes a ticket from `state`; `None` where it is not legal.
pub(crate) fn next(state: State, event: Event) -> Option<State> {
    use State::{Assigned, Cancelled, Closed, InProgress, New, Resolved, Verified, Waiting};
    match (event, state) {
        (Event::Assign, New | Assigned | InProgress)
        | (Event::HandOver | Event::Release, New | Assigned | InProgress | Waiting)
        | (Event::Reopen, Resolved | Verified | Closed)
        | (Event::Unmerge, Cancelled) => Some(Assigned),
        (Event::Start, New | Assigned | InProgress | Waiting) | (Event::Resume, Waiting) => Some(InProgress),
        (Event::Wait, InProgress) => Some(Waiting),
        (Event::Resolve, New | Assigned | InProgress | Waiting) => Some(Resolved),
        (Event::Verify, Resolved) => Some(Verified),
        (Event::Close, Resolved | Verified) => Some(Closed),
        (Event::Cancel | Event::Merge, New | Assigned | InProgress | Waiting) => Some(Cancelled),
        (
            Event::Reprioritize
            | Event::Extend
            | Event::Promise
            | Event::Judge
            | Event::Investigate
            | Event::Plan
            | Event::LinkOutage,
            New | Assigned | InProgress | Waiting,
        )
        | (
            Event::Update | Event::Conclude | Event::Feedback,
            New | Assigned | InProgress | Waiting | Resolved | Verified,
        )
        | (
            Event::Inform | Event::Contact,
            New | Assigned | InProgress | Waiting | Resolved | Verified | Closed,
        )
        | (
            Event::Comment | Event::Link | Event::Tag | Event::Watch,
            New | Assigned | InProgress | Waiting | Resolved | Verified | Closed | Cancelled,
        ) => Some(state),
        _ => None,
    }
}

/// Returns what is legal from `state`.
pub(crate) fn legal(state: State) -> impl Iterator<Item = Event> {
    ALL.into_iter().filter(move |event| next(state, *event).is_some())
}

/// Tells whether work on the ticket is not done yet.
pub(crate) fn is_open(state: State) -> bool {
    matches!(state, State::New | State::Assigned | State::InProgress | State::Waiting)
}

/// Returns how an English sentence names the state.
pub(crate) fn state_en(state: State) -> &'static str {
    match state {
        State::Unspecified => "unknown",
        State::New => "new",
        State::Assigned => "assigned",
        State::InProgress => "in progress",
        State::Waiting => "waiting",
        State::Resolved => "resolved",
        State::Verified => "verified",
        State::Closed => "closed",
        State::Cancelled => "cancelled",
    }
}

/// Returns how a Chinese sentence names the state.
pub(crate) fn state_zh(state: State) -> &'static str {
    match state {
        State::Unspecified => "未知",
        State::New => "新建",
        State::Assigned => "已派单",
        State::InProgress => "处理中",
        State::Waiting => "等待中",
        State::Resolved => "已解决",
        State::Verified => "已核实",
        State::Closed => "已关闭",
        State::Cancelled => "已取消",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row an event, one column a state; `-` is refused.
    const TABLE: &str = "
                     New        Assigned   InProgress Waiting    Resolved Verified Closed   Cancelled
        assign       Assigned   Assigned   Assigned   -          -        -        -        -
        handOver     Assigned   Assigned   Assigned   Assigned   -        -        -        -
        start        InProgress InProgress InProgress InProgress -        -        -        -
        release      Assigned   Assigned   Assigned   Assigned   -        -        -        -
        wait         -          -          Waiting    -          -        -        -        -
        resume       -          -          -          InProgress -        -        -        -
        resolve      Resolved   Resolved   Resolved   Resolved   -        -        -        -
        verify       -          -          -          -          Verified -        -        -
        close        -          -          -          -          Closed   Closed   -        -
        reopen       -          -          -          -          Assigned Assigned Assigned -
        cancel       Cancelled  Cancelled  Cancelled  Cancelled  -        -        -        -
        reprioritize New        Assigned   InProgress Waiting    -        -        -        -
        update       New        Assigned   InProgress Waiting    Resolved Verified -        -
        extend       New        Assigned   InProgress Waiting    -        -        -        -
        promise      New        Assigned   InProgress Waiting    -        -        -        -
        inform       New        Assigned   InProgress Waiting    Resolved Verified Closed   -
        judge        New        Assigned   InProgress Waiting    -        -        -        -
        investigate  New        Assigned   InProgress Waiting    -        -        -        -
        conclude     New        Assigned   InProgress Waiting    Resolved Verified -        -
        feedback     New        Assigned   InProgress Waiting    Resolved Verified -        -
        plan         New        Assigned   InProgress Waiting    -        -        -        -
        linkOutage   New        Assigned   InProgress Waiting    -        -        -        -
        contact      New        Assigned   InProgress Waiting    Resolved Verified Closed   -
        merge        Cancelled  Cancelled  Cancelled  Cancelled  -        -        -        -
        unmerge      -          -          -          -          -        -        -        Assigned
        comment      New        Assigned   InProgress Waiting    Resolved Verified Closed   Cancelled
        link         New        Assigned   InProgress Waiting    Resolved Verified Closed   Cancelled
        tag          New        Assigned   InProgress Waiting    Resolved Verified Closed   Cancelled
        watch        New        Assigned   InProgress Waiting    Resolved Verified Closed   Cancelled
    ";

    #[test]
    fn every_pair_of_state_and_event_does_what_the_table_says() {
        let mut rows = TABLE.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let states: Vec<State> = (1..=8).map(|state| State::try_from(state).unwrap()).collect();
        let head = rows.by_ref().find(|row| !row.is_empty()).unwrap();
        let names: Vec<String> = states.iter().map(|state| format!("{state:?}")).collect();
        assert_eq!(head, names);
        let mut events = ALL.into_iter();
        for row in rows.filter(|row| !row.is_empty()) {
            let event = events.next().expect("no row without an event");
            assert_eq!(row[0], event.name());
            for (state, expected) in states.iter().zip(&row[1..]) {
                let told = next(*state, event).map_or("-".to_owned(), |state| format!("{state:?}"));
                assert_eq!(told, *expected, "{event:?} from {state:?}");
            }
            assert_eq!(next(State::Unspecified, event), None);
        }
        assert_eq!(events.next(), None);
    }

    #[test]
    fn what_has_ended_goes_on_only_by_a_reopening_or_by_undoing_a_merge() {
        let ways_out = |state| {
            let moves = legal(state).filter(move |event| next(state, *event) != Some(state));
            moves.collect::<Vec<_>>()
        };
        assert_eq!(ways_out(State::Closed), [Event::Reopen]);
        assert_eq!(ways_out(State::Cancelled), [Event::Unmerge]);
    }
}
