//! Registers (登记表): what came in over a range, a row a ticket, as the rules want it kept (T3, X3, K1).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use hotline_proto::common::v1::TicketType;
use hotline_proto::locale::Locale;

pub(crate) mod column;
pub(crate) mod range;
pub(crate) mod row;
pub(crate) mod tally;
pub(crate) mod value;

pub(crate) use column::Column;

/// Which register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of consultations.
    Consultation,
    /// Of repairs.
    Repair,
    /// Of complaints.
    Complaint,
}

/// What of a register is wanted; what is empty leaves nothing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Which register.
    pub(crate) kind: Kind,
    /// Registered at or after.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Registered before.
    pub(crate) to: Option<DateTime<Utc>>,
    /// That this team has.
    pub(crate) team_key: String,
    /// 所属项目
    pub(crate) project: String,
    /// Of this category and those below it.
    pub(crate) category_code: String,
}

/// How rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// In which language.
    pub(crate) locale: Locale,
    /// By which clock on the wall.
    pub(crate) zone: Tz,
    /// With names, contacts and rooms (C12).
    pub(crate) revealed: bool,
}

impl Kind {
    /// Every register.
    pub(crate) const ALL: [Self; 3] = [Self::Consultation, Self::Repair, Self::Complaint];

    /// Returns its name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Consultation => "consultation",
            Self::Repair => "repair",
            Self::Complaint => "complaint",
        }
    }

    /// Returns the register of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the type of the tickets in it.
    pub(crate) fn of_type(self) -> TicketType {
        match self {
            Self::Consultation => TicketType::Consultation,
            Self::Repair => TicketType::Fault,
            Self::Complaint => TicketType::Complaint,
        }
    }

    /// Returns its heading.
    pub(crate) fn title(self, locale: Locale) -> &'static str {
        match self {
            Self::Consultation => locale.pick("Register of consultations", "咨询登记表"),
            Self::Repair => locale.pick("Register of repairs", "报修登记表"),
            Self::Complaint => locale.pick("Register of complaints", "投诉登记表"),
        }
    }

    /// Returns its columns, from the left.
    pub(crate) fn columns(self) -> &'static [Column] {
        match self {
            Self::Consultation => &column::CONSULTATION,
            Self::Repair => &column::REPAIR,
            Self::Complaint => &column::COMPLAINT,
        }
    }
}
