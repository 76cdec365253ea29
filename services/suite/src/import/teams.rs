//! The teams that a file names: the key of each, and the making of those that are missing.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, ensure};
use hotline_core::upstream::Upstream;
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::{CreateTeamRequest, ListTeamsRequest, Team as Message, TeamKind};
use sha2::{Digest, Sha256};
use tonic::Code;

use super::mapping::Team;

/// Teams that a file may name: more is a column of something else.
const MOST: usize = 5000;
/// Characters of a key, as in the contract.
const KEY: usize = 59;
/// Characters of a name, as in the contract.
const NAME: usize = 100;

/// Names by key.
#[derive(Debug, Default)]
pub(super) struct Teams(BTreeMap<String, String>);

impl Teams {
    /// Notes a team that a row names.
    pub(super) fn note(&mut self, team: &Team, name: &str) -> anyhow::Result<()> {
        if !name.is_empty() {
            self.0.entry(key(team, name)).or_insert_with(|| name.chars().take(NAME).collect());
        }
        ensure!(
            self.0.len() <= MOST,
            "`{}` names more than {MOST} teams: is it the right column?",
            team.column
        );
        Ok(())
    }

    /// Returns the names of teams that are not there yet, by key.
    pub(super) async fn missing(
        self,
        dispatch: &mut DispatchServiceClient<Upstream>,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let known = all(dispatch).await.context("teams")?;
        Ok(self.0.into_iter().filter(|(key, _)| !known.contains(key)).collect())
    }

    /// Returns how many teams the file names.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Makes teams; returns how many there were not.
pub(super) async fn make(
    dispatch: &mut DispatchServiceClient<Upstream>,
    team: &Team,
    missing: BTreeMap<String, String>,
) -> anyhow::Result<u64> {
    let kind = TeamKind::from_str_name(&team.kind).unwrap_or(TeamKind::SecondLine);
    let mut made = 0;
    for (key, name) in missing {
        let message = Message {
            key: key.clone(),
            name_zh: name.clone(),
            name_en: name,
            kind: kind.into(),
            calendar: team.calendar.clone(),
            ..Message::default()
        };
        match dispatch.create_team(CreateTeamRequest { team: Some(message) }).await {
            Ok(_) => made += 1,
            // Somebody else made it meanwhile.
            Err(status) if status.code() == Code::AlreadyExists => {}
            Err(status) => return Err(status).with_context(|| format!("the team `{key}`")),
        }
    }
    Ok(made)
}

async fn all(dispatch: &mut DispatchServiceClient<Upstream>) -> Result<HashSet<String>, tonic::Status> {
    let (mut keys, mut page_token) = (HashSet::new(), String::new());
    loop {
        let page = dispatch.list_teams(ListTeamsRequest { page_size: 500, page_token }).await?.into_inner();
        keys.extend(page.teams.into_iter().map(|team| team.key));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(keys);
        }
    }
}

/// Tells whether the contract takes this for the key of a team.
pub(super) fn is_key(text: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (2..=KEY).contains(&text.len())
        && text.starts_with(letter)
        && text.chars().all(|each| letter(each) || each == '-')
}

/// Returns the key of a team: the one that the mapping gives, else the name's slug; empty without a name.
pub(super) fn key(team: &Team, name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    team.values.get(name).cloned().unwrap_or_else(|| slug(name))
}

/// Returns `group-70` for `Group 70`. A name that has no such form, or too long a one, is told from others by its hash.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let whole = slug.trim_end_matches('-');
    if name.is_ascii() && (2..=KEY).contains(&whole.len()) {
        return whole.to_owned();
    }
    let hash = Sha256::digest(name.as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let start = &whole[..whole.len().min(KEY - hash.len() - 1)];
    let start = if start.is_empty() { "team" } else { start.trim_end_matches('-') };
    format!("{start}-{hash}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{is_key, slug};

    #[test]
    fn a_name_becomes_a_key_that_the_contract_takes() {
        assert_eq!(slug("Group 70"), "group-70");
        assert_eq!(slug("  2nd line (Network) "), "2nd-line-network");
        let long = "x".repeat(80);
        let names = ["网络二线", "网络一线", "A", "?!", "Ä-Team", &long, "Group 70 网络"];
        let keys: HashSet<String> = names.iter().map(|name| slug(name)).collect();
        assert_eq!(keys.len(), names.len());
        for key in keys {
            assert!(is_key(&key), "{key}");
        }
    }
}
