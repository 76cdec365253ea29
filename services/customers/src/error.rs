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
    /// What can go wrong anywhere.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Phone { .. } | Self::Nobody => Code::InvalidArgument,
            Self::Ended { .. } => Code::FailedPrecondition,
            Self::Core(error) => error.code(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Phone { .. } => "PHONE_INVALID",
            Self::Nobody => "INVALID_REQUEST",
            Self::Ended { .. } => "INTERACTION_ENDED",
            Self::Core(error) => error.reason(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Phone { field } => format!("`{field}` 不是电话号码"),
            Self::Nobody => "须以 `phone` 或 `customerId` 说明客户是谁".into(),
            Self::Ended { at } => format!("该业务活动已于 {} 结束", at.to_rfc3339()),
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
            Self::Ended { .. } => Vec::new(),
            Self::Core(error) => error.fields(),
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
