//! Makes many of every imported ticket where tickets are stored: an import of a million takes the better part of an hour.
//! Copies lie at the same times and belong to copies of the same customers; figures count them.

use anyhow::Context;
use hotline_core::db::Db;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::installation::Installation;

/// What one service stores of tickets.
struct Stored {
    service: &'static str,
    tables: &'static [Table],
}

/// A table, and what is different in a copy of a row.
struct Table {
    name: &'static str,
    /// Ids: those of the copies differ in their last digits, and lie beside the first.
    ids: &'static [&'static str],
    /// Texts of which there is one each.
    unique: &'static [&'static str],
}

const STORED: [Stored; 3] = [
    Stored {
        service: "customers",
        tables: &[
            Table { name: "customers", ids: &["id"], unique: &["external_key"] },
            Table { name: "customer_phones", ids: &["customer_id"], unique: &["e164"] },
        ],
    },
    Stored {
        service: "tickets",
        tables: &[
            Table { name: "tickets", ids: &["id", "customer_id"], unique: &["number", "external_key"] },
            Table { name: "timeline", ids: &["id", "ticket_id"], unique: &[] },
        ],
    },
    Stored {
        service: "kpi",
        tables: &[
            Table { name: "facts", ids: &["event_id"], unique: &[] },
            Table { name: "history", ids: &["event_id"], unique: &[] },
            Table { name: "standings", ids: &["ticket_id"], unique: &[] },
        ],
    },
];

/// What names a cell of the figures; what it holds is added up.
const CELL: [&str; 6] = ["draft", "grouping", "level", "measure", "start", "members"];

/// Keeps what was imported aside, to be copied later.
pub async fn keep(installation: &Installation) -> anyhow::Result<()> {
    for Stored { service, tables } in &STORED {
        let db = installation.database(service).await?;
        for Table { name, .. } in *tables {
            run(&db, &format!("CREATE TABLE first_{name} AS SELECT * FROM {name}")).await?;
        }
        if *service == "kpi" {
            run(&db, "CREATE TABLE first_rollups AS SELECT * FROM rollups").await?;
        }
    }
    Ok(())
}

/// Adds the copies from number `first` to number `last` of everything that was kept aside.
pub async fn copy(installation: &Installation, first: u64, last: u64) -> anyhow::Result<()> {
    for Stored { service, tables } in &STORED {
        let db = installation.database(service).await?;
        for table in *tables {
            run(&db, &table.copy(&db, first, last).await?).await?;
        }
        if *service == "kpi" {
            run(&db, &add_up(last + 1 - first)).await?;
        }
        // As it would be after some days: with statistics, and on PostgreSQL with what every reader may see noted.
        let tend = if db.backend() == DbBackend::Postgres { "VACUUM ANALYZE" } else { "ANALYZE" };
        run(&db, tend).await?;
    }
    Ok(())
}

impl Table {
    async fn copy(&self, db: &Db, first: u64, last: u64) -> anyhow::Result<String> {
        let columns = columns(db, self.name).await?;
        let values: Vec<String> = columns.iter().map(|column| self.value(db.backend(), column)).collect();
        let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let (name, columns, values) = (self.name, names.join(", "), values.join(", "));
        Ok(format!(
            "INSERT INTO {name} ({columns}) \
             WITH RECURSIVE copies(copy) AS \
             (SELECT {first} UNION ALL SELECT copy + 1 FROM copies WHERE copy < {last}) \
             SELECT {values} FROM first_{name} CROSS JOIN copies"
        ))
    }

    fn value(&self, backend: DbBackend, name: &str) -> String {
        let column = quoted(name);
        if self.unique.contains(&name) {
            return format!("{column} || '-' || copy");
        }
        if !self.ids.contains(&name) {
            return column;
        }
        // The last four bytes of a UUIDv7 are random; what is before them says when it was made.
        match backend {
            DbBackend::Postgres => {
                format!("(left(replace({column}::text, '-', ''), 24) || lpad(to_hex(copy), 8, '0'))::uuid")
            }
            _ => format!("unhex(substr(hex({column}), 1, 24) || printf('%08X', copy))"),
        }
    }
}

fn add_up(copies: u64) -> String {
    let same = CELL.map(|column| format!("rollups.{0} = cell.{0}", quoted(column))).join(" AND ");
    format!(
        "UPDATE rollups SET count = rollups.count + cell.count * {copies}, sum = rollups.sum + cell.sum * {copies} \
         FROM first_rollups AS cell WHERE {same}"
    )
}

/// Returns a column's name as statements write it.
pub fn quoted(column: &str) -> String {
    format!("\"{column}\"")
}

/// Returns the columns of a table that are not counted by the database itself.
pub async fn columns(db: &Db, table: &str) -> anyhow::Result<Vec<String>> {
    let sql = match db.backend() {
        DbBackend::Postgres => format!(
            "SELECT column_name::text AS name FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}' AND is_identity = 'NO'"
        ),
        _ => format!("SELECT name FROM pragma_table_info('{table}')"),
    };
    let rows = db.reader().query_all_raw(Statement::from_string(db.backend(), sql)).await?;
    Ok(rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?)
}

async fn run(db: &Db, sql: &str) -> anyhow::Result<()> {
    db.reader().execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
    Ok(())
}
