//! Hearing every event of every source: for what a process keeps in memory or tells people at once. Nothing is noted of
//! it in a database, so that each replica hears all, and one that was away hears on from where it was, or is told that
//! it can't.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use hotline_proto::events::{self, v1::Envelope};

use crate::error::{Error, caught, chain};

/// Longer texts are no positions.
const LONGEST: usize = 1024;
/// Longer texts name no life.
const LONGEST_LIFE: usize = 64;

/// What a process does with everything that happens.
#[async_trait]
pub trait Listener: Send + Sync {
    /// Who listens, for operators.
    fn name(&self) -> &'static str;

    /// Where it begins when its service starts.
    fn since(&self) -> Since {
        Since::Now
    }

    /// It hears everything after `position` from now on.
    async fn began(&self, _position: &Position) {}

    /// Something happened: at least once each while it listens, in order for each source.
    async fn hear(&self, event: &Arc<Envelope>, place: Place);

    /// Something may have happened that it did not hear and will not: what it has is to be read anew. It hears
    /// everything after `position`.
    async fn gap(&self, position: &Position);
}

/// Where a listener begins.
#[derive(Clone, Debug)]
pub enum Since {
    /// With what happens from now on.
    Now,
    /// With the oldest of what the bus keeps for listeners: about five minutes.
    Kept,
    /// After what it heard last, or with a gap where the bus no longer has all of that.
    After(Position),
}

/// The place of an event among those of its source: it grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub u64, pub u64);

/// The place of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The service that published it.
    pub source: &'static str,
    /// Its place among those of its source.
    pub mark: Mark,
}

/// How far somebody has heard each source, in one life of the bus. As text it is of letters that need no escaping in a
/// URL or a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    life: Arc<str>,
    marks: BTreeMap<&'static str, Mark>,
}

/// The text is no position.
#[derive(Debug, thiserror::Error)]
#[error("is no position of the event feed")]
pub struct NotAPosition;

impl Position {
    /// Makes the position in this life of the bus after these places, one of each source.
    pub fn new(life: &str, places: impl IntoIterator<Item = Place>) -> Self {
        let marks = places.into_iter().map(|place| (place.source, place.mark)).collect();
        Self { life: life.into(), marks }
    }

    /// Returns the life of the bus: places of another one can't be compared.
    pub fn life(&self) -> &str {
        &self.life
    }

    /// Returns the place of the last event of `source`.
    pub fn mark(&self, source: &str) -> Option<Mark> {
        self.marks.get(source).copied()
    }

    /// Returns the same of one source only.
    #[must_use]
    pub fn of(&self, source: &'static str) -> Self {
        let place = self.mark(source).map(|mark| Place { source, mark });
        Self {
            life: self.life.clone(),
            marks: place.map(|place| (place.source, place.mark)).into_iter().collect(),
        }
    }

    /// Notes the next event.
    pub fn advance(&mut self, place: Place) {
        self.marks.insert(place.source, place.mark);
    }

    /// Tells whether it is at this place or after it.
    pub fn covers(&self, place: Place) -> bool {
        self.mark(place.source).is_some_and(|mine| mine >= place.mark)
    }

    /// Tells whether it is at `other` or after it in every source.
    pub fn reaches(&self, other: &Self) -> bool {
        let reached = |(source, mark): (&&str, &Mark)| self.mark(source).is_some_and(|mine| mine >= *mark);
        self.life == other.life && other.marks.iter().all(reached)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str(&self.life)?;
        self.marks.iter().try_for_each(|(source, Mark(high, low))| write!(text, "~{source}.{high}-{low}"))
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        if text.len() > LONGEST {
            return Err(NotAPosition);
        }
        let mut parts = text.split('~');
        let life = parts.next().filter(|life| is_life(life)).ok_or(NotAPosition)?;
        let places: Result<Vec<Option<Place>>, _> = parts.map(place).collect();
        Ok(Self::new(life, places?.into_iter().flatten()))
    }
}

fn is_life(text: &str) -> bool {
    let usable = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    (1..=LONGEST_LIFE).contains(&text.len()) && text.chars().all(usable)
}

/// Reads one source's place; none where this build knows no such source.
fn place(text: &str) -> Result<Option<Place>, NotAPosition> {
    let (name, mark) = text.split_once('.').ok_or(NotAPosition)?;
    let (high, low) = mark.split_once('-').ok_or(NotAPosition)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| NotAPosition);
    let mark = Mark(number(high)?, number(low)?);
    let known = events::sources().iter().copied().find(|source| *source == name);
    Ok(known.map(|source| Place { source, mark }))
}

/// Tells a listener of an event. One that panics has heard it all the same: it must not hold up what comes after.
pub(super) async fn tell(listener: &dyn Listener, event: &Arc<Envelope>, place: Place) {
    let heard = caught(async {
        listener.hear(event, place).await;
        Ok::<_, Error>(())
    });
    if let Err(error) = heard.await {
        tracing::error!(listener = listener.name(), event = event.name, id = event.id, error = %chain(&error), "a listener failed");
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Place, Position};

    fn at(tickets: u64, dispatch: u64) -> Position {
        let place = |source, number| Place { source, mark: Mark(number, 0) };
        Position::new("life-1", [place("tickets", tickets), place("dispatch", dispatch)])
    }

    #[test]
    fn a_position_survives_as_text() {
        let position = at(1_700_000_000_000, 7);
        assert_eq!(position.to_string(), "life-1~dispatch.7-0~tickets.1700000000000-0");
        assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
    }

    #[test]
    fn what_is_no_position_is_refused_and_sources_of_other_builds_are_passed_over() {
        let long = format!("life{}", "~tickets.1-1".repeat(200));
        for wrong in ["", "~tickets.1-1", "a b", "life~tickets", "life~tickets.1", "life~tickets.1-x", &long]
        {
            assert!(wrong.parse::<Position>().is_err(), "{wrong}");
        }
        assert_eq!("life~weather.1-1".parse::<Position>().unwrap(), Position::new("life", []));
    }

    #[test]
    fn a_position_of_one_source_says_nothing_of_others() {
        assert_eq!(at(5, 7).of("dispatch").to_string(), "life-1~dispatch.7-0");
        assert_eq!(at(5, 7).of("kpi"), Position::new("life-1", []));
    }

    #[test]
    fn a_position_reaches_another_when_no_source_lies_behind() {
        assert!(at(5, 5).reaches(&at(5, 5)) && at(6, 5).reaches(&at(5, 5)));
        assert!(!at(6, 4).reaches(&at(5, 5)));
        assert!(!Position::new("life-1", []).reaches(&at(5, 5)));
        assert!(!Position::new("life-2", []).reaches(&Position::new("life-1", [])));
    }
}
