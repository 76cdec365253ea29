//! Who makes links, and of what.

use hotline_core::caller::Caller;
use hotline_core::error::Error as Core;
use hotline_proto::auth::v1::Role;

use super::{holder, is_holder};
use crate::domain::assignment::Assignment;
use crate::domain::state::State;
use crate::error::Error;

/// Refuses others than the sender of the work, leads and those above teams.
///
/// # Errors
/// [`Core::Forbidden`].
pub(crate) fn may_link(caller: &Caller, work: &Assignment) -> Result<(), Error> {
    let is_sender = !work.sender.is_empty() && work.sender == caller.subject;
    if is_sender || caller.is_above_teams() || caller.has(Role::TeamLead) {
        return Ok(());
    }
    let (en, zh) =
        ("links are for the sender of the work, a lead, or a supervisor", "仅限派单人、班组长或主管使用链接");
    Err(Core::Forbidden(en, zh).into())
}

/// Refuses work that somebody with an account has on, or another recipient.
///
/// # Errors
/// [`Error::StateConflict`]; [`Core::Field`] for another recipient.
pub(crate) fn may_be_linked(work: &Assignment, recipient: &str) -> Result<(), Error> {
    match work.state {
        State::Queued | State::Leased => Ok(()),
        State::Accepted | State::Parked if work.holder == holder(recipient) => Ok(()),
        State::Accepted | State::Parked if is_holder(&work.holder) => {
            let (en, zh) = (
                "must be who has accepted the work: reassign it first to send it to somebody else",
                "必须是已接单的接收人：如需改派他人，请先收回任务",
            );
            Err(Core::Field { field: "recipient.name", en, zh }.into())
        }
        state => Err(Error::StateConflict { state }),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use hotline_core::caller::Caller;
    use hotline_core::error::Error as Core;
    use hotline_proto::auth::v1::Role;

    use super::super::super::assignment::tests::waiting;
    use super::{holder, may_be_linked, may_link};
    use crate::error::Error;

    fn caller(subject: &str, role: Role) -> Caller {
        Caller { subject: subject.into(), roles: [role].into(), ..Caller::default() }
    }

    #[test]
    fn its_sender_and_those_in_charge_make_links() {
        let mut work = waiting(1, "vendor");
        assert!(may_link(&caller("", Role::Agent), &work).is_err(), "nobody sent it");
        work.sender = "agent".into();
        for (who, role, may) in [
            ("agent", Role::Agent, true),
            ("agent2", Role::Agent, false),
            ("lead", Role::TeamLead, true),
            ("supervisor", Role::Supervisor, true),
            ("vendor", Role::ThirdParty, false),
        ] {
            assert_eq!(may_link(&caller(who, role), &work).is_ok(), may, "{who}");
        }
    }

    #[test]
    fn what_a_recipient_has_accepted_is_linked_anew_for_them_alone() {
        let now = DateTime::from_timestamp(1_772_000_000, 0).unwrap();
        let accepted = |by: &str| {
            let mut work = waiting(1, "vendor");
            work.lease(by, [7; 16], now).unwrap();
            assert!(may_be_linked(&work, "李师傅").is_ok());
            work.accept(now).unwrap();
            work
        };
        let by_link = accepted(&holder("李师傅"));
        assert!(may_be_linked(&by_link, "李师傅").is_ok());
        assert!(matches!(may_be_linked(&by_link, "赵师傅"), Err(Error::Core(Core::Field { .. }))));
        let by_account = accepted("vendor");
        assert!(matches!(may_be_linked(&by_account, "李师傅"), Err(Error::StateConflict { .. })));
    }
}
