//! Years whose holidays are missing: told in the log at the start and once a day, and counted for operators (T11).

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use hotline_calendar::{MissingYear, Urgency};
use hotline_core::server::Task;
use opentelemetry::metrics::Gauge;
use opentelemetry::{KeyValue, global};
use tokio::time::sleep;

use crate::domain::rules::Rules;
use crate::store::Store;

/// How often it is looked whether a day has begun or a year file has come.
const LOOK: Duration = Duration::from_secs(1);

static MISSING: LazyLock<Gauge<u64>> = LazyLock::new(|| {
    global::meter("hotline")
        .u64_gauge("hotline.calendar.missing_years")
        .with_description("Years whose holidays calendars need, or soon will, and do not know.")
        .build()
});

/// Returns the task that tells of years that are missing.
pub(crate) fn watch(store: &Store) -> Task {
    let store = store.clone();
    Box::new(move |stop| {
        Box::pin(async move {
            let look = async {
                let mut watch = Watch::default();
                loop {
                    let (rules, now) = (store.rules(), store.clock.now());
                    if let Some(missing) = watch.look(&rules, now) {
                        tell(&missing);
                    }
                    tokio::select! {
                        () = sleep(LOOK) => {}
                        () = store.clock.moved() => {}
                    }
                }
            };
            stop.run_until_cancelled(look).await;
        })
    })
}

/// What was told last, and on which date.
#[derive(Default)]
struct Watch(Option<(NaiveDate, Vec<MissingYear>)>);

impl Watch {
    /// Returns the years that are missing; none where that was told today already.
    fn look(&mut self, rules: &Rules, now: DateTime<Utc>) -> Option<Vec<MissingYear>> {
        let (today, missing) = (rules.date(now), rules.calendars.missing_years(now));
        if self.0.as_ref().is_some_and(|(date, told)| *date == today && *told == missing) {
            return None;
        }
        self.0 = Some((today, missing.clone()));
        Some(missing)
    }
}

fn tell(missing: &[MissingYear]) {
    for year in missing {
        tracing::warn!("{year}");
    }
    for (urgency, name) in [(Urgency::Announce, "announce"), (Urgency::Needed, "needed")] {
        let number = missing.iter().filter(|year| year.urgency == urgency).count();
        MISSING.record(u64::try_from(number).unwrap_or(u64::MAX), &[KeyValue::new("urgency", name)]);
    }
}

#[cfg(test)]
mod tests {
    use hotline_calendar::Almanac;

    use super::*;
    use crate::config::Config;
    use crate::domain::rules::Base;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn what_is_missing_is_told_once_a_day_and_when_it_changes() {
        let base = Base::new(Config::default(), Almanac::shipped().expect("valid")).expect("the defaults");
        let mut rules = base.rules(0, Vec::new()).expect("as shipped");
        let mut watch = Watch::default();
        let mut told = |rules: &Rules, now| watch.look(rules, at(now)).map(|missing| missing.len());
        assert_eq!(told(&rules, "2026-09-30T15:00:00Z"), Some(0));
        assert_eq!(told(&rules, "2026-09-30T15:59:00Z"), None);
        assert_eq!(told(&rules, "2026-09-30T16:00:00Z"), Some(1), "1 October in Shanghai");
        assert_eq!(told(&rules, "2026-10-01T15:00:00Z"), None);
        assert_eq!(told(&rules, "2026-10-01T16:00:00Z"), Some(1));
        let year = "year = 2027\n[[holiday]]\nname = \"元旦\"\noff = [\"2027-01-01\"]";
        let mut almanac = rules.almanac.clone();
        almanac.merge_year("cn", 2027, year).expect("valid");
        rules.calendars = almanac.build().expect("valid");
        assert_eq!(told(&rules, "2026-10-01T17:00:00Z"), Some(0));
    }
}
