//! The sentence to open with: the greeting of the hour, and the customer by name where there is one.

use chrono::{DateTime, Timelike};
use chrono_tz::Tz;
use hotline_proto::customers::v1::Customer;
use hotline_proto::locale::Locale;

/// Returns the sentence.
pub(super) fn opening(customer: Option<&Customer>, now: DateTime<Tz>, locale: Locale) -> String {
    let (en, zh) = match now.hour() {
        5..=10 => ("Good morning", "早上好"),
        11..=12 => ("Good day", "中午好"),
        13..=17 => ("Good afternoon", "下午好"),
        _ => ("Good evening", "晚上好"),
    };
    let customer = customer.filter(|customer| !customer.name.is_empty());
    match (locale, customer) {
        (Locale::Zh, Some(customer)) => {
            format!("{zh}，{}{}，这里是服务热线，请问有什么可以帮您？", customer.name, customer.title)
        }
        (Locale::Zh, None) => format!("{zh}，这里是服务热线，请问有什么可以帮您？"),
        (Locale::En, Some(customer)) => {
            format!("{en}, {}, this is the service desk. How may I help you?", customer.name)
        }
        (Locale::En, None) => format!("{en}, this is the service desk. How may I help you?"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeZone};
    use chrono_tz::Asia::Shanghai;
    use chrono_tz::Tz;
    use hotline_proto::customers::v1::Customer;
    use hotline_proto::locale::Locale;

    use super::opening;

    fn at(hour: u32) -> DateTime<Tz> {
        Shanghai.with_ymd_and_hms(2026, 3, 2, hour, 0, 0).single().expect("a time")
    }

    #[test]
    fn a_customer_is_greeted_by_name_and_hour() {
        let customer = Customer { name: "王芳".into(), title: "女士".into(), ..Customer::default() };
        let said = opening(Some(&customer), at(9), Locale::Zh);
        assert_eq!(said, "早上好，王芳女士，这里是服务热线，请问有什么可以帮您？");
        assert!(opening(Some(&customer), at(14), Locale::En).starts_with("Good afternoon, 王芳,"));
    }

    #[test]
    fn an_unknown_caller_is_greeted_too() {
        assert!(opening(None, at(22), Locale::Zh).starts_with("晚上好，这里是服务热线"));
        assert!(opening(Some(&Customer::default()), at(12), Locale::En).starts_with("Good day, this"));
    }
}
