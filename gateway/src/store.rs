//! The gateway's own tables: accounts and the signing key of the built-in issuer.

use hotline_core::clock;
use hotline_core::db::{Db, insert_new};
use hotline_core::error::Error;
use hotline_proto::auth::v1::Role;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::accounts::Account;

mod migrations;

pub use migrations::Migrator;

/// The one row of signing keys.
const CURRENT: &str = "current";
/// Length of a signing key, in bytes: as long as the hash that uses it.
const KEY_BYTES: usize = 32;

mod account_row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub username: String,
        pub password_hash: String,
        pub name: String,
        pub roles: Json,
        pub teams: Json,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod key_row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub secret: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Returns the account with this name and the hash of its password.
pub(crate) async fn account(db: &Db, username: &str) -> Result<Option<(Account, String)>, Error> {
    let row = account_row::Entity::find_by_id(username.to_owned()).one(db.reader()).await?;
    Ok(row.map(|row| {
        let roles = strings(&row.roles).iter().filter_map(|role| Role::from_claim(role)).collect();
        let account = Account { username: row.username, name: row.name, roles, teams: strings(&row.teams) };
        (account, row.password_hash)
    }))
}

/// Adds an account; tells whether there was none with this name.
pub(crate) async fn add_account(db: &Db, account: &Account, hash: &str) -> Result<bool, Error> {
    let roles: Vec<String> = account.roles.iter().map(|role| role.claim()).collect();
    let row = account_row::ActiveModel {
        username: Set(account.username.clone()),
        password_hash: Set(hash.to_owned()),
        name: Set(account.name.clone()),
        roles: Set(json!(roles)),
        teams: Set(json!(account.teams)),
        created_at: Set(clock::wall()),
    };
    let tx = db.begin().await?;
    let once = account_row::Column::Username;
    let new = insert_new(&*tx, row, OnConflict::column(once).do_nothing()).await?;
    tx.commit().await?;
    Ok(new)
}

/// Gives an account another password hash.
pub(crate) async fn set_hash(db: &Db, username: &str, hash: &str) -> Result<(), Error> {
    let tx = db.begin().await?;
    account_row::Entity::update_many()
        .col_expr(account_row::Column::PasswordHash, Expr::value(hash))
        .filter(account_row::Column::Username.eq(username))
        .exec(&*tx)
        .await?;
    tx.commit().await
}

/// Returns the signing key, made by whichever gateway of this database came first.
pub(crate) async fn signing_key(db: &Db) -> Result<Vec<u8>, Error> {
    let read = async || {
        let row = key_row::Entity::find_by_id(CURRENT.to_owned()).one(db.reader()).await?;
        Ok::<_, Error>(row.map(|row| row.secret))
    };
    if let Some(secret) = read().await? {
        return Ok(secret);
    }
    let row = key_row::ActiveModel {
        id: Set(CURRENT.to_owned()),
        secret: Set(rand::random::<[u8; KEY_BYTES]>().to_vec()),
        created_at: Set(clock::wall()),
    };
    let tx = db.begin().await?;
    insert_new(&*tx, row, OnConflict::column(key_row::Column::Id).do_nothing()).await?;
    tx.commit().await?;
    read().await?.ok_or_else(|| anyhow::anyhow!("the signing key vanished as it was made").into())
}

fn strings(list: &serde_json::Value) -> Vec<String> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use hotline_core::testing;

    use super::{KEY_BYTES, Migrator, signing_key};

    #[tokio::test]
    async fn all_gateways_of_a_database_sign_with_one_key() {
        for test in testing::databases::<Migrator>("gateway").await {
            let (one, other) = tokio::join!(signing_key(&test.db), signing_key(&test.db));
            let one = one.expect("a key");
            assert_eq!(one.len(), KEY_BYTES);
            assert_eq!(one, other.expect("a key"));
            assert_eq!(one, signing_key(&test.db).await.expect("a key"));
        }
    }
}
