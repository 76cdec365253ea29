//! What can go wrong with customers and contacts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hotline_core::error::{self, Error as CoreError, Field, Reason};
use sea_orm::DbErr;
use tonic::{Code, Status};

/// What can go wrong with customers and contacts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field holds no telephone number.
    #[error("`{field}` is not a telephone number")]
    Phone {
        /// Path as in JSON: `customer.phones[1]`.
        field: String,
    },
    /// A contact names neither a number nor a customer.
    #[error("`phone` or `customerId` must say who the customer is")]
    Nobody,
    /// The contact has its activity record already.
    #[error("the interaction ended at {}", at.to_rfc3339())]
    Ended {
        /// When it ended.
        at: DateTime<Utc>,
    },
    /// Only calls may be too long (C9).
    #[error("no limit applies to this contact: the customer need not be asked to go on")]
    Unlimited,
    /// The ticket belongs to another customer than the contact.
    #[error("`ticketId` and `interactionId` belong to two customers")]
    TwoCustomers,
    /// A remote session names neither a contact nor a ticket.
    #[error("`interactionId` or `ticketId` must say whose device it is")]
    NoDevice,
    /// The remote session is over (C10).
    #[error("the remote session ended at {}: start another with the customer's consent", at.to_rfc3339())]
    SessionEnded {
        /// When it ended.
        at: DateTime<Utc>,
    },
    /// The remote session holds no more changes (C10).
    #[error("a remote session holds {most} changes: end it and start another")]
    TooManyChanges {
        /// How many it holds.
        most: usize,
    },
    /// What can go wrong anywhere.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Phone { .. } | Self::Nobody | Self::TwoCustomers | Self::NoDevice => Code::InvalidArgument,
            Self::Ended { .. }
            | Self::Unlimited
            | Self::SessionEnded { .. }
            | Self::TooManyChanges { .. } => Code::FailedPrecondition,
            Self::Core(error) => error.code(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Phone { .. } => "PHONE_INVALID",
            Self::Nobody | Self::TwoCustomers | Self::NoDevice => "INVALID_REQUEST",
            Self::Ended { .. } => "INTERACTION_ENDED",
            Self::Unlimited => "NO_HANDLING_LIMIT",
            Self::SessionEnded { .. } => "REMOTE_SESSION_ENDED",
            Self::TooManyChanges { .. } => "REMOTE_SESSION_FULL",
            Self::Core(error) => error.reason(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Phone { field } => format!("`{field}` 不是电话号码"),
            Self::Nobody => "须以 `phone` 或 `customerId` 说明客户是谁".into(),
            Self::Ended { at } => format!("该业务活动已于 {} 结束", at.to_rfc3339()),
            Self::Unlimited => "该业务活动没有时长限制，无须征求客户同意".into(),
            Self::TwoCustomers => "`ticketId` 与 `interactionId` 不属于同一客户".into(),
            Self::NoDevice => "须以 `interactionId` 或 `ticketId` 说明是谁的设备".into(),
            Self::SessionEnded { at } => {
                format!("该远程协助已于 {} 结束，请征得客户同意后重新开始", at.to_rfc3339())
            }
            Self::TooManyChanges { most } => format!("一次远程协助最多记录 {most} 项更改，请结束后重新开始"),
            Self::Core(error) => error.zh(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let field =
            |path: &str, en: &str, zh: &str| Field { path: path.into(), en: en.into(), zh: zh.into() };
        match self {
            Self::Phone { field: path } => {
                vec![field(path, "is not a telephone number", "不是电话号码")]
            }
            Self::Nobody => ["phone", "customerId"]
                .map(|path| field(path, "one of the two is needed", "二者须填其一"))
                .into(),
            Self::NoDevice => ["interactionId", "ticketId"]
                .map(|path| field(path, "one of the two is needed", "二者须填其一"))
                .into(),
            Self::TwoCustomers => {
                vec![field(
                    "ticketId",
                    "is another customer's than the contact",
                    "与该业务活动不属于同一客户",
                )]
            }
            Self::Core(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::Core(error) => error.metadata(),
            _ => HashMap::new(),
        }
    }

    fn passed_on(&self) -> Option<&Status> {
        match self {
            Self::Core(error) => error.passed_on(),
            _ => None,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Core(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error::status(&error)
    }
}
