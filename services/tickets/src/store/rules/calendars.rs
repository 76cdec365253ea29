//! Calendars and year files: changed with word to those who count by them, and read by tools beside the service.

use std::sync::Arc;

use hotline_calendar::{Almanac, Calendars};
use hotline_core::db::{Db, Tx};

use super::versions;
use crate::domain::calendar_admin::Administration;
use crate::domain::rule_version::Change;
use crate::domain::rule_version::{RuleVersion, laid_over};
use crate::domain::rules::Rules;
use crate::error::Error;
use crate::events;
use crate::store::Store;

impl Store {
    /// Adds a version of a calendar or year file as [`Store::change_rules`] does, and tells others what holds then.
    ///
    /// # Errors
    /// As [`Store::change_rules`].
    pub(crate) async fn change_calendars(
        &self,
        change: Change,
        decide: impl FnOnce(&Administration<'_>) -> Result<RuleVersion, Error> + Send,
    ) -> Result<(Tx, Arc<Rules>), Error> {
        let (base, at) = (self.base().almanac(), change.at);
        let decide = |rules: &Rules| decide(&Administration::new(base, rules, change)?);
        let (tx, rules) = self.change_rules(decide).await?;
        events::publish_calendars(&tx, &rules, at)?;
        Ok((tx, rules))
    }
}

/// Returns the calendars with what was made of them at run time.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database); [`Error::Settings`] or [`Error::Calendar`] for rules that
/// this release can't read.
pub(crate) async fn overlaid(db: &Db, almanac: &Almanac) -> Result<Calendars, Error> {
    let versions = versions(db.reader()).await?;
    Ok(laid_over(almanac, &versions)?.build()?)
}
