//! Categories are made, changed and retired: what is refused, and what comes of it (T1, T3).

use std::collections::BTreeSet;

use hotline_core::error::{Error as Core, Field};
use hotline_core::etag;
use hotline_proto::common::v1::{Priority, TicketType};

use crate::domain::catalogue::asked::{AskedField, MOST_FIELDS};
use crate::domain::catalogue::{Catalogue, Category};
use crate::error::Error;

/// Characters of a code at most.
const LONGEST_CODE: usize = 100;

/// Categories of a catalogue at most: it is kept in memory and sent to agents whole.
pub(crate) const MOST_CATEGORIES: usize = 5000;

/// What a category was, if it was there, and what it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edition {
    /// As it was; none for a new one.
    pub(crate) before: Option<Category>,
    /// As it is.
    pub(crate) after: Category,
}

/// A category as somebody gave it; what is left out of type, priority, policy and team is as above.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// Code; empty is made of the one above and the label.
    pub(crate) code: String,
    /// The one above; empty is what the code says.
    pub(crate) parent_code: String,
    /// Label.
    pub(crate) label_zh: String,
    /// The same in English; empty is the Chinese one.
    pub(crate) label_en: String,
    /// Type of ticket.
    pub(crate) kind: TicketType,
    /// Priority.
    pub(crate) priority: Priority,
    /// Policy.
    pub(crate) policy: String,
    /// Team.
    pub(crate) team_key: String,
    /// What it asks for.
    pub(crate) asks: Vec<AskedField>,
    /// Other fields are refused.
    pub(crate) closed: bool,
    /// Its place; none is after its siblings.
    pub(crate) position: Option<i32>,
}

/// Makes a category.
///
/// # Errors
/// [`Error::CategoryExists`]; [`Error::Fields`] that names everything that makes no sense.
pub(crate) fn create(
    catalogue: &Catalogue,
    given: Given,
    is_policy: impl Fn(&str) -> bool,
) -> Result<Vec<Edition>, Error> {
    let code = match given.code.as_str() {
        "" => below(&given.parent_code, &segment(&given.label_zh)),
        code => code.to_owned(),
    };
    if catalogue.get(&code).is_some() {
        return Err(Error::CategoryExists(code));
    }
    let above = parent(&code);
    let mut wrong = Vec::new();
    if !is_code(&code) {
        wrong.push(field("code", NO_CODE.0, NO_CODE.1));
    }
    if !given.parent_code.is_empty() && given.parent_code != above {
        wrong.push(field("parentCode", "is not what the code says", "与编码不一致"));
    }
    let parent = catalogue.get(above);
    if !above.is_empty() && !parent.is_some_and(|parent| parent.active) {
        wrong.push(field("parentCode", "names no active category", "没有这个在用的上级分类"));
    }
    if catalogue.0.len() >= MOST_CATEGORIES {
        wrong.push(field("code", "is one category too many: 5000 at most", "分类数量已达上限 5000"));
    }
    let category = made(code, given, parent, catalogue);
    wrong.extend(senseless(catalogue, None, &category, is_policy));
    if wrong.is_empty() {
        Ok(vec![Edition { before: None, after: category }])
    } else {
        Err(Error::Fields(wrong))
    }
}

/// Changes a category to what `change` makes of it. One that is retired takes those below it along; nothing comes of a
/// change that changes nothing.
///
/// # Errors
/// [`Core::NotFound`], [`Core::Stale`], [`Error::Fields`], or whatever `change` refuses.
pub(crate) fn update(
    catalogue: &Catalogue,
    code: &str,
    given_etag: &str,
    change: impl FnOnce(&Category) -> Result<Category, Error>,
    is_policy: impl Fn(&str) -> bool,
) -> Result<Vec<Edition>, Error> {
    let before = found(catalogue, code)?;
    etag::check(given_etag, before.version.into())?;
    let after = change(before)?;
    let mut wrong = senseless(catalogue, Some(before), &after, is_policy);
    let above = catalogue.get(&before.parent_code);
    if after.active && above.is_some_and(|above| !above.active) {
        wrong.push(field(
            "active",
            "can't be: the category above is retired",
            "上级分类已停用，请先恢复上级分类",
        ));
    }
    if !wrong.is_empty() {
        return Err(Error::Fields(wrong));
    }
    let mut editions = Vec::from_iter(edition(before, after.clone()));
    if before.active && !after.active {
        editions.extend(retired(catalogue, code).filter(|retired| retired.after.code != code));
    }
    Ok(editions)
}

/// Retires a category with all below it; nothing comes of it where all are retired.
///
/// # Errors
/// [`Core::NotFound`], [`Core::Stale`].
pub(crate) fn retire(catalogue: &Catalogue, code: &str, given_etag: &str) -> Result<Vec<Edition>, Error> {
    etag::check(given_etag, found(catalogue, code)?.version.into())?;
    Ok(retired(catalogue, code).collect())
}

/// Returns what the change of a category makes; nothing where it changes nothing.
pub(crate) fn edition(before: &Category, after: Category) -> Option<Edition> {
    let after = Category { version: before.version, ..after };
    (after != *before).then(|| Edition {
        before: Some(before.clone()),
        after: Category { version: before.version + 1, ..after },
    })
}

/// Returns the code of the one above; empty for a board.
pub(crate) fn parent(code: &str) -> &str {
    code.rsplit_once('.').map_or("", |(above, _)| above)
}

/// Returns the code of a segment below another.
pub(crate) fn below(above: &str, segment: &str) -> String {
    if above.is_empty() { segment.to_owned() } else { format!("{above}.{segment}") }
}

/// Returns the segment of a code that a label makes: its letters and digits, in lower case, others as one `-`.
pub(crate) fn segment(label: &str) -> String {
    let words = label.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// What is said of a code that is none, in both languages.
pub(crate) const NO_CODE: (&str, &str) = (
    "is no code: segments of letters, digits and `-`, with dots between them, 100 characters at most",
    "不是有效编码：由字母、数字和 `-` 组成的段，段间用点分隔，不超过 100 字",
);

/// Tells whether a text can be a code.
pub(crate) fn is_code(code: &str) -> bool {
    let is_segment = |segment: &str| {
        segment.starts_with(char::is_alphanumeric)
            && segment.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    };
    code.chars().count() <= LONGEST_CODE && code.split('.').all(is_segment)
}

/// Returns the place after those below a category.
pub(crate) fn next_place<'a>(siblings: impl Iterator<Item = &'a Category>) -> i32 {
    siblings.map(|sibling| sibling.position + 1).max().unwrap_or_default()
}

fn made(code: String, given: Given, above: Option<&Category>, catalogue: &Catalogue) -> Category {
    let parent_code = parent(&code).to_owned();
    let siblings = catalogue.0.iter().filter(|category| category.parent_code == parent_code);
    let or_above = |said: String, of: fn(&Category) -> &String| {
        if said.is_empty() { above.map(of).cloned().unwrap_or_default() } else { said }
    };
    let unsaid = given.kind == TicketType::Unspecified;
    let kind = if unsaid { above.map_or(TicketType::Other, |above| above.kind) } else { given.kind };
    let unsaid = given.priority == Priority::Unspecified;
    let priority =
        if unsaid { above.map_or(Priority::Medium, |above| above.priority) } else { given.priority };
    Category {
        position: given.position.unwrap_or_else(|| next_place(siblings)),
        label_en: if given.label_en.is_empty() { given.label_zh.clone() } else { given.label_en },
        label_zh: given.label_zh,
        kind,
        priority,
        policy: or_above(given.policy, |above| &above.policy),
        team_key: or_above(given.team_key, |above| &above.team_key),
        asks: given.asks,
        closed: given.closed,
        active: true,
        version: 1,
        code,
        parent_code,
    }
}

/// Names what makes no sense in a category as it shall stand.
fn senseless(
    catalogue: &Catalogue,
    before: Option<&Category>,
    after: &Category,
    is_policy: impl Fn(&str) -> bool,
) -> Vec<Field> {
    let mut wrong = Vec::new();
    for (path, is_missing) in [
        ("labelZh", after.label_zh.trim().is_empty()),
        ("type", after.kind == TicketType::Unspecified),
        ("priority", after.priority == Priority::Unspecified),
    ] {
        if is_missing {
            wrong.push(field(path, "is required", "必填"));
        }
    }
    let is_new = before.is_none_or(|before| before.policy != after.policy);
    if is_new && !after.policy.is_empty() && !is_policy(&after.policy) {
        wrong.push(field("policy", "names no policy in force", "没有这个有效的时限策略"));
    }
    let mut keys = BTreeSet::new();
    for (index, asked) in after.asks.iter().enumerate() {
        let path = format!("formFields[{index}]");
        if !keys.insert(&asked.key) {
            wrong.push(field(&format!("{path}.key"), "is there twice", "重复"));
        }
        wrong.extend(asked.senseless(&path));
    }
    if before.is_none_or(|before| before.asks != after.asks) && asks_too_much(catalogue, after) {
        let (en, zh) =
            ("makes a form of more than 50 fields, here or below", "使本级或下级的表单超过 50 个字段");
        wrong.push(field("formFields", en, zh));
    }
    wrong
}

fn asks_too_much(catalogue: &Catalogue, after: &Category) -> bool {
    let others = catalogue.0.iter().filter(|category| category.code != after.code);
    let all = Catalogue(others.chain([after]).cloned().collect());
    let most = all.subtree(&after.code).map(|category| all.asked(&category.code).fields.len()).max();
    most.is_some_and(|most| most > MOST_FIELDS)
}

fn retired<'a>(catalogue: &'a Catalogue, code: &'a str) -> impl Iterator<Item = Edition> + 'a {
    let category = |before: &'a Category| edition(before, Category { active: false, ..before.clone() });
    catalogue.subtree(code).filter_map(category)
}

fn found<'a>(catalogue: &'a Catalogue, code: &str) -> Result<&'a Category, Error> {
    Ok(catalogue.get(code).ok_or_else(|| Core::NotFound { what: "category", id: code.to_owned() })?)
}

fn field(path: &str, en: &str, zh: &str) -> Field {
    Field { path: path.into(), en: en.into(), zh: zh.into() }
}

#[cfg(test)]
mod tests;
