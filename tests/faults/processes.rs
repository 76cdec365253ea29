//! Processes die and are replaced.

use std::time::Duration;

use hotline::roles::Role;
use hotline_tests::drill::{Fault, Load, ground};
use rand::seq::SliceRandom;

use crate::{acknowledged, drill, seed, some_moment};

/// `SERVER__GRACE_SECONDS` of the ground, and a moment to end.
const GRACE: Duration = Duration::from_secs(7);

/// Kills fall between commit and reply (A05), before the commit (A06), and between sending an event and noting it (A07).
#[tokio::test(flavor = "multi_thread")]
async fn a05_a06_a07_roles_killed_at_any_moment_lose_and_double_nothing() {
    drill("a05_a06_a07", Load::small(seed()), async |ground, history, dice| {
        let mut roles = Role::ALL;
        roles.shuffle(dice);
        // Those that work across services are hit twice.
        for role in roles.into_iter().chain([Role::Dispatch, Role::Tickets, Role::Callbacks]) {
            some_moment(dice).await;
            Fault::Kill(role).strike(ground).await;
            acknowledged(history, 1).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a27_a_rolling_restart_fails_no_request_that_is_sent_again() {
    drill("a27", Load::small(seed()), async |ground, history, _| {
        for role in ground::from_the_door() {
            let (status, time) = ground.processes.terminate(role).await;
            assert_eq!(status.code(), Some(0), "{} ends in order", role.name());
            assert!(time < GRACE, "{} took {time:?} to end", role.name());
            // One whose place is wanted again while it still starts ends as well.
            ground.processes.raise(role);
            let (status, time) = ground.processes.terminate(role).await;
            assert_eq!(status.code(), Some(0), "{} ends in order while it starts", role.name());
            assert!(time < GRACE, "{} took {time:?} to end while it started", role.name());
            ground.processes.raise(role);
            ground.processes.wait_until_ready().await;
            acknowledged(history, 3).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a34_whatever_broke_no_row_is_stuck() {
    drill("a34", Load::small(seed()), async |ground, _, dice| {
        for _ in 0..5 {
            some_moment(dice).await;
            let fault = Fault::any(dice, Duration::from_secs(2));
            println!("  {fault}");
            fault.strike(ground).await;
        }
    })
    .await;
}
