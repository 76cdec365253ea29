//! What figures are grouped by, and the groupings that are kept rolled up.

use hotline_proto::common::v1::{Channel, Priority, TicketType};

/// One way to group figures. The order is that of the values in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Team,
    Agent,
    Category,
    Board,
    Channel,
    Priority,
    Type,
    Project,
}

impl Dimension {
    pub(crate) const ALL: [Self; 8] = [
        Self::Team,
        Self::Agent,
        Self::Category,
        Self::Board,
        Self::Channel,
        Self::Priority,
        Self::Type,
        Self::Project,
    ];

    /// Returns the name in requests and reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Agent => "agent",
            Self::Category => "category",
            Self::Board => "board",
            Self::Channel => "channel",
            Self::Priority => "priority",
            Self::Type => "type",
            Self::Project => "project",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }
}

/// To whom and what a fact belongs; an empty text where that is not known or does not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Dims {
    pub(crate) team: String,
    pub(crate) agent: String,
    pub(crate) category: String,
    pub(crate) channel: Channel,
    pub(crate) priority: Priority,
    pub(crate) kind: TicketType,
    pub(crate) project: String,
}

impl Dims {
    fn value(&self, dimension: Dimension) -> &str {
        match dimension {
            Dimension::Team => &self.team,
            Dimension::Agent => &self.agent,
            Dimension::Category => &self.category,
            Dimension::Board => self.category.split('.').next().unwrap_or_default(),
            Dimension::Channel if self.channel != Channel::Unspecified => self.channel.as_str_name(),
            Dimension::Priority if self.priority != Priority::Unspecified => self.priority.as_str_name(),
            Dimension::Type if self.kind != TicketType::Unspecified => self.kind.as_str_name(),
            Dimension::Channel | Dimension::Priority | Dimension::Type => "",
            Dimension::Project => &self.project,
        }
    }
}

/// The values of a grouping's dimensions, in the order of [`Dimension::ALL`].
pub(crate) type Group = Vec<String>;

/// A set of dimensions: bit n is the n-th of [`Dimension::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Grouping(u8);

impl Grouping {
    /// Every dimension: how facts are stored, and what answers a grouping that no smaller one contains.
    pub(crate) const FULL: Self = Self(u8::MAX);

    /// The groupings kept rolled up. The first [`Self::TINY`] have a handful of groups; the first [`Self::SMALL`]
    /// few however much happens: as many as there are people, categories, projects, or combinations of what has
    /// a handful of values. Those after them hold any combination of three or four of what has more values; the
    /// last holds everything. A report reads the first that contains what it asks for.
    pub(crate) const KEPT: [Self; 15] = [
        Self::of(&[]),
        Self::of(&[Dimension::Priority]),
        Self::of(&[Dimension::Type]),
        Self::of(&[Dimension::Channel]),
        Self::of(&[Dimension::Board]),
        Self::of(&[Dimension::Team]),
        Self::of(&[Dimension::Project]),
        Self::of(&[Dimension::Category, Dimension::Board]),
        Self::of(&[Dimension::Team, Dimension::Category, Dimension::Board]),
        Self::of(&[Dimension::Team, Dimension::Agent]),
        Self::of(&[
            Dimension::Team,
            Dimension::Board,
            Dimension::Channel,
            Dimension::Priority,
            Dimension::Type,
        ]),
        Self::of(&[
            Dimension::Team,
            Dimension::Category,
            Dimension::Board,
            Dimension::Channel,
            Dimension::Priority,
        ]),
        Self::of(&[Dimension::Team, Dimension::Agent, Dimension::Channel, Dimension::Priority]),
        Self::of(&[Dimension::Team, Dimension::Agent, Dimension::Category, Dimension::Board]),
        Self::FULL,
    ];

    /// How many of [`Self::KEPT`] have a handful of groups.
    const TINY: usize = 6;

    /// How many of [`Self::KEPT`] have few groups.
    const SMALL: usize = 11;

    /// Returns the set of these dimensions.
    pub(crate) const fn of(dimensions: &[Dimension]) -> Self {
        let (mut bits, mut next) = (0, 0);
        while next < dimensions.len() {
            bits |= 1 << dimensions[next] as u8;
            next += 1;
        }
        Self(bits)
    }

    /// Returns the number under which cells of this grouping are stored.
    pub(crate) fn code(self) -> i16 {
        i16::from(self.0)
    }

    /// Returns the kept grouping with the fewest groups that contains this one.
    pub(crate) fn kept(self) -> Self {
        let kept = Self::KEPT.into_iter().find(|kept| kept.0 & self.0 == self.0);
        kept.unwrap_or(Self::FULL)
    }

    /// Tells whether this is a kept grouping with a handful of groups.
    pub(crate) fn is_tiny(self) -> bool {
        Self::KEPT[..Self::TINY].contains(&self)
    }

    /// Tells whether this is a kept grouping with few groups however much happens.
    pub(crate) fn is_small(self) -> bool {
        Self::KEPT[..Self::SMALL].contains(&self)
    }

    pub(crate) fn dimensions(self) -> impl Iterator<Item = Dimension> {
        Dimension::ALL.into_iter().filter(move |dimension| self.has(*dimension))
    }

    /// Returns the group to which a fact belongs.
    pub(crate) fn group(self, dims: &Dims) -> Group {
        self.dimensions().map(|dimension| dims.value(dimension).to_owned()).collect()
    }

    /// Returns the group of this grouping that contains `group` of the larger grouping `of`.
    pub(crate) fn narrow(self, group: &[String], of: Self) -> Group {
        of.dimensions()
            .zip(group)
            .filter(|(dimension, _)| self.has(*dimension))
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn has(self, dimension: Dimension) -> bool {
        self.0 & (1 << dimension as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Dimension, Dims, Grouping};

    #[test]
    fn the_board_is_the_first_segment_of_the_category() {
        let dims = Dims { team: "t".into(), category: "repair.private.network".into(), ..Dims::default() };
        let grouping = Grouping::of(&[Dimension::Board, Dimension::Team]);
        assert_eq!(grouping.group(&dims), ["t", "repair"]);
    }

    #[test]
    fn a_report_reads_the_smallest_grouping_that_contains_what_it_asks_for() {
        let kept = |asked: &[Dimension]| Grouping::of(asked).kept();
        assert_eq!(kept(&[]), Grouping::of(&[]));
        assert_eq!(kept(&[Dimension::Team]), Grouping::of(&[Dimension::Team]));
        assert_eq!(kept(&[Dimension::Agent]), Grouping::of(&[Dimension::Team, Dimension::Agent]));
        let two = [Dimension::Category, Dimension::Priority];
        assert!(kept(&two) != Grouping::FULL && !kept(&two).is_small());
        assert_eq!(kept(&[Dimension::Agent, Dimension::Project]), Grouping::FULL);
    }

    #[test]
    fn narrowing_gives_the_group_that_grouping_would_have_given() {
        let dims = Dims { team: "t".into(), agent: "a".into(), category: "b.c".into(), ..Dims::default() };
        for kept in Grouping::KEPT {
            let full = Grouping::FULL.group(&dims);
            assert_eq!(kept.narrow(&full, Grouping::FULL), kept.group(&dims));
        }
    }
}
