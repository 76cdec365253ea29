//! A tree comes in from a file: all of it or nothing, and nothing twice (T1).

use std::collections::{BTreeMap, HashMap, HashSet};

use hotline_core::error::Field;
use hotline_proto::common::v1::{Priority, TicketType};

use crate::domain::catalogue::changing::{
    Edition, MOST_CATEGORIES, NO_CODE, below, edition, is_code, next_place, parent, segment,
};
use crate::domain::catalogue::sheet::{Rejected, Row};
use crate::domain::catalogue::{Catalogue, Category, covers};
use crate::error::Error;

/// Where the tree is hung, and what its top is where no row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// The category above; empty is none.
    pub(crate) code: String,
    /// Type of new categories at the top.
    pub(crate) kind: TicketType,
    /// Priority of new categories at the top.
    pub(crate) priority: Priority,
}

/// What would become of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What changes; nothing where a row is rejected.
    pub(crate) editions: Vec<Edition>,
    /// Categories that are new.
    pub(crate) created: usize,
    /// Categories that say something else.
    pub(crate) changed: usize,
    /// Rows whose category was so already.
    pub(crate) unchanged: usize,
    /// Rows that can't be taken, by line.
    pub(crate) rejected: Vec<Rejected>,
}

/// Tells what becomes of the rows of a file. `is_team` and `is_policy` tell whether there is one of that name.
///
/// # Errors
/// [`Error::Fields`] where there is nothing to hang it on, or the catalogue would grow too large.
pub(crate) fn outcome(
    catalogue: &Catalogue,
    root: &Root,
    rows: Vec<Result<Row, Rejected>>,
    is_team: impl Fn(&str) -> bool,
    is_policy: impl Fn(&str) -> bool,
) -> Result<Outcome, Error> {
    if !root.code.is_empty() && !catalogue.get(&root.code).is_some_and(|above| above.active) {
        return Err(wrong("parentCode", "names no active category", "没有这个在用的上级分类"));
    }
    let mut tree = Tree::new(catalogue, root);
    let mut outcome = Outcome::default();
    for row in rows {
        let taken = row.and_then(|row| names(&row, &is_team, &is_policy).and_then(|()| tree.take(&row)));
        outcome.rejected.extend(taken.err());
    }
    if tree.all.len() > MOST_CATEGORIES {
        return Err(wrong("csv", "makes more than 5000 categories", "分类总数将超过 5000"));
    }
    tree.settle();
    let said = tree.said.len();
    outcome.editions = tree.editions(catalogue);
    let is_new = |edition: &&Edition| edition.before.is_none();
    outcome.created = outcome.editions.iter().filter(is_new).count();
    outcome.changed = outcome.editions.len() - outcome.created;
    let rows = outcome.editions.iter().filter(|edition| tree.said.contains_key(&edition.after.code)).count();
    outcome.unchanged = said - rows;
    if !outcome.rejected.is_empty() {
        outcome.editions.clear();
    }
    Ok(outcome)
}

/// The catalogue as it grows by the rows.
struct Tree<'a> {
    root: &'a Root,
    all: BTreeMap<String, Category>,
    by_label: HashMap<(String, String), String>,
    /// The line on which a category was said.
    said: HashMap<String, u64>,
    made: HashSet<String>,
}

impl<'a> Tree<'a> {
    fn new(catalogue: &Catalogue, root: &'a Root) -> Self {
        let all: BTreeMap<_, _> =
            catalogue.0.iter().map(|category| (category.code.clone(), category.clone())).collect();
        let label = |category: &Category| {
            ((category.parent_code.clone(), category.label_zh.clone()), category.code.clone())
        };
        let by_label = catalogue.0.iter().map(label).collect();
        Self { root, all, by_label, said: HashMap::new(), made: HashSet::new() }
    }

    fn take(&mut self, row: &Row) -> Result<(), Rejected> {
        let Some((label, above)) = row.labels.split_last() else { return Ok(()) };
        let mut parent_code = self.root.code.clone();
        for label in above {
            parent_code = self.find_or_make(row.line, &parent_code, label, None)?;
        }
        if let (Some(code), true) = (&row.code, above.is_empty()) {
            parent(code).clone_into(&mut parent_code);
        }
        let code = self.find_or_make(row.line, &parent_code, label, row.code.as_deref())?;
        if let Some(line) = self.said.insert(code.clone(), row.line) {
            let (en, zh) =
                (format!("says the same category as line {line}"), format!("与第 {line} 行是同一分类"));
            return Err(Rejected::new(row.line, en, zh));
        }
        if row.active == Some(true) && !self.may_be_active(&parent_code) {
            let (en, zh) = ("can't be active: the category above is retired", "上级分类已停用，不能启用");
            return Err(Rejected::new(row.line, en, zh));
        }
        self.say(&code, label, row);
        Ok(())
    }

    fn may_be_active(&self, parent_code: &str) -> bool {
        parent_code.is_empty() || self.all.get(parent_code).is_some_and(|above| above.active)
    }

    /// Retires what is below a category that a row retires.
    fn settle(&mut self) {
        // In order of codes the one above comes first.
        let codes: Vec<(String, String)> =
            self.all.iter().map(|(code, category)| (code.clone(), category.parent_code.clone())).collect();
        for (code, parent_code) in codes {
            if !self.may_be_active(&parent_code)
                && let Some(category) = self.all.get_mut(&code)
            {
                category.active = false;
            }
        }
    }

    /// Returns the code of the category of a label below another, which is made where it is missing.
    fn find_or_make(
        &mut self,
        line: u64,
        parent_code: &str,
        label: &str,
        code: Option<&str>,
    ) -> Result<String, Rejected> {
        let known = self.by_label.get(&(parent_code.to_owned(), label.to_owned()));
        if let (Some(known), true) = (known, code.is_none()) {
            return Ok(known.clone());
        }
        let code = code.map_or_else(|| below(parent_code, &segment(label)), str::to_owned);
        if !is_code(&code) || parent(&code) != parent_code || !covers_or_top(&self.root.code, &code) {
            let (en, zh) = (
                format!("`{code}` {}, below the category above", NO_CODE.0),
                format!("`{code}` {}，并位于上级之下", NO_CODE.1),
            );
            return Err(Rejected::new(line, en, zh));
        }
        if let Some(other) = self.all.get(&code) {
            // Two labels of one file that differ in signs only would be one category.
            if other.label_zh != label && (self.made.contains(&code) || self.said.contains_key(&code)) {
                let (en, zh) = (
                    format!("has the code `{code}`, as `{}` has", other.label_zh),
                    format!("编码 `{code}` 与“{}”相同", other.label_zh),
                );
                return Err(Rejected::new(line, en, zh));
            }
            return Ok(code);
        }
        if !self.may_be_active(parent_code) {
            let (en, zh) = (
                format!("names no active category above: `{parent_code}`"),
                format!("没有在用的上级分类 `{parent_code}`"),
            );
            return Err(Rejected::new(line, en, zh));
        }
        let category = self.new_below(&code, parent_code, label);
        self.by_label.insert((parent_code.to_owned(), label.to_owned()), code.clone());
        self.all.insert(code.clone(), category);
        self.made.insert(code.clone());
        Ok(code)
    }

    fn new_below(&self, code: &str, parent_code: &str, label: &str) -> Category {
        let above = self.all.get(parent_code);
        let siblings = self.all.values().filter(|category| category.parent_code == parent_code);
        Category {
            code: code.to_owned(),
            label_zh: label.to_owned(),
            label_en: label.to_owned(),
            parent_code: parent_code.to_owned(),
            kind: above.map_or(self.root.kind, |above| above.kind),
            priority: above.map_or(self.root.priority, |above| above.priority),
            policy: above.map(|above| above.policy.clone()).unwrap_or_default(),
            team_key: above.map(|above| above.team_key.clone()).unwrap_or_default(),
            asks: Vec::new(),
            closed: false,
            active: true,
            position: next_place(siblings),
            version: 1,
        }
    }

    /// Lets the category say what its row does.
    fn say(&mut self, code: &str, label: &str, row: &Row) {
        let Some(category) = self.all.get_mut(code) else { return };
        label.clone_into(&mut category.label_zh);
        for (said, place) in [
            (&row.label_en, &mut category.label_en),
            (&row.policy, &mut category.policy),
            (&row.team, &mut category.team_key),
        ] {
            if let Some(said) = said {
                place.clone_from(said);
            }
        }
        category.kind = row.kind.unwrap_or(category.kind);
        category.priority = row.priority.unwrap_or(category.priority);
        category.active = row.active.unwrap_or(category.active);
    }

    fn editions(&self, catalogue: &Catalogue) -> Vec<Edition> {
        let made = |category: &Category| match catalogue.get(&category.code) {
            Some(before) => edition(before, category.clone()),
            None => Some(Edition { before: None, after: category.clone() }),
        };
        self.all.values().filter_map(made).collect()
    }
}

fn names(
    row: &Row,
    is_team: impl Fn(&str) -> bool,
    is_policy: impl Fn(&str) -> bool,
) -> Result<(), Rejected> {
    if let Some(team) = row.team.as_deref().filter(|team| !is_team(team)) {
        return Err(Rejected::new(
            row.line,
            format!("names no team: `{team}`"),
            format!("没有这个班组：`{team}`"),
        ));
    }
    if let Some(policy) = row.policy.as_deref().filter(|policy| !is_policy(policy)) {
        let (en, zh) =
            (format!("names no policy in force: `{policy}`"), format!("没有这个有效的时限策略：`{policy}`"));
        return Err(Rejected::new(row.line, en, zh));
    }
    Ok(())
}

fn covers_or_top(root: &str, code: &str) -> bool {
    root.is_empty() || covers(root, code)
}

fn wrong(path: &str, en: &str, zh: &str) -> Error {
    Error::Fields(vec![Field { path: path.into(), en: en.into(), zh: zh.into() }])
}

#[cfg(test)]
mod tests;
