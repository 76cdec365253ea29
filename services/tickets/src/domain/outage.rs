//! Outage notices: published, corrected while they last, over (T13).

use chrono::{DateTime, Utc};
use hotline_core::error::Field;
use hotline_proto::tickets::v1::{OutageKind, OutageState};
use uuid::Uuid;

use crate::domain::catalogue::Catalogue;
use crate::error::Error;

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// `UUIDv7`.
    pub(crate) id: Uuid,
    /// What it says.
    pub(crate) notice: Notice,
    /// When it was over.
    pub(crate) recovered_at: Option<DateTime<Utc>>,
    /// What was done, once it is over.
    pub(crate) resolution: String,
    /// Who published it.
    pub(crate) created_by: String,
    /// When it was published.
    pub(crate) created_at: DateTime<Utc>,
    /// When it last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// Counts its changes, from 1.
    pub(crate) version: i64,
}

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
    /// When it began or will begin.
    pub(crate) begins_at: DateTime<Utc>,
    /// When it is expected to be over, where somebody can say.
    pub(crate) expected_recovery_at: Option<DateTime<Utc>>,
}

impl Outage {
    /// Publishes a notice.
    ///
    /// # Errors
    /// [`Error::Fields`] that names everything that is wrong.
    pub(crate) fn publish(
        id: Uuid,
        notice: Notice,
        catalogue: &Catalogue,
        at: DateTime<Utc>,
        by: String,
    ) -> Result<Self, Error> {
        notice.check(catalogue)?;
        Ok(Self {
            id,
            notice,
            recovered_at: None,
            resolution: String::new(),
            created_by: by,
            created_at: at,
            updated_at: at,
            version: 1,
        })
    }

    /// Says something else from now on.
    ///
    /// # Errors
    /// [`Error::OutageOver`]; [`Error::Fields`] that names everything that is wrong.
    pub(crate) fn correct(
        &mut self,
        notice: Notice,
        catalogue: &Catalogue,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.must_last()?;
        notice.check(catalogue)?;
        self.notice = notice;
        self.changed(at);
        Ok(())
    }

    /// It is over since `since`.
    ///
    /// # Errors
    /// [`Error::OutageOver`] where it was over already; [`Error::Fields`] for a time before it began or after `at`.
    pub(crate) fn recover(
        &mut self,
        resolution: String,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.must_last()?;
        if since > at {
            return Err(wrong("recoveredAt", "lies ahead", "不能晚于现在"));
        }
        // Called off before it began, it is over all the same.
        if since < self.notice.begins_at.min(at) {
            return Err(wrong("recoveredAt", "is before it began", "不能早于开始时间"));
        }
        self.recovered_at = Some(since);
        self.resolution = resolution;
        self.changed(at);
        Ok(())
    }

    /// Returns where it stands.
    pub(crate) fn state(&self) -> OutageState {
        if self.recovered_at.is_some() { OutageState::Recovered } else { OutageState::Open }
    }

    fn must_last(&self) -> Result<(), Error> {
        self.recovered_at.map_or(Ok(()), |since| Err(Error::OutageOver { since }))
    }

    fn changed(&mut self, at: DateTime<Utc>) {
        self.updated_at = at.max(self.updated_at);
        self.version += 1;
    }
}

impl Notice {
    fn check(&self, catalogue: &Catalogue) -> Result<(), Error> {
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
        if self.expected_recovery_at.is_some_and(|expected| expected < self.begins_at) {
            wrong.push(field("expectedRecoveryAt", "is before it begins", "不能早于开始时间"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Fields(wrong)) }
    }
}

fn wrong(path: &str, en: &str, zh: &str) -> Error {
    Error::Fields(vec![field(path, en, zh)])
}

fn field(path: &str, en: &str, zh: &str) -> Field {
    Field { path: path.into(), en: en.into(), zh: zh.into() }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::catalogue::shipped;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T04:00:00Z".parse().expect("a time")
    }

    fn notice() -> Notice {
        Notice {
            kind: OutageKind::Unplanned,
            title: "光缆中断".into(),
            cause: String::new(),
            progress: String::new(),
            category_codes: vec!["repair".into()],
            projects: vec!["阳光花园".into()],
            begins_at: noon(),
            expected_recovery_at: None,
        }
    }

    fn publish(notice: Notice) -> Result<Outage, Error> {
        let catalogue = Catalogue(shipped().expect("is valid"));
        Outage::publish(Uuid::nil(), notice, &catalogue, noon(), "agent".into())
    }

    fn paths(error: &Error) -> Vec<&str> {
        let Error::Fields(fields) = error else { panic!("{error}") };
        fields.iter().map(|field| field.path.as_str()).collect()
    }

    #[test]
    fn everything_that_is_wrong_with_a_notice_is_named() {
        let error = publish(Notice {
            kind: OutageKind::Unspecified,
            title: " ".into(),
            category_codes: vec!["repair".into(), "nothing.like.it".into()],
            expected_recovery_at: Some(noon() - TimeDelta::hours(1)),
            ..notice()
        })
        .expect_err("is refused");
        assert_eq!(paths(&error), ["title", "kind", "categoryCodes[1]", "expectedRecoveryAt"]);
    }

    #[test]
    fn what_is_over_is_over_once_and_is_not_corrected_any_more() {
        let catalogue = Catalogue(shipped().expect("is valid"));
        let mut outage = publish(notice()).expect("is published");
        assert_eq!(outage.state(), OutageState::Open);
        let later = noon() + TimeDelta::hours(2);
        outage.recover("熔接完成".into(), later - TimeDelta::minutes(5), later).expect("recovers");
        assert_eq!((outage.state(), outage.version), (OutageState::Recovered, 2));
        let again = outage.recover(String::new(), later, later);
        assert!(matches!(again, Err(Error::OutageOver { since }) if since < later));
        assert!(matches!(outage.correct(notice(), &catalogue, later), Err(Error::OutageOver { .. })));
    }

    #[test]
    fn it_is_over_neither_before_it_began_nor_in_the_future() {
        let mut outage = publish(notice()).expect("is published");
        let later = noon() + TimeDelta::hours(2);
        for since in [noon() - TimeDelta::minutes(1), later + TimeDelta::minutes(1)] {
            let error = outage.recover(String::new(), since, later).expect_err("is refused");
            assert_eq!(paths(&error), ["recoveredAt"]);
        }
        assert_eq!((outage.state(), outage.version), (OutageState::Open, 1));
    }

    #[test]
    fn planned_work_is_called_off_before_it_begins() {
        let planned = Notice { begins_at: noon() + TimeDelta::days(3), ..notice() };
        let mut outage = publish(planned).expect("is published");
        outage.recover("取消".into(), noon(), noon()).expect("is called off");
        assert_eq!(outage.recovered_at, Some(noon()));
    }
}
