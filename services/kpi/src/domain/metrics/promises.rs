//! Metrics of promises: service levels, callbacks, satisfaction.

use super::super::fact::Measure;
use super::super::metric::{Formula, Metric, Unit};
use super::{MINUTE, count, metric, ratio, spread};

pub(super) fn metrics() -> Vec<Metric> {
    [service_levels(), totals_and_updates(), promised_answers_and_extensions(), callbacks(), satisfaction()]
        .concat()
}

fn service_levels() -> Vec<Metric> {
    let mut metrics = vec![
        ratio(
            "sla_attainment",
            Measure::RESOLUTION_MET,
            Measure::RESOLUTION,
            "Resolution clocks stopped in time in the period ÷ resolution clocks stopped in it. A clock that \
             still runs, also past its due time, is neither met nor missed (see sla_breaches). Imported tickets \
             of which the old system says whether it kept its promise count at their solution, or at their end \
             where they were never solved. More time that the customer agreed to counts (see \
             sla_attainment_unextended).",
            "期间内按时停止的解决时限 ÷ 期间内停止的解决时限（SLA 达成率）。仍在计时的（含已超时的）不计（见 sla_breaches）。导入的工单，原系统记有是否达标的，计在其解决时，未解决的计在其结束时。经客户同意的延期计入（不计延期的见 sla_attainment_unextended）。",
        )
        .version(3),
        ratio(
            "sla_response_attainment",
            Measure::RESPONSE_MET,
            Measure::RESPONSE,
            "First-response clocks stopped in time in the period ÷ first-response clocks stopped in it.",
            "期间内按时停止的首次响应时限 ÷ 期间内停止的首次响应时限。",
        ),
        count(
            "sla_warnings",
            Measure::SLA_WARNED,
            "Clocks, of response, resolution (each round and in total), promised answers and updates, of which the \
             warning share was used up in the period.",
            "期间内达到预警比例的时限（响应、解决、总解决、承诺答复与进展告知）。",
        )
        .version(3),
        count(
            "sla_breaches",
            Measure::SLA_BREACHED,
            "Clocks, of response, resolution (each round and in total), promised answers and updates, that ran out \
             in the period, by their due time.",
            "期间内超时的时限（响应、解决、总解决、承诺答复与进展告知），按到期时间计。",
        )
        .version(3),
    ];
    metrics.extend(spread(
        "first_response_minutes",
        Unit::Minutes,
        MINUTE,
        Measure::RESPONSE,
        "Minutes of wall-clock time that first-response clocks ran that were stopped in the period. Tickets \
         without a response target don't count.",
        "期间内停止的首次响应时限所用的自然时间（分钟）；没有响应时限的工单不计。",
    ));
    metrics
}

fn totals_and_updates() -> Vec<Metric> {
    vec![
        ratio(
            "sla_total_attainment",
            Measure::TOTAL_MET,
            Measure::TOTAL,
            "Total-resolution clocks, which run from registration to the last solution however often the ticket was \
             reopened, stopped in time in the period ÷ total-resolution clocks stopped in it.",
            "期间内按时停止的总解决时限（自登记至最后一次解决，含重开）÷ 期间内停止的总解决时限。",
        ),
        ratio(
            "update_kept_rate",
            Measure::UPDATE_MET,
            Measure::UPDATE,
            "Update clocks, which run from one word to the customer to the next, stopped in time in the period ÷ \
             update clocks stopped in it.",
            "期间内按时停止的进展告知时限（自上次告知客户至下次）÷ 期间内停止的进展告知时限（进展告知及时率）。",
        ),
        count(
            "updates_given",
            Measure::UPDATE,
            "Update clocks stopped in the period: times the customer was told how far the work is, where a policy \
             promises it.",
            "期间内停止的进展告知时限：按策略向客户告知进展的次数。",
        ),
    ]
}

fn promised_answers_and_extensions() -> Vec<Metric> {
    vec![
        ratio(
            "promise_kept_rate",
            Measure::ANSWER_MET,
            Measure::ANSWER,
            "Promised answers (10, 20 or 30 minutes, 1, 2 or 3 working days) given in time in the period ÷ promised \
             answers given in it, or promised anew after they were broken.",
            "期间内按承诺时间（10、20、30 分钟，1、2、3 个工作日）答复的 ÷ 期间内答复的（超时后重新承诺的也计入）（承诺兑现率）。",
        ),
        count(
            "promises_answered",
            Measure::ANSWER,
            "Promised answers that were given in the period, or promised anew after they were broken.",
            "期间内答复的承诺（超时后重新承诺的也计入）。",
        ),
        metric(
            "sla_attainment_unextended",
            Unit::Ratio,
            Formula::RatioLess(
                Measure::RESOLUTION_MET,
                Measure::RESOLUTION_MET_BY_EXTENSION,
                Measure::RESOLUTION,
            ),
            "Resolution clocks stopped in time in the period, by the due time they had without any extension, \
             ÷ resolution clocks stopped in it.",
            "期间内按不计延期的时限按时停止的解决时限 ÷ 期间内停止的解决时限（不计延期的 SLA 达成率）。",
        ),
        count(
            "tickets_extended",
            Measure::EXTENDED,
            "Extensions given in the period: a later due time for the solution, of complaints with the \
             customer's consent on record.",
            "期间内的延期次数：解决时限延后，投诉须有客户同意的记录。",
        ),
    ]
}

fn callbacks() -> Vec<Metric> {
    vec![
        count(
            "callbacks_attempted",
            Measure::CALLBACK_ATTEMPTED,
            "Attempts to reach a customer in the period. Attempts have an agent, and no other dimension.",
            "期间内的回访尝试次数；仅可按坐席分组。",
        ),
        count(
            "callbacks_completed",
            Measure::CALLBACK_COMPLETED,
            "Callbacks that came to their end in the period, the customer reached or not. Agent: who called \
             last; team: the one that solved the ticket.",
            "期间内结束的回访，无论是否接通。坐席为最后致电人；班组为解决工单的班组。",
        ),
        ratio(
            "callback_reach_rate",
            Measure::CALLBACK_REACHED,
            Measure::CALLBACK_COMPLETED,
            "Callbacks that ended in the period with the customer reached ÷ callbacks that ended in it.",
            "期间内结束且接通的回访 ÷ 期间内结束的回访（回访接通率）。",
        ),
        ratio(
            "callback_in_time_rate",
            Measure::CALLBACK_IN_TIME,
            Measure::CALLBACK_COMPLETED,
            "Callbacks that ended in the period before they were due ÷ callbacks that ended in it.",
            "期间内按时结束的回访 ÷ 期间内结束的回访（回访及时率）。",
        ),
    ]
}

fn satisfaction() -> Vec<Metric> {
    vec![
        metric(
            "csat_mean",
            Unit::Score,
            Formula::Mean(Measure::SURVEY_SCORED, 1),
            "Mean score, 1 to 5, of the callbacks of the period in which the customer gave one. Credited to \
             who solved the ticket and their team.",
            "期间内回访中客户评分（1 至 5）的平均值；归属解决人及其班组。",
        ),
        ratio(
            "csat_rate",
            Measure::SURVEY_SATISFIED,
            Measure::SURVEY_ANSWERED,
            "Customers who said in the period that they were satisfied ÷ customers who answered. Not reached \
             is not satisfied, and is no answer. Credited to who solved the ticket and their team.",
            "期间内表示满意的客户 ÷ 作答的客户（满意率）；未接通不算满意，也不算作答。归属解决人及其班组。",
        ),
        count(
            "csat_answers",
            Measure::SURVEY_ANSWERED,
            "Customers who said in the period whether they were satisfied.",
            "期间内就是否满意作答的客户数。",
        ),
        ratio(
            "csat_response_rate",
            Measure::SURVEY_ANSWERED,
            Measure::SURVEY_ASKED,
            "Customers who said in the period whether they were satisfied ÷ callbacks that ended in it.",
            "期间内就是否满意作答的客户 ÷ 期间内结束的回访（作答率）。",
        ),
    ]
}
