//! No effect happened twice.

use std::collections::BTreeMap;

use sea_orm::prelude::Uuid;

use super::state::{CALLBACK_COMPLETED, WORK_COMPLETED};
use super::{acknowledged, completed, tickets_of};
use crate::drill::history::{Act, Entry, Lease};
use crate::drill::snapshot::{Snapshot, Ticket};

const RULE: &str = "no effect happens twice";

pub(super) fn check(history: &[Entry], now: &Snapshot, find: &mut impl FnMut(&'static str, String)) {
    one_for_each_key(history, now, find);
    for (ticket, worked_on) in tickets_of(history, now) {
        if worked_on {
            one_effect_for_each_cause(ticket, now, find);
        }
    }
    let mut completions: BTreeMap<&Lease, u32> = BTreeMap::new();
    for lease in acknowledged(history, completed) {
        *completions.entry(lease).or_default() += 1;
    }
    for (lease, times) in completions.into_iter().filter(|(_, times)| *times > 1) {
        find(RULE, format!("{lease:?} was completed {times} times"));
    }
}

/// A command that was sent many times under one key has made one record.
fn one_for_each_key(history: &[Entry], now: &Snapshot, find: &mut impl FnMut(&'static str, String)) {
    let subjects = tally(now.tickets.iter().map(|row| row.subject.as_str()));
    let phones = tally(now.interactions.iter().map(|row| row.phone.as_str()));
    for entry in history {
        match &entry.act {
            Act::CreateTicket { subject, .. } => {
                one(subjects.get(subject.as_str()), &format!("tickets `{subject}`"), find);
            }
            Act::StartInteraction { phone, .. } => {
                let number = format!("+86{phone}");
                one(phones.get(number.as_str()), &format!("contacts of {phone}"), find);
                one(now.customers.get(&number), &format!("customers of {phone}"), find);
            }
            _ => {}
        }
    }
}

/// Every solution, answer and closing of a ticket is there once, and each has its one consequence.
fn one_effect_for_each_cause(ticket: &Ticket, now: &Snapshot, find: &mut impl FnMut(&'static str, String)) {
    let told = |kind: &str| now.timeline.get(&(ticket.id, kind.to_owned())).copied().unwrap_or_default();
    let reopened = u32::try_from(ticket.reopen_count).unwrap_or_default();
    let solved = reopened + 1;
    let work = now.assignments.iter().filter(|row| row.ticket_id == ticket.id);
    let done = work.filter(|row| row.state == WORK_COMPLETED).count();
    let callbacks: Vec<_> =
        now.callbacks.iter().filter(|callback| callback.ticket_id == Some(ticket.id)).collect();
    let answered =
        callbacks.iter().filter(|callback| callback.state == CALLBACK_COMPLETED || callback.overtaken);
    for (what, is, should) in [
        ("CREATED in its timeline", told("CREATED"), 1),
        ("REOPENED in its timeline", told("REOPENED"), reopened),
        ("RESOLVED in its timeline", told("RESOLVED"), solved),
        ("CLOSED in its timeline", told("CLOSED"), 1),
        ("completed assignments", count(done), solved),
        ("callbacks", count(callbacks.len()), solved),
        ("answered callbacks", count(answered.count()), solved),
    ] {
        if is != should {
            find(RULE, format!("ticket {} `{}`: {what}: {is}, not {should}", ticket.id, ticket.subject));
        }
    }
    let tries = |id: Uuid| now.attempts.get(&id).copied().unwrap_or_default();
    for callback in callbacks.iter().filter(|callback| callback.state == CALLBACK_COMPLETED) {
        if tries(callback.id) != 1 {
            find(RULE, format!("callback {} has {} tries, not 1", callback.id, tries(callback.id)));
        }
    }
}

fn tally<'a>(all: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u32> {
    let mut tally = BTreeMap::new();
    for one in all {
        *tally.entry(one).or_default() += 1;
    }
    tally
}

fn one(count: Option<&u32>, what: &str, find: &mut impl FnMut(&'static str, String)) {
    // What is missing is for another rule to say, where it was acknowledged.
    if let Some(count @ 2..) = count {
        find(RULE, format!("{count} {what}"));
    }
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
