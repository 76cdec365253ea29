//! What the form of each type asks for (登记表, T3).

use std::collections::BTreeMap;

use hotline_core::error::Field;
use hotline_proto::common::v1::TicketType;

/// What a form holds so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    /// Its type.
    pub(crate) kind: TicketType,
    /// The customer is known.
    pub(crate) has_customer: bool,
    /// One line.
    pub(crate) subject: &'a str,
    /// What the customer said.
    pub(crate) description: &'a str,
    /// 所属项目.
    pub(crate) project: &'a str,
    /// The fields by name.
    pub(crate) fields: &'a BTreeMap<String, String>,
}

/// What a form asks for, by the name of the field that would hold it.
const NAME: &str = "name";
const CONTACT: &str = "contact";
const PROJECT: &str = "project";
const ROOM: &str = "room";
const TIME: &str = "time";
const QUESTION: &str = "question";
const CONTENT: &str = "content";
const COMPLAINED_OF: &str = "complainedOf";

/// The fields that some type has a place for.
pub(crate) const OWN: [&str; 8] = [NAME, CONTACT, PROJECT, ROOM, TIME, QUESTION, CONTENT, COMPLAINED_OF];

/// Returns what the type requires.
fn required(kind: TicketType) -> &'static [&'static str] {
    match kind {
        TicketType::Consultation => &[NAME, CONTACT, PROJECT, ROOM, TIME, QUESTION],
        TicketType::Fault => &[ROOM, TIME, CONTENT],
        TicketType::Complaint => &[NAME, CONTACT, PROJECT, ROOM, TIME, CONTENT, COMPLAINED_OF],
        TicketType::Unspecified | TicketType::ServiceRequest | TicketType::Other => &[],
    }
}

impl Form<'_> {
    /// Returns what is missing, each with the path of the field that would fill it.
    ///
    /// What is known otherwise need not be said again: name and contact are in the customer's record, the time is that
    /// of registration, content and question are the description (a question may be the subject alone), and the project
    /// may be said beside the fields or be in that record.
    pub(crate) fn missing(&self) -> Vec<Field> {
        let mut missing = Vec::new();
        let mut ask = |path: String| {
            missing.push(Field { path, en: "is required".into(), zh: "必填".into() });
        };
        if !self.has_customer {
            ask("customerId".into());
        }
        if is_blank(self.subject) {
            ask("subject".into());
        }
        for name in required(self.kind) {
            if !self.knows(name) {
                let described = matches!(*name, CONTENT | QUESTION);
                ask(if described { "description".into() } else { format!("fields.{name}") });
            }
        }
        missing
    }

    /// Returns the share of what the type does not require but the form has a place for that is filled, 0 to 1: room,
    /// project, the time it happened, a description, and whatever `said` tells of (contact, urgency, impact).
    /// What the category asks for besides counts with it: `asked` tells of each field whether it is filled.
    pub(crate) fn completeness(&self, said: [bool; 3], asked: impl IntoIterator<Item = bool>) -> f64 {
        let required = required(self.kind);
        let describes = required.contains(&CONTENT);
        let optional = [
            (!required.contains(&ROOM)).then(|| self.has_field(ROOM)),
            (!required.contains(&PROJECT)).then(|| self.knows(PROJECT)),
            Some(self.has_field(TIME)),
            (!describes).then(|| !is_blank(self.description)),
        ];
        let all: Vec<bool> = optional.into_iter().flatten().chain(said).chain(asked).collect();
        let filled = u32::try_from(all.iter().filter(|filled| **filled).count()).unwrap_or(u32::MAX);
        f64::from(filled) / f64::from(u32::try_from(all.len()).unwrap_or(u32::MAX))
    }

    fn knows(&self, name: &str) -> bool {
        self.has_field(name)
            || match name {
                NAME | CONTACT => self.has_customer,
                PROJECT => !is_blank(self.project),
                TIME => true,
                CONTENT => !is_blank(self.description) || self.has_field(QUESTION),
                QUESTION => !is_blank(self.description) || !is_blank(self.subject),
                _ => false,
            }
    }

    fn has_field(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !is_blank(value))
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(kind: TicketType, description: &str, given: &[&str]) -> Vec<String> {
        let fields = given.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        let form = Form {
            kind,
            has_customer: true,
            subject: "宽带无法上网",
            description,
            project: "",
            fields: &fields,
        };
        form.missing().into_iter().map(|field| field.path).collect()
    }

    #[test]
    fn each_type_asks_for_what_the_rules_require() {
        assert_eq!(missing(TicketType::Fault, "", &[]), ["fields.room", "description"]);
        assert_eq!(missing(TicketType::Consultation, "", &[]), ["fields.project", "fields.room"]);
        assert_eq!(
            missing(TicketType::Complaint, "", &[]),
            ["fields.project", "fields.room", "description", "fields.complainedOf"]
        );
        assert!(missing(TicketType::ServiceRequest, "", &[]).is_empty());
        assert!(missing(TicketType::Other, "", &[]).is_empty());
    }

    #[test]
    fn what_is_known_otherwise_need_not_be_said_again() {
        assert!(missing(TicketType::Fault, "光猫红灯", &["room"]).is_empty());
        assert!(missing(TicketType::Fault, "", &["room", "content"]).is_empty());
        assert!(missing(TicketType::Consultation, "", &["room", "project"]).is_empty());
        assert_eq!(missing(TicketType::Fault, "  ", &["room"]), ["description"]);
    }

    #[test]
    fn an_empty_form_names_customer_and_subject_too() {
        let form = Form {
            kind: TicketType::Complaint,
            has_customer: false,
            subject: "",
            description: "",
            project: "曲江一期",
            fields: &BTreeMap::new(),
        };
        let paths: Vec<_> = form.missing().into_iter().map(|field| field.path).collect();
        let expected = [
            "customerId",
            "subject",
            "fields.name",
            "fields.contact",
            "fields.room",
            "description",
            "fields.complainedOf",
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn completeness_counts_what_could_be_left_out() {
        let fields = BTreeMap::from([("room".to_owned(), "3-1502".to_owned())]);
        let form = Form {
            kind: TicketType::Fault,
            has_customer: true,
            subject: "x",
            description: "y",
            project: "",
            fields: &fields,
        };
        assert!(form.completeness([false; 3], []).abs() < f64::EPSILON);
        assert!((form.completeness([true, true, true], []) - 0.6).abs() < f64::EPSILON);
        assert!((form.completeness([true, true, true], [true, false, false]) - 0.5).abs() < f64::EPSILON);
        let full = Form { project: "曲江一期", ..form };
        assert!((full.completeness([true, true, true], []) - 0.8).abs() < f64::EPSILON);
    }
}
