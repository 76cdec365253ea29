//! What has to be taken back before a roster can be.

/// What is agreed beside a roster and stands on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandsOn {
    /// A swap that was asked for or taken.
    Swap,
    /// A leave that was granted.
    Leave,
    /// Somebody who was put on duty by name.
    Override,
}

impl StandsOn {
    pub(crate) const fn en(self) -> &'static str {
        match self {
            Self::Swap => "the swap",
            Self::Leave => "the leave",
            Self::Override => "the override",
        }
    }

    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Swap => "换班",
            Self::Leave => "请假",
            Self::Override => "调班",
        }
    }
}
