//! Telephone numbers in sentences: where they stand, however they are written.

use std::ops::{Range, RangeInclusive};

use phonenumber::Type;

use crate::{NumberPlan, is_separator, narrow};

/// Digits of a number with whatever is dialled before it.
const DIGITS: RangeInclusive<usize> = 8..=16;
/// Groups of digits of one number at most: each digit by itself.
const MOST_GROUPS: usize = 13;
/// Characters between two groups of one number at most, as in `(029) - 8888`.
const WIDEST_GAP: usize = 3;
/// Digits that a number's first group has at least, where it is not written digit by digit: what begins with fewer is a
/// date, a building or a count.
const SHORTEST_START: usize = 3;

/// A number in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// As [`NumberPlan::read`] returns it.
    pub number: String,
}

/// A group of digits, with a plus sign that stands before it.
struct Run {
    at: Range<usize>,
    plus: bool,
    digits: String,
    /// What stands between it and the group before, narrow.
    gap: String,
    /// It may belong to the number of the group before.
    joined: bool,
    /// It is a part of a date.
    dated: bool,
}

impl NumberPlan {
    /// Returns the numbers in a text by which a person can be reached: mobile numbers, those with a trunk prefix and an
    /// area code (`029-88886666`), and international ones (`+1 650…`), in one piece or in groups, full-width or not. A
    /// number that lacks what says that it is one, such as a local one, is not found.
    pub fn find(&self, text: &str) -> Vec<Found> {
        let runs = runs(text);
        let (mut found, mut place) = (Vec::new(), 0);
        while place < runs.len() {
            let Some((count, number)) = self.longest(&runs[place..]) else {
                place += 1;
                continue;
            };
            let last = &runs[place + count - 1];
            found.push(Found { at: runs[place].at.start..last.at.end, number });
            place += count;
        }
        found
    }

    /// Returns the longest number that begins with the first group, and of how many groups it is.
    fn longest(&self, runs: &[Run]) -> Option<(usize, String)> {
        let (first, others) = runs.split_first()?;
        if first.dated {
            return None;
        }
        let more = others.iter().take_while(|run| run.joined && !run.dated).take(MOST_GROUPS - 1).count();
        (1..=1 + more).rev().find_map(|count| Some((count, self.whole(&runs[..count])?)))
    }

    /// Returns the number that these groups are together, where they are one.
    fn whole(&self, runs: &[Run]) -> Option<String> {
        let first = runs.first()?;
        let digits: String = runs.iter().map(|run| run.digits.as_str()).collect();
        if !DIGITS.contains(&digits.len()) {
            return None;
        }
        let code = &self.country_code[1..];
        let is_international = first.plus || first.digits.starts_with(&format!("00{code}"));
        let international = is_international.then(|| self.read_full(&format!("+{digits}"))).flatten();
        international.or_else(|| self.at_home(runs, &digits))
    }

    fn at_home(&self, runs: &[Run], digits: &str) -> Option<String> {
        let begins = runs[0].digits.len();
        let is_spelt = runs.iter().all(|run| run.digits.len() == 1);
        if is_measure(runs) || (begins < SHORTEST_START && !is_spelt) {
            return None;
        }
        let number = self.read_full(digits)?;
        let national = number.strip_prefix(&self.country_code)?;
        let behind = |prefix: &str| !prefix.is_empty() && digits.strip_prefix(prefix) == Some(national);
        let has_trunk = behind(&self.trunk);
        let is_written = digits == national || has_trunk || behind(&self.country_code[1..]);
        let is_mobile = || self.domestic.iter().any(|kind| kind.of == Type::Mobile && kind.holds(national));
        // `0312 0900…` is a date and a time: no local number begins so.
        let is_clock =
            runs.get(1).is_some_and(|next| begins < 5 && next.digits.starts_with(['0', '1']) && !is_spelt);
        ((is_written && is_mobile()) || (has_trunk && !is_clock)).then_some(number)
    }
}

/// Cuts the groups of digits out of a text.
fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut gap, mut before) = (String::new(), 0);
    for (start, letter) in text.char_indices() {
        let narrow = narrow(letter);
        if !narrow.is_ascii_digit() {
            gap.push(narrow);
            before = start;
            continue;
        }
        let end = start + letter.len_utf8();
        if gap.is_empty()
            && let Some(run) = runs.last_mut()
        {
            run.digits.push(narrow);
            run.at.end = end;
            continue;
        }
        let plus = gap.ends_with('+');
        let joined = !runs.is_empty() && is_joint(&gap);
        let from = if plus { before } else { start };
        runs.push(Run {
            at: from..end,
            plus,
            digits: narrow.into(),
            gap: std::mem::take(&mut gap),
            joined,
            dated: false,
        });
    }
    let dates: Vec<usize> = (0..runs.len()).filter(|place| is_date(&runs[*place..])).collect();
    for place in dates {
        runs[place..place + 3].iter_mut().for_each(|run| run.dated = true);
    }
    runs
}

/// Tells whether a gap may stand within a number; one over the end of a line does not.
fn is_joint(gap: &str) -> bool {
    let is_within = |letter: char| is_separator(letter) && letter != '\n' && letter != '\r';
    gap.chars().count() <= WIDEST_GAP && gap.chars().all(is_within)
}

/// Tells whether a date begins here, as in 2026-03-02.
fn is_date(runs: &[Run]) -> bool {
    let [year, month, day, ..] = runs else { return false };
    let within = |run: &Run, longest: usize, range: RangeInclusive<u32>| {
        run.digits.len() <= longest && run.digits.parse::<u32>().is_ok_and(|number| range.contains(&number))
    };
    month.gap == day.gap
        && matches!(day.gap.as_str(), "-" | "/" | ".")
        && within(year, 4, 1900..=2099)
        && within(month, 2, 1..=12)
        && within(day, 2, 1..=31)
}

/// Tells whether the dots between the groups are those of an amount or of an address of a computer.
fn is_measure(runs: &[Run]) -> bool {
    let dots = runs[1..].iter().filter(|run| run.gap == ".").count();
    let is_byte = |run: &Run| run.digits.len() <= 3 && run.digits.parse::<u8>().is_ok();
    match dots {
        0 => false,
        // Whoever writes a telephone number with dots writes all of it so.
        _ if dots + 1 < runs.len() => true,
        1 => runs[1].digits.len() <= 2,
        3 => runs.iter().all(is_byte),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use crate::NumberPlan;

    fn china() -> &'static NumberPlan {
        static PLAN: LazyLock<NumberPlan> =
            LazyLock::new(|| NumberPlan::new("CN", "").expect("China has telephone numbers"));
        &PLAN
    }

    fn found(text: &str) -> Vec<(&str, String)> {
        china().find(text).into_iter().map(|found| (&text[found.at], found.number)).collect()
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for (spelling, number) in [
            ("13812341234", "+8613812341234"),
            ("138 1234 1234", "+8613812341234"),
            ("138-1234-1234", "+8613812341234"),
            ("138.1234.1234", "+8613812341234"),
            ("1381234 1234", "+8613812341234"),
            ("1 3 8 1 2 3 4 1 2 3 4", "+8613812341234"),
            ("１３８１２３４１２３４", "+8613812341234"),
            ("１３８－１２３４－１２３４", "+8613812341234"),
            ("8613812341234", "+8613812341234"),
            ("013812341234", "+8613812341234"),
            ("+86 138 1234 1234", "+8613812341234"),
            ("0086-138-1234-1234", "+8613812341234"),
            ("029-88886666", "+862988886666"),
            ("02988886666", "+862988886666"),
            ("029）8888 6666", "+862988886666"),
            ("+86 29 8888 6666", "+862988886666"),
            ("0912-3456789", "+869123456789"),
            ("+1 (650) 253-0000", "+16502530000"),
        ] {
            let text = format!("3栋，请打{spelling}，谢谢");
            assert_eq!(found(&text), [(spelling, number.to_owned())], "{spelling}");
        }
        let two = found("138-1234-1234 / 139 1234 1234");
        assert_eq!(two.iter().map(|(text, _)| *text).collect::<Vec<_>>(), ["138-1234-1234", "139 1234 1234"]);
    }

    #[test]
    fn what_is_no_number_of_a_person_is_left_alone() {
        for text in [
            "",
            "没有号码",
            "工单26030200179",
            "水费42.30元，3栋1502",
            "1381234.50元",
            "138123412.34",
            "2026-03-02 10:30",
            "1985-03-02 301室",
            "2026/03/02 13:00-15:00",
            "0312 0900 123",
            "192.168.100.10",
            "13.50 138.00 99.00",
            "15 3 2 8 10 22 11",
            "95588",
            "第1381234行\n1234",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    fn any_figure() -> impl Strategy<Value = String> {
        let date = (1950..2100, 1..13, 1..29, prop::sample::select(vec!["-", "/", "."]));
        prop_oneof![
            // A ticket's number begins with the year; before 2020 it might be that of a mobile.
            (20..100, 1..13, 1..32, 0..100_000)
                .prop_map(|(year, month, day, rest)| format!("{year:02}{month:02}{day:02}{rest:05}")),
            date.prop_map(|(year, month, day, sign)| format!("{year}{sign}{month:02}{sign}{day:02}")),
            (0..1_000_000, 0..100).prop_map(|(whole, cents)| format!("{whole}.{cents:02}")),
        ]
    }

    proptest! {
        #[test]
        fn a_mobile_number_is_found_in_any_grouping_that_people_use(
            tail in 10_000_000..99_999_999_u32,
            sign in prop::sample::select(vec!["", " ", "-", "－", "\u{a0}", ".", " - "]),
            around in "[请电王栋，。\n]{0,6}",
        ) {
            let digits = format!("138{tail}");
            let spelling = format!("{}{sign}{}{sign}{}", &digits[..3], &digits[3..7], &digits[7..]);
            let text = format!("{around}{spelling}{around}");
            prop_assert_eq!(found(&text), [(spelling.as_str(), format!("+86{digits}"))]);
        }

        #[test]
        fn ticket_numbers_dates_and_amounts_are_none(
            figures in prop::collection::vec((any_figure(), prop::sample::select(vec!["，", "元 ", " ", "；"])), 1..5),
        ) {
            let text: String = figures.iter().flat_map(|(figure, sign)| [figure.as_str(), *sign]).collect();
            prop_assert!(found(&text).is_empty(), "{text}: {:?}", found(&text));
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>(), digits in "[+0-9０-９ ().xー转\n-]{0,60}") {
            for text in [text, digits] {
                for found in china().find(&text) {
                    prop_assert!(text.get(found.at).is_some_and(|spelling| !spelling.is_empty()));
                }
            }
        }
    }
}
