//! The catalogue of categories (T1).

use hotline_proto::common::v1::{Priority, TicketType};
use serde::Deserialize;

use crate::error::Error;

/// The shipped catalogue.
const SHIPPED: &str = include_str!("../../data/catalogue.toml");

/// A board or a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Category {
    /// Code; leaves are `<board>.<leaf>`.
    pub(crate) code: String,
    /// The label agents know.
    pub(crate) label_zh: String,
    /// The same in English.
    pub(crate) label_en: String,
    /// The board above; empty for a board.
    pub(crate) parent_code: String,
    /// The type of ticket by default.
    pub(crate) kind: TicketType,
    /// The priority by default.
    pub(crate) priority: Priority,
    /// The policy by default; empty is by type, priority and channel.
    pub(crate) policy: String,
    /// The team by default; empty is by routing rules.
    pub(crate) team_key: String,
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
        self.0.iter().filter(move |category| category.code == code || category.parent_code == code)
    }
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
    }
}
