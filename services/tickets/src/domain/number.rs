//! Ticket numbers: read out by phone, with a check digit that catches a misheard one (T4).

use chrono::NaiveDate;
use uuid::Uuid;
use verhoeff::{Verhoeff, VerhoeffMut};

use crate::error::Error;

/// Digits of the shortest number: six of the date, four of the serial, one check digit.
const SHORTEST: usize = 11;
/// Digits of the longest number that a ticket can carry.
const LONGEST: usize = 20;

/// How a request names a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// By id.
    Id(Uuid),
    /// By number, whose check digit is right.
    Number(String),
}

impl Reference {
    /// Reads an id or a number; spaces within a number, as people write them, do not count.
    ///
    /// # Errors
    /// [`Error::Number`] for what is neither, such as a number with a wrong or two swapped digits.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        if (SHORTEST..=LONGEST).contains(&digits.len()) && digits.validate_verhoeff_check_digit() {
            Ok(Self::Number(digits))
        } else {
            Err(Error::Number(text.to_owned()))
        }
    }
}

/// Returns the number of the `serial`-th ticket registered on `day`: `YYMMDD`, the serial in at least four digits, one
/// check digit (Verhoeff, which catches every wrong digit and every swap of neighbours).
pub(crate) fn number(day: NaiveDate, serial: i64) -> String {
    let mut number = format!("{}{serial:04}", day.format("%y%m%d"));
    number.push_verhoeff_check_digit();
    number
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_number() -> impl Strategy<Value = String> {
        (0i64..40_000, 1i64..200_000).prop_map(|(days, serial)| {
            let day = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::TimeDelta::days(days);
            number(day, serial)
        })
    }

    #[test]
    fn a_number_is_date_serial_and_check_digit() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        assert_eq!(&number(day, 7)[..10], "2603020007");
        assert_eq!(number(day, 7).len(), 11);
        assert_eq!(&number(day, 12_345)[..11], "26030212345");
    }

    #[test]
    fn neither_id_nor_number_is_refused() {
        for text in ["", "abc", "1234", "2603020007x", "26030200071234567890123"] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
        let id = "0199e4a0-0000-7000-8000-000000000001";
        assert_eq!(Reference::parse(id).unwrap(), Reference::Id(id.parse().unwrap()));
    }

    proptest! {
        #[test]
        fn a_number_is_found_as_it_was_given_out(number in any_number()) {
            prop_assert_eq!(Reference::parse(&number).unwrap(), Reference::Number(number.clone()));
            let spaced = format!("{} {}", &number[..6], &number[6..]);
            prop_assert_eq!(Reference::parse(&spaced).unwrap(), Reference::Number(number));
        }

        #[test]
        fn any_single_wrong_digit_is_caught(number in any_number(), place in 0usize..64, by in 1u8..10) {
            let mut digits = number.into_bytes();
            let place = place % digits.len();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            let wrong = String::from_utf8(digits).unwrap();
            prop_assert!(Reference::parse(&wrong).is_err());
        }

        #[test]
        fn any_swap_of_neighbours_is_caught(number in any_number(), place in 0usize..64) {
            let mut digits = number.clone().into_bytes();
            let place = place % (digits.len() - 1);
            digits.swap(place, place + 1);
            let swapped = String::from_utf8(digits).unwrap();
            prop_assert!(swapped == number || Reference::parse(&swapped).is_err());
        }
    }
}
