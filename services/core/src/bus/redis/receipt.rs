//! Receipts: ids of stream entries, padded so that text sorts as the stream does.

/// Pads a stream id.
pub(super) fn receipt(id: &str) -> String {
    let (milliseconds, sequence) = parts(id);
    format!("{milliseconds:020}-{sequence:020}")
}

/// Returns the receipt just before a stream id.
pub(super) fn before(id: &str) -> String {
    let (milliseconds, sequence) = parts(id);
    match sequence.checked_sub(1) {
        Some(sequence) => format!("{milliseconds:020}-{sequence:020}"),
        None => format!("{:020}-{:020}", milliseconds.saturating_sub(1), u64::MAX),
    }
}

/// Returns the stream id of a receipt.
pub(super) fn unpadded(receipt: &str) -> String {
    let (milliseconds, sequence) = parts(receipt);
    format!("{milliseconds}-{sequence}")
}

/// Returns the milliseconds and the number of a stream id.
pub(super) fn parts(id: &str) -> (u64, u64) {
    let (milliseconds, sequence) = id.split_once('-').unwrap_or((id, "0"));
    (milliseconds.parse().unwrap_or_default(), sequence.parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{before, receipt, unpadded};

    #[test]
    fn receipts_sort_as_the_stream_does() {
        assert!(receipt("9-10") < receipt("10-2") && receipt("10-2") < receipt("10-10"));
        assert!(before("10-0") < receipt("10-0") && before("10-0") > receipt("9-99"));
        assert_eq!(unpadded(&receipt("1700000000000-7")), "1700000000000-7");
    }
}
