//! What the databases and the queues hold at one time.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use hotline::roles::Role;
use hotline_core::clock;
use hotline_core::db::{Db, Pool};
use sea_orm::prelude::Uuid;
use sea_orm::{FromQueryResult, Statement};

use super::figures;
use super::ground::Site;

/// Everything that a checker looks at.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// Contacts.
    pub interactions: Vec<Interaction>,
    /// How many customers have a telephone number.
    pub customers: BTreeMap<String, u32>,
    /// Tickets.
    pub tickets: Vec<Ticket>,
    /// How often a ticket's timeline tells of something.
    pub timeline: BTreeMap<(Uuid, String), u32>,
    /// Assignments.
    pub assignments: Vec<Assignment>,
    /// Callbacks.
    pub callbacks: Vec<Callback>,
    /// How many tries a callback has.
    pub attempts: BTreeMap<Uuid, u32>,
    /// What should have been sent, applied or done long ago, in words.
    pub stuck: Vec<String>,
    /// How much waits in each queue, by the queue and by the database.
    pub queues: Vec<(String, u64, u64)>,
    /// The figures that are shown.
    pub figures: BTreeMap<&'static str, u64>,
}

/// A contact.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Interaction {
    /// Its id.
    pub id: Uuid,
    /// The number, E.164.
    pub phone: String,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A ticket.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Ticket {
    /// Its id.
    pub id: Uuid,
    /// Its subject.
    pub subject: String,
    /// Number of its state in the contract.
    pub state: i32,
    /// How often it was reopened.
    pub reopen_count: i32,
}

/// An assignment.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Assignment {
    /// Its id.
    pub id: Uuid,
    /// Its ticket.
    pub ticket_id: Uuid,
    /// Its queue.
    pub team_key: String,
    /// Number of its state in the contract.
    pub state: i32,
    /// How many leases it had.
    pub epoch: i64,
    /// When its lease ends.
    pub lease_expires_at: Option<DateTime<Utc>>,
}

/// A callback.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Callback {
    /// Its id.
    pub id: Uuid,
    /// Its ticket.
    pub ticket_id: Option<Uuid>,
    /// Number of its state in the contract.
    pub state: i32,
    /// What the customer said.
    pub satisfied: Option<bool>,
    /// News of its ticket ended it.
    pub overtaken: bool,
    /// When its lease ends.
    pub lease_expires_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Words {
    words: String,
}

#[derive(FromQueryResult)]
struct Counted {
    id: Uuid,
    kind: String,
    count: i64,
}

#[derive(FromQueryResult)]
struct Named {
    name: String,
    count: i64,
}

impl Snapshot {
    /// Takes one.
    ///
    /// # Errors
    /// When a database, a queue or the suite does not answer.
    pub async fn take(site: &Site) -> anyhow::Result<Self> {
        let mut all = Self { at: clock::wall(), ..Self::default() };
        for role in Role::ALL {
            let pool = Pool { max_connections: 2, ..Pool::default() };
            let db = Db::open(&site.location, role.name(), pool).await?;
            all.stuck.extend(stuck(role, &db, all.at).await.with_context(|| role.name())?);
            match role {
                Role::Customers => all.read_customers(&db).await?,
                Role::Tickets => all.read_tickets(&db).await?,
                Role::Dispatch => all.read_assignments(&db, site).await?,
                Role::Callbacks => all.read_callbacks(&db, site).await?,
                Role::Knowledge | Role::Kpi | Role::Gateway => {}
            }
        }
        all.figures = figures::shown(site).await?;
        Ok(all)
    }

    async fn read_customers(&mut self, db: &Db) -> anyhow::Result<()> {
        self.interactions = rows(db, "SELECT id, phone, ended_at FROM interactions").await?;
        let sql = "SELECT e164 AS name, count(*) AS count FROM customer_phones GROUP BY e164";
        self.customers = named(db, sql).await?;
        Ok(())
    }

    async fn read_tickets(&mut self, db: &Db) -> anyhow::Result<()> {
        self.tickets = rows(db, "SELECT id, subject, state, reopen_count FROM tickets").await?;
        let sql = "SELECT ticket_id AS id, kind, count(*) AS count FROM timeline GROUP BY ticket_id, kind";
        self.timeline = counted(db, sql).await?;
        Ok(())
    }

    async fn read_assignments(&mut self, db: &Db, site: &Site) -> anyhow::Result<()> {
        let sql = "SELECT id, ticket_id, team_key, state, epoch, lease_expires_at FROM assignments";
        self.assignments = rows(db, sql).await?;
        let sql = "SELECT key AS name, (SELECT count(*) FROM assignments \
                   WHERE team_key = teams.key AND state = 1) AS count FROM teams";
        self.compare_queues(named(db, sql).await?, site).await
    }

    async fn read_callbacks(&mut self, db: &Db, site: &Site) -> anyhow::Result<()> {
        let sql = "SELECT id, ticket_id, state, satisfied, overtaken, lease_expires_at FROM callbacks";
        self.callbacks = rows(db, sql).await?;
        let sql =
            "SELECT callback_id AS id, '' AS kind, count(*) AS count FROM attempts GROUP BY callback_id";
        let attempts: BTreeMap<(Uuid, String), u32> = counted(db, sql).await?;
        self.attempts = attempts.into_iter().map(|((id, _), count)| (id, count)).collect();
        let sql = "SELECT 'callbacks' AS name, count(*) AS count FROM callbacks WHERE state = 2";
        self.compare_queues(named(db, sql).await?, site).await
    }

    async fn compare_queues(&mut self, truth: BTreeMap<String, u32>, site: &Site) -> anyhow::Result<()> {
        let Some(settings) = &site.queues else { return Ok(()) };
        let queues = hotline_queue::connect(settings)?;
        for (name, waiting) in truth {
            let depth = queues.depth(&name).await?;
            self.queues.push((name, depth.waiting, waiting.into()));
        }
        Ok(())
    }
}

/// What of a service waits for something that should have happened: a second is two sweeps.
async fn stuck(role: Role, db: &Db, now: DateTime<Utc>) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    let old = now - chrono::TimeDelta::seconds(2);
    let questions = [
        ("event not delivered", "SELECT name AS words FROM outbox WHERE occurred_at < $1"),
        ("event parked", "SELECT name AS words FROM parked_events WHERE parked_at > $1 OR parked_at <= $1"),
        ("deadline not met", "SELECT kind AS words FROM deadlines WHERE due_at < $1"),
    ];
    for (what, sql) in questions {
        let asked = Statement::from_sql_and_values(db.backend(), sql, [old.into()]);
        for row in Words::find_by_statement(asked).all(db.reader()).await? {
            all.push(format!("{}: {what}: {}", role.name(), row.words));
        }
    }
    Ok(all)
}

async fn rows<T: FromQueryResult>(db: &Db, sql: &str) -> anyhow::Result<Vec<T>> {
    let asked = Statement::from_string(db.backend(), sql);
    Ok(T::find_by_statement(asked).all(db.reader()).await?)
}

async fn counted(db: &Db, sql: &str) -> anyhow::Result<BTreeMap<(Uuid, String), u32>> {
    let rows: Vec<Counted> = rows(db, sql).await?;
    rows.into_iter().map(|row| Ok(((row.id, row.kind), row.count.try_into()?))).collect()
}

async fn named(db: &Db, sql: &str) -> anyhow::Result<BTreeMap<String, u32>> {
    let rows: Vec<Named> = rows(db, sql).await?;
    rows.into_iter().map(|row| Ok((row.name, row.count.try_into()?))).collect()
}
