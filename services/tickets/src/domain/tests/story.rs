//! A ticket and what was told of it while commands were given.

use super::*;

/// What a run of commands leaves behind.
#[derive(Clone)]
pub(super) struct Story {
    pub(super) ticket: Ticket,
    pub(super) entries: Vec<Entry>,
    pub(super) told: Vec<What>,
}

impl Story {
    pub(super) fn begin(draft: Draft<'_>) -> Self {
        let told = draft.happenings.into_iter().map(|happening| happening.what).collect();
        Self { ticket: draft.ticket, entries: draft.entries, told }
    }

    /// Runs one command; what is refused changes nothing.
    pub(super) fn at(
        &mut self,
        time: DateTime<Utc>,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.by(&RULES, time, decide)
    }

    /// Runs one command by other rules than the shipped ones.
    pub(super) fn by(
        &mut self,
        rules: &Rules,
        time: DateTime<Utc>,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut draft = Draft::new(self.ticket.clone(), rules, time, who("agent"));
        draft.catch_up()?;
        decide(&mut draft)?;
        draft.ticket.note_stint(time);
        self.entries.append(&mut draft.entries);
        self.told.extend(draft.happenings.into_iter().map(|happening| happening.what));
        self.ticket = draft.ticket;
        Ok(())
    }

    /// Runs one command at a wall time in Shanghai, which must not be refused.
    pub(super) fn then(&mut self, time: &str, decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>) {
        self.at(at(time), decide).expect("is legal");
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.entries.iter().map(|entry| entry.kind.name()).collect()
    }

    /// Returns the timeline as it is read: in order of time.
    pub(super) fn timeline(&self) -> Vec<Entry> {
        let mut entries = self.entries.clone();
        entries.sort_by_key(|entry| entry.at);
        entries
    }

    /// Returns when a clock told something of this kind.
    pub(super) fn told_at(&self, which: Which, kind: Kind) -> Vec<DateTime<Utc>> {
        let of_clock = |entry: &&Entry| {
            entry.kind == kind && entry.details.get("clock").is_some_and(|name| name == which.name())
        };
        self.entries.iter().filter(of_clock).map(|entry| entry.at).collect()
    }

    pub(super) fn due(&self, which: Which) -> DateTime<Utc> {
        self.ticket.clock(which).expect("a target applies").due_at
    }
}
