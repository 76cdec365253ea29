//! The table of moves, as the contract tells it (T6).

use hotline_proto::tickets::v1::{Lifecycle, LifecycleEvent, LifecycleMove, LifecycleState};

use crate::domain::lifecycle::{ALL, STATES, is_open, next, state_en, state_zh};

/// Returns the table.
pub(super) fn table() -> Lifecycle {
    let states = STATES.map(|state| LifecycleState {
        state: state as i32,
        label_zh: state_zh(state).to_owned(),
        label_en: state_en(state).to_owned(),
        open: is_open(state),
    });
    let events = ALL.map(|event| {
        let (guard_zh, guard_en) = event.guard();
        LifecycleEvent {
            name: event.name().to_owned(),
            label_zh: event.zh().to_owned(),
            label_en: event.en().to_owned(),
            by_people: event.by_people(),
            guard_zh: guard_zh.to_owned(),
            guard_en: guard_en.to_owned(),
        }
    });
    let moves = STATES.into_iter().flat_map(|from| {
        ALL.into_iter().filter_map(move |event| {
            let to = next(from, event)?;
            Some(LifecycleMove { from: from as i32, event: event.name().to_owned(), to: to as i32 })
        })
    });
    Lifecycle { states: states.to_vec(), events: events.to_vec(), moves: moves.collect() }
}
