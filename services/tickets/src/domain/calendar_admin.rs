//! Calendars and year files as people change them: each change is a version, or it is refused with what to do (T11).

use hotline_calendar::{
    Almanac, Calendar, CalendarSpec, Dates, Edition, Error as Wrong, ExceptionSpec, HolidayRegions, Holidays,
};
use hotline_core::error::{Error as Core, Field};
use hotline_core::etag;

use crate::domain::calendar_book::{CalendarBook, CalendarVersion};
use crate::domain::clock::Which;
use crate::domain::policy::Policy;
use crate::domain::rule_version::{Change, RuleKind, RuleVersion};
use crate::domain::rules::Rules;
use crate::error::Error;

/// As many exceptions has a calendar at most, as in the contract.
const MOST_EXCEPTIONS: usize = 1_000;

/// The field of a request that names excepted dates.
const DATES: &str = "exception.dates";

/// What is changed of a calendar's exceptions.
#[derive(Clone, Debug)]
pub(crate) enum Excepting {
    /// This one takes the place of those on its dates.
    Put(ExceptionSpec),
    /// Those on these dates are taken away.
    Undo(Dates),
}

/// The calendars as they stand, for one change.
pub(crate) struct Administration<'a> {
    rules: &'a Rules,
    book: CalendarBook,
    change: Change,
}

impl<'a> Administration<'a> {
    /// Begins a change of the rules that stand, some of them as shipped or configured.
    ///
    /// # Errors
    /// As [`CalendarBook::of`].
    pub(crate) fn new(base: &Almanac, rules: &'a Rules, change: Change) -> Result<Self, Error> {
        Ok(Self { rules, book: CalendarBook::of(base, &rules.versions)?, change })
    }

    /// Makes a calendar.
    ///
    /// # Errors
    /// [`Error::CalendarExists`]; [`Error::Fields`].
    pub(crate) fn create(&self, edition: Edition) -> Result<RuleVersion, Error> {
        if self.rules.calendars.get(&edition.spec.key).is_ok() {
            return Err(Error::CalendarExists(edition.spec.key));
        }
        self.version(edition, false)
    }

    /// Puts a new version in the place of a calendar; one that names no zone keeps the zone.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Stale`] or [`Error::Fields`].
    pub(crate) fn replace(&self, mut edition: Edition, etag: &str) -> Result<RuleVersion, Error> {
        let calendar = self.get(&edition.spec.key, etag)?;
        keep_zone(calendar.zone().name(), &mut edition.spec)?;
        self.version(edition, false)
    }

    /// Takes back what was made of a calendar at run time.
    ///
    /// # Errors
    /// [`Core::NotFound`] or [`Core::Stale`]; [`Error::CalendarShipped`] where there is nothing to take back;
    /// [`Error::CalendarNeeded`] where nothing would be left of it and somebody names it.
    pub(crate) fn remove(&self, key: &str, etag: &str) -> Result<RuleVersion, Error> {
        let calendar = self.get(key, etag)?;
        if !self.book.is_changed(key) {
            return Err(Error::CalendarShipped(key.to_owned()));
        }
        let is_shipped = self.book.versions(key).iter().any(|version| version.record.version == 0);
        let needed_by = if is_shipped { Vec::new() } else { self.needed_by(key) };
        if !needed_by.is_empty() {
            return Err(Error::CalendarNeeded { key: key.to_owned(), by: needed_by });
        }
        let last = self.book.on(key, calendar.local_date(self.change.at));
        let edition = last.map(|version| version.edition.clone());
        self.version(edition.ok_or_else(|| not_found(key))?, true)
    }

    /// Opens or closes a calendar on dates by way of exception, or takes that back, from the version on that holds there.
    ///
    /// # Errors
    /// [`Core::NotFound`] or [`Core::Stale`]; [`Error::Fields`] for dates in two versions, without anything to take back
    /// or too many.
    pub(crate) fn except(&self, key: &str, what: Excepting, etag: &str) -> Result<RuleVersion, Error> {
        self.get(key, etag)?;
        let dates = match &what {
            Excepting::Put(exception) => exception.dates(),
            Excepting::Undo(dates) => *dates,
        };
        let mut edition = self.holding_on(key, dates)?.edition.clone();
        match what {
            Excepting::Put(exception) => edition.spec.except(exception),
            Excepting::Undo(dates) if edition.spec.unexcept(dates) => {}
            Excepting::Undo(_) => {
                return Err(field(DATES, "are no exception of the calendar", "没有例外可撤销"));
            }
        }
        if edition.spec.exceptions.len() > MOST_EXCEPTIONS {
            let en = format!(
                "would be one more than the {MOST_EXCEPTIONS} that a calendar has at most: take old ones away"
            );
            return Err(field(
                DATES,
                &en,
                &format!("超出上限：每个日历最多 {MOST_EXCEPTIONS} 个例外，请先撤销旧的"),
            ));
        }
        self.version(edition, false)
    }

    /// Takes over the year file of a region; one that is new begins with it.
    ///
    /// # Errors
    /// [`Error::Fields`] for a file that can't be used.
    pub(crate) fn put_year(&self, region: &str, year: i32, content: String) -> Result<RuleVersion, Error> {
        let mut holidays = Holidays::new(region);
        match holidays.merge(year, &content) {
            Err(Wrong::InvalidFile { reason, .. }) => {
                return Err(field(
                    "content",
                    &format!("can't be used: {reason}"),
                    &format!("无法使用：{reason}"),
                ));
            }
            Err(error) => return Err(error.into()),
            Ok(()) if !holidays.covers(year) => {
                let en = "names no days: upload it once the year is announced";
                return Err(field("content", en, "未列出任何日期：请在该年公布后上传"));
            }
            Ok(()) => {}
        }
        let key = format!("{region}/{year}");
        let known = self.rules.versions.iter();
        let known = known.filter(|version| version.kind == RuleKind::YearFile && version.key == key);
        let latest = known.map(|version| version.record.version).max().unwrap_or_default();
        Ok(self.rule(RuleKind::YearFile, key, content, latest))
    }

    /// Returns a calendar that is there, in the state that the change was made on.
    fn get(&self, key: &str, etag: &str) -> Result<&Calendar, Error> {
        let calendar = self.rules.calendars.get(key).map_err(|_| not_found(key))?;
        etag::check(etag, self.book.latest(key).into())?;
        Ok(calendar)
    }

    /// Returns the one version that holds on all of the dates.
    fn holding_on(&self, key: &str, dates: Dates) -> Result<&CalendarVersion, Error> {
        let on = |date| self.book.on(key, date).ok_or_else(|| not_found(key));
        let (first, last) = (on(dates.first())?, on(dates.last())?);
        match last.edition.effective_from {
            Some(from) if last.edition.effective_from != first.edition.effective_from => Err(field(
                DATES,
                &format!(
                    "run over {from}, from which another version holds: except the dates before and from it apart"
                ),
                &format!("跨越了 {from}（自该日起日历为另一版本）：请将该日之前与之后的日期分开设置"),
            )),
            _ => Ok(first),
        }
    }

    /// Returns who names a calendar. A policy that is in force no more still tells the times of tickets it promised to.
    fn needed_by(&self, key: &str) -> Vec<String> {
        let policies = self.rules.policies.iter().map(|version| &version.policy);
        let targets = |policy: &'a Policy| Which::ALL.into_iter().filter_map(|which| policy.target(which));
        let policies = policies.filter(|policy| targets(policy).any(|target| target.calendar == key));
        let mut names: Vec<_> = policies.map(|policy| format!("policy {}", policy.key)).collect();
        names.extend(self.rules.teams_by(key).map(|team| format!("team {team}")));
        names.sort();
        names.dedup();
        names
    }

    /// Writes a version of a calendar down, once it makes sense.
    fn version(&self, edition: Edition, retired: bool) -> Result<RuleVersion, Error> {
        check(&edition.spec, self.rules.almanac.regions())?;
        let content = serde_json::to_string(&edition.spec).map_err(|error| Core::Internal(error.into()))?;
        let key = edition.spec.key;
        let latest = self.book.latest(&key);
        let effective_on = edition.effective_from;
        Ok(RuleVersion { effective_on, retired, ..self.rule(RuleKind::Calendar, key, content, latest) })
    }

    fn rule(&self, kind: RuleKind, key: String, content: String, latest: i32) -> RuleVersion {
        RuleVersion {
            kind,
            key,
            revision: 0,
            position: 0,
            effective_from: None,
            effective_on: None,
            retired: false,
            content,
            record: self.change.clone().record(latest + 1),
        }
    }
}

/// Gives a new version of a calendar that names no zone the zone that the calendar has.
///
/// # Errors
/// [`Error::Fields`] where it names another.
pub(crate) fn keep_zone(zone: &str, spec: &mut CalendarSpec) -> Result<(), Error> {
    if spec.zone.is_empty() {
        zone.clone_into(&mut spec.zone);
    }
    if spec.zone == zone {
        return Ok(());
    }
    let en =
        format!("is `{zone}` and stays: make a new calendar for another zone, and name it in the policies");
    let zh = format!("为 `{zone}`，不能更改：其他时区请新建日历，并在时限规则中使用");
    Err(field("calendar.timeZone", &en, &zh))
}

/// Refuses a calendar that can't be built, with the field that is wrong.
///
/// # Errors
/// [`Error::Fields`].
pub(crate) fn check(spec: &CalendarSpec, regions: &HolidayRegions) -> Result<(), Error> {
    match Calendar::new(spec.clone(), regions) {
        Ok(_) => Ok(()),
        Err(Wrong::UnknownZone { .. }) => {
            let en = "is not in the IANA database; a time zone is named like `Asia/Shanghai`";
            Err(field("calendar.timeZone", en, "不是 IANA 时区，应如 `Asia/Shanghai`"))
        }
        Err(Wrong::UnknownRegion { region, known, .. }) => {
            let known = known.join(", ");
            let en = format!(
                "has no year file; there are {known}: upload one with `PUT /v1/holidays/{region}/{{year}}`"
            );
            let zh = format!("没有年度文件；已有 {known}：请用 `PUT /v1/holidays/{region}/{{year}}` 上传");
            Err(field("calendar.holidays", &en, &zh))
        }
        Err(Wrong::MakeUpHoursMissing { .. }) => {
            Err(field("calendar.hours.makeUp", "is required where there are holidays", "有节假日时必须填写"))
        }
        Err(Wrong::NeverOpen { .. }) => {
            Err(field("calendar.hours", "is closed on every day of the week", "一周内没有任何开放时间"))
        }
        Err(Wrong::DuplicateException { date, .. }) => {
            Err(field("calendar.exceptions", &format!("has two on {date}"), &format!("在 {date} 有两个例外")))
        }
        Err(error) => Err(error.into()),
    }
}

fn field(path: &str, en: &str, zh: &str) -> Error {
    Error::Fields(vec![Field { path: path.to_owned(), en: en.to_owned(), zh: zh.to_owned() }])
}

fn not_found(key: &str) -> Error {
    Core::NotFound { what: "calendar", id: key.to_owned() }.into()
}
