//! Metrics of who used the time until solutions.

use super::super::fact::Measure;
use super::super::metric::{Formula, Metric, Unit};
use super::{MINUTE, metric};

const IN_HAND: &[Measure] = &[Measure::BUDGET_IN_HAND];
const IN_QUEUE: &[Measure] = &[Measure::BUDGET_IN_QUEUE];
const WAITING_CUSTOMER: &[Measure] = &[Measure::BUDGET_WAITING_CUSTOMER];
const WAITING_THIRD_PARTY: &[Measure] = &[Measure::BUDGET_WAITING_THIRD_PARTY];
const WAITING_APPROVAL: &[Measure] = &[Measure::BUDGET_WAITING_APPROVAL];
const ALL: &[Measure] = &[
    Measure::BUDGET_IN_HAND,
    Measure::BUDGET_IN_QUEUE,
    Measure::BUDGET_WAITING_CUSTOMER,
    Measure::BUDGET_WAITING_THIRD_PARTY,
    Measure::BUDGET_WAITING_APPROVAL,
];

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        minutes(
            "budget_minutes",
            ALL,
            "Minutes of working time of the policy's calendar until the solutions of the period, waiting included, \
             since the ticket was registered or last reopened; all of it counts at the solution. Team and agent: who \
             had the ticket then. Imported tickets don't count.",
            "截至期间内各次解决所用的工作时间（分钟），按策略日历计算，含等待，自登记或最近一次重开起算；均计在解决时。班组与坐席为当时的持有者；导入的工单不计。",
        ),
        minutes(
            "budget_in_hand_minutes",
            IN_HAND,
            "The part of budget_minutes in which somebody had the ticket and it waited for nobody.",
            "budget_minutes 中工单在处理人手中且未在等待的部分。",
        ),
        minutes(
            "budget_in_queue_minutes",
            IN_QUEUE,
            "The part of budget_minutes in which nobody had the ticket and it waited for nobody: it lay in the queue \
             of its team, or had none yet. It has no agent.",
            "budget_minutes 中工单无处理人且未在等待的部分：在班组队列中，或尚未派单；没有坐席。",
        ),
        minutes(
            "budget_waiting_customer_minutes",
            WAITING_CUSTOMER,
            "The part of budget_minutes in which the ticket waited for the customer. Team and agent: who had it \
             then.",
            "budget_minutes 中等待客户的部分；班组与坐席为当时的持有者。",
        ),
        minutes(
            "budget_waiting_third_party_minutes",
            WAITING_THIRD_PARTY,
            "The part of budget_minutes in which the ticket waited for a third party. Team and agent: who had it \
             then.",
            "budget_minutes 中等待第三方的部分；班组与坐席为当时的持有者。",
        ),
        minutes(
            "budget_waiting_approval_minutes",
            WAITING_APPROVAL,
            "The part of budget_minutes in which the ticket waited for an approval. Team and agent: who had it then.",
            "budget_minutes 中等待审批的部分；班组与坐席为当时的持有者。",
        ),
    ]
}

fn minutes(name: &str, of: &'static [Measure], definition: &str, zh: &str) -> Metric {
    metric(name, Unit::Minutes, Formula::Sum(of, MINUTE), definition, zh)
}
