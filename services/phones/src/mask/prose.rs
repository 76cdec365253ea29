//! Sentences without what tells who the customer is (C12).

use std::ops::Range;

use crate::NumberPlan;
use crate::mask::known::{Folded, Known};
use crate::mask::{self, HIDDEN};

/// Letters of the shortest name that is looked for: one alone is in too many words.
const SHORTEST_NAME: usize = 2;
/// Characters of the shortest room that is looked for: fewer are a count, or a day.
const SHORTEST_GROUPS: usize = 3;
/// Digits of the shortest number that is looked for where the form has it.
const SHORTEST_NUMBER: usize = 5;
/// What follows the number of a room where it stands without its building.
const ROOM_WORDS: &str = "室房";

/// What hides people in sentences: telephone numbers and e-mail addresses by their form, and what is known of the
/// customer wherever it stands.
pub struct Masker<'a> {
    numbers: &'a NumberPlan,
    known: Vec<Known>,
}

impl<'a> Masker<'a> {
    /// Returns one that knows nothing of the customer yet.
    pub fn new(numbers: &'a NumberPlan) -> Self {
        Self { numbers, known: Vec::new() }
    }

    /// Hides a name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        let letters = Folded::of(name.trim()).letters;
        if letters.len() >= SHORTEST_NAME {
            self.known.push(Known { shown: mask::name(name), ..Known::words(letters) });
        }
        self
    }

    /// Hides a telephone number, also a local one and one without its area code, or an address.
    #[must_use]
    pub fn contact(mut self, contact: &str) -> Self {
        let folded = Folded::of(contact.trim()).letters;
        let digits: Vec<char> = folded.iter().copied().filter(char::is_ascii_digit).collect();
        let is_number = folded.iter().all(|letter| letter.is_ascii_digit() || "+-() ".contains(*letter));
        if !is_number {
            if folded.len() >= SHORTEST_NUMBER {
                self.known.push(Known { shown: mask::contact(contact), ..Known::words(folded) });
            }
            return self;
        }
        let read = self.numbers.read(contact).map(|number| mask::dialled(&number)).unwrap_or_default();
        let dialled: Vec<char> = read.chars().collect();
        // Behind the area code (010, 02x, else four digits) stands what neighbours dial.
        let local = match dialled.as_slice() {
            ['0', '1' | '2', _, local @ ..] | ['0', _, _, _, local @ ..] => local.to_vec(),
            _ => Vec::new(),
        };
        for digits in [digits, local] {
            if digits.len() >= SHORTEST_NUMBER {
                self.known.push(Known::digits(digits));
            }
        }
        self
    }

    /// Hides what is written as it is known, such as an address.
    #[must_use]
    pub fn words(mut self, words: &str) -> Self {
        let letters = Folded::of(words.trim()).letters;
        if letters.len() >= SHORTEST_GROUPS {
            self.known.push(Known { shown: HIDDEN.to_owned(), ..Known::words(letters) });
        }
        self
    }

    /// Hides a room, however its parts are joined.
    #[must_use]
    pub fn room(mut self, room: &str) -> Self {
        let letters = Folded::of(room.trim()).letters;
        let parts = letters.split(|letter| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        let parts: Vec<Vec<char>> = parts.map(<[char]>::to_vec).collect();
        if parts.is_empty() && letters.len() >= SHORTEST_NAME {
            self.known.push(Known { shown: HIDDEN.to_owned(), ..Known::words(letters) });
        } else if parts.concat().len() >= SHORTEST_GROUPS {
            if parts.len() > 1
                && let Some(last) = parts.last().filter(|last| last.len() >= SHORTEST_GROUPS)
            {
                self.known.push(Known { followed_by: ROOM_WORDS, ..Known::room(vec![last.clone()]) });
            }
            self.known.push(Known::room(parts));
        }
        self
    }

    /// Returns sentences without any of it. Figures that are none of these stay: numbers of tickets, dates, amounts.
    pub fn prose(&self, text: &str) -> String {
        let folded = Folded::of(text);
        let numbers = self.numbers.find(text).into_iter();
        let mut hidden: Vec<(Range<usize>, String)> =
            numbers.map(|found| (found.at, mask::contact(&mask::dialled(&found.number)))).collect();
        hidden.extend(folded.addresses());
        hidden.extend(self.known.iter().flat_map(|known| known.found(&folded)));
        // Of two at the same place, the longer hides more.
        hidden.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for (at, shown) in hidden {
            if at.start >= end {
                masked.push_str(&text[end..at.start]);
                masked.push_str(&shown);
            }
            end = end.max(at.end);
        }
        masked.push_str(&text[end..]);
        masked
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    fn masker() -> Masker<'static> {
        static CHINA: LazyLock<NumberPlan> = LazyLock::new(|| NumberPlan::new("CN", "").expect("a plan"));
        Masker::new(&CHINA)
    }

    fn of_wang() -> Masker<'static> {
        masker().name("王芳").contact("029-88886666").room("3-1502")
    }

    #[test]
    fn numbers_and_addresses_are_hidden_however_they_are_written() {
        for (text, masked) in [
            ("请回电13812341234，或+8613912341234。", "请回电138****1234，或139****1234。"),
            ("请回电 138 1234 1234 / 138-1234-1234", "请回电 138****1234 / 138****1234"),
            ("请打１３８１２３４１２３４", "请打138****1234"),
            ("座机029-88886666", "座机029****6666"),
            ("邮箱Wang.F@x.cn。", "邮箱w***@x.cn。"),
            ("ｗａｎｇ＠ｘ．ｃｎ", "w***@x.cn"),
            ("a@b，@所有人", "a@b，@所有人"),
            ("没有号码", "没有号码"),
        ] {
            assert_eq!(masker().prose(text), masked);
        }
    }

    #[test]
    fn what_is_known_of_the_customer_is_hidden_where_it_stands() {
        for (text, masked) in [
            ("3栋1502王芳来电", "***王**来电"),
            ("住3-1502，３栋１５０２室", "住***，***室"),
            ("1502室漏水", "***室漏水"),
            ("打8888 6666，王芳", "打88****66，王**"),
            ("3栋15021室，13栋1502号，王小芳", "3栋15021室，13栋1502号，王小芳"),
            ("电表3.1502，1502元，2026-3-1502", "电表3.1502，1502元，2026-3-1502"),
        ] {
            assert_eq!(of_wang().prose(text), masked);
        }
        let short = masker().name("王").room("3").contact("110");
        assert_eq!(short.prose("王芳3次拨110"), "王芳3次拨110");
        assert_eq!(masker().name("Li").prose("li said: list"), "L** said: list");
        assert_eq!(masker().words("长安路8号").prose("到长安路８号，不是8号"), "到***，不是8号");
        assert_eq!(masker().room("门卫室").prose("在门卫室"), "在***");
        assert_eq!(masker().contact("wx_fang88").prose("微信 WX_fang88"), "微信 wx****88");
    }

    fn any_figure() -> impl Strategy<Value = String> {
        prop_oneof![
            (20..100, 1..13, 1..32, 0..100_000)
                .prop_map(|(year, month, day, rest)| format!("工单{year:02}{month:02}{day:02}{rest:05}")),
            (2000..2100, 1..13, 1..29).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")),
            (2000..2100, 1..13, 1..29).prop_map(|(year, month, day)| format!("{year}年{month}月{day}日")),
            (0..1_000_000, 0..100).prop_map(|(whole, cents)| format!("{whole}.{cents:02}元")),
        ]
    }

    proptest! {
        #[test]
        fn other_figures_stay(figures in prop::collection::vec(any_figure(), 1..6)) {
            let text = figures.join("，");
            prop_assert_eq!(of_wang().prose(&text), text);
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>(), room in any::<String>(), name in any::<String>()) {
            let masker = masker().name(&name).contact(&name).room(&room);
            let _ = (masker.prose(&text), masker.prose(&format!("{room}{name}@{text}.cn")));
        }

        #[test]
        fn a_name_never_stays(before in "[请找于张 ，a1]{0,8}", behind in "[请找于张 ，a1]{0,8}") {
            let masked = of_wang().prose(&format!("{before}王芳{behind}"));
            prop_assert!(!masked.contains("王芳"), "{masked}");
        }
    }
}
