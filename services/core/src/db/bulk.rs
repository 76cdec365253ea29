//! Many rows in statements of few texts. A text that grows with its rows is another one for nearly every number of
//! them: the database plans each anew, and each stays in its connection's cache with room for all its values.
//!
//! PostgreSQL takes a column as one array, so one text fits every number of rows. `SQLite` knows no arrays: there rows
//! are cut into pieces of a few sizes.

use std::collections::BTreeMap;

use futures::join;
use sea_orm::sea_query::{
    ColumnRef, Expr, ExprTrait, Func, InsertStatement, IntoIden, OnConflict, PgFunc, Query, SelectStatement,
    ValueTuple,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Iterable, Value,
};

use crate::error::Error;

/// Rows of one statement on `SQLite`, the most first; the few that are left after them have one of their own. With up
/// to 32 columns their values stay below its bound, 32,766.
const SIZES: [usize; 5] = [1000, 500, 250, 120, 60];
/// Rows of one statement on PostgreSQL at most: a message of a few megabytes.
const MOST: usize = 5000;

/// Cuts rows into those of one statement each.
pub fn pieces<T>(backend: DbBackend, rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let size = match backend {
            DbBackend::Sqlite => SIZES.into_iter().find(|size| *size <= rows.len()).unwrap_or(rows.len()),
            _ => rows.len().min(MOST),
        };
        (size > 0).then(|| rows.by_ref().take(size).collect())
    })
}

/// Inserts rows; with `conflict`, those that are there already are treated as it says. While the database works on one
/// statement, the next is made.
///
/// # Errors
/// [`Error::Database`]; of the rows before the failing ones some may be in, so roll back.
pub async fn insert<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    rows: Vec<E::Model>,
    conflict: Option<OnConflict>,
) -> Result<(), Error>
where
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let backend = connection.get_database_backend();
    let mut statements = inserts::<E>(backend, rows, conflict).map(|insert| backend.build(&insert));
    let mut next = statements.next();
    while let Some(statement) = next {
        let (written, made) = join!(connection.execute_raw(statement), async { statements.next() });
        written?;
        next = made;
    }
    Ok(())
}

/// Returns the statements that insert rows, for a transaction that puts them off.
pub fn inserts<E: EntityTrait>(
    backend: DbBackend,
    rows: Vec<E::Model>,
    conflict: Option<OnConflict>,
) -> impl Iterator<Item = InsertStatement>
where
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let values = |row: E::Model| {
        let mut row = row.into_active_model();
        E::Column::iter().filter_map(|column| row.take(column).into_value()).collect()
    };
    pieces(backend, rows).flat_map(move |rows| {
        let rows = rows.into_iter().map(values).collect();
        let columns: Vec<_> = E::Column::iter().collect();
        inserts_of(backend, E::default(), &columns, rows, conflict.as_ref()).into_iter()
    })
}

/// Returns the statements that insert the rows of one piece; values come in the order of `columns`.
pub(crate) fn inserts_of<C: IntoIden + Copy>(
    backend: DbBackend,
    table: impl IntoIden,
    columns: &[C],
    rows: Vec<Vec<Value>>,
    conflict: Option<&OnConflict>,
) -> Vec<InsertStatement> {
    let mut insert = Query::insert();
    insert.into_table(table.into_iden());
    if let Some(conflict) = conflict {
        insert.on_conflict(conflict.clone());
    }
    if backend == DbBackend::Sqlite {
        insert.columns(columns.iter().copied());
        for row in rows {
            insert.values_panic(row.into_iter().map(Into::into));
        }
        return vec![insert];
    }
    // An array has no empty places here: what is NULL is left out, which makes it NULL.
    let mut alike: BTreeMap<Vec<bool>, Vec<Vec<Value>>> = BTreeMap::new();
    for row in rows {
        let given = row.iter().map(Value::is_some).collect();
        alike.entry(given).or_default().push(row);
    }
    let given = |(given, rows): (Vec<bool>, Vec<Vec<Value>>)| {
        let columns = columns.iter().zip(&given).filter(|(_, given)| **given).map(|(column, _)| *column);
        let rows = rows.into_iter().map(|row| row.into_iter().filter(Value::is_some).collect()).collect();
        let mut insert = insert.clone();
        insert.columns(columns).select_from(listed(rows)).expect("as many columns as values");
        insert
    };
    alike.into_iter().map(given).collect()
}

/// Returns a query of these rows, none of whose values is NULL: for what is to be found by one of many keys.
///
/// # Panics
/// Where there are no rows.
pub fn list(backend: DbBackend, rows: Vec<Vec<Value>>) -> SelectStatement {
    if backend != DbBackend::Sqlite {
        return listed(rows);
    }
    let mut list = Query::select();
    list.column(ColumnRef::Asterisk(None)).from_values(rows.into_iter().map(ValueTuple::Many), "listed");
    list
}

/// Returns the condition that a column has one of these values, none of which is NULL.
pub fn is_among<C: ColumnTrait>(
    backend: DbBackend,
    column: C,
    values: impl IntoIterator<Item = impl Into<Value>>,
) -> Expr {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    match values.first().map(Value::array_type) {
        Some(kind) if backend != DbBackend::Sqlite => {
            column.into_expr().eq(PgFunc::any(Expr::val(Value::Array(kind, Some(Box::new(values))))))
        }
        _ => column.is_in(values),
    }
}

/// One array for each column; they are unnested side by side.
fn listed(rows: Vec<Vec<Value>>) -> SelectStatement {
    let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(rows.len()); rows[0].len()];
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let array = |column: Vec<Value>| Value::Array(column[0].array_type(), Some(Box::new(column)));
    let unnested = columns.into_iter().map(|column| Func::cust("UNNEST").arg(Expr::val(array(column))));
    Query::select().exprs(unnested).to_owned()
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::pieces;

    #[test]
    fn many_numbers_of_rows_make_few_texts() {
        let sizes = |backend, rows: usize| {
            pieces(backend, vec![(); rows]).map(|piece| piece.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(DbBackend::Sqlite, 2_679), [1000, 1000, 500, 120, 59]);
        assert_eq!(sizes(DbBackend::Postgres, 5_001), [5_000, 1]);
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            assert!(sizes(backend, 0).is_empty());
            assert_eq!(sizes(backend, 999).iter().sum::<usize>(), 999);
        }
    }
}
