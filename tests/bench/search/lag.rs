//! How soon what is written is found.

use std::time::Duration;

use anyhow::ensure;
use futures::future::{join, join_all};
use hotline_proto::tickets::v1::SearchTicketsRequest;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::ground::{Desk, Ground};
use super::table::{Lag, percentile};

/// How long at most a ticket is looked for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Registers tickets one after the other, each with a word of its own, while so many others register too; the writer
/// looks for it once, then somebody else until it is found.
pub async fn lags(ground: &Ground, writes: usize, others: usize) -> anyhow::Result<Lag> {
    let stop = CancellationToken::new();
    let work = (0..others).map(|other| register(ground.desk(&format!("other-{other}")), &stop));
    let begun = Instant::now();
    let measured = async {
        let found = look_for(ground, writes, others * 1_000_000).await;
        stop.cancel();
        (found, begun.elapsed().as_secs_f64())
    };
    let ((found, took), registered) = join(measured, join_all(work)).await;
    let Looked { mut found, mut own, at_once } = found?;
    Ok(Lag {
        others,
        others_per_second: f64::from(registered.into_iter().sum::<u32>()) / took,
        p50: percentile(&mut found, 50),
        p99: percentile(&mut found, 99),
        worst: percentile(&mut found, 100),
        own_at_once: f64::from(at_once) / own.len().max(1) as f64,
        own_p99: percentile(&mut own, 99),
    })
}

/// How long it took until tickets were found.
#[derive(Default)]
struct Looked {
    /// By somebody else.
    found: Vec<Duration>,
    /// By their writer, with the first search.
    own: Vec<Duration>,
    /// How many of the writer's searches found them.
    at_once: u32,
}

async fn look_for(ground: &Ground, writes: usize, first_word: usize) -> anyhow::Result<Looked> {
    let (writer, reader) = (ground.desk("writer"), ground.desk("reader"));
    let mut looked = Looked::default();
    for write in 0..writes {
        let word = word(first_word + write);
        let id = writer.create(&format!("有人说{word}坏了")).await?;
        let written = Instant::now();
        let query = SearchTicketsRequest { q: word, ..SearchTicketsRequest::default() };
        if write % 2 == 0 {
            looked.at_once += u32::from(writer.finds(&query, &id).await?);
            looked.own.push(written.elapsed());
            continue;
        }
        while !reader.finds(&query, &id).await? {
            ensure!(written.elapsed() < PATIENCE, "{query:?} finds nothing");
            sleep(Duration::from_millis(2)).await;
        }
        looked.found.push(written.elapsed());
    }
    Ok(looked)
}

/// Registers tickets until it is stopped; returns how many.
async fn register(desk: Desk, stop: &CancellationToken) -> u32 {
    let mut count = 0;
    while !stop.is_cancelled() {
        count += u32::from(desk.create("楼道灯不亮，请尽快安排维修").await.is_ok());
    }
    count
}

/// Returns six ideographs that stand together nowhere else.
fn word(number: usize) -> String {
    let ideograph = |place: u32| {
        let digit = number / 97_usize.pow(place) % 97;
        char::from_u32(0x9000 + place * 0x100 + u32::try_from(digit).unwrap_or_default()).unwrap_or('字')
    };
    (0..6).map(ideograph).collect()
}
