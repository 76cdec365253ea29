//! Rows on their way into a table, and ids that rows are read by: many in a statement.

use uuid::Uuid;

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

/// The most ids that one statement reads rows by.
pub(crate) const MOST_IDS: usize = SIZES[0];

/// Returns at most [`MOST_IDS`] ids in one of the few sizes, the last of them again as often as needed.
pub(crate) fn padded(ids: &[Uuid]) -> Vec<Uuid> {
    let size = SIZES.into_iter().rev().find(|size| *size >= ids.len()).unwrap_or(MOST_IDS);
    let rest = ids.last().map_or(0, |_| size.saturating_sub(ids.len()));
    ids.iter().chain(ids.last().into_iter().cycle().take(rest)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_order_and_come_in_few_sizes() {
        let cut: Vec<Vec<usize>> = chunks((0..599).collect()).collect();
        assert_eq!(cut.iter().map(Vec::len).collect::<Vec<_>>(), [256, 256, 64, 16, 4, 3]);
        assert!(cut.concat().into_iter().eq(0..599));
        assert_eq!(chunks(Vec::<u8>::new()).count(), 0);
    }

    #[test]
    fn ids_are_the_same_ones_in_a_few_sizes() {
        let ids: Vec<Uuid> = (0..256).map(Uuid::from_u128).collect();
        for (many, size) in [(0, 0), (1, 1), (3, 3), (5, 8), (17, 64), (65, 256), (256, 256)] {
            let padded = padded(&ids[..many]);
            assert_eq!(padded.len(), size);
            assert!(padded.starts_with(&ids[..many]) && padded.iter().all(|id| ids[..many].contains(id)));
        }
    }
}
