//! Metrics of judgements, complaints and merges (K1).

use super::super::fact::Measure;
use super::super::metric::{Metric, Unit};
use super::{MINUTE, count, ratio, spread};

pub(super) fn metrics() -> Vec<Metric> {
    [judgements(), complaints(), merges(), times()].concat()
}

fn judgements() -> Vec<Metric> {
    vec![
        count(
            "tickets_judged_valid",
            Measure::JUDGED_VALID,
            "Times requests were judged valid in the period.",
            "期间内判断为有效的次数。",
        ),
        count(
            "tickets_judged_invalid",
            Measure::JUDGED_INVALID,
            "Times requests were judged not valid in the period: once when a case goes to analysis, and once when its \
             statement is given.",
            "期间内判断为无效的次数：进入分析时计一次，给出统一说辞时计一次。",
        ),
        count(
            "tickets_judged_out_of_scope",
            Measure::JUDGED_OUT_OF_SCOPE,
            "Times requests were judged to be outside our scope in the period, and the customer guided to the right \
             department.",
            "期间内判断为超出服务范围并指引客户的次数。",
        ),
    ]
}

fn complaints() -> Vec<Metric> {
    vec![
        count(
            "second_complaints",
            Measure::SECOND_COMPLAINT,
            "Complaints registered in the period that are not the customer's first about the matter.",
            "期间内登记的二次投诉（同一客户就同一事项再次投诉）。",
        ),
        ratio(
            "second_complaint_rate",
            Measure::SECOND_COMPLAINT,
            Measure::COMPLAINT,
            "Complaints that are not the customer's first about the matter ÷ complaints, both registered in the period.",
            "期间内二次投诉 ÷ 期间内登记的投诉。",
        ),
        count(
            "complaints_forwarded",
            Measure::COMPLAINT_FORWARDED,
            "Complaints that reached the team that handles them in the period.",
            "期间内转交处理班组的投诉。",
        ),
        ratio(
            "complaints_forwarded_same_day_rate",
            Measure::COMPLAINT_FORWARDED_SAME_DAY,
            Measure::COMPLAINT_FORWARDED,
            "Complaints forwarded on the day received ÷ complaints forwarded, both in the period.",
            "期间内当日转交的投诉 ÷ 期间内转交的投诉。",
        ),
        count(
            "complaints_concluded",
            Measure::COMPLAINT_CONCLUDED,
            "Findings of investigations in the period; a corrected finding counts again. Agent: whom the complaint is \
             about, where that is one of our people.",
            "期间内作出的投诉认定；更正的认定再次计数。坐席为被投诉人（如为本方人员）。",
        ),
        count(
            "complaints_upheld",
            Measure::COMPLAINT_UPHELD,
            "Findings in the period that a complaint is right, in whole or in part. Agent: whom it is about, where that \
             is one of our people.",
            "期间内认定属实或部分属实的投诉。坐席为被投诉人（如为本方人员）。",
        ),
        ratio(
            "complaint_upheld_rate",
            Measure::COMPLAINT_UPHELD,
            Measure::COMPLAINT_CONCLUDED,
            "Findings that a complaint is right, in whole or in part ÷ findings, both in the period.",
            "期间内认定属实或部分属实 ÷ 期间内作出的投诉认定。",
        ),
        count(
            "complaints_fed_back",
            Measure::COMPLAINT_FED_BACK,
            "Times customers were told in the period what came of their complaints.",
            "期间内向客户反馈投诉处理结果的次数。",
        ),
    ]
}

fn merges() -> Vec<Metric> {
    vec![
        count(
            "tickets_merged",
            Measure::MERGED,
            "Duplicates merged into other tickets in the period; they count as cancelled too.",
            "期间内合并的重复工单；同时计入取消的工单。",
        ),
        count("merges_undone", Measure::REINSTATED, "Merges undone in the period.", "期间内撤销的合并。"),
    ]
}

fn times() -> Vec<Metric> {
    [
        spread(
            "complaint_forwarding_minutes",
            Unit::Minutes,
            MINUTE,
            Measure::COMPLAINT_FORWARDED,
            "Minutes of wall-clock time from the registration of a complaint until it reached, in the period, the team \
             that handles it.",
            "从投诉登记到期间内转交处理班组的自然时间（分钟）。",
        ),
        spread(
            "complaint_feedback_minutes",
            Unit::Minutes,
            MINUTE,
            Measure::COMPLAINT_FED_BACK,
            "Minutes of wall-clock time from the registration of a complaint until the customer was told, in the \
             period, what came of it.",
            "从投诉登记到期间内向客户反馈处理结果的自然时间（分钟）。",
        ),
    ]
    .concat()
}
