//! Tags and watchers of a ticket (T17).

use std::collections::BTreeSet;

use hotline_core::error::Field;

use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::Event;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// The most tags of a ticket.
const MOST_TAGS: usize = 50;
/// The most watchers of a ticket.
const MOST_WATCHERS: usize = 200;

impl Draft<'_> {
    /// Adds tags and takes some away. Tags are compared without regard to case and surrounding blanks.
    ///
    /// # Errors
    /// [`Error::State`]; [`Error::Fields`] for too many or an empty one.
    pub(crate) fn tag(&mut self, add: &[String], remove: &[String]) -> Result<(), Error> {
        self.step(Event::Tag)?;
        let (add, remove) = (words(add, "add")?, words(remove, "remove")?);
        let before = self.ticket.matters.tags.clone();
        let tags = &mut self.ticket.matters.tags;
        tags.retain(|tag| !remove.contains(tag));
        tags.extend(add);
        if tags.len() > MOST_TAGS {
            return Err(refused(
                "add",
                &format!("a ticket has at most {MOST_TAGS} tags"),
                &format!("标签最多 {MOST_TAGS} 个"),
            ));
        }
        let details = changed(&before, &self.ticket.matters.tags);
        if !details.is_empty() {
            self.log(Kind::Tagged, "", details);
            self.tell(What::Updated(vec!["tags".to_owned()]));
        }
        Ok(())
    }

    /// Lets somebody watch the ticket.
    ///
    /// # Errors
    /// [`Error::State`]; [`Error::Fields`] for too many.
    pub(crate) fn watch(&mut self, subject: &str) -> Result<(), Error> {
        self.step(Event::Watch)?;
        let before = self.ticket.matters.watchers.clone();
        self.ticket.matters.watchers.insert(subject.to_owned());
        if self.ticket.matters.watchers.len() > MOST_WATCHERS {
            let (en, zh) = (
                format!("a ticket has at most {MOST_WATCHERS} watchers"),
                format!("关注人最多 {MOST_WATCHERS} 个"),
            );
            return Err(refused("subject", &en, &zh));
        }
        self.watched(&before);
        Ok(())
    }

    /// Lets somebody watch the ticket no more.
    ///
    /// # Errors
    /// [`Error::State`].
    pub(crate) fn unwatch(&mut self, subject: &str) -> Result<(), Error> {
        self.step(Event::Watch)?;
        let before = self.ticket.matters.watchers.clone();
        self.ticket.matters.watchers.remove(subject);
        self.watched(&before);
        Ok(())
    }

    fn watched(&mut self, before: &BTreeSet<String>) {
        let details = changed(before, &self.ticket.matters.watchers);
        if !details.is_empty() {
            self.log(Kind::Watched, "", details);
        }
    }
}

fn words(given: &[String], field: &str) -> Result<BTreeSet<String>, Error> {
    let words: BTreeSet<String> = given.iter().map(|word| word.trim().to_lowercase()).collect();
    if words.contains("") {
        return Err(refused(field, "has an empty tag", "含有空标签"));
    }
    Ok(words)
}

fn changed(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Details {
    let listed = |words: Vec<&String>| words.into_iter().cloned().collect::<Vec<_>>().join(", ");
    Details::default()
        .with("added", listed(after.difference(before).collect()))
        .with("removed", listed(before.difference(after).collect()))
}

fn refused(path: &str, en: &str, zh: &str) -> Error {
    Error::Fields(vec![Field { path: path.into(), en: en.into(), zh: zh.into() }])
}
