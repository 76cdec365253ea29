//! Links by which a partner without an account works on one assignment (D5): what they are signed over, and what they
//! are good for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::assignment::Assignment;
use super::state::State;

pub(crate) mod making;

/// How the holders are called whose work was accepted by a link. No token of a person may name such a subject.
const PREFIX: &str = "link:";
/// Bytes of a token: link, secret, signature.
const LENGTH: usize = 16 + 16 + 16;
/// What signatures are made for, so that none is good for another purpose.
const SIGNED: &[u8] = b"hotline partner link";
/// The same of the lease tokens that links hold work by.
const LEASED: &[u8] = b"hotline partner lease";

/// The last part of a link's address. It names the link, and holds a secret that the database does not know and a
/// signature over what the link was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The link.
    pub(crate) id: Uuid,
    secret: [u8; 16],
    signature: [u8; 16],
}

/// What a link was made for and can't be changed of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bond<'a> {
    /// The link.
    pub(crate) id: Uuid,
    /// The assignment.
    pub(crate) assignment: Uuid,
    /// The team.
    pub(crate) team_key: &'a str,
    /// The assignment's epoch when the link was made.
    pub(crate) epoch: i64,
    /// Until when the link is good.
    pub(crate) expires_at: DateTime<Utc>,
}

/// The key of the suite's links.
#[derive(Clone)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// Takes a secret of any length; from 32 bytes on it is as hard to guess as the signature.
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(secret.to_vec())
    }

    /// Makes the token of a link.
    pub(crate) fn token(&self, bond: &Bond<'_>, secret: [u8; 16]) -> Token {
        let tag = self.signature(bond, &secret).finalize().into_bytes();
        let mut signature = [0; 16];
        signature.copy_from_slice(&tag[..16]);
        Token { id: bond.id, secret, signature }
    }

    /// Tells whether this key signed the token for this link; takes as long for a wrong one.
    pub(crate) fn signed(&self, bond: &Bond<'_>, token: &Token) -> bool {
        self.signature(bond, &token.secret).verify_truncated_left(&token.signature).is_ok()
    }

    /// Returns the secret of the lease by which a link's recipient holds an epoch of an assignment: nothing of it is stored.
    pub(crate) fn lease_secret(&self, assignment: Uuid, epoch: i64) -> [u8; 16] {
        let mut mac = self.mac(LEASED);
        mac.update(assignment.as_bytes());
        mac.update(&epoch.to_be_bytes());
        let tag = mac.finalize().into_bytes();
        let mut secret = [0; 16];
        secret.copy_from_slice(&tag[..16]);
        secret
    }

    fn signature(&self, bond: &Bond<'_>, secret: &[u8; 16]) -> Hmac<Sha256> {
        let mut mac = self.mac(SIGNED);
        mac.update(bond.id.as_bytes());
        mac.update(secret);
        mac.update(bond.assignment.as_bytes());
        mac.update(&bond.epoch.to_be_bytes());
        mac.update(&bond.expires_at.timestamp_micros().to_be_bytes());
        mac.update(bond.team_key.as_bytes());
        mac
    }

    fn mac(&self, purpose: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length will do");
        mac.update(purpose);
        mac
    }
}

impl Token {
    /// Reads the last part of an address; `None` for what was never given out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        Some(Self {
            id: Uuid::from_slice(&bytes[..16]).ok()?,
            secret: bytes[16..32].try_into().ok()?,
            signature: bytes[32..].try_into().ok()?,
        })
    }

    /// Returns the last part of the address.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    /// Returns what the database keeps of it, so that a copy of the database is no key to the work.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.bytes()).to_vec()
    }

    fn bytes(&self) -> Vec<u8> {
        [self.id.as_bytes().as_slice(), &self.secret, &self.signature].concat()
    }
}

/// What a link's recipient may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Accept the work.
    Open,
    /// Nothing: somebody else of the team has it offered.
    Taken,
    /// Note something, and complete it.
    Held,
    /// Nothing more: it is done.
    Done,
}

/// What decides whether a link is good.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// The team it was made for.
    pub(crate) team_key: String,
    /// The epoch of the assignment that it is good for.
    pub(crate) epoch: i64,
    /// Who holds what it accepted.
    pub(crate) holder: String,
    /// Until when it is good.
    pub(crate) expires_at: DateTime<Utc>,
    /// It was revoked, or is used up.
    pub(crate) ended: bool,
    /// The work was accepted by it.
    pub(crate) accepted: bool,
}

impl Terms {
    /// Returns what may be done by the link; `None` where it is not good any more.
    pub(crate) fn stage(&self, work: &Assignment, now: DateTime<Utc>) -> Option<Stage> {
        let is_good = !self.ended
            && now < self.expires_at
            && work.team_key == self.team_key
            && work.epoch == self.epoch;
        let is_own = work.holder == self.holder;
        match work.state {
            _ if !is_good => None,
            State::Queued if !self.accepted => Some(Stage::Open),
            State::Leased if is_own => Some(Stage::Open),
            State::Leased if !self.accepted => Some(Stage::Taken),
            State::Accepted | State::Parked if is_own => Some(Stage::Held),
            _ => None,
        }
    }
}

/// Returns as whom the recipient of a link holds work.
pub(crate) fn holder(recipient: &str) -> String {
    format!("{PREFIX}{recipient}")
}

/// Tells whether work is held by the recipient of a link.
pub(crate) fn is_holder(subject: &str) -> bool {
    subject.starts_with(PREFIX)
}

/// Returns who acts by a link: a third party of the team, and nothing else.
pub(crate) fn caller(recipient: &str, team_key: &str) -> Caller {
    Caller {
        subject: holder(recipient),
        name: recipient.to_owned(),
        roles: [Role::ThirdParty].into(),
        teams: vec![team_key.to_owned()],
        service: None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use uuid::Uuid;

    use super::super::assignment::tests::waiting;
    use super::super::state::Move;
    use super::{Bond, Key, Stage, Terms, Token, holder};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn bond() -> Bond<'static> {
        let (id, assignment) = (Uuid::from_u128(7), Uuid::from_u128(1));
        Bond { id, assignment, team_key: "vendor", epoch: 3, expires_at: at(60) }
    }

    #[test]
    fn a_token_is_good_for_what_it_was_signed_for_and_nothing_else() {
        let key = Key::new(&[1; 32]);
        let token = key.token(&bond(), [9; 16]);
        assert_eq!(Token::parse(&token.text()), Some(token.clone()));
        assert!(key.signed(&bond(), &token));
        assert!(!Key::new(&[2; 32]).signed(&bond(), &token));
        for other in [
            Bond { assignment: Uuid::from_u128(2), ..bond() },
            Bond { team_key: "other", ..bond() },
            Bond { epoch: 4, ..bond() },
            Bond { expires_at: at(61), ..bond() },
        ] {
            assert!(!key.signed(&other, &token), "{other:?}");
        }
        let text = token.text();
        for place in [0, 20, 30, 45, 63] {
            let mut altered = text.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = Token::parse(std::str::from_utf8(&altered).unwrap());
            assert!(altered.is_none_or(|altered| altered.hash() != token.hash()), "{place}");
        }
    }

    fn terms() -> Terms {
        Terms {
            team_key: "vendor".into(),
            epoch: 0,
            holder: holder("李师傅"),
            expires_at: at(60),
            ended: false,
            accepted: false,
        }
    }

    #[test]
    fn a_link_follows_its_work_until_it_is_over_for_it() {
        let (link, mut work) = (terms(), waiting(1, "vendor"));
        assert_eq!(link.stage(&work, at(1)), Some(Stage::Open));
        assert_eq!(link.stage(&work, at(60)), None, "expired");
        assert_eq!(Terms { ended: true, ..link.clone() }.stage(&work, at(1)), None, "revoked or used up");
        assert_eq!(Terms { team_key: "other".into(), ..link.clone() }.stage(&work, at(1)), None);
        work.lease(&link.holder, [7; 16], at(2)).unwrap();
        assert_eq!(link.stage(&work, at(1)), None, "of an earlier epoch");
        let link = Terms { epoch: 1, ..link };
        assert_eq!(link.stage(&work, at(1)), Some(Stage::Open), "its acceptance has begun");
        work.accept(at(1)).unwrap();
        let link = Terms { accepted: true, ..link };
        assert_eq!(link.stage(&work, at(1)), Some(Stage::Held));
        work.put_back(Move::Recall).unwrap();
        assert_eq!(link.stage(&work, at(1)), None, "it was taken away: another link is needed");
    }

    #[test]
    fn what_a_colleague_has_is_not_for_the_link() {
        let (link, mut work) = (Terms { epoch: 1, ..terms() }, waiting(1, "vendor"));
        work.lease("vendor", [7; 16], at(2)).unwrap();
        assert_eq!(link.stage(&work, at(1)), Some(Stage::Taken));
        work.accept(at(1)).unwrap();
        assert_eq!(link.stage(&work, at(1)), None);
    }
}
