//! One contract for every backend, and what only Redis can suffer.

mod cluster;
mod faults;
mod leases;
mod order;
mod rebuilding;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_queue::testing::{Cluster, RedisServer};
use hotline_queue::{Claimed, Entry, RedisQueue, Settings, WorkQueue, connect};
use uuid::Uuid;

/// Makes a test of each case for each backend, and runs all of them over a Redis Cluster.
macro_rules! contract {
    ($($area:ident::$case:ident,)*) => {
        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$area::$case(crate::in_memory()).await;
                }
            )*
        }

        mod redis {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(server) = crate::RedisServer::start() else { return };
                    crate::$area::$case(crate::queue_at(&server.url())).await;
                }
            )*
        }

        /// A cluster refuses a script whose keys do not share a slot.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn the_whole_contract_holds_in_a_cluster() {
            let Some(cluster) = crate::Cluster::start(0).await else { return };
            $( $area::$case(crate::queue_at(&cluster.url())).await; )*
        }
    };
}

contract! {
    order::the_most_urgent_come_first,
    order::of_two_equally_urgent_the_older_comes_first,
    order::no_deadline_at_all_comes_last,
    order::work_put_twice_is_there_once,
    order::work_put_again_moves_to_its_new_place,
    order::queues_do_not_mix,
    order::finished_work_is_gone_wherever_it_was,
    order::depth_counts_what_waits_and_what_is_held,
    order::sixteen_claimers_get_each_of_two_thousand_entries_once,
    leases::what_is_held_is_not_handed_out,
    leases::extending_counts_from_now,
    leases::extending_can_shorten_a_lease,
    leases::a_lease_that_ran_out_cannot_be_extended_even_if_nobody_took_it,
    leases::a_lease_that_ran_out_cannot_be_extended_once_somebody_took_it,
    leases::only_the_holder_extends,
    leases::released_work_returns_to_its_old_place,
    leases::released_work_is_no_longer_held,
    leases::work_whose_lease_ran_out_returns_to_its_old_place,
    leases::expiry_names_what_it_put_back_once,
    leases::a_lease_is_over_at_its_last_instant,
    leases::many_leases_that_run_out_together_all_return,
    leases::held_work_put_again_returns_to_its_new_place,
    rebuilding::a_rebuilt_queue_holds_what_the_database_says,
    rebuilding::a_queue_is_not_built_before_the_first_rebuild,
    rebuilding::what_is_put_while_the_database_is_read_stays,
    rebuilding::what_is_claimed_while_the_database_is_read_is_not_handed_out_again,
    rebuilding::a_rebuild_that_fails_leaves_the_queue_not_built,
    rebuilding::of_two_rebuilds_at_once_the_later_completes,
    rebuilding::a_rebuilt_lease_is_still_its_holders,
    waiting::a_waiter_is_woken_by_a_put,
    waiting::a_waiter_is_woken_by_a_release,
    waiting::a_waiter_is_woken_when_a_lease_runs_out,
    waiting::a_waiter_is_woken_by_a_rebuild,
    waiting::a_waiting_claimer_gets_what_is_put,
    waiting::every_waiting_claimer_gets_one_of_the_entries_put_at_once,
    waiting::a_waiter_that_leaves_does_not_take_the_wake_up_with_it,
    waiting::nothing_is_claimed_when_the_wait_is_over,
    waiting::what_is_there_already_is_claimed_without_a_wait,
}

const LEASE: Duration = Duration::from_secs(30);

fn in_memory() -> Arc<dyn WorkQueue> {
    connect(&Settings::default()).expect("memory is always there")
}

/// Queues over a connection of their own.
fn queue_at(url: &str) -> Arc<dyn WorkQueue> {
    Arc::new(RedisQueue::connect(url, "contract").expect("the address is valid"))
}

/// The instant `seconds` after an arbitrary start.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_413_200 + seconds, 0).expect("the instant exists")
}

/// Work number `number`, due at `order`; higher numbers are younger.
fn work(number: u128, order: i64) -> Entry {
    Entry { id: Uuid::from_u128(number), order }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn ids(claimed: &[Claimed]) -> Vec<Uuid> {
    claimed.iter().map(|claimed| claimed.id).collect()
}

/// Claims for "anna" at the start.
async fn claim(queue: &dyn WorkQueue, name: &str, n: usize) -> Vec<Claimed> {
    queue.claim(name, "anna", n, LEASE, at(0)).await.expect("the queue answers")
}
