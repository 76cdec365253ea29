//! The sender's telephone call to the next handler (D4), and the holder's arrival on site.

use chrono::{DateTime, SubsecRound, Utc};
use hotline_core::error::Error as Core;

use super::assignment::Assignment;
use super::state::State;
use crate::error::Error;

/// Who was reached by telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirmation {
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Who was reached.
    pub(crate) by: String,
    /// On which number, in its one form.
    pub(crate) phone: String,
    /// Who telephoned.
    pub(crate) recorded_by: String,
}

/// What the sender says of the call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// When; absent is now.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Who was reached.
    pub(crate) by: String,
    /// On which number, in its one form.
    pub(crate) phone: String,
    /// Who telephoned.
    pub(crate) caller: String,
}

impl Assignment {
    /// Notes that the next handler was reached. False where that is what is known already: then nothing has changed.
    ///
    /// # Errors
    /// [`Error::ConfirmedAlready`] with something else; [`Error::StateConflict`] once it has ended; [`Core::Field`] for an
    /// impossible time, and for who can't be reached by their own call.
    pub(crate) fn confirm(&mut self, call: Call, now: DateTime<Utc>) -> Result<bool, Error> {
        if let Some(known) = &self.confirmation {
            let same =
                known.by == call.by && known.phone == call.phone && call.at.is_none_or(|at| at == known.at);
            let (by, at) = (known.by.clone(), known.at);
            return if same { Ok(false) } else { Err(Error::ConfirmedAlready { by, at }) };
        }
        if !self.state.is_open() {
            return Err(Error::StateConflict { state: self.state });
        }
        if self.state.is_held() && self.holder == call.caller {
            let (en, zh) = (
                "who holds the work accepts it: the confirmation is the sender's",
                "领取人请直接接单：电话确认由派单人登记",
            );
            return Err(Core::Forbidden(en, zh).into());
        }
        if call.by == call.caller {
            let (en, zh) = ("must be another than who telephoned", "不能是打电话的本人");
            return Err(Core::Field { field: "by", en, zh }.into());
        }
        let at = self.happened(call.at, now)?;
        let (by, phone) = (call.by, call.phone);
        self.confirmation = Some(Confirmation { at, by, phone, recorded_by: call.caller });
        Ok(true)
    }

    /// Notes that its holder came to the site. False where that is known already.
    ///
    /// # Errors
    /// [`Error::ArrivedAlready`] at another time; [`Error::StateConflict`] unless it is accepted; [`Core::Field`] for an
    /// impossible time.
    pub(crate) fn arrive(&mut self, at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<bool, Error> {
        if self.state != State::Accepted {
            return Err(Error::StateConflict { state: self.state });
        }
        if let Some(known) = self.arrived_at {
            let same = at.is_none_or(|at| at == known);
            return if same { Ok(false) } else { Err(Error::ArrivedAlready(known)) };
        }
        self.arrived_at = Some(self.happened(at, now)?);
        Ok(true)
    }

    /// Returns when something happened that somebody tells of later.
    fn happened(&self, at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Core> {
        let at = at.unwrap_or(now).trunc_subsecs(6);
        if at > now {
            return Err(Core::Field {
                field: "at", en: "must not lie in the future", zh: "不能晚于现在"
            });
        }
        if at < self.queued_at {
            let (en, zh) = ("must not be before the dispatch", "不能早于派单时间");
            return Err(Core::Field { field: "at", en, zh });
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::super::assignment::tests::waiting;
    use super::super::state::Move;
    use super::Call;
    use crate::error::Error;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn call(by: &str, at: Option<DateTime<Utc>>) -> Call {
        Call { at, by: by.into(), phone: "+8613800138000".into(), caller: "agent".into() }
    }

    #[test]
    fn a_call_is_noted_once_and_at_a_possible_time() {
        let mut work = waiting(1, "a");
        for wrong in [Some(at(-1)), Some(at(6))] {
            assert!(work.confirm(call("engineer", wrong), at(5)).is_err());
        }
        assert!(work.confirm(call("agent", None), at(5)).is_err(), "nobody reaches themselves");
        assert!(work.confirm(call("engineer", Some(at(4))), at(5)).unwrap());
        assert!(!work.confirm(call("engineer", Some(at(4))), at(7)).unwrap());
        assert!(!work.confirm(call("engineer", None), at(7)).unwrap());
        for other in [call("engineer2", None), call("engineer", Some(at(5)))] {
            assert!(matches!(work.confirm(other, at(7)), Err(Error::ConfirmedAlready { .. })));
        }
    }

    #[test]
    fn who_has_accepted_arrives_once_and_a_return_takes_it_back() {
        let mut work = waiting(1, "a");
        work.lease("engineer", [7; 16], at(60)).unwrap();
        assert!(matches!(work.arrive(None, at(1)), Err(Error::StateConflict { .. })));
        work.accept(at(2)).unwrap();
        assert!(work.arrive(Some(at(30)), at(31)).unwrap());
        assert!(!work.arrive(None, at(40)).unwrap());
        assert!(matches!(work.arrive(Some(at(31)), at(40)), Err(Error::ArrivedAlready(_))));
        work.put_back(Move::Return).unwrap();
        assert_eq!(work.arrived_at, None);
        assert!(matches!(work.confirm(call("engineer", Some(at(-1))), at(50)), Err(Error::Core(_))));
        work.end(Move::Withdraw, at(50)).unwrap();
        assert!(matches!(work.confirm(call("engineer", None), at(51)), Err(Error::StateConflict { .. })));
    }
}
