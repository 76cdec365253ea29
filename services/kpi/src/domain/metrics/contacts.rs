//! Metrics of calls that take long, of calls that come again, and of remote sessions.

use super::super::fact::Measure;
use super::super::metric::{Formula, Metric, Unit};
use super::{MINUTE, count, metric, ratio};

pub(super) fn metrics() -> Vec<Metric> {
    [calls(), repeats(), remote_sessions()].concat()
}

fn calls() -> Vec<Metric> {
    vec![
        metric(
            "average_handling_minutes",
            Unit::Minutes,
            Formula::Mean(Measure::CALL, MINUTE),
            "Mean minutes from the start to the end of telephone calls that ended in the period (AHT).",
            "期间内结束的电话从开始到结束的平均时长（分钟，即平均处理时长）。",
        ),
        count(
            "overrun_calls",
            Measure::CALL_OVERRAN,
            "Telephone calls that ended in the period and had lasted as long as the handling limit (8 minutes) or longer.",
            "期间内结束且时长达到或超过处理时限（8 分钟）的电话。",
        ),
        ratio(
            "overrun_call_rate",
            Measure::CALL_OVERRAN,
            Measure::CALL,
            "Share of telephone calls that ended in the period and had lasted as long as the handling limit or longer.",
            "期间内结束的电话中时长达到或超过处理时限者所占比例。",
        ),
        ratio(
            "overrun_without_consent_rate",
            Measure::CALL_OVERRAN_UNCONSENTED,
            Measure::CALL_OVERRAN,
            "Share of overrun calls that ended in the period for which no customer's consent to go on is on record.",
            "期间内结束的超时电话中未记录客户同意继续者所占比例。",
        ),
        count(
            "overrun_prompts",
            Measure::CALL_PROMPTED,
            "Times agent and lead were prompted in the period to hand a long call over; a consent given before prevents it.",
            "期间内提示坐席和班组长将超时电话转二线的次数；事先征得客户同意的不提示。",
        ),
    ]
}

fn repeats() -> Vec<Metric> {
    vec![
        count(
            "repeat_contacts",
            Measure::REPEAT_CONTACT,
            "Times customers called again in the period about a ticket, each contact once. Team and agent: those of the \
             ticket then.",
            "期间内客户就已有工单再次来电的次数，每次联络计一次；班组和处理人为当时工单的班组和处理人。",
        ),
        count(
            "customers_informed",
            Measure::INFORMED,
            "Times customers were told in the period how far a ticket was, or how it was solved. Team and agent: those of the \
             ticket then.",
            "期间内告知客户工单进展或解决情况的次数；班组和处理人为当时工单的班组和处理人。",
        ),
        count(
            "statuses_told",
            Measure::STATUS_TOLD,
            "Of these, the times it was told by the sentence of the status enquiry.",
            "其中按状态查询话术告知的次数。",
        ),
        ratio(
            "repeat_contact_rate",
            Measure::REPEAT_CONTACT,
            Measure::CREATED,
            "Repeat contacts in the period for each ticket registered in it.",
            "期间内重复来电次数与期间内登记工单数之比。",
        ),
    ]
}

fn remote_sessions() -> Vec<Metric> {
    vec![
        count(
            "remote_sessions",
            Measure::REMOTE_SESSION,
            "Remote sessions begun in the period, each with the customer's recorded consent.",
            "期间内开始的远程协助，均有客户同意记录。",
        ),
        count(
            "remote_changes",
            Measure::REMOTE_CHANGE,
            "Changes of settings recorded in remote sessions in the period, each with a consent of its own.",
            "期间内远程协助中记录的设置更改，均另行征得客户同意。",
        ),
        metric(
            "remote_session_minutes_mean",
            Unit::Minutes,
            Formula::Mean(Measure::REMOTE_SESSION_ENDED, MINUTE),
            "Mean minutes that remote sessions lasted that ended in the period.",
            "期间内结束的远程协助的平均时长（分钟）。",
        ),
    ]
}
