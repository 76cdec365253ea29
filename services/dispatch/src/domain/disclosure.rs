//! What third parties are shown of customers: nothing until their team has accepted the work, then what the work needs,
//! and nothing again once it has ended (D5, C12).

use hotline_core::caller::Caller;
use hotline_phones::NumberPlan;
use hotline_phones::mask::{self, HIDDEN, Masker};
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::DisclosureWay;

use super::assignment::Assignment;
use super::state::State;

/// Who the customer of a ticket is, as far as it is known: of each what the form says first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Customer {
    /// 先生 or 女士.
    pub(crate) title: String,
    /// Names.
    pub(crate) names: Vec<String>,
    /// Telephone numbers as they are dialled, e-mail addresses, and what else the form has as contact.
    pub(crate) contacts: Vec<String>,
    /// 房号
    pub(crate) rooms: Vec<String>,
    /// Addresses.
    pub(crate) addresses: Vec<String>,
}

/// Tells whether a caller is of third parties only, to whom customers are shown for accepted work alone.
pub(crate) fn is_outsider(caller: &Caller) -> bool {
    !caller.is_above_teams() && caller.roles.iter().all(|role| *role == Role::ThirdParty)
}

/// Tells whether the team that has the work has accepted it and has not given it back or ended it.
pub(crate) fn is_accepted(work: &Assignment) -> bool {
    matches!(work.state, State::Accepted | State::Parked)
}

impl Customer {
    /// Returns the telephone numbers.
    pub(crate) fn phones(&self) -> Vec<String> {
        self.contacts.iter().filter(|contact| !contact.contains('@')).cloned().collect()
    }

    /// Returns the e-mail addresses.
    pub(crate) fn emails(&self) -> Vec<String> {
        self.contacts.iter().filter(|contact| contact.contains('@')).cloned().collect()
    }

    /// Names what of it, and of the ticket's own words, is shown with accepted work.
    pub(crate) fn shown(&self, work: &Assignment) -> Vec<String> {
        let ticket = &work.ticket;
        let known = [
            ("name", !self.names.is_empty()),
            ("title", !self.title.is_empty()),
            ("phones", !self.phones().is_empty()),
            ("emails", !self.emails().is_empty()),
            ("room", !self.rooms.is_empty() || !ticket.room.is_empty()),
            ("address", !self.addresses.is_empty()),
            ("text", !ticket.subject.is_empty() || !ticket.description.is_empty()),
        ];
        known.into_iter().filter(|(_, known)| *known).map(|(name, _)| name.to_owned()).collect()
    }

    /// Returns what hides the customer in sentences.
    fn masker<'a>(&self, numbers: &'a NumberPlan) -> Masker<'a> {
        let masker = self.names.iter().fold(Masker::new(numbers), |masker, name| masker.name(name));
        let masker = self.contacts.iter().fold(masker, |masker, contact| masker.contact(contact));
        let masker = self.rooms.iter().fold(masker, |masker, room| masker.room(room));
        self.addresses.iter().fold(masker, |masker, address| masker.words(address))
    }
}

/// Hides the customer in what is said of work. Where nobody can say who the customer is, no sentence is shown at all.
pub(crate) fn hide(work: &mut Assignment, customer: Option<&Customer>, numbers: &NumberPlan) {
    let masker = customer.map(|customer| customer.masker(numbers).room(&work.ticket.room));
    let hidden = |text: &str| match &masker {
        _ if text.is_empty() => String::new(),
        Some(masker) => masker.prose(text),
        None => HIDDEN.to_owned(),
    };
    work.ticket.subject = hidden(&work.ticket.subject);
    work.ticket.description = hidden(&work.ticket.description);
    work.disposition = hidden(&work.disposition);
    if let Some(parked) = &mut work.parked {
        parked.reason = hidden(&parked.reason);
    }
    work.ticket.room = mask::room(&work.ticket.room);
}

/// Returns how a showing is called in events.
pub(crate) fn name(way: DisclosureWay) -> &'static str {
    way.as_str_name().trim_start_matches("DISCLOSURE_WAY_")
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use chrono::DateTime;
    use hotline_core::caller::Caller;
    use hotline_phones::NumberPlan;
    use hotline_proto::auth::v1::Role;

    use super::super::assignment::tests::waiting;
    use super::super::state::Move;
    use super::{Customer, hide, is_accepted, is_outsider};

    static CHINA: LazyLock<NumberPlan> = LazyLock::new(|| NumberPlan::new("CN", "").expect("a plan"));

    fn wang() -> Customer {
        Customer {
            title: "女士".into(),
            names: vec!["王芳".into()],
            contacts: vec!["13800138000".into(), "wang@example.com".into()],
            rooms: vec!["3-1502".into()],
            addresses: vec!["长安路8号院".into()],
        }
    }

    #[test]
    fn who_has_any_other_role_is_no_outsider() {
        let caller = |roles: &[Role]| Caller { roles: roles.iter().copied().collect(), ..Caller::default() };
        assert!(is_outsider(&caller(&[Role::ThirdParty])) && is_outsider(&caller(&[])));
        assert!(!is_outsider(&caller(&[Role::ThirdParty, Role::Engineer])));
        assert!(!is_outsider(&caller(&[Role::Admin])) && !is_outsider(&Caller::service("kpi")));
    }

    #[test]
    fn the_customer_is_hidden_wherever_the_ticket_says_who_it_is() {
        let mut work = waiting(1, "vendor");
        work.ticket.room = "3-1502".into();
        work.ticket.subject = "王芳家断网".into();
        work.ticket.description =
            "3栋1502室（长安路8号院）王芳，电话138 0013 8000，邮箱wang@example.com，光猫红灯".into();
        let told = work.clone();
        hide(&mut work, Some(&wang()), &CHINA);
        let shown = format!("{}{}{}", work.ticket.subject, work.ticket.description, work.ticket.room);
        for known in ["王芳", "1502", "长安路", "0013", "wang@"] {
            assert!(!shown.contains(known), "{known} in {shown}");
        }
        assert!(shown.contains("光猫红灯") && shown.contains("王**家断网"), "{shown}");
        let mut unknown = told;
        hide(&mut unknown, None, &CHINA);
        assert_eq!((&*unknown.ticket.subject, &*unknown.ticket.description), ("***", "***"));
    }

    #[test]
    fn only_accepted_work_shows_its_customer() {
        let now = DateTime::from_timestamp(1_772_000_000, 0).unwrap();
        let mut work = waiting(1, "vendor");
        assert!(!is_accepted(&work));
        work.lease("vendor", [7; 16], now).unwrap();
        assert!(!is_accepted(&work));
        work.accept(now).unwrap();
        assert!(is_accepted(&work));
        let mut returned = work.clone();
        returned.put_back(Move::Return).unwrap();
        work.complete(None, now).unwrap();
        assert!(!is_accepted(&work) && !is_accepted(&returned));
    }

    #[test]
    fn what_was_shown_is_named() {
        let work = waiting(1, "vendor");
        assert_eq!(wang().shown(&work), ["name", "title", "phones", "emails", "room", "address", "text"]);
        assert_eq!(Customer::default().shown(&work), ["text"]);
    }
}
