//! What a claim costs with little and with much waiting (B09): it must not grow with the queue.

use std::hint::black_box;
use std::time::Duration;

use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use hotline_queue::{Entry, MemoryQueue, WorkQueue};
use tokio::runtime::Runtime;
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);

fn claim(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let mut group = criterion.benchmark_group("claim and release");
    for waiting in [1_000_u32, 100_000, 1_000_000] {
        let queue = MemoryQueue::default();
        let entries: Vec<_> = (0..waiting)
            .map(|i| Entry { id: Uuid::from_u128(u128::from(i)), order: i64::from(i % 977) })
            .collect();
        runtime.block_on(queue.put("bench", &entries)).expect("memory is always available");
        group.bench_function(waiting.to_string(), |bencher| {
            bencher.iter(|| runtime.block_on(claim_and_release(&queue)));
        });
    }
}

async fn claim_and_release(queue: &dyn WorkQueue) {
    let claimed = queue.claim("bench", "somebody", 1, LEASE, DateTime::UNIX_EPOCH).await;
    for claimed in black_box(claimed.expect("memory is always available")) {
        queue.release("bench", claimed.id).await.expect("memory is always available");
    }
}

criterion_group!(benches, claim);
criterion_main!(benches);
