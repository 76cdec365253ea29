//! Metrics of the work of people: contacts, assignments, articles.

use super::super::fact::Measure;
use super::super::metric::{Metric, Unit};
use super::{MINUTE, count, spread};

pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = counts();
    metrics.extend(spread(
        "contact_minutes",
        Unit::Minutes,
        MINUTE,
        Measure::CONTACT,
        "Minutes from the start to the end of contacts that ended in the period (handling time).",
        "期间内结束的联络从开始到结束的时长（分钟，即处理时长）。",
    ));
    metrics.extend(spread(
        "acceptance_minutes",
        Unit::Minutes,
        MINUTE,
        Measure::ACCEPTED,
        "Minutes of wall-clock time that assignments accepted in the period had waited in the queue.",
        "期间内接受的派单在队列中等待的自然时间（分钟）。",
    ));
    metrics.extend(spread(
        "handling_minutes",
        Unit::Minutes,
        MINUTE,
        Measure::COMPLETED,
        "Minutes of wall-clock time from acceptance to completion of assignments completed in the period.",
        "期间内完成的派单从接受到完成的自然时间（分钟）。",
    ));
    metrics
}

fn counts() -> Vec<Metric> {
    vec![
        count(
            "contacts",
            Measure::CONTACT,
            "Contacts with customers that ended in the period, by every channel and in both directions.",
            "期间内结束的客户联络，含各渠道、呼入与呼出。",
        ),
        count(
            "assignments_queued",
            Measure::QUEUED,
            "Times work was put into a team's queue in the period.",
            "期间内派单进入班组队列的次数。",
        ),
        count(
            "assignments_accepted",
            Measure::ACCEPTED,
            "Assignments taken on in the period.",
            "期间内接受的派单。",
        ),
        count(
            "assignments_declined",
            Measure::DECLINED,
            "Assignments declined in the period.",
            "期间内拒绝的派单。",
        ),
        count(
            "assignments_expired",
            Measure::EXPIRED,
            "Leases that ran out in the period: nobody went on with the work.",
            "期间内租约到期（无人继续处理）的派单。",
        ),
        count(
            "assignments_returned",
            Measure::RETURNED,
            "Assignments that went back from a member to the team's queue in the period.",
            "期间内由成员退回班组队列的派单。",
        ),
        count(
            "assignments_transferred",
            Measure::TRANSFERRED,
            "Assignments sent to another team in the period. Team: the one that sent it.",
            "期间内转给其他班组的派单。班组为转出班组。",
        ),
        count(
            "assignments_completed",
            Measure::COMPLETED,
            "Assignments completed in the period.",
            "期间内完成的派单。",
        ),
        count(
            "articles_published",
            Measure::ARTICLE_PUBLISHED,
            "Versions of knowledge articles that became visible to agents in the period.",
            "期间内对坐席发布的知识条目版本。",
        ),
    ]
}
