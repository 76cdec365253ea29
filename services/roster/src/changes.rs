//! Changes of a book: each returns the book after it, or why it can't be.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::{DayKind, Span};
use uuid::Uuid;

use crate::book::{Book, around};
use crate::shift::Shift;
use crate::swap::{SwapStatus, Taken};
use crate::{LeaveState, Override, Refusal, Roster, StandsOn, Wall};

impl Book {
    /// Publishes a roster: from now on it says who is on duty on its dates.
    ///
    /// # Errors
    /// [`Refusal::RostersMeet`], [`Refusal::HolidayUnnamed`], those of [`crate::Staff::check`] for anybody it names, and
    /// where it leaves a gap or puts somebody on duty twice.
    pub fn publish(&self, roster: Roster) -> Result<Self, Refusal> {
        let own = self.rosters.iter().filter(|other| other.team == roster.team);
        if let Some(other) = own.into_iter().find(|other| other.meets(&roster)) {
            return Err(Refusal::RostersMeet { first: other.first, last: other.last });
        }
        for person in roster.people() {
            self.staff.check(&roster.team, person, roster.first)?;
        }
        let calendar = self.calendars.get(&roster.calendar)?;
        for date in roster.first.iter_days().take_while(|date| *date <= roster.last) {
            if let DayKind::Holiday { name } = calendar.day_kind(date)?
                && !roster.holidays.contains_key(&name)
            {
                return Err(Refusal::HolidayUnnamed { name });
            }
        }
        let spans = all_of(&roster).spans();
        let mut next = self.clone();
        next.rosters.push(roster);
        self.checked(next, &spans)
    }

    /// Takes a published roster back that has not begun and on which nothing stands; unknown ones change nothing.
    ///
    /// # Errors
    /// [`Refusal::RosterBegun`], and [`Refusal::StandsOn`] with what has to be taken back first.
    pub fn withdraw(&self, id: Uuid, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let Some(roster) = self.rosters.iter().find(|roster| roster.id == id) else {
            return Ok(self.clone());
        };
        let spans = all_of(roster).spans();
        let mut own = self.within(&roster.team, &spans)?;
        own.retain(|shift| shift.roster == id);
        if let Some(first) = own.first().filter(|first| first.span.from <= now) {
            return Err(Refusal::RosterBegun { at: first.span.from });
        }
        let swaps = self.swaps.iter().filter(|swap| swap.team == roster.team && !swap.deleted);
        let swaps = swaps.map(|swap| (StandsOn::Swap, &swap.requester, &swap.wall));
        let leaves = self.leaves.iter().filter(|leave| leave.team == roster.team && leave.is_granted());
        let leaves = leaves.map(|leave| (StandsOn::Leave, &leave.person, &leave.wall));
        let overrides = self.overrides.iter().filter(|one| one.team == roster.team);
        let overrides = overrides.map(|one| (StandsOn::Override, &one.person, &one.wall));
        for (what, person, wall) in swaps.chain(leaves).chain(overrides) {
            let times = wall.spans();
            if own.iter().any(|shift| meet(&[shift.span], &times)) {
                return Err(Refusal::StandsOn { what, person: person.clone(), wall: *wall });
            }
        }
        let mut next = self.clone();
        next.rosters.retain(|roster| roster.id != id);
        Ok(next)
    }

    /// Puts somebody on duty by name, from now on at the earliest.
    ///
    /// # Errors
    /// [`Refusal::Begun`], [`Refusal::NoDuty`], [`Refusal::SwapAgreed`], those of [`crate::Staff::check`], and where it
    /// leaves a gap or puts somebody on duty twice.
    pub fn put_on(&self, new: Override, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let spans = new.wall.ahead(now)?;
        let (team, person) = (new.team.clone(), new.person.clone());
        self.check_staff(&self.duty(&team, &new.wall, &spans)?, &person)?;
        let mut next = self.clone();
        next.overrides.push(new);
        if next.within(&team, &spans)?.iter().any(|shift| shift.person != person) {
            return Err(Refusal::SwapAgreed);
        }
        self.checked(next, &spans)
    }

    /// Takes an override back that has not begun; unknown ones change nothing.
    ///
    /// # Errors
    /// [`Refusal::Begun`], and where it leaves a gap or puts somebody on duty twice.
    pub fn put_off(&self, id: Uuid, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let Some(old) = self.overrides.iter().find(|one| one.id == id) else { return Ok(self.clone()) };
        let spans = old.wall.ahead(now)?;
        let mut next = self.clone();
        next.overrides.retain(|one| one.id != id);
        self.checked(next, &spans)
    }

    /// Returns when the duty begins that somebody asks a colleague to take.
    ///
    /// # Errors
    /// [`Refusal::Begun`], [`Refusal::NoDuty`], and [`Refusal::NotTheirs`] where some of it is somebody else's.
    pub fn ask(
        &self,
        team: &str,
        wall: &Wall,
        requester: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Refusal> {
        let spans = wall.ahead(now)?;
        let duty = self.duty(team, wall, &spans)?;
        check_is_of(&duty, requester)?;
        Ok(duty.first().map_or(now, |shift| shift.span.from))
    }

    /// Lets a colleague take an open swap: from then on the colleague is on duty.
    ///
    /// # Errors
    /// [`Refusal::OwnSwap`], [`Refusal::SwapClosed`], [`Refusal::NotTheirs`] where some of it is no longer the
    /// requester's, those of [`crate::Staff::check`], and where it leaves a gap or puts somebody on duty twice.
    pub fn take(&self, id: Uuid, by: &str, order: i64, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let swap = self.swap(id).ok_or(Refusal::SwapClosed { status: SwapStatus::Deleted })?;
        if swap.requester == by {
            return Err(Refusal::OwnSwap);
        }
        match swap.status(now) {
            SwapStatus::Open => {}
            status => return Err(Refusal::SwapClosed { status }),
        }
        let spans = swap.wall.spans();
        let duty = self.duty(&swap.team, &swap.wall, &spans)?;
        check_is_of(&duty, &swap.requester)?;
        self.check_staff(&duty, by)?;
        let mut next = self.clone();
        next.change_swap(id, |swap| swap.taken = Some(Taken { by: by.to_owned(), order }));
        self.checked(next, &spans)
    }

    /// Takes a swap back: where it was taken, who asked is on duty again.
    ///
    /// # Errors
    /// [`Refusal::SwapClosed`] for one that was taken back already, [`Refusal::Begun`] and [`Refusal::BuiltOn`] for one
    /// that was taken, and where it leaves a gap or puts somebody on duty twice.
    pub fn give_back(&self, id: Uuid, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let swap = self.swap(id).filter(|swap| !swap.deleted);
        let swap = swap.ok_or(Refusal::SwapClosed { status: SwapStatus::Deleted })?;
        let mut next = self.clone();
        next.change_swap(id, |swap| swap.deleted = true);
        let Some(taken) = &swap.taken else { return Ok(next) };
        let spans = swap.wall.ahead(now)?;
        let later = self.swaps.iter().filter(|other| {
            other.team == swap.team && other.in_force().is_some_and(|other| other.order > taken.order)
        });
        if later.into_iter().any(|other| meet(&other.wall.spans(), &spans)) {
            return Err(Refusal::BuiltOn);
        }
        self.checked(next, &spans)
    }

    /// Grants a leave with a cover, who is on duty wherever the person would be for the team.
    ///
    /// # Errors
    /// [`Refusal::LeaveDecided`], [`Refusal::OwnCover`], [`Refusal::Begun`], those of [`crate::Staff::check`] for the
    /// cover, and where it leaves a gap (such as what the person took on in a swap, or does for another team) or puts the
    /// cover on duty twice.
    pub fn grant(&self, id: Uuid, cover: &str, order: i64, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let leave = self.leaves.iter().find(|leave| leave.id == id);
        let leave =
            leave.filter(|leave| leave.state == LeaveState::Requested).ok_or(Refusal::LeaveDecided)?;
        if leave.person == cover {
            return Err(Refusal::OwnCover);
        }
        let spans = leave.wall.ahead(now)?;
        let mut duty = self.within(&leave.team, &spans)?;
        duty.retain(|shift| shift.person == leave.person);
        self.staff.check(&leave.team, cover, leave.wall.from.date())?;
        self.check_staff(&duty, cover)?;
        let mut next = self.clone();
        for leave in next.leaves.iter_mut().filter(|leave| leave.id == id) {
            (leave.state, leave.cover, leave.order) = (LeaveState::Approved, cover.to_owned(), order);
        }
        self.checked(next, &spans)
    }

    /// Takes back a leave that has not begun, or was not granted: the person is on duty again as before.
    ///
    /// # Errors
    /// [`Refusal::LeaveDecided`] for one that was refused or taken back, [`Refusal::Begun`], and where it leaves a gap or
    /// puts somebody on duty twice.
    pub fn stay(&self, id: Uuid, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let leave = self.leaves.iter().find(|leave| leave.id == id);
        let open = |state| matches!(state, LeaveState::Requested | LeaveState::Approved);
        let leave = leave.filter(|leave| open(leave.state)).ok_or(Refusal::LeaveDecided)?;
        let mut next = self.clone();
        for leave in next.leaves.iter_mut().filter(|leave| leave.id == id) {
            leave.state = LeaveState::Withdrawn;
        }
        if !leave.is_granted() {
            return Ok(next);
        }
        let spans = leave.wall.ahead(now)?;
        self.checked(next, &spans)
    }

    fn duty(&self, team: &str, wall: &Wall, spans: &[Span]) -> Result<Vec<Shift>, Refusal> {
        let duty = self.within(team, spans)?;
        if duty.is_empty() { Err(Refusal::NoDuty { wall: *wall }) } else { Ok(duty) }
    }

    fn check_staff(&self, duty: &[Shift], person: &str) -> Result<(), Refusal> {
        duty.iter().try_for_each(|shift| self.staff.check(&shift.team, person, shift.date))
    }

    fn change_swap(&mut self, id: Uuid, change: impl Fn(&mut crate::Swap)) {
        self.swaps.iter_mut().filter(|swap| swap.id == id).for_each(change);
    }

    /// Returns the next book unless something is wrong with it within the spans that was not so before.
    fn checked(&self, next: Self, spans: &[Span]) -> Result<Self, Refusal> {
        let Some(span) = around(spans) else { return Ok(next) };
        let known = self.faults(span)?;
        let fault = next.faults(span)?.into_iter().find(|fault| !known.iter().any(|old| old.holds(fault)));
        fault.map_or(Ok(next), |fault| Err(Refusal::from(fault)))
    }
}

/// Returns all the time of a roster's dates.
fn all_of(roster: &Roster) -> Wall {
    let midnight = |date: chrono::NaiveDate| date.and_hms_opt(0, 0, 0).unwrap_or_default();
    Wall { from: midnight(roster.first), to: midnight(roster.last) + TimeDelta::days(1), zone: roster.zone }
}

fn check_is_of(duty: &[Shift], person: &str) -> Result<(), Refusal> {
    match duty.iter().find(|shift| shift.person != person) {
        None => Ok(()),
        Some(other) => Err(Refusal::NotTheirs {
            person: person.to_owned(),
            other: other.person.clone(),
            from: other.span.from,
            zone: other.zone,
        }),
    }
}

fn meet(some: &[Span], others: &[Span]) -> bool {
    some.iter().any(|one| others.iter().any(|other| !one.clip(other).is_empty()))
}
