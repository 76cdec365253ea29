//! What was written down of a ticket is corrected, its priority set anew (T2).

use std::collections::BTreeMap;

use hotline_core::error::Field;
use hotline_proto::common::v1::{Level, Priority};

use crate::domain::catalogue::Catalogue;
use crate::domain::complaints::Earlier;
use crate::domain::draft::{Draft, What};
use crate::domain::form::Form;
use crate::domain::lifecycle::Event;
use crate::domain::priority;
use crate::domain::registration::{project_of, retired_category, unknown_category};
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// What can be corrected, as it shall stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// Code in the catalogue.
    pub(crate) category_code: String,
    /// What the form asks for besides.
    pub(crate) fields: BTreeMap<String, String>,
    /// 所属项目.
    pub(crate) project: String,
    /// Where it becomes a complaint, the one before about the same matter.
    pub(crate) earlier: Option<Earlier>,
}

impl Draft<'_> {
    /// Corrects the ticket. What the type requires can't be taken away. With the category, whatever was the old one's
    /// default becomes the new one's, and the due times are computed anew from the start.
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Fields`] or [`Error::Calendar`]; as [`Self::retyped`].
    pub(crate) fn update(&mut self, edit: Edit, catalogue: &Catalogue) -> Result<(), Error> {
        self.step(Event::Update)?;
        let before = self.ticket.clone();
        self.ticket.project = project_of(&edit.project, &edit.fields);
        self.ticket.subject = edit.subject;
        self.ticket.description = edit.description;
        self.ticket.fields = edit.fields;
        if edit.category_code != before.category_code {
            self.recategorize(&edit.category_code, catalogue)?;
        }
        self.check_form(&before, catalogue)?;
        let said = [
            self.ticket.interaction_id.is_some(),
            self.ticket.urgency != Level::Unspecified,
            self.ticket.impact != Level::Unspecified,
        ];
        let asked = catalogue.asked(&self.ticket.category_code);
        self.ticket.completeness = form(&self.ticket).completeness(said, asked.filled(&self.ticket.fields));
        let details = changes(&before, &self.ticket);
        if !details.is_empty() {
            let changed = details.names();
            self.log(Kind::Updated, "", details);
            self.tell(What::Updated(changed));
        }
        if self.ticket.category_code != before.category_code {
            self.promise_anew(&before)?;
        }
        self.retyped(&before, edit.earlier.as_ref())
    }

    /// Sets urgency and impact, and with them the priority.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn reprioritize(&mut self, urgency: Level, impact: Level, reason: &str) -> Result<(), Error> {
        self.step(Event::Reprioritize)?;
        let before = self.ticket.clone();
        self.ticket.urgency = urgency;
        self.ticket.impact = impact;
        self.ticket.priority = priority::of(urgency, impact);
        self.log(Kind::Reprioritized, reason, changes(&before, &self.ticket));
        self.promise_anew(&before)
    }

    /// Computes the due times anew from the start, and tells others where priority or due times differ.
    fn promise_anew(&mut self, before: &Ticket) -> Result<(), Error> {
        let told = self.happenings.len();
        self.promise(false)?;
        if self.ticket.priority != before.priority || !self.changed_promises(before).is_empty() {
            self.tell(What::Reprioritized(before.priority));
            // A clock that has run out by the new promise did so because of it: the cause is told first.
            self.happenings[told..].rotate_right(1);
        }
        Ok(())
    }

    fn recategorize(&mut self, code: &str, catalogue: &Catalogue) -> Result<(), Error> {
        let unknown = || Error::Fields(vec![unknown_category(code)]);
        let new = catalogue.get(code).ok_or_else(unknown)?;
        if !new.active {
            return Err(Error::Fields(vec![retired_category()]));
        }
        let old = catalogue.get(&self.ticket.category_code);
        let ticket = &mut self.ticket;
        if old.is_some_and(|old| old.kind == ticket.kind) {
            ticket.kind = new.kind;
        }
        let levels = (ticket.urgency, ticket.impact);
        let by_default = levels == (Level::Unspecified, Level::Unspecified);
        if by_default && old.is_some_and(|old| old.priority == ticket.priority) {
            ticket.priority = new.priority;
        }
        ticket.category_code.clone_from(&new.code);
        ticket.category_policy.clone_from(&new.policy);
        Ok(())
    }

    /// Refuses what makes the form lack something that it did not lack before: an imported ticket may lack things, and
    /// what a category asks for may have changed since.
    fn check_form(&self, before: &Ticket, catalogue: &Catalogue) -> Result<(), Error> {
        let wrong = |ticket: &Ticket| {
            let asked = catalogue.asked(&ticket.category_code).wrong(&ticket.fields, &self.rules.numbers);
            form(ticket).missing().into_iter().chain(asked).collect::<Vec<Field>>()
        };
        let old = wrong(before);
        let mut new = wrong(&self.ticket);
        new.retain(|field| !old.contains(field));
        if new.is_empty() { Ok(()) } else { Err(Error::Fields(new)) }
    }
}

fn form(ticket: &Ticket) -> Form<'_> {
    Form {
        kind: ticket.kind,
        has_customer: true,
        subject: &ticket.subject,
        description: &ticket.description,
        project: &ticket.project,
        fields: &ticket.fields,
    }
}

fn changes(before: &Ticket, after: &Ticket) -> Details {
    let priority = |priority: Priority| priority.as_str_name();
    let mut details = Details::default()
        .change("subject", &before.subject, &after.subject)
        .change("description", &before.description, &after.description)
        .change("categoryCode", &before.category_code, &after.category_code)
        .change("type", before.kind.as_str_name(), after.kind.as_str_name())
        .change("project", &before.project, &after.project)
        .change("urgency", before.urgency.as_str_name(), after.urgency.as_str_name())
        .change("impact", before.impact.as_str_name(), after.impact.as_str_name())
        .change("priority", priority(before.priority), priority(after.priority));
    if before.category_code != after.category_code {
        details = details.even_empty("categoryPolicy", &after.category_policy);
    }
    let names = before.fields.keys().chain(after.fields.keys());
    for name in names {
        let value = |fields: &BTreeMap<String, String>| fields.get(name).cloned().unwrap_or_default();
        let (old, new) = (value(&before.fields), value(&after.fields));
        details = details.change(&format!("fields.{name}"), &old, &new);
    }
    details
}
