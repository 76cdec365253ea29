//! What a ticket is in a register.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hotline_phones::NumberPlan;
use hotline_proto::common::v1::{Priority, TicketState};
use hotline_proto::locale::Locale;

use crate::domain::catalogue::Catalogue;
use crate::domain::clock::{Clock, Which};
use crate::domain::mask::{self, Masker};
use crate::domain::matters::Validity;
use crate::domain::register::value::Value;
use crate::domain::register::{Column, Kind, View};
use crate::domain::target::Amount;
use crate::domain::ticket::Ticket;

/// What the customer's record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// Name.
    pub(crate) name: String,
    /// Telephone number or address.
    pub(crate) contact: String,
    /// 所属项目
    pub(crate) project: String,
    /// 房号
    pub(crate) room: String,
}

/// What a row is made of.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The ticket.
    pub(crate) ticket: &'a Ticket,
    /// The customer's record, where there is one.
    pub(crate) person: Option<&'a Person>,
    /// Labels of categories.
    pub(crate) catalogue: &'a Catalogue,
    /// Names of teams by key.
    pub(crate) teams: &'a BTreeMap<String, String>,
    /// How telephone numbers are told from other figures.
    pub(crate) numbers: &'a NumberPlan,
    /// When its solution was last confirmed.
    pub(crate) verified_at: Option<DateTime<Utc>>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Values in the order of the register's columns.
    pub(crate) values: Vec<(Column, Value)>,
    /// Share of the optional fields that are filled, 0 to 1.
    pub(crate) completeness: f64,
    /// Columns that the form has a place for and that are empty.
    pub(crate) lacking: Vec<Column>,
}

impl Source<'_> {
    /// Returns the row of a register.
    pub(crate) fn row(&self, kind: Kind, view: &View) -> Row {
        let masker = (!view.revealed).then(|| self.masker());
        let value = |column: &Column| (*column, self.value(*column, kind, view, masker.as_ref()));
        let values: Vec<_> = kind.columns().iter().map(value).collect();
        let lacks = |(column, value): &(Column, Value)| column.is_asked() && *value == Value::Unknown;
        let lacking = values.iter().filter(|entry| lacks(entry)).map(|(column, _)| *column).collect();
        Row { values, completeness: self.ticket.completeness, lacking }
    }

    /// Returns what hides the customer in sentences: what the form says of them, and what their record does.
    fn masker(&self) -> Masker<'_> {
        let mut masker = mask::of_form(self.numbers, &self.ticket.fields);
        if let Some(Person { name, contact, room, .. }) = self.person {
            masker = masker.name(name).contact(contact).room(room);
        }
        masker
    }

    /// Returns what stands in a column; words that people wrote, as `masker` leaves them.
    fn value(&self, column: Column, kind: Kind, view: &View, masker: Option<&Masker<'_>>) -> Value {
        let prose = |text: &str| match masker {
            Some(masker) => Value::text(&masker.prose(text)),
            None => Value::text(text),
        };
        let ticket = self.ticket;
        let complaint = ticket.matters.complaint.as_ref();
        match column {
            Column::Number => Value::text(&ticket.number),
            Column::Name => shown(self.of_customer("name", |person| &person.name), mask::name, view),
            Column::Contact => {
                shown(self.of_customer("contact", |person| &person.contact), mask::contact, view)
            }
            Column::Project => Value::text(&self.project()),
            Column::Room => shown(self.of_customer("room", |person| &person.room), mask::room, view),
            Column::RegisteredAt => Value::Time(ticket.created_at),
            Column::StatedTime => prose(self.field("time")),
            Column::Question => prose(&self.told("question")),
            Column::Content => prose(&self.told("content")),
            Column::ComplainedOf => prose(self.complained_of()),
            Column::Category => Value::text(&self.category(view.locale)),
            Column::Priority => Value::text(priority(ticket.priority, view.locale)),
            Column::PromisedTier => Value::text(&self.promised(view.locale)),
            Column::Answer | Column::Result => prose(&ticket.resolution),
            Column::AnsweredAt | Column::SolvedAt => Value::time(ticket.resolved_at),
            Column::AnsweredBy => Value::text(&ticket.solved_by),
            Column::HandedTo => Value::text(self.teams.get(&ticket.team_key).unwrap_or(&ticket.team_key)),
            Column::TakenOnAt => Value::time(self.taken_on_at()),
            Column::VerifiedAt => Value::time(self.confirmed_at()),
            Column::Validity => Value::text(self.validity(view.locale)),
            Column::ForwardedAt => Value::time(self.forwarded(view).map(|(at, _)| at)),
            Column::SameDay => Value::flag(self.forwarded(view).map(|(_, same_day)| same_day)),
            Column::Measures => prose(&self.measures()),
            Column::FeedbackAt => {
                let told = complaint.and_then(|complaint| complaint.feedback.as_ref());
                Value::time(told.map(|told| told.at).or(self.confirmed_at()))
            }
            Column::Satisfied => Value::flag(self.satisfied()),
            Column::Reopened => Value::Count(u32::try_from(ticket.reopen_count).unwrap_or_default()),
            Column::InTime => Value::flag(self.in_time(kind)),
            Column::Completeness => Value::Share(ticket.completeness),
        }
    }

    fn field(&self, name: &str) -> &str {
        self.ticket.fields.get(name).map(|value| value.trim()).unwrap_or_default()
    }

    /// Returns what the form says of the customer, else the customer's record.
    fn of_customer(&self, field: &str, of: fn(&Person) -> &String) -> Cow<'_, str> {
        match (self.field(field), self.person) {
            ("", Some(person)) => of(person).as_str().into(),
            (said, _) => said.into(),
        }
    }

    fn project(&self) -> Cow<'_, str> {
        match self.ticket.project.trim() {
            "" => self.of_customer("project", |person| &person.project),
            said => said.into(),
        }
    }

    /// Returns what the customer said: the subject, the form's own place for it and the description, each once.
    fn told(&self, field: &str) -> String {
        let mut seen = BTreeSet::new();
        let said = [self.ticket.subject.trim(), self.field(field), self.ticket.description.trim()];
        let said: Vec<_> = said.into_iter().filter(|text| !text.is_empty() && seen.insert(*text)).collect();
        said.join("\n")
    }

    fn complained_of(&self) -> &str {
        let party = self.ticket.matters.complaint.as_ref().and_then(|complaint| complaint.party.as_ref());
        party.map(|party| party.name.as_str()).unwrap_or_else(|| self.field("complainedOf"))
    }

    fn category(&self, locale: Locale) -> String {
        let code = &self.ticket.category_code;
        let label = self.catalogue.get(code).map(|leaf| locale.pick(&leaf.label_en, &leaf.label_zh));
        label.unwrap_or(code).clone()
    }

    fn promised(&self, locale: Locale) -> String {
        let zh = locale == Locale::Zh;
        match self.ticket.clock(Which::Answer).map(|clock| clock.target.amount) {
            None => String::new(),
            Some(Amount::Minutes(minutes)) if zh => format!("{minutes}分钟"),
            Some(Amount::Minutes(minutes)) => format!("{minutes} minutes"),
            Some(Amount::Hours(hours)) if zh => format!("{hours}小时"),
            Some(Amount::Hours(hours)) => format!("{hours} hours"),
            Some(Amount::WorkingDays(days, _)) if zh => format!("{days}个工作日"),
            Some(Amount::WorkingDays(days, _)) => format!("{days} working days"),
        }
    }

    /// Returns when somebody first had it; of a ticket solved at once by who registered it, when it was responded to.
    fn taken_on_at(&self) -> Option<DateTime<Utc>> {
        let mut stints = self.ticket.course.stints.iter().filter(|stint| !stint.assignee.is_empty());
        stints.next().map(|stint| stint.from).or(self.ticket.responded_at)
    }

    fn validity(&self, locale: Locale) -> &'static str {
        match self.ticket.matters.judgement.as_ref().map(|judgement| judgement.validity) {
            None => "",
            Some(Validity::Valid) => locale.pick("valid", "有效"),
            Some(Validity::Invalid) => locale.pick("invalid", "无效"),
            Some(Validity::OutOfScope) => locale.pick("out of scope", "不在受理范围"),
        }
    }

    /// Returns when it was forwarded, and whether on the day received; of one registered before that was noted, when a
    /// team first had it.
    fn forwarded(&self, view: &View) -> Option<(DateTime<Utc>, bool)> {
        let date = |at: DateTime<Utc>| at.with_timezone(&view.zone).date_naive();
        match &self.ticket.matters.complaint {
            Some(complaint) => Some((complaint.forwarded_at?, complaint.forwarded_same_day)),
            None => {
                let at = self.ticket.course.stints.iter().find(|stint| !stint.team.is_empty())?.from;
                Some((at, date(at) == date(self.ticket.created_at)))
            }
        }
    }

    fn measures(&self) -> String {
        let finding = self.ticket.matters.complaint.as_ref().and_then(|complaint| complaint.finding.as_ref());
        let measures = finding.map(|finding| finding.measures.trim()).unwrap_or_default();
        let told = [measures, self.ticket.resolution.trim()];
        told.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// Returns when the solution was confirmed: the last one, not one that was found wanting since.
    fn confirmed_at(&self) -> Option<DateTime<Utc>> {
        let stands = matches!(self.ticket.state, TicketState::Verified | TicketState::Closed);
        self.verified_at.filter(|at| stands && self.ticket.resolved_at.is_none_or(|solved| solved <= *at))
    }

    /// Tells what the customer said of the solution, where anything was said.
    fn satisfied(&self) -> Option<bool> {
        let feedback =
            self.ticket.matters.complaint.as_ref().and_then(|complaint| complaint.feedback.as_ref());
        feedback.and_then(|feedback| feedback.accepted).or(self.confirmed_at().map(|_| true))
    }

    /// Tells whether it was done in time: of a consultation the promised answer, else the solution. Nothing while its
    /// time runs, and where none was promised.
    fn in_time(&self, kind: Kind) -> Option<bool> {
        let answer = (kind == Kind::Consultation).then(|| self.ticket.clock(Which::Answer)).flatten();
        let clock: &Clock = answer.or_else(|| self.ticket.clock(Which::Resolution))?;
        clock.met.or(clock.breached.then_some(false))
    }
}

fn shown(text: Cow<'_, str>, mask: fn(&str) -> String, view: &View) -> Value {
    if view.revealed { Value::text(&text) } else { Value::text(&mask(&text)) }
}

fn priority(priority: Priority, locale: Locale) -> &'static str {
    match priority {
        Priority::Unspecified => "",
        Priority::Critical => locale.pick("critical", "紧急"),
        Priority::High => locale.pick("high", "高"),
        Priority::Medium => locale.pick("medium", "中"),
        Priority::Low => locale.pick("low", "低"),
    }
}
