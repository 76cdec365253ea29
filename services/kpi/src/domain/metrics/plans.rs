//! Metrics of plans of complex problems (T7).

use super::super::fact::Measure;
use super::super::metric::Metric;
use super::{count, ratio};

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        count(
            "plans_opened",
            Measure::PLAN_OPENED,
            "Plans of complex problems that were opened in the period.",
            "期间内建立的疑难问题处理方案。",
        ),
        count(
            "plans_accepted",
            Measure::PLAN_ACCEPTED,
            "Plans of complex problems whose work was accepted in the period.",
            "期间内验收的疑难问题处理方案。",
        ),
        count(
            "plan_steps_done",
            Measure::PLAN_STEP_DONE,
            "Steps of plans that were completed in the period; one that was reopened counts each time. Agent: its owner.",
            "期间内完成的方案步骤；重开后再次完成的再计一次。坐席为步骤负责人。",
        ),
        ratio(
            "plan_steps_in_time_rate",
            Measure::PLAN_STEP_IN_TIME,
            Measure::PLAN_STEP_DONE,
            "Steps of plans that were completed in the period by the time they were due ÷ steps completed in it. Agent: \
             their owner.",
            "期间内按期完成的方案步骤 ÷ 期间内完成的方案步骤（步骤按期完成率）。坐席为步骤负责人。",
        ),
        count(
            "plan_steps_overdue",
            Measure::PLAN_STEP_OVERDUE,
            "Steps of plans that were not done when they were due, by their due time in the period; due anew and missed \
             again counts again. Agent: their owner.",
            "期间内到期未完成的方案步骤，按到期时间计；改期后再次逾期的再计一次。坐席为步骤负责人。",
        ),
    ]
}
