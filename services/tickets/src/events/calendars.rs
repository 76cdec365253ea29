//! What others are told of calendars.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_calendar::Almanac;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::outbox;
use hotline_proto::events::v1::{CalendarsChanged, HolidayFile};
use uuid::{Uuid, uuid};

use crate::domain::calendar_book::CalendarBook;
use crate::domain::rule_version::RuleKind;
use crate::domain::rules::Rules;
use crate::error::Error;

/// What all news of calendars is about, so that it arrives in order.
const CALENDARS: Uuid = uuid!("018f3a5e-0000-7000-8000-00000ca1e4da");

/// Tells others all that was made of calendars at run time and holds.
///
/// # Errors
/// [`Core::Internal`] for a calendar that can't be written down.
pub(crate) fn publish_calendars(tx: &Tx, rules: &Rules, at: DateTime<Utc>) -> Result<(), Error> {
    let book = CalendarBook::of(&Almanac::default(), &rules.versions)?;
    let calendars = book.made_at_run_time().map(serde_json::to_string).collect::<Result<_, _>>();
    let event = CalendarsChanged {
        revision: rules.revision,
        calendars: calendars.map_err(|error| Core::Internal(error.into()))?,
        year_files: year_files(rules),
    };
    Ok(outbox::put(tx, CALENDARS, at, &event)?)
}

/// Returns the last version of each year file.
fn year_files(rules: &Rules) -> Vec<HolidayFile> {
    let files = rules.versions.iter().filter(|version| version.kind == RuleKind::YearFile);
    let last: BTreeMap<_, _> =
        files.filter_map(|version| Some((version.region_and_year()?, &version.content))).collect();
    let file = |((region, year), content): ((&str, i32), &String)| HolidayFile {
        region: region.to_owned(),
        year,
        content: content.clone(),
    };
    last.into_iter().map(file).collect()
}
