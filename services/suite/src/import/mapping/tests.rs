//! Mapping files, good and bad.

use std::collections::HashSet;

use super::Mapping;

const MESSAGES: &str = include_str!("../../../../../deploy/import/messages.toml");
const INCIDENTS: &str = include_str!("../../../../../deploy/import/servicenow-incidents.toml");

fn wrong(from: &str, to: &str) -> String {
    assert!(INCIDENTS.contains(from), "{from}");
    format!("{:#}", Mapping::parse(&INCIDENTS.replacen(from, to, 1)).expect_err("is refused"))
}

#[test]
fn the_shipped_mappings_read_times_in_their_zones() {
    let messages = Mapping::parse(MESSAGES).expect("is good");
    let time = messages.time("2019-04-25 09:32:09").expect("a time");
    assert_eq!(time.to_rfc3339(), "2019-04-25T01:32:09+00:00");
    assert_eq!(messages.time("25/4/2019"), None);
    let incidents = Mapping::parse(INCIDENTS).expect("is good");
    let time = incidents.time("29/2/2016 01:16").expect("a time");
    assert_eq!(time.to_rfc3339(), "2016-02-29T01:16:00+00:00");
    assert_eq!(incidents.time("30/2/2016 01:16"), None);
}

#[test]
fn a_time_may_carry_its_own_zone_and_formats_are_tried_in_turn() {
    let both = MESSAGES
        .replace("\"%Y-%m-%d %H:%M:%S\"", "[\"%Y-%m-%dT%H:%M:%S%:z\", \"%Y-%m-%d\", \"%d.%m.%Y %H:%M\"]");
    let mapping = Mapping::parse(&both).expect("is good");
    let time = |text| mapping.time(text).expect("a time").to_rfc3339();
    assert_eq!(time("2019-04-25T09:32:09+02:00"), "2019-04-25T07:32:09+00:00");
    assert_eq!(time("25.04.2019 09:32"), "2019-04-25T01:32:00+00:00");
}

#[test]
fn each_contact_type_of_the_incidents_has_a_channel_of_its_own() {
    let channel = Mapping::parse(INCIDENTS).expect("is good").channel.expect("is mapped");
    let channels: HashSet<&String> = channel.values.values().collect();
    assert_eq!((channel.values.len(), channels.len()), (5, 5));
    assert!(!channels.contains(&"CHANNEL_UNSPECIFIED".to_owned()), "which no ticket may have");
}

#[test]
fn a_wrong_word_is_named() {
    assert!(wrong("TICKET_TYPE_FAULT", "TICKET_TYPE_CHAT").contains("TICKET_TYPE_CHAT"));
    assert!(wrong("[columns]", "[columns]\ncolour = \"x\"").contains("colour"));
    assert!(wrong("\"CHANNEL_IVR\"", "\"CHANNEL_ROBOT\"").contains("channel: `CHANNEL_ROBOT`"));
    assert!(wrong("\"waiting-third-party\"", "\"waiting-lunch\"").contains("updates.state: `waiting-lunch`"));
    assert!(wrong("Etc/UTC", "Mars/Olympus").contains("Mars/Olympus"));
}
