//! A ticket is registered (T1–T4).

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::error::Field;
use hotline_proto::common::v1::{Channel, Level, Priority, TicketState, TicketType};
use hotline_proto::tickets::v1::PromiseTier;
use uuid::Uuid;

use crate::domain::catalogue::{Catalogue, Category};
use crate::domain::complaints::Earlier;
use crate::domain::course::Course;
use crate::domain::draft::{Draft, What, Who};
use crate::domain::form::Form;
use crate::domain::matters::Matters;
use crate::domain::outage::{Outage, scope};
use crate::domain::priority;
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// What a new ticket is made of; what is not said is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Registration {
    /// Kind of trouble; not said is the category's.
    pub(crate) kind: TicketType,
    /// Code in the catalogue; a board's where the leaf is not known yet.
    pub(crate) category_code: String,
    /// How it came in.
    pub(crate) channel: Channel,
    /// The customer.
    pub(crate) customer_id: Option<Uuid>,
    /// The contact in which it is registered.
    pub(crate) interaction_id: Option<Uuid>,
    /// How soon it hurts.
    pub(crate) urgency: Level,
    /// How many it hurts.
    pub(crate) impact: Level,
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// What the form asks for besides.
    pub(crate) fields: BTreeMap<String, String>,
    /// 所属项目; empty is the field `project`.
    pub(crate) project: String,
    /// The customer is a key account.
    pub(crate) key_account: bool,
    /// By when the customer is promised an answer; not said is no promise (T8).
    pub(crate) promise: PromiseTier,
    /// The complaint before it about the same matter, of a complaint.
    pub(crate) earlier: Option<Earlier>,
    /// The notices that are open (T13).
    pub(crate) outages: Arc<Vec<Outage>>,
    /// Another matter, though the customer may have an open ticket of the very category (C7).
    pub(crate) separate_matter: bool,
}

impl Registration {
    /// Tells whether it is a complaint: said, or by its category.
    pub(crate) fn is_complaint(&self, catalogue: &Catalogue) -> bool {
        let by_default =
            || catalogue.get(&self.category_code).map_or(TicketType::Unspecified, |category| category.kind);
        let kind = if self.kind == TicketType::Unspecified { by_default() } else { self.kind };
        kind == TicketType::Complaint
    }
}

/// Registers a ticket, without its number.
///
/// # Errors
/// [`Error::Fields`] that names everything that is missing; [`Error::Calendar`].
pub(crate) fn register<'a>(
    given: Registration,
    catalogue: &Catalogue,
    rules: &'a Rules,
    id: Uuid,
    at: DateTime<Utc>,
    who: Who,
) -> Result<Draft<'a>, Error> {
    let category = catalogue.get(&given.category_code);
    let kind = match (given.kind, category) {
        (TicketType::Unspecified, Some(category)) => category.kind,
        (said, _) => said,
    };
    let mut wrong = wrong(&given, category);
    let form = Form {
        kind,
        has_customer: given.customer_id.is_some(),
        subject: &given.subject,
        description: &given.description,
        project: &given.project,
        fields: &given.fields,
    };
    wrong.extend(form.missing());
    let asked = catalogue.asked(&given.category_code);
    for field in asked.wrong(&given.fields, &rules.numbers) {
        // What the type requires too is named once, with what the category says of it.
        wrong.retain(|named| named.path != field.path);
        wrong.push(field);
    }
    let said = [
        given.interaction_id.is_some(),
        given.urgency != Level::Unspecified,
        given.impact != Level::Unspecified,
    ];
    let completeness = form.completeness(said, asked.filled(&given.fields));
    let (Some(category), Some(customer_id), true) = (category, given.customer_id, wrong.is_empty()) else {
        return Err(Error::Fields(wrong));
    };
    let mut ticket = Ticket {
        priority: priority_of(&given, category),
        completeness,
        owner_agent: who.subject.clone(),
        interaction_id: given.interaction_id,
        urgency: given.urgency,
        impact: given.impact,
        project: project_of(&given.project, &given.fields),
        key_account: given.key_account,
        subject: given.subject,
        description: given.description,
        fields: given.fields,
        channel: given.channel,
        ..blank(id, kind, category, customer_id, at)
    };
    ticket.complain(given.earlier.as_ref());
    let outage = scope::cause(&given.outages, &ticket, catalogue, at);
    let mut draft = Draft::new(ticket, rules, at, who);
    draft.registered(given.promise, outage, given.separate_matter)?;
    Ok(draft)
}

impl Draft<'_> {
    fn registered(
        &mut self,
        promise: PromiseTier,
        outage: Option<&Outage>,
        separate_matter: bool,
    ) -> Result<(), Error> {
        let ticket = &self.ticket;
        let repeats = ticket.matters.complaint.as_ref().and_then(|complaint| complaint.repeats);
        let details = Details::default()
            .with("type", ticket.kind.as_str_name())
            .with("categoryCode", ticket.category_code.clone())
            .with("priority", ticket.priority.as_str_name())
            .with("channel", ticket.channel.as_str_name())
            .even_empty("categoryPolicy", &ticket.category_policy)
            .with("keyAccount", ticket.key_account.to_string())
            .with("separateMatter", if separate_matter { "true" } else { "" })
            .with("teamKey", ticket.team_key.clone())
            .with("repeatsId", repeats.map(|id| id.to_string()).unwrap_or_default());
        self.log(Kind::Created, "", details);
        self.ticket.begin_round(self.at);
        self.ticket.note_stint(self.at);
        self.promise(false)?;
        if promise != PromiseTier::Unspecified {
            self.set_answer(promise)?;
        }
        self.caused_by(outage);
        self.tell(What::Created);
        Ok(())
    }
}

/// Returns a new ticket of a category of which nothing else is known.
pub(crate) fn blank(
    id: Uuid,
    kind: TicketType,
    category: &Category,
    customer_id: Uuid,
    created_at: DateTime<Utc>,
) -> Ticket {
    Ticket {
        id,
        kind,
        category_code: category.code.clone(),
        category_policy: category.policy.clone(),
        team_key: category.team_key.clone(),
        priority: category.priority,
        customer_id,
        state: TicketState::New,
        created_at,
        updated_at: created_at,
        version: 1,
        number: String::new(),
        subject: String::new(),
        description: String::new(),
        fields: BTreeMap::new(),
        channel: Channel::Unspecified,
        urgency: Level::Unspecified,
        impact: Level::Unspecified,
        assignee: String::new(),
        owner_agent: String::new(),
        interaction_id: None,
        project: String::new(),
        key_account: false,
        completeness: 0.0,
        resolution: String::new(),
        article_ids: Vec::new(),
        solved_by: String::new(),
        external_key: None,
        reopen_count: 0,
        reassignment_count: 0,
        wait_count: 0,
        customer_wait_count: 0,
        responded_at: None,
        resolved_at: None,
        closed_at: None,
        policy: String::new(),
        response_clock: None,
        resolution_clock: None,
        answer_clock: None,
        course: Course::default(),
        waits: Vec::new(),
        wait_until: None,
        lease: None,
        survivor_id: None,
        parent_id: None,
        outage_id: None,
        matters: Matters::default(),
        callbacks: Vec::new(),
    }
}

/// Returns the project: what is said, else the field.
pub(crate) fn project_of(said: &str, fields: &BTreeMap<String, String>) -> String {
    let field = fields.get("project").map(String::as_str).unwrap_or_default();
    let project = if said.trim().is_empty() { field } else { said };
    project.trim().to_owned()
}

/// Returns the error of a category that the catalogue lacks.
pub(crate) fn unknown_category(code: &str) -> Field {
    let (en, zh) = if code.is_empty() {
        ("is required", "必填")
    } else {
        ("is not in the catalogue", "不在分类目录中")
    };
    Field { path: "categoryCode".into(), en: en.into(), zh: zh.into() }
}

/// Returns the error of a category that is retired.
pub(crate) fn retired_category() -> Field {
    let (en, zh) = ("is retired: choose another category", "已停用，请选择其他分类");
    Field { path: "categoryCode".into(), en: en.into(), zh: zh.into() }
}

fn wrong(given: &Registration, category: Option<&Category>) -> Vec<Field> {
    let mut wrong = Vec::new();
    match category {
        None => wrong.push(unknown_category(&given.category_code)),
        Some(category) if !category.active => wrong.push(retired_category()),
        Some(_) => {}
    }
    if given.channel == Channel::Unspecified {
        wrong.push(Field { path: "channel".into(), en: "is required".into(), zh: "必填".into() });
    }
    wrong
}

fn priority_of(given: &Registration, category: &Category) -> Priority {
    if (given.urgency, given.impact) == (Level::Unspecified, Level::Unspecified) {
        category.priority
    } else {
        priority::of(given.urgency, given.impact)
    }
}
