//! Whether a team's queue gives work out and takes work in (D11).

use hotline_proto::dispatch::v1::QueueFlow;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flow {
    /// 运行
    #[default]
    Running,
    /// 暂停派发: what comes in waits.
    Paused,
    /// 排空: nothing new comes in, what waits is given out.
    Draining,
}

impl Flow {
    /// Tells whether work is given out.
    pub(crate) fn gives_out(self) -> bool {
        self != Self::Paused
    }

    /// Tells whether rules may choose the team.
    pub(crate) fn takes_in(self) -> bool {
        self != Self::Draining
    }

    /// Returns the number it is stored as, that of the contract.
    pub(crate) fn number(self) -> i32 {
        QueueFlow::from(self).into()
    }

    /// Reads a stored number; one that nobody knows is none.
    pub(crate) fn from_number(number: i32) -> Self {
        match QueueFlow::try_from(number) {
            Ok(QueueFlow::Paused) => Self::Paused,
            Ok(QueueFlow::Draining) => Self::Draining,
            Ok(QueueFlow::Running | QueueFlow::Unspecified) | Err(_) => Self::Running,
        }
    }

    /// Returns its name in events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Draining => "DRAINING",
        }
    }
}

impl From<Flow> for QueueFlow {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::Running => Self::Running,
            Flow::Paused => Self::Paused,
            Flow::Draining => Self::Draining,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gives_out_and_takes_in_reads_back() {
        let table = [(Flow::Running, true, true), (Flow::Paused, false, true), (Flow::Draining, true, false)];
        for (flow, gives_out, takes_in) in table {
            assert_eq!((flow.gives_out(), flow.takes_in()), (gives_out, takes_in), "{}", flow.name());
            assert_eq!(Flow::from_number(flow.number()), flow);
        }
        assert_eq!(Flow::from_number(0), Flow::Running);
    }
}
