//! Telephone numbers: one form for every usual spelling, so that a customer is found however the number is written (C3).

use anyhow::Context;
use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode, Type, country};
use regex::Regex;

pub mod mask;
mod numbers;
mod prose;

pub use numbers::Numbers;
pub use prose::Found;

/// Digits of a short number, such as 110, 12345, 95588 or an extension of the house.
const SHORT: std::ops::RangeInclusive<usize> = 3..=6;
/// Digits of a local number without its area code.
const LOCAL: std::ops::RangeInclusive<usize> = 7..=8;
/// Digits of an extension behind a number.
const EXTENSION: std::ops::RangeInclusive<usize> = 1..=6;
/// What stands between a number and its extension. E.164 has none: it is left out, and the main number is the customer's.
const EXTENSION_MARKS: [&str; 8] = ["转", "轉", "分机", "分機", "ext", "x", "#", ","];

/// The kinds of number a customer can have.
const KINDS: [Type; 10] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Pager,
    Type::Uan,
    Type::Voicemail,
];

/// How numbers are read where the call centre stands.
///
/// A number becomes E.164 (`+8613800138000`). A short number, which has no E.164 form, stays as dialled (`95588`), with
/// or without the country's own code before it: it is kept and found, and never looks like the others.
#[derive(Clone, Debug)]
pub struct NumberPlan {
    region: country::Id,
    country_code: String,
    area_code: String,
    /// What is dialled at home before an area code; empty where nothing is.
    trunk: String,
    domestic: Vec<Kind>,
}

/// One kind of number of the region.
#[derive(Clone, Debug)]
struct Kind {
    of: Type,
    lengths: Vec<u16>,
    whole: Regex,
}

impl NumberPlan {
    /// Returns the plan of a region (ISO 3166-1 alpha-2) and, for local numbers, of an area in it; empty is none.
    /// Unpacks the library's metadata, which takes a while the first time.
    ///
    /// # Errors
    /// For a region or area code that is none.
    pub fn new(region: &str, area_code: &str) -> anyhow::Result<Self> {
        let metadata = DATABASE.by_id(region);
        let metadata = metadata.with_context(|| format!("`{region}` is no region with telephone numbers"))?;
        anyhow::ensure!(area_code.bytes().all(|byte| byte.is_ascii_digit()), "`{area_code}` is no area code");
        Ok(Self {
            region: region.parse().map_err(|_| anyhow::anyhow!("`{region}` is no region"))?,
            country_code: format!("+{}", metadata.country_code()),
            area_code: area_code.to_owned(),
            trunk: metadata.national_prefix().unwrap_or_default().to_owned(),
            domestic: kinds(metadata)?,
        })
    }

    /// Returns the one form of a number in any usual spelling; `None` for what is no number.
    pub fn read(&self, text: &str) -> Option<String> {
        let groups = groups(text)?;
        let digits = groups.concat();
        let number = self.read_digits(&digits);
        // `029-88886666-8021`: an extension may also hang on by a mere dash.
        number.or_else(|| match groups.as_slice() {
            [main @ .., last] if EXTENSION.contains(&last.len()) => self.read_full(&main.concat()),
            _ => None,
        })
    }

    fn read_digits(&self, digits: &str) -> Option<String> {
        let national = match international(digits) {
            Some(rest) => rest.strip_prefix(&self.country_code[1..]).unwrap_or_default(),
            None => digits,
        };
        if SHORT.contains(&national.len()) {
            return (!national.starts_with('0')).then(|| national.to_owned());
        }
        if LOCAL.contains(&digits.len()) && !self.area_code.is_empty() {
            return self.read_full(&format!("{}{digits}", self.area_code));
        }
        self.read_full(digits)
    }

    fn read_full(&self, digits: &str) -> Option<String> {
        // With a region given, the library takes the prefixes of that region off foreign numbers too.
        let number = match international(digits) {
            Some(rest) => phonenumber::parse(None, format!("+{rest}")),
            None => phonenumber::parse(Some(self.region), digits),
        };
        let number = number.ok()?;
        let e164 = number.format().mode(Mode::E164).to_string();
        let valid = match e164.strip_prefix(&self.country_code) {
            // The library overlooks digits behind a whole number; at home the kinds are known in full.
            Some(national) => self.domestic.iter().any(|kind| kind.holds(national)),
            None => phonenumber::is_valid(&number),
        };
        valid.then_some(e164)
    }
}

impl Kind {
    fn holds(&self, national: &str) -> bool {
        let length_fits = self.lengths.iter().any(|length| usize::from(*length) == national.len());
        (length_fits || self.lengths.is_empty()) && self.whole.is_match(national)
    }
}

fn kinds(metadata: &Metadata) -> anyhow::Result<Vec<Kind>> {
    let known = KINDS.into_iter().filter_map(|kind| Some((kind, metadata.descriptors().get(kind)?)));
    known
        .map(|(of, kind)| {
            Ok(Kind {
                of,
                lengths: kind.possible_length().to_vec(),
                whole: Regex::new(&format!("^(?x-u:{})$", kind.national_number().as_str()))?,
            })
        })
        .collect()
}

/// Returns what follows the sign of an international number: `+`, `00`, or both.
fn international(digits: &str) -> Option<&str> {
    let rest = digits.strip_prefix('+').unwrap_or(digits);
    let bare = rest.strip_prefix("00").unwrap_or(rest);
    (bare.len() < digits.len()).then_some(bare)
}

/// Cuts a spelling into its runs of digits, the first with the plus sign where there is one; `None` when it holds
/// anything that is not written in telephone numbers.
fn groups(text: &str) -> Option<Vec<String>> {
    let text: String = text.chars().map(narrow).collect::<String>().to_ascii_lowercase();
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let end = EXTENSION_MARKS.iter().filter_map(|mark| text.find(mark)).min();
    let number = text[..end.unwrap_or(text.len())].trim_start_matches(is_separator);
    let plus = if number.starts_with('+') { "+" } else { "" };
    let mut groups: Vec<String> =
        number[plus.len()..].split(is_separator).filter(|run| !run.is_empty()).map(str::to_owned).collect();
    let digits = groups.iter().flat_map(|run| run.bytes()).all(|byte| byte.is_ascii_digit());
    groups.first_mut()?.insert_str(0, plus);
    digits.then_some(groups)
}

/// Returns the ASCII form of a full-width letter.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

fn is_separator(letter: char) -> bool {
    letter.is_whitespace()
        || "-()[]./~·・ー−–—‐‑‒―（）【】".contains(letter)
        || ('\u{200b}'..='\u{200f}').contains(&letter)
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::NumberPlan;

    fn china() -> &'static NumberPlan {
        static PLAN: LazyLock<NumberPlan> =
            LazyLock::new(|| NumberPlan::new("CN", "").expect("China has telephone numbers"));
        &PLAN
    }

    #[test]
    fn every_usual_spelling_is_one_number() {
        let spellings = [
            ("+8613800138000", "13800138000"),
            ("+8613800138000", "+8613800138000"),
            ("+8613800138000", "0086 138 0013 8000"),
            ("+8613800138000", "138-0013-8000"),
            ("+8613800138000", "+86 138-0013-8000"),
            ("+8613800138000", "+86.138.0013.8000"),
            ("+8613800138000", "(+86) 138 0013 8000"),
            ("+8613800138000", "+0086 13800138000"),
            ("+8613800138000", "86 13800138000"),
            ("+8613800138000", "＋８６　１３８００１３８０００"),
            ("+8613800138000", "tel:+86-138-0013-8000"),
            ("+8613800138000", " 138 0013\u{a0}8000\u{200b} "),
            ("+8613800138000", "013800138000"),
            ("+862988886666", "029-8888 6666"),
            ("+862988886666", "(029)88886666"),
            ("+862988886666", "（029）8888—6666"),
            ("+862988886666", "029/88886666"),
            ("+862988886666", "0086-29-88886666"),
            ("+862988886666", "+86 (0)29 8888 6666"),
            ("+862988886666", "+86 029 88886666"),
            ("+861065551234", "010 6555 1234"),
            ("+864008108888", "400-810-8888"),
            ("+16502530000", "+1 (650) 253-0000"),
            ("+441212345678", "0044 121 234 5678"),
            ("+85229123456", "+852 2912 3456"),
        ];
        for (expected, spelling) in spellings {
            assert_eq!(china().read(spelling).as_deref(), Some(expected), "{spelling}");
        }
    }

    #[test]
    fn an_extension_is_left_out() {
        for spelling in [
            "029-88886666-8021",
            "029-88886666转8021",
            "02988886666 分机 8021",
            "+86 29 8888 6666 ext. 8021",
            "029-88886666#8021",
            "029-88886666,8021",
        ] {
            assert_eq!(china().read(spelling).as_deref(), Some("+862988886666"), "{spelling}");
        }
    }

    #[test]
    fn a_short_number_stays_as_dialled() {
        for (expected, spelling) in [
            ("110", "110"),
            ("12345", "1 2 3 4 5"),
            ("95588", "+86 95588"),
            ("10086", "0086-10086"),
            ("8021", "８０２１"),
            ("123456", "123456"),
        ] {
            assert_eq!(china().read(spelling).as_deref(), Some(expected), "{spelling}");
        }
    }

    #[test]
    fn a_local_number_needs_the_area_it_is_in() {
        let local = NumberPlan::new("CN", "029").expect("a plan");
        assert_eq!(local.read("8888 6666").as_deref(), Some("+862988886666"));
        assert_eq!(local.read("13800138000").as_deref(), Some("+8613800138000"));
        assert_eq!(china().read("8888 6666"), None);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for spelling in [
            "",
            "   ",
            "+",
            "00",
            "12",
            "012",
            "12345678901",
            "11111111111",
            "10000000000",
            "22222222222",
            "029 8888 66661",
            "17900138000",
            "1380013800",
            "138001380001",
            "13800138000 13900139000",
            "13800138000/13900139000",
            "+1 12",
            "+999 12345678",
            "+86",
            "call me",
            "1380013800O",
            "138+00138000",
            "王芳",
            "转8021",
        ] {
            assert_eq!(china().read(spelling), None, "{spelling}");
        }
    }

    #[test]
    fn a_region_that_is_none_is_named() {
        let error = NumberPlan::new("XX", "").expect_err("there is no such region");
        assert!(error.to_string().contains("`XX`"), "{error}");
        assert!(NumberPlan::new("CN", "o29").is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in any::<String>(), digits in "[+0-9 ()xー转#-]{0,40}") {
            let plan = china();
            let _ = plan.read(&text);
            if let Some(number) = plan.read(&digits) {
                prop_assert_eq!(plan.read(&number), Some(number.clone()), "read again");
                let digits = number.strip_prefix('+').unwrap_or(&number);
                prop_assert!((3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn separators_change_nothing(cuts in proptest::collection::vec((0_usize..11, "[ .-]"), 0..6)) {
            let mut spelling = "13800138000".to_owned();
            for (at, separator) in cuts {
                spelling.insert_str(at, &separator);
            }
            prop_assert_eq!(china().read(&spelling), Some("+8613800138000".to_owned()));
        }
    }
}
