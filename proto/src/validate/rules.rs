//! One field's rules: compiled once from the option, checked on each value.

use prost_reflect::{DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, Value};
use regex::Regex;

/// A rule that this reader does not know.
#[derive(Debug, thiserror::Error)]
#[error("{field} declares the rule `{rule}`, which is not supported here")]
pub struct Unsupported {
    /// Full name of the field.
    pub field: String,
    /// The rule's name.
    pub rule: String,
}

/// A field that breaks a rule, with the reason in both languages.
#[derive(Debug)]
pub(super) struct Violation {
    /// Path as in JSON.
    pub(super) field: String,
    pub(super) en: String,
    pub(super) zh: String,
}

/// What one field must satisfy.
#[derive(Debug)]
pub(super) struct FieldRules {
    field: FieldDescriptor,
    required: bool,
    ignore_zero: bool,
    checks: Vec<Check>,
    items: Vec<Check>,
    keys: Vec<Check>,
    values: Vec<Check>,
}

#[derive(Debug)]
enum Check {
    MinLength(u64),
    MaxLength(u64),
    Uuid,
    Email,
    Pattern(Regex),
    OneOf(Vec<String>),
    AtLeast(i64),
    AtMost(i64),
    Defined,
    NotNumber(Vec<i32>),
    MaxItems(u64),
    Unique,
    ShortestSeconds(i64),
    LongestSeconds(i64),
}

impl FieldRules {
    pub(super) fn compile(
        field: &FieldDescriptor,
        option: Option<&ExtensionDescriptor>,
    ) -> Result<Self, Unsupported> {
        let mut rules = Self {
            field: field.clone(),
            required: false,
            ignore_zero: field.supports_presence(),
            checks: Vec::new(),
            items: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
        };
        let options = field.options();
        let Some(option) = option.filter(|option| options.has_extension(option)) else {
            return Ok(rules);
        };
        if let Some(declared) = options.get_extension(option).as_message() {
            rules.read(declared)?;
        }
        Ok(rules)
    }

    fn read(&mut self, declared: &DynamicMessage) -> Result<(), Unsupported> {
        for (rule, value) in declared.fields() {
            match (rule.name(), value) {
                ("required", Value::Bool(required)) => self.required = *required,
                ("ignore", Value::EnumNumber(ignore)) => self.ignore_zero |= *ignore == 1,
                ("repeated" | "map", Value::Message(container)) => self.read_container(container)?,
                (_, Value::Message(typed)) => self.checks.extend(read_checks(self.field.full_name(), typed)?),
                (other, _) => return Err(unsupported(self.field.full_name(), other)),
            }
        }
        Ok(())
    }

    fn read_container(&mut self, declared: &DynamicMessage) -> Result<(), Unsupported> {
        let name = self.field.full_name().to_owned();
        for (rule, value) in declared.fields() {
            match (rule.name(), value) {
                ("max_items" | "max_pairs", Value::U64(max)) => self.checks.push(Check::MaxItems(*max)),
                ("unique", Value::Bool(true)) => self.checks.push(Check::Unique),
                ("items", Value::Message(of)) => self.items = read_element(&name, of)?,
                ("keys", Value::Message(of)) => self.keys = read_element(&name, of)?,
                ("values", Value::Message(of)) => self.values = read_element(&name, of)?,
                (other, _) => return Err(unsupported(&name, other)),
            }
        }
        Ok(())
    }

    pub(super) fn check(&self, message: &DynamicMessage, path: &str, violations: &mut Vec<Violation>) {
        let path = join(path, self.field.json_name());
        if !message.has_field(&self.field) {
            if self.required {
                violations.push(violation(&path, "is required", "必须填写"));
                return;
            }
            if self.ignore_zero {
                return;
            }
        }
        let value = message.get_field(&self.field);
        apply(&self.checks, &value, &path, &self.field, violations);
        if let Value::List(items) = value.as_ref() {
            for (index, item) in items.iter().enumerate() {
                apply(&self.items, item, &format!("{path}[{index}]"), &self.field, violations);
            }
        }
        if let Value::Map(pairs) = value.as_ref() {
            for (key, value) in pairs {
                let key = Value::from(key.clone());
                let path = format!("{path}.{}", key.as_str().unwrap_or_default());
                apply(&self.keys, &key, &path, &self.field, violations);
                apply(&self.values, value, &path, &self.field, violations);
            }
        }
    }

    /// Returns the messages inside this field, each with its path.
    pub(super) fn nested(&self, message: &DynamicMessage, path: &str) -> Vec<(String, DynamicMessage)> {
        if self.field.is_map()
            || !matches!(self.field.kind(), Kind::Message(_))
            || !message.has_field(&self.field)
        {
            return Vec::new();
        }
        let path = join(path, self.field.json_name());
        match message.get_field(&self.field).into_owned() {
            Value::Message(nested) => vec![(path, nested)],
            Value::List(items) => items
                .into_iter()
                .enumerate()
                .filter_map(|(index, item)| Some((format!("{path}[{index}]"), item.as_message()?.clone())))
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn read_element(field: &str, declared: &DynamicMessage) -> Result<Vec<Check>, Unsupported> {
    let mut checks = Vec::new();
    for (rule, value) in declared.fields() {
        match value {
            Value::Message(typed) => checks.extend(read_checks(field, typed)?),
            _ => return Err(unsupported(field, rule.name())),
        }
    }
    Ok(checks)
}

fn read_checks(field: &str, typed: &DynamicMessage) -> Result<Vec<Check>, Unsupported> {
    typed.fields().map(|(rule, value)| read_check(field, rule.name(), value)).collect()
}

fn read_check(field: &str, rule: &str, value: &Value) -> Result<Check, Unsupported> {
    Ok(match (rule, value) {
        ("min_len", Value::U64(length)) => Check::MinLength(*length),
        ("max_len", Value::U64(length)) => Check::MaxLength(*length),
        ("uuid", Value::Bool(true)) => Check::Uuid,
        ("email", Value::Bool(true)) => Check::Email,
        ("pattern", Value::String(pattern)) => {
            Check::Pattern(Regex::new(pattern).map_err(|error| unsupported(field, &error.to_string()))?)
        }
        ("in", Value::List(values)) => {
            Check::OneOf(values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
        }
        ("defined_only", Value::Bool(true)) => Check::Defined,
        ("not_in", Value::List(values)) => {
            Check::NotNumber(values.iter().filter_map(Value::as_i32).collect())
        }
        ("gte", Value::Message(least)) => Check::ShortestSeconds(seconds(least)),
        ("lte", Value::Message(most)) => Check::LongestSeconds(seconds(most)),
        ("gte", number) => Check::AtLeast(integer(number).ok_or_else(|| unsupported(field, rule))?),
        ("lte", number) => Check::AtMost(integer(number).ok_or_else(|| unsupported(field, rule))?),
        _ => return Err(unsupported(field, rule)),
    })
}

fn apply(
    checks: &[Check],
    value: &Value,
    path: &str,
    field: &FieldDescriptor,
    violations: &mut Vec<Violation>,
) {
    // PostgreSQL stores no NUL in a text; refusing it everywhere keeps every database alike.
    let nul = value.as_str().filter(|text| text.contains('\0'));
    let nul = nul.map(|_| ("must not contain a NUL character".to_owned(), "不得包含 NUL 字符".to_owned()));
    if let Some((en, zh)) = nul.or_else(|| checks.iter().find_map(|check| check.broken(value, field))) {
        violations.push(Violation { field: path.to_owned(), en, zh });
    }
}

impl Check {
    /// Returns what is wrong in both languages; nothing where the value is good.
    fn broken(&self, value: &Value, field: &FieldDescriptor) -> Option<(String, String)> {
        let text = || value.as_str().unwrap_or_default();
        let wrong = |en: String, zh: String| Some((en, zh));
        match self {
            Self::MinLength(1) if text().is_empty() => wrong("must not be empty".into(), "不能为空".into()),
            Self::MinLength(least) if (text().chars().count() as u64) < *least => {
                wrong(format!("must have at least {least} characters"), format!("不得少于 {least} 个字符"))
            }
            Self::MaxLength(most) if text().chars().count() as u64 > *most => {
                wrong(format!("must have at most {most} characters"), format!("不得超过 {most} 个字符"))
            }
            Self::Uuid if !is_uuid(text()) => wrong("must be a UUID".into(), "必须是 UUID".into()),
            Self::Email if !is_email(text()) => {
                wrong("must be an e-mail address".into(), "必须是电子邮件地址".into())
            }
            Self::Pattern(pattern) if !pattern.is_match(text()) => {
                wrong(format!("must match {pattern}"), format!("必须符合格式 {pattern}"))
            }
            Self::OneOf(allowed) if !allowed.iter().any(|one| one == text()) => {
                let allowed = allowed.join(", ");
                wrong(format!("must be one of {allowed}"), format!("只能是 {allowed} 之一"))
            }
            Self::AtLeast(least) if integer(value).is_some_and(|number| number < *least) => {
                wrong(format!("must be at least {least}"), format!("不得小于 {least}"))
            }
            Self::AtMost(most) if integer(value).is_some_and(|number| number > *most) => {
                wrong(format!("must be at most {most}"), format!("不得大于 {most}"))
            }
            Self::Defined if !is_defined(value, field) => {
                wrong("is not a known value".into(), "不是已知的值".into())
            }
            Self::NotNumber(refused)
                if value.as_enum_number().is_some_and(|number| refused.contains(&number)) =>
            {
                wrong("is required".into(), "必须填写".into())
            }
            Self::MaxItems(most) if length(value) > *most => {
                wrong(format!("must have at most {most} entries"), format!("不得超过 {most} 项"))
            }
            Self::Unique if has_twins(value) => {
                wrong("must not repeat an entry".into(), "不得有重复项".into())
            }
            Self::ShortestSeconds(least) if value.as_message().is_some_and(|of| seconds(of) < *least) => {
                wrong(format!("must be at least {least} s"), format!("不得少于 {least} 秒"))
            }
            Self::LongestSeconds(most) if value.as_message().is_some_and(|of| beyond(of, *most)) => {
                wrong(format!("must be at most {most} s"), format!("不得超过 {most} 秒"))
            }
            _ => None,
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, letter)| match index {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit(),
        })
}

/// The HTML standard's idea of an address, without its length limits, which `max_len` states.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && local.chars().all(|letter| !letter.is_whitespace() && letter != '@' && !letter.is_control())
        && domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
        })
}

fn is_defined(value: &Value, field: &FieldDescriptor) -> bool {
    match (value.as_enum_number(), field.kind()) {
        (Some(number), Kind::Enum(of)) => of.get_value(number).is_some(),
        _ => true,
    }
}

fn has_twins(value: &Value) -> bool {
    let items = value.as_list().unwrap_or_default();
    items.iter().enumerate().any(|(index, item)| items[..index].contains(item))
}

fn length(value: &Value) -> u64 {
    match value {
        Value::List(items) => items.len() as u64,
        Value::Map(pairs) => pairs.len() as u64,
        _ => 0,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::I32(number) => Some(i64::from(*number)),
        Value::I64(number) => Some(*number),
        Value::U32(number) => Some(i64::from(*number)),
        _ => None,
    }
}

fn seconds(duration: &DynamicMessage) -> i64 {
    duration.get_field_by_name("seconds").and_then(|value| value.as_i64()).unwrap_or_default()
}

fn beyond(duration: &DynamicMessage, most: i64) -> bool {
    let nanos = duration.get_field_by_name("nanos").and_then(|value| value.as_i32()).unwrap_or_default();
    seconds(duration) > most || (seconds(duration) == most && nanos > 0)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn violation(path: &str, en: &str, zh: &str) -> Violation {
    Violation { field: path.to_owned(), en: en.to_owned(), zh: zh.to_owned() }
}

fn unsupported(field: &str, rule: &str) -> Unsupported {
    Unsupported { field: field.to_owned(), rule: rule.to_owned() }
}
