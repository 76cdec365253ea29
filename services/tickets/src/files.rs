//! Policies and calendars as they are written in files, on their way to the service.

use hotline_calendar::{Almanac, HolidayRegions};
use hotline_proto::tickets::v1::{Calendar, SlaPolicy};

use crate::{domain, grpc};

/// Reads policies: TOML like `data/sla.toml`.
///
/// # Errors
/// What can't be read, and where.
pub fn policies_in(text: &str) -> Result<Vec<SlaPolicy>, toml::de::Error> {
    let policies = domain::policy::written(text)?;
    Ok(policies.into_iter().map(grpc::policy_message).collect())
}

/// Reads calendars: TOML like the shipped ones, or the JSON of one with the same keys.
///
/// # Errors
/// [`hotline_calendar::Error::InvalidFile`] with what can't be read.
pub fn calendars_in(text: &str) -> Result<Vec<Calendar>, hotline_calendar::Error> {
    if text.trim_start().starts_with('{') {
        let spec = serde_json::from_str(text).map_err(|error| hotline_calendar::Error::InvalidFile {
            file: "the file of a calendar".to_owned(),
            reason: error.to_string(),
        })?;
        return Ok(vec![grpc::calendar_message(&spec)]);
    }
    let almanac = Almanac::parse(text, HolidayRegions::default())?;
    Ok(almanac.editions().map(|edition| grpc::calendar_message(&edition.spec)).collect())
}

#[cfg(test)]
mod tests {
    use super::{calendars_in, policies_in};

    #[test]
    fn both_forms_of_a_file_say_the_same() {
        let toml = "[[calendar]]\nkey = \"shop\"\nname = \"门店\"\nzone = \"Europe/Berlin\"\n\
                    hours.mon = [\"09:00-12:00\", \"13:00-18:00\"]\n\
                    exceptions = [{ name = \"盘点\", dates = \"2026-06-29\" }]";
        let json = r#"{"key": "shop", "name": "门店", "zone": "Europe/Berlin",
            "hours": {"mon": ["09:00-12:00", "13:00-18:00"]},
            "exceptions": [{"name": "盘点", "dates": "2026-06-29"}]}"#;
        let read = calendars_in(toml).expect("readable");
        assert_eq!(calendars_in(json).expect("readable"), read);
        assert_eq!((read[0].time_zone.as_str(), read[0].working_days.len()), ("Europe/Berlin", 5));
        assert_eq!(read[0].exceptions[0].dates, "2026-06-29");
        assert!(calendars_in("[[calendar]]\nkey = \"shop\"").is_err());
    }

    #[test]
    fn what_can_not_be_read_of_a_policy_is_named() {
        let policy = |target: &str| policies_in(&format!("[[policy]]\nkey = \"gold\"\nresponse = {target}"));
        assert_eq!(policy("{ hours = 2 }").expect("readable")[0].key, "gold");
        let refused = policy("{ hours = 2, calendar = \"office\" }").expect_err("hours have no calendar");
        assert!(refused.to_string().contains("a target is"), "{refused}");
    }
}
