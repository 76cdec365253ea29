//! Urgency × impact (T2).

use hotline_proto::common::v1::{Level, Priority};

/// Returns the priority; a level that is not said is medium.
pub(crate) fn of(urgency: Level, impact: Level) -> Priority {
    use Level::{High, Low, Medium};
    let said = |level| if level == Level::Unspecified { Medium } else { level };
    match (said(urgency), said(impact)) {
        (High, High) => Priority::Critical,
        (High, Medium) | (Medium, High) => Priority::High,
        (High, Low) | (Medium, Medium) | (Low, High) => Priority::Medium,
        _ => Priority::Low,
    }
}

/// Returns the priority one step up; critical stays (T15).
pub(crate) fn raised(priority: Priority) -> Priority {
    match priority {
        Priority::Low | Priority::Unspecified => Priority::Medium,
        Priority::Medium => Priority::High,
        Priority::High | Priority::Critical => Priority::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_is_the_one_of_the_requirements() {
        use Level::{High, Low, Medium, Unspecified};
        let cells = [
            (High, [Priority::Critical, Priority::High, Priority::Medium]),
            (Medium, [Priority::High, Priority::Medium, Priority::Low]),
            (Low, [Priority::Medium, Priority::Low, Priority::Low]),
        ];
        for (urgency, row) in cells {
            for (impact, expected) in [High, Medium, Low].into_iter().zip(row) {
                assert_eq!(of(urgency, impact), expected, "{urgency:?} × {impact:?}");
            }
        }
        assert_eq!(of(High, Unspecified), Priority::High);
        assert_eq!(of(Unspecified, Low), Priority::Low);
    }

    #[test]
    fn raising_ends_at_critical() {
        assert_eq!(raised(Priority::Low), Priority::Medium);
        assert_eq!(raised(raised(raised(Priority::Medium))), Priority::Critical);
    }
}
