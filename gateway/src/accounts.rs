//! The accounts of the built-in issuer, for the embedded default: names with argon2id hashes of their passwords.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use hotline_core::db::Db;
use hotline_proto::auth::v1::Role;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::Error;
use crate::store;

/// Passwords hashed at once: each takes 19 MiB and some 40 ms of a core.
const AT_ONCE: usize = 4;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(3);
/// Shorter passwords are refused (NIST SP 800-63B), longer ones are not hashed; in characters and bytes.
const SHORTEST: usize = 8;
const LONGEST: usize = 200;

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it signs in with, and the `sub` of its tokens: small letters, digits, `.`, `_`, `-`; at most 100.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// Keys of its teams.
    pub teams: Vec<String>,
}

/// The accounts of one database. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    db: Db,
    turns: Arc<Semaphore>,
}

impl Accounts {
    /// Returns the accounts in this database.
    pub fn new(db: Db) -> Self {
        Self { db, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Makes an account; one that exists stays as it is. Tells whether it was made.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a name or password that can't be used; [`Error::Core`] when the database fails.
    pub async fn create(&self, account: &Account, password: &str) -> Result<bool, Error> {
        check(account, password)?;
        if store::account(&self.db, &account.username).await?.is_some() {
            return Ok(false);
        }
        let password = password.to_owned();
        let hash = self.in_turn(move || hash(&password)).await??;
        Ok(store::add_account(&self.db, account, &hash).await?)
    }

    /// Gives an account another password.
    ///
    /// # Errors
    /// As [`Self::create`]. An account that does not exist is left so.
    pub async fn set_password(&self, account: &Account, password: &str) -> Result<(), Error> {
        check(account, password)?;
        let password = password.to_owned();
        let hash = self.in_turn(move || hash(&password)).await??;
        Ok(store::set_hash(&self.db, &account.username, &hash).await?)
    }

    /// Returns the account with this name and password.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], after the same work for a name that does not exist; [`Error::Overloaded`] when too
    /// many sign in at once.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<Account, Error> {
        let found = store::account(&self.db, username).await?;
        let (account, hash) = match found {
            Some((account, hash)) => (Some(account), hash),
            None => (None, DECOY.clone()),
        };
        let password = password.to_owned();
        let matches = self.in_turn(move || {
            password.len() <= LONGEST
                && Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()
        });
        let matches = matches.await?;
        account.filter(|_| matches).ok_or(Error::WrongPassword)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Overloaded)?.map_err(internal)?;
        let done = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(internal)
    }
}

/// What the password of a name that does not exist is compared with.
static DECOY: LazyLock<String> = LazyLock::new(|| hash("nobody has this one").unwrap_or_default());

fn hash(password: &str) -> Result<String, Error> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| internal(anyhow::anyhow!("a password can't be hashed: {error}")))
}

fn internal(error: impl Into<anyhow::Error>) -> Error {
    hotline_core::error::Error::Internal(error.into()).into()
}

fn check(account: &Account, password: &str) -> Result<(), Error> {
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
    let name = &account.username;
    if !(1..=100).contains(&name.len()) || !name.chars().all(plain) || name == "anonymous" {
        let en = "must be 1 to 100 small letters, digits, dots, hyphens or underscores";
        return Err(Error::malformed("username", en, "必须是 1 到 100 个小写字母、数字、点、连字符或下划线"));
    }
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        let en = format!("must have {SHORTEST} characters or more, and at most {LONGEST} bytes");
        return Err(Error::malformed("password", en, format!("至少 {SHORTEST} 个字符，至多 {LONGEST} 字节")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hotline_core::testing;
    use hotline_proto::auth::v1::Role;

    use super::{Account, Accounts};
    use crate::error::Error;
    use crate::{Migrator, NAME};

    fn agent() -> Account {
        Account {
            username: "agent".into(),
            name: "坐席".into(),
            roles: vec![Role::Agent],
            teams: vec!["first-line".into()],
        }
    }

    #[tokio::test]
    async fn an_account_signs_in_with_its_own_password_only() {
        for test in testing::databases::<Migrator>(NAME).await {
            let accounts = Accounts::new(test.db.clone());
            assert!(accounts.create(&agent(), "correct horse").await.expect("made"));
            assert_eq!(accounts.sign_in("agent", "correct horse").await.expect("in"), agent());
            let wrong = accounts.sign_in("agent", "correct hors").await;
            assert!(matches!(wrong, Err(Error::WrongPassword)));
            let nobody = accounts.sign_in("nobody", "correct horse").await;
            assert!(matches!(nobody, Err(Error::WrongPassword)));
        }
    }

    #[tokio::test]
    async fn an_account_that_exists_keeps_its_password() {
        let test = testing::sqlite::<Migrator>(NAME).await;
        let accounts = Accounts::new(test.db.clone());
        assert!(accounts.create(&agent(), "the first one").await.expect("made"));
        assert!(!accounts.create(&agent(), "another one").await.expect("there already"));
        accounts.sign_in("agent", "the first one").await.expect("still good");
    }

    #[tokio::test]
    async fn names_and_passwords_that_can_not_be_used_are_refused() {
        let test = testing::sqlite::<Migrator>(NAME).await;
        let accounts = Accounts::new(test.db.clone());
        for name in ["", "Agent", "service:tickets", "anonymous", "a b"] {
            let account = Account { username: name.into(), ..agent() };
            let refused = accounts.create(&account, "long enough").await;
            assert!(matches!(refused, Err(Error::Malformed { .. })), "{name}");
        }
        assert!(matches!(accounts.create(&agent(), "short").await, Err(Error::Malformed { .. })));
    }
}
