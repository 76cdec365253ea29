//! Emergency plans (D9): which one fits, and whom it has called.

use hotline_core::error::Error as Core;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody who is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// `sub` of their token; empty for who has no account.
    pub(crate) subject: String,
    /// Their name.
    pub(crate) name: String,
    /// Their number, in its one form; empty where none is known.
    pub(crate) phone: String,
}

impl Contact {
    /// Tells whether that is who is meant by a subject or a name.
    pub(crate) fn is(&self, named: &str) -> bool {
        !named.is_empty() && (self.subject == named || self.name == named)
    }

    /// Returns by what they are called.
    pub(crate) fn called(&self) -> &str {
        if self.name.is_empty() { &self.subject } else { &self.name }
    }
}

/// What is done where production stands still.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The plan.
    pub(crate) id: Uuid,
    /// What it is called.
    pub(crate) name: String,
    /// The region; empty is all.
    pub(crate) region: String,
    /// Regional coordinators, in the order they are called.
    pub(crate) coordinators: Vec<Contact>,
    /// The local team; empty is none.
    pub(crate) team_key: String,
    /// Who is called where the roster names nobody.
    pub(crate) fallback: Option<Contact>,
    /// Minutes until a coordinator is reached; 0 is as the settings say, here and below.
    pub(crate) coordinator_minutes: i32,
    /// Minutes until the engineer is called.
    pub(crate) engineer_minutes: i32,
    /// Minutes until production runs.
    pub(crate) solve_minutes: i32,
    /// Minutes until the customer is told.
    pub(crate) tell_minutes: i32,
}

impl Plan {
    /// Refuses a plan by which nobody could be called.
    ///
    /// # Errors
    /// [`Core::Field`].
    pub(crate) fn check(&self) -> Result<(), Core> {
        if self.coordinators.is_empty() {
            let (en, zh) = ("must name who coordinates the region", "必须填写区域协调人");
            return Err(Core::Field { field: "plan.coordinators", en, zh });
        }
        if self.coordinators.iter().any(|contact| contact.called().is_empty() || contact.phone.is_empty()) {
            let (en, zh) = ("must have a name and a number each", "每位须填写姓名和电话");
            return Err(Core::Field { field: "plan.coordinators", en, zh });
        }
        if self.fallback.as_ref().is_some_and(|contact| contact.called().is_empty()) {
            let (en, zh) = ("must have a name", "必须填写姓名");
            return Err(Core::Field { field: "plan.fallback", en, zh });
        }
        if self.team_key.is_empty() && self.fallback.is_none() {
            let (en, zh) =
                ("or `plan.fallback` must say who the local engineer is", "与 `plan.fallback` 至少填写一项");
            return Err(Core::Field { field: "plan.teamKey", en, zh });
        }
        Ok(())
    }

    /// Returns whom a coordinator's name or subject means; the first of the plan where it is empty, and somebody who is not
    /// of the plan by that name.
    pub(crate) fn coordinator(&self, named: &str) -> Contact {
        if named.is_empty() {
            return self.coordinators.first().cloned().unwrap_or_default();
        }
        let known = self.coordinators.iter().find(|contact| contact.is(named));
        known.cloned().unwrap_or_else(|| Contact { name: named.to_owned(), ..Contact::default() })
    }
}

/// Returns the plan that fits best: that of the smallest region that something is in, else the one for all.
pub(crate) fn choose(plans: Vec<Plan>, regions: &[&str]) -> Option<Plan> {
    let fits = |plan: &Plan| plan.region.is_empty() || regions.contains(&plan.region.as_str());
    plans.into_iter().filter(fits).max_by_key(|plan| plan.region.chars().count())
}

#[cfg(test)]
mod tests {
    use super::{Contact, Plan, choose};

    fn plan(region: &str) -> Plan {
        Plan { region: region.into(), ..Plan::default() }
    }

    fn contact(name: &str, phone: &str) -> Contact {
        Contact { name: name.into(), phone: phone.into(), ..Contact::default() }
    }

    #[test]
    fn the_smallest_region_comes_before_the_plan_for_all() {
        let plans = || vec![plan(""), plan("西区"), plan("西区/曲江")];
        let chosen = |regions: &[&str]| choose(plans(), regions).expect("the plan for all").region;
        assert_eq!(chosen(&["西区", "西区/曲江"]), "西区/曲江");
        assert_eq!(
            (chosen(&["西区"]), chosen(&["东区"]), chosen(&[])),
            ("西区".into(), String::new(), String::new())
        );
        assert_eq!(choose(vec![plan("西区")], &["东区"]), None);
    }

    #[test]
    fn a_plan_names_somebody_to_call_at_every_step() {
        let whole = Plan {
            coordinators: vec![contact("李", "+8613900139000")],
            team_key: "on-site".into(),
            ..Plan::default()
        };
        assert!(whole.check().is_ok());
        let field = |plan: Plan| plan.check().expect_err("refused").to_string();
        assert!(field(Plan { coordinators: vec![], ..whole.clone() }).starts_with("`plan.coordinators`"));
        assert!(field(Plan { coordinators: vec![contact("李", "")], ..whole.clone() }).contains("number"));
        assert!(field(Plan { team_key: String::new(), ..whole.clone() }).starts_with("`plan.teamKey`"));
        assert!(
            field(Plan { fallback: Some(contact("", "1")), ..whole.clone() }).starts_with("`plan.fallback`")
        );
        let fallback = Some(contact("赵", ""));
        assert!(Plan { team_key: String::new(), fallback, ..whole.clone() }.check().is_ok());
        assert_eq!(
            (whole.coordinator("").name, whole.coordinator("李").phone),
            ("李".into(), "+8613900139000".into())
        );
        assert_eq!(whole.coordinator("王"), contact("王", ""));
    }
}
