//! The table of metrics in the documentation says what the service says.

use std::fmt::Write;

use crate::suite::Suite;

const DOCUMENTED: &str = include_str!("../../METRICS.md");

#[tokio::test]
async fn the_documented_metrics_are_those_of_the_service() {
    let suites = Suite::everywhere().await;
    let mut table = String::new();
    for metric in suites[0].metrics().await {
        let (name, unit, version) = (metric.name, metric.unit, metric.version);
        writeln!(
            table,
            "| `{name}` | {unit} | {version} | {} | {} |",
            metric.definition, metric.definition_zh
        )
        .expect("a text takes everything");
    }
    let documented: String =
        DOCUMENTED.lines().filter(|line| line.starts_with("| `")).fold(String::new(), |mut rows, line| {
            rows.push_str(line);
            rows.push('\n');
            rows
        });
    assert_eq!(documented, table, "services/kpi/METRICS.md should have these rows:\n{table}");
}
