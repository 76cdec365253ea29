//! What a category asks for besides what the type of ticket does (T3).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hotline_core::error::Field;
use hotline_phones::NumberPlan;
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::Category;
use crate::domain::form;

/// Characters of a text at most, where its field does not say fewer.
const MOST_CHARACTERS: usize = 2000;

/// Fields that a category asks for at most, those of the ones above included: a ticket keeps so many values.
pub(crate) const MOST_FIELDS: usize = 50;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedField {
    /// The name of its value among a ticket's fields.
    pub(crate) key: String,
    /// The label agents know.
    pub(crate) label_zh: String,
    /// The same in English.
    pub(crate) label_en: String,
    /// What the value is.
    pub(crate) kind: ValueKind,
    /// A ticket without it is refused.
    pub(crate) required: bool,
    /// What to ask the customer.
    pub(crate) hint: String,
}

/// What the value of a field is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ValueKind {
    /// Anything, of so many characters at most.
    Text(usize),
    /// One of these.
    Choice(Vec<String>),
    /// A date as in `2026-03-02`.
    Date,
    /// A telephone number in any usual spelling.
    Phone,
}

/// What is asked for in effect. The default asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The fields, those of the board first.
    pub(crate) fields: Vec<AskedField>,
    /// Others are refused.
    pub(crate) closed: bool,
}

impl Asked {
    /// Adds what a category asks for to what those above it do; a field of the same key takes the other's place.
    pub(crate) fn add(&mut self, category: &Category) {
        self.closed |= category.closed;
        for field in &category.asks {
            match self.fields.iter_mut().find(|above| above.key == field.key) {
                Some(above) => above.clone_from(field),
                None => self.fields.push(field.clone()),
            }
        }
    }

    /// Returns what is missing or wrong among a ticket's fields, each by its path, with what is expected.
    pub(crate) fn wrong(&self, values: &BTreeMap<String, String>, numbers: &NumberPlan) -> Vec<Field> {
        let value = |key: &str| values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty());
        let asked = self.fields.iter().filter_map(|field| match value(&field.key) {
            None => field.required.then(|| field.missing()),
            Some(value) => (!field.kind.takes(value, numbers)).then(|| field.refused()),
        });
        asked.chain(values.keys().filter(|key| !self.knows(key)).map(|key| unknown(key))).collect()
    }

    /// Tells of each field that may be left out whether it is filled; of those that the type's own form has a place for,
    /// that form tells.
    pub(crate) fn filled(&self, values: &BTreeMap<String, String>) -> impl Iterator<Item = bool> {
        let optional =
            self.fields.iter().filter(|field| !field.required && !form::OWN.contains(&field.key.as_str()));
        optional.map(|field| values.get(&field.key).is_some_and(|value| !value.trim().is_empty()))
    }

    fn knows(&self, key: &str) -> bool {
        !self.closed || form::OWN.contains(&key) || self.fields.iter().any(|field| field.key == key)
    }
}

impl AskedField {
    /// Returns what makes no sense of it; `path` is where the contract has it.
    pub(crate) fn senseless(&self, path: &str) -> Vec<Field> {
        let mut wrong = Vec::new();
        let mut name = |at: &str, en: &str, zh: &str| {
            wrong.push(Field { path: format!("{path}.{at}"), en: en.into(), zh: zh.into() });
        };
        if self.label_zh.trim().is_empty() {
            name("labelZh", "is required", "必填");
        }
        match &self.kind {
            ValueKind::Choice(choices) if choices.is_empty() => {
                name("choices", "needs at least one value", "至少需要一个选项");
            }
            ValueKind::Text(0) => name("maxLength", "is at least 1", "至少为 1"),
            _ => {}
        }
        wrong
    }

    fn missing(&self) -> Field {
        let (en, zh) = self.kind.expected();
        let (hint_en, hint_zh) = match self.hint.as_str() {
            "" => (String::new(), String::new()),
            hint => (format!("; {hint}"), format!("；{hint}")),
        };
        Field {
            path: self.path(),
            en: format!("is required: {}, {en}{hint_en}", self.label_en),
            zh: format!("必填：{}，{zh}{hint_zh}", self.label_zh),
        }
    }

    fn refused(&self) -> Field {
        let (en, zh) = self.kind.expected();
        Field {
            path: self.path(),
            en: format!("is wrong: {} is {en}", self.label_en),
            zh: format!("有误：{}应为{zh}", self.label_zh),
        }
    }

    fn path(&self) -> String {
        format!("fields.{}", self.key)
    }
}

impl ValueKind {
    /// Returns the text that is only as long as any value may be.
    pub(crate) fn any_text() -> Self {
        Self::Text(MOST_CHARACTERS)
    }

    fn takes(&self, value: &str, numbers: &NumberPlan) -> bool {
        match self {
            Self::Text(most) => value.chars().count() <= *most,
            Self::Choice(choices) => choices.iter().any(|choice| choice == value),
            // The library also takes one digit for a month, which sorts and compares wrongly later.
            Self::Date => value.len() == 10 && value.parse::<NaiveDate>().is_ok(),
            Self::Phone => numbers.read(value).is_some(),
        }
    }

    fn expected(&self) -> (String, String) {
        match self {
            Self::Text(most) => {
                (format!("a text of at most {most} characters"), format!("不超过 {most} 字的文本"))
            }
            Self::Choice(choices) => {
                (format!("one of {}", choices.join(", ")), format!("以下之一：{}", choices.join("、")))
            }
            Self::Date => ("a date as in 2026-03-02".into(), "日期，如 2026-03-02".into()),
            Self::Phone => ("a telephone number".into(), "电话号码".into()),
        }
    }
}

fn unknown(key: &str) -> Field {
    Field {
        path: format!("fields.{key}"),
        en: "is not in the form of this category, which takes no other fields".into(),
        zh: "不在该分类的表单中，该表单不接受其他字段".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::domain::catalogue::{Catalogue, shipped};

    static CHINA: LazyLock<NumberPlan> = LazyLock::new(|| NumberPlan::new("CN", "").expect("a plan"));

    fn field(key: &str, kind: ValueKind, required: bool) -> AskedField {
        let (label_zh, label_en, hint) = (format!("{key}项"), format!("the {key}"), String::new());
        AskedField { key: key.into(), label_zh, label_en, kind, required, hint }
    }

    fn catalogue() -> Catalogue {
        let mut catalogue = Catalogue(shipped().expect("is valid"));
        for category in &mut catalogue.0 {
            match category.code.as_str() {
                "repair" => {
                    category.asks = vec![
                        field("since", ValueKind::Date, true),
                        field("reach", ValueKind::Phone, false),
                        field("model", ValueKind::Text(10), false),
                    ];
                }
                "repair.private" => {
                    let lamps = ValueKind::Choice(vec!["红".into(), "绿".into()]);
                    category.asks =
                        vec![field("lamp", lamps, true), field("model", ValueKind::Text(4), false)];
                    category.closed = true;
                }
                _ => {}
            }
        }
        catalogue
    }

    fn wrong(code: &str, values: &[(&str, &str)]) -> Vec<(String, String)> {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let wrong = catalogue().asked(code).wrong(&values, &CHINA);
        wrong.into_iter().map(|field| (field.path, field.en)).collect()
    }

    #[test]
    fn a_leaf_asks_for_what_its_board_does_and_more() {
        let paths: Vec<String> = wrong("repair.private", &[]).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["fields.since", "fields.lamp"]);
        let fine = [("since", "2026-03-02"), ("lamp", "红"), ("reach", "029-8888 6666"), ("room", "3-1502")];
        assert!(wrong("repair.private", &fine).is_empty());
        assert!(wrong("complaint.service", &[("anything", "at all")]).is_empty());
    }

    #[test]
    fn a_wrong_value_is_named_with_what_is_expected() {
        let told = |code, values: &[(&str, &str)]| wrong(code, values).remove(0);
        let lamp = told("repair.private", &[("since", "2026-03-02"), ("lamp", "蓝")]);
        assert_eq!(lamp, ("fields.lamp".into(), "is wrong: the lamp is one of 红, 绿".into()));
        for since in ["昨天", "2026-3-2", "2026-02-30"] {
            assert_eq!(told("repair.public", &[("since", since)]).0, "fields.since");
        }
        let short = [("since", "2026-03-02"), ("reach", "12"), ("model", "12345678901")];
        let paths: Vec<String> = wrong("repair.public", &short).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["fields.reach", "fields.model"]);
    }

    #[test]
    fn the_leaf_decides_where_both_ask_for_the_same() {
        let model = [("since", "2026-03-02"), ("lamp", "红"), ("model", "12345")];
        assert_eq!(
            wrong("repair.private", &model)[0].1,
            "is wrong: the model is a text of at most 4 characters"
        );
    }

    #[test]
    fn a_closed_form_takes_the_types_own_fields_and_no_stranger() {
        let strange = [("since", "2026-03-02"), ("lamp", "绿"), ("content", "x"), ("colour", "x")];
        assert_eq!(wrong("repair.private", &strange)[0].0, "fields.colour");
    }

    #[test]
    fn what_may_be_left_out_counts_towards_completeness() {
        let values = BTreeMap::from([("model".to_owned(), "F6".to_owned())]);
        let filled: Vec<bool> = catalogue().asked("repair.private").filled(&values).collect();
        assert_eq!(filled, [false, true]);
    }
}
