//! Metrics of the tickets that are open, by how old they are.

use super::super::fact::Measure;
use super::super::metric::{Formula, Metric, Unit};
use super::metric;

pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = vec![metric(
        "backlog",
        Unit::Count,
        Formula::Count(Measure::OPEN),
        "Tickets registered and neither closed nor cancelled at the end of the period; a solved one is open until \
         it is closed, a reopened one is open again. Grouped by what the ticket's last event before that instant \
         says: its team, its assignee, its category, its priority then.",
        "期末已登记且尚未关闭或取消的工单；已解决未关闭的仍计入，重开的再次计入。按期末前该工单最后一次事件中的班组、处理人、类别、优先级归属。",
    )];
    let ages = [
        ("0_1d", Formula::Less(Measure::OPEN, Measure::AGED_1D), "on that day", "当日登记"),
        ("1_3d", Formula::Less(Measure::AGED_1D, Measure::AGED_3D), "1 or 2 days before", "1 至 2 日前登记"),
        ("3_7d", Formula::Less(Measure::AGED_3D, Measure::AGED_7D), "3 to 6 days before", "3 至 6 日前登记"),
        (
            "7_30d",
            Formula::Less(Measure::AGED_7D, Measure::AGED_30D),
            "7 to 29 days before",
            "7 至 29 日前登记",
        ),
        ("30d_plus", Formula::Count(Measure::AGED_30D), "30 days before or earlier", "30 日前或更早登记"),
    ];
    metrics.extend(ages.map(|(bucket, formula, registered, zh)| {
        metric(
            &format!("backlog_age_{bucket}"),
            Unit::Count,
            formula,
            &format!(
                "The part of the backlog that was registered {registered}, by calendar days of the suite's time \
                 zone up to the last instant of the period."
            ),
            &format!("期末积压工单中{zh}的部分，按本系统时区的日历日计算至期末最后一刻。"),
        )
    }));
    metrics
}
