//! Rows on their way into a table, many in a statement.

/// Rows that one statement puts in: their values stay below the bound of either database. There are few sizes, because
/// each is a statement of its own, which the driver prepares once and keeps.
const SIZES: [usize; 8] = [256, 64, 16, 8, 4, 3, 2, 1];

/// Cuts rows into statements.
pub(crate) fn chunks<T>(rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        Some(rows.by_ref().take(size).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn rows_keep_their_order_and_come_in_few_sizes() {
        let cut: Vec<Vec<usize>> = chunks((0..599).collect()).collect();
        assert_eq!(cut.iter().map(Vec::len).collect::<Vec<_>>(), [256, 256, 64, 16, 4, 3]);
        assert!(cut.concat().into_iter().eq(0..599));
        assert_eq!(chunks(Vec::<u8>::new()).count(), 0);
    }
}
