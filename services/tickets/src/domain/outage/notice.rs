//! What a notice says, and what is wrong with it.

use chrono::{DateTime, Utc};
use hotline_core::error::Field;
use hotline_proto::tickets::v1::OutageKind;

use crate::domain::catalogue::Catalogue;
use crate::error::Error;

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Planned or not.
    pub(crate) kind: OutageKind,
    /// One line.
    pub(crate) title: String,
    /// Why, as far as it is known.
    pub(crate) cause: String,
    /// What to tell the customer.
    pub(crate) progress: String,
    /// Categories it concerns, each with its subtree; empty is all.
    pub(crate) category_codes: Vec<String>,
    /// 所属项目 it concerns; empty is all.
    pub(crate) projects: Vec<String>,
    /// 区域 it concerns; empty is all.
    pub(crate) regions: Vec<String>,
    /// When it began or will begin.
    pub(crate) begins_at: DateTime<Utc>,
    /// When it is expected to be over, where somebody can say.
    pub(crate) expected_recovery_at: Option<DateTime<Utc>>,
}

impl Notice {
    /// Returns everything that is wrong with it.
    pub(super) fn wrong(&self, catalogue: &Catalogue) -> Vec<Field> {
        let mut wrong: Vec<Field> = Vec::new();
        if self.title.trim().is_empty() {
            wrong.push(field("title", "is required", "必填"));
        }
        if self.kind == OutageKind::Unspecified {
            wrong.push(field("kind", "is required", "必填"));
        }
        let unknown = |(_, code): &(usize, &String)| catalogue.get(code).is_none();
        let codes = self.category_codes.iter().enumerate().filter(unknown);
        wrong.extend(codes.map(|(index, _)| {
            field(&format!("categoryCodes[{index}]"), "is not in the catalogue", "不在分类目录中")
        }));
        match self.expected_recovery_at {
            Some(expected) if expected < self.begins_at => {
                wrong.push(field("expectedRecoveryAt", "is before it begins", "不能早于开始时间"));
            }
            None if self.kind == OutageKind::Planned => wrong.push(field(
                "expectedRecoveryAt",
                "is required for planned work",
                "计划内维护必须填写预计恢复时间",
            )),
            _ => {}
        }
        wrong
    }
}

/// Refuses what is wrong, if anything is.
///
/// # Errors
/// [`Error::Fields`].
pub(super) fn refused(wrong: Vec<Field>) -> Result<(), Error> {
    if wrong.is_empty() { Ok(()) } else { Err(Error::Fields(wrong)) }
}

/// Returns the error of one field.
pub(super) fn wrong(path: &str, en: &str, zh: &str) -> Error {
    Error::Fields(vec![field(path, en, zh)])
}

/// Returns a field that is wrong, and why.
pub(super) fn field(path: &str, en: &str, zh: &str) -> Field {
    Field { path: path.into(), en: en.into(), zh: zh.into() }
}
