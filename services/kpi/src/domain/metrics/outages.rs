//! Metrics of outages (T13).

use super::super::fact::Measure;
use super::super::metric::{Formula, Metric, Unit};
use super::{MINUTE, count, metric};

pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = counts();
    metrics.push(metric(
        "outage_minutes",
        Unit::Minutes,
        Formula::Sum(&[Measure::OUTAGE_OVER], MINUTE),
        "Minutes of wall-clock time from the begin to the end of outages that were over in the period, added up.",
        "期间内恢复的故障从开始到恢复的自然时间合计（分钟）。",
    ));
    metrics.push(metric(
        "outage_minutes_mean",
        Unit::Minutes,
        Formula::Mean(Measure::OUTAGE_OVER, MINUTE),
        "Minutes of wall-clock time from the begin to the end of outages that were over in the period. Arithmetic mean.",
        "期间内恢复的故障从开始到恢复的自然时间（分钟）。算术平均值。",
    ));
    metrics
}

fn counts() -> Vec<Metric> {
    vec![
        count(
            "outage_contacts_told",
            Measure::OUTAGE_TOLD,
            "Contacts in the period in which a customer was told of an outage instead of registering a ticket. Agent: who told it.",
            "期间内以告知故障通知代替生成工单的联络。坐席为告知人。",
        ),
        count(
            "outage_tickets_linked",
            Measure::OUTAGE_TICKET,
            "Times a ticket was linked to an outage in the period, at registration, afterwards or by hand.",
            "期间内工单关联到故障通知的次数，含登记时、事后及人工关联。",
        ),
        count(
            "outages",
            Measure::OUTAGE,
            "Outage notices that came onto the screens in the period. Category and project: where it concerns exactly one. Agent: who published it.",
            "期间内发布的故障通知。分类与项目：仅涉及一个时计入。坐席为发布人。",
        ),
        count(
            "outages_proposed",
            Measure::OUTAGE_PROPOSED,
            "Outage notices proposed in the period for a spike of similar fault tickets.",
            "期间内因同类报修激增而建议的故障通知。",
        ),
        count(
            "outages_recovered",
            Measure::OUTAGE_OVER,
            "Outages that were over in the period.",
            "期间内恢复的故障。",
        ),
        count(
            "outages_withdrawn",
            Measure::OUTAGE_WITHDRAWN,
            "Outage notices refused or taken back in the period.",
            "期间内拒绝或撤回的故障通知。",
        ),
    ]
}
