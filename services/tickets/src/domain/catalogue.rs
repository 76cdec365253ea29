//! The catalogue of categories (T1): a tree, in which the code of each is that of the one above, a dot and a segment.

use std::collections::HashMap;

use hotline_proto::common::v1::{Priority, TicketType};
use serde::Deserialize;

use crate::domain::catalogue::asked::{Asked, AskedField};
use crate::error::Error;

pub(crate) mod asked;
pub(crate) mod changing;
pub(crate) mod importing;
pub(crate) mod sheet;

/// The shipped catalogue.
const SHIPPED: &str = include_str!("../../data/catalogue.toml");

/// A board, a leaf, or one between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Category {
    /// Code: that of the one above, a dot, a segment.
    pub(crate) code: String,
    /// The label agents know.
    pub(crate) label_zh: String,
    /// The same in English.
    pub(crate) label_en: String,
    /// The one above; empty for a board.
    pub(crate) parent_code: String,
    /// The type of ticket by default.
    pub(crate) kind: TicketType,
    /// The priority by default.
    pub(crate) priority: Priority,
    /// The policy by default; empty is by type, priority and channel.
    pub(crate) policy: String,
    /// The team by default; empty is by routing rules.
    pub(crate) team_key: String,
    /// What it asks for besides what its type does; those below it, too.
    pub(crate) asks: Vec<AskedField>,
    /// Fields that nothing asks for are refused, below it too.
    pub(crate) closed: bool,
    /// Tickets may be registered in it.
    pub(crate) active: bool,
    /// Its place among its siblings.
    pub(crate) position: i32,
    /// Counts its changes, from 1.
    pub(crate) version: i32,
}

/// All categories, in the order agents see them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue(pub(crate) Vec<Category>);

impl Catalogue {
    /// Returns the category of this code.
    pub(crate) fn get(&self, code: &str) -> Option<&Category> {
        self.0.iter().find(|category| category.code == code)
    }

    /// Returns the category of this code and those below it.
    pub(crate) fn subtree<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Category> {
        self.0.iter().filter(move |category| covers(code, &category.code))
    }

    /// Returns what a category asks for in effect: what those above it ask for, and it.
    pub(crate) fn asked(&self, code: &str) -> Asked {
        let mut asked = Asked::default();
        for category in lineage(code).filter_map(|code| self.get(code)) {
            asked.add(category);
        }
        asked
    }

    /// Puts the categories in the order in which agents see them: each is followed by those below it, siblings by their
    /// place.
    pub(crate) fn in_order(mut all: Vec<Category>) -> Self {
        let places: HashMap<String, i32> =
            all.iter().map(|category| (category.code.clone(), category.position)).collect();
        all.sort_by_cached_key(|category| -> Vec<(i32, String)> {
            let place = |code: &str| places.get(code).copied().unwrap_or_default();
            lineage(&category.code).map(|code| (place(code), code.to_owned())).collect()
        });
        Self(all)
    }
}

/// Tells whether a category is `root` or below it: `repair` covers `repair.private`, not `repairs`.
pub(crate) fn covers(root: &str, code: &str) -> bool {
    code.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Returns the codes on the way to a category, the board first, itself last.
pub(crate) fn lineage(code: &str) -> impl Iterator<Item = &str> {
    let ends = code.match_indices('.').map(|(end, _)| end).chain([code.len()]);
    ends.map(|end| &code[..end])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    board: Vec<Board>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Board {
    code: String,
    zh: String,
    en: String,
    #[serde(flatten)]
    defaults: Defaults,
    leaves: Vec<Leaf>,
}

#[derive(Deserialize)]
struct Leaf {
    code: String,
    zh: String,
    en: String,
    #[serde(flatten)]
    defaults: Defaults,
}

#[derive(Clone, Default, Deserialize)]
struct Defaults {
    r#type: Option<String>,
    priority: Option<String>,
    policy: Option<String>,
    team: Option<String>,
}

/// Returns the catalogue that ships with the suite.
///
/// # Errors
/// [`Error::Settings`] when the file is broken.
pub(crate) fn shipped() -> Result<Vec<Category>, Error> {
    let file: File = toml::from_str(SHIPPED).map_err(|error| Error::Settings(error.to_string()))?;
    let mut categories = Vec::new();
    for board in file.board {
        let Board { code, zh, en, defaults, leaves } = board;
        categories.push(category(code.clone(), (zh, en), "", &defaults, &Defaults::default())?);
        for leaf in leaves {
            let labels = (leaf.zh, leaf.en);
            let full = format!("{code}.{}", leaf.code);
            categories.push(category(full, labels, &code, &leaf.defaults, &defaults)?);
        }
    }
    for (category, position) in categories.iter_mut().zip(0..) {
        category.position = position;
    }
    Ok(categories)
}

fn category(
    code: String,
    (label_zh, label_en): (String, String),
    parent_code: &str,
    own: &Defaults,
    board: &Defaults,
) -> Result<Category, Error> {
    let pick = |own: &Option<String>, board: &Option<String>| {
        own.clone().or_else(|| board.clone()).unwrap_or_default()
    };
    let (kind, priority) = (pick(&own.r#type, &board.r#type), pick(&own.priority, &board.priority));
    let unknown = |what: &str| Error::Settings(format!("category `{code}` has the unknown value `{what}`"));
    Ok(Category {
        kind: TicketType::from_str_name(&format!("TICKET_TYPE_{kind}")).ok_or_else(|| unknown(&kind))?,
        priority: Priority::from_str_name(&format!("PRIORITY_{priority}"))
            .ok_or_else(|| unknown(&priority))?,
        policy: pick(&own.policy, &board.policy),
        team_key: pick(&own.team, &board.team),
        code,
        label_zh,
        label_en,
        parent_code: parent_code.to_owned(),
        asks: Vec::new(),
        closed: false,
        active: true,
        position: 0,
        version: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalogue_has_every_board_and_leaf_of_the_requirements() {
        let catalogue = Catalogue(shipped().expect("shipped data is valid"));
        let boards: Vec<(&str, usize)> = catalogue
            .0
            .iter()
            .filter(|category| category.parent_code.is_empty())
            .map(|board| (board.code.as_str(), catalogue.subtree(&board.code).count() - 1))
            .collect();
        let expected = [
            ("consult", 6),
            ("repair", 3),
            ("complaint", 6),
            ("callback", 5),
            ("value-added", 1),
            ("housekeeping", 10),
            ("information", 11),
            ("product", 5),
        ];
        assert_eq!(boards, expected);
        let private = catalogue.get("repair.private").expect("a leaf");
        assert_eq!(private.label_zh, "用户自用部位报修");
        assert_eq!((private.kind, private.priority), (TicketType::Fault, Priority::Medium));
        assert_eq!(catalogue.get("product.service").expect("a leaf").kind, TicketType::Complaint);
        let unique: std::collections::BTreeSet<_> =
            catalogue.0.iter().map(|category| &category.code).collect();
        assert_eq!(unique.len(), catalogue.0.len());
        assert_eq!(Catalogue::in_order(catalogue.0.iter().rev().cloned().collect()).0, catalogue.0);
    }

    #[test]
    fn a_subtree_goes_down_to_the_last_level_and_takes_no_namesake() {
        let leaf = shipped().expect("is valid").remove(0);
        let of = |code: &str| Category { code: code.into(), ..leaf.clone() };
        let all = ["city.roads", "city", "citys", "city.roads.lights", "city.parks"].map(of).to_vec();
        let catalogue = Catalogue::in_order(all);
        let codes =
            |root| -> Vec<&str> { catalogue.subtree(root).map(|category| category.code.as_str()).collect() };
        assert_eq!(codes("city"), ["city", "city.parks", "city.roads", "city.roads.lights"]);
        assert_eq!(codes("city.roads"), ["city.roads", "city.roads.lights"]);
        assert_eq!(
            lineage("city.roads.lights").collect::<Vec<_>>(),
            ["city", "city.roads", "city.roads.lights"]
        );
    }
}
