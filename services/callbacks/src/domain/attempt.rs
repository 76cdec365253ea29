//! A try to reach the customer (V3), and what the caller says of it.

use chrono::{DateTime, Utc};
use hotline_core::error::Error;
use hotline_proto::callbacks::v1::AttemptOutcome;

use super::callback::Answer;

/// One try to reach the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Which, from 1.
    pub(crate) number: i32,
    pub(crate) at: DateTime<Utc>,
    pub(crate) agent: String,
    pub(crate) outcome: AttemptOutcome,
    /// Tags such as `NOT_FIXED`.
    pub(crate) reasons: Vec<String>,
    pub(crate) comment: String,
}

/// What the caller says of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) outcome: AttemptOutcome,
    pub(crate) answer: Answer,
    pub(crate) reasons: Vec<String>,
    pub(crate) comment: String,
    /// When the customer wants to be called instead.
    pub(crate) next_at: Option<DateTime<Utc>>,
}

impl Report {
    /// Refuses a report that does not say what its outcome needs, or says what it can't have.
    ///
    /// # Errors
    /// [`Error::Field`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |field, en, zh| Err(Error::Field { field, en, zh });
        let reached = self.outcome == AttemptOutcome::Reached;
        if reached && self.answer.satisfied.is_none() {
            return refuse("satisfied", "is needed when the customer was reached", "接通时必须填写");
        }
        if !reached && self.answer.satisfied.is_some() {
            return refuse("satisfied", "is only for a customer who was reached", "仅在接通时填写");
        }
        if !reached && self.answer.score.is_some() {
            return refuse("score", "is only for a customer who was reached", "仅在接通时填写");
        }
        if self.outcome == AttemptOutcome::Postponed && self.next_at.is_none() {
            return refuse(
                "nextAt",
                "is needed when the customer asked for another time",
                "约定再联系时必须填写",
            );
        }
        Ok(())
    }

    /// Returns the try that it reports, after those `before`.
    pub(crate) fn attempt(&self, before: &[Attempt], agent: &str, at: DateTime<Utc>) -> Attempt {
        Attempt {
            number: before.last().map_or(1, |last| last.number + 1),
            at,
            agent: agent.to_owned(),
            outcome: self.outcome,
            reasons: self.reasons.clone(),
            comment: self.comment.clone(),
        }
    }

    /// Returns what the customer said: in words, else by tags.
    pub(crate) fn cause(&self) -> String {
        if self.comment.is_empty() { self.reasons.join(", ") } else { self.comment.clone() }
    }
}

/// Returns when the customer was missed since they were last reached: somebody who asked for another time is tried
/// anew.
pub(super) fn missed(attempts: &[Attempt]) -> Vec<DateTime<Utc>> {
    let is_miss =
        |attempt: &&Attempt| matches!(attempt.outcome, AttemptOutcome::NoAnswer | AttemptOutcome::Busy);
    let mut missed: Vec<_> = attempts.iter().rev().take_while(is_miss).map(|attempt| attempt.at).collect();
    missed.reverse();
    missed
}
