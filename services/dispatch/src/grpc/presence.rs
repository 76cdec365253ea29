//! Presence: who is ready and who is away (D6).

use std::collections::{BTreeMap, HashMap};

use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::time::{delta, from_proto, to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{
    ListPresenceRequest, ListPresenceResponse, Presence, PresenceState, SetPresenceRequest,
};
use prost_types::Duration;

use crate::domain::presence::from_number;
use crate::error::Error;
use crate::store::{PresenceRow, members, offering, presence};
use crate::work::Work;
use crate::work::presence::Said;

mod past;

pub(super) use past::{history, sum};

pub(super) async fn set(work: &Work, request: SetPresenceRequest) -> Result<Presence, Error> {
    let caller = caller::required()?;
    let said = Said {
        state: request.state(),
        until: from_proto(request.until.as_ref()),
        heartbeat: delta(request.heartbeat.as_ref()),
        reason: request.reason,
    };
    let (tx, row) = work.set_presence(&caller, &request.subject, said).await?;
    let reply = message(work, row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn beat(work: &Work) -> Result<Presence, Error> {
    let (tx, row) = work.beat(&caller::required()?).await?;
    let reply = message(work, row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(work: &Work, request: &ListPresenceRequest) -> Result<ListPresenceResponse, Error> {
    let sight = work.sight(&caller::required()?).await?;
    let db = work.db.reader();
    let team_key = crate::store::teams::key_of(db, &request.team_key).await?;
    if !team_key.is_empty() && !sight.covers(&team_key) {
        return Err(Core::Forbidden("the people belong to another team", "这些人员属于其他班组").into());
    }
    let mut people: BTreeMap<(String, String), Presence> = BTreeMap::new();
    let mut teams: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for member in members::all_of(db, &team_key).await? {
        if !sight.covers(&member.team_key) {
            continue;
        }
        teams.entry(member.team_key.clone()).or_default().push(member.subject.clone());
        let person =
            people.entry((member.name.clone(), member.subject.clone())).or_insert_with(|| Presence {
                subject: member.subject,
                name: member.name,
                state: PresenceState::Offline.into(),
                ..Presence::default()
            });
        person.team_keys.push(member.team_key);
    }
    for (team, subject) in presence::by_token(db, &team_key).await? {
        let listed = teams.get(&team).is_some_and(|known| known.contains(&subject));
        if listed || !sight.covers(&team) {
            continue;
        }
        teams.entry(team.clone()).or_default().push(subject.clone());
        let known = people.values_mut().find(|person| person.subject == subject);
        match known {
            Some(person) => person.team_keys.push(team),
            None => drop(people.insert((String::new(), subject.clone()), by_token(subject, team))),
        }
    }
    let mut loads: HashMap<String, u64> = HashMap::new();
    for (team, subjects) in &teams {
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        for (subject, load) in offering::loads(db, team, &subjects).await? {
            *loads.entry(subject).or_default() += load;
        }
    }
    let subjects: Vec<String> = people.keys().map(|(_, subject)| subject.clone()).collect();
    let known: HashMap<String, PresenceRow> =
        presence::of(db, &subjects).await?.into_iter().map(|row| (row.subject.clone(), row)).collect();
    let shown = |person: Presence| {
        let load = loads.get(&person.subject).copied().unwrap_or_default();
        let said = known.get(&person.subject).cloned().map(|row| message(work, row));
        let said = said.unwrap_or_else(|| person.clone());
        let Presence { name, team_keys, .. } = person;
        Presence { name, team_keys, load: i64::try_from(load).unwrap_or(i64::MAX), ..said }
    };
    Ok(ListPresenceResponse { presence: people.into_values().map(shown).collect() })
}

/// Returns somebody who is of a team by their token only, of whom no name is known.
fn by_token(subject: String, team_key: String) -> Presence {
    let state = PresenceState::Offline.into();
    Presence { subject, state, team_keys: vec![team_key], ..Presence::default() }
}

fn message(work: &Work, row: PresenceRow) -> Presence {
    let heartbeat = Some(row.heartbeat_seconds).filter(|seconds| *seconds > 0);
    Presence {
        changes_at: to_proto_optional(work.lapse(&row).map(|(at, _)| at)),
        until: to_proto_optional(row.until),
        heartbeat: heartbeat.map(|seconds| Duration { seconds: seconds.into(), nanos: 0 }),
        seen_at: to_proto_optional(row.seen_at),
        reported: row.reported,
        state: from_number(row.state).into(),
        subject: row.subject,
        reason: row.reason,
        since: Some(to_proto(row.since)),
        changed_by: row.changed_by,
        ..Presence::default()
    }
}
