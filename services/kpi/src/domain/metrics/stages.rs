//! Metrics of confirmations by telephone, escalations, and the stages of assignments (D4, D10).

use super::super::fact::Measure;
use super::super::metric::{Metric, Unit};
use super::{MINUTE, count, ratio, spread};

pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = counts();
    metrics.extend(rates());
    metrics.extend(spread(
        "confirmation_minutes",
        Unit::Minutes,
        MINUTE,
        Measure::CONFIRMED,
        "Minutes of wall-clock time from the dispatch until the next handler was reached by telephone, of \
         confirmations recorded in the period.",
        "期间内登记的电话确认，从派单到电话联系到处理人的自然时间（分钟）。",
    ));
    metrics.extend(spread(
        "arrival_minutes",
        Unit::Minutes,
        MINUTE,
        Measure::ARRIVED,
        "Minutes of wall-clock time from the dispatch until the holder came to the site, of arrivals reported in the \
         period.",
        "期间内登记的到场，从派单到到场的自然时间（分钟）。",
    ));
    metrics
}

fn counts() -> Vec<Metric> {
    vec![
        count(
            "assignments_confirmed",
            Measure::CONFIRMED,
            "Confirmations by telephone recorded in the period.",
            "期间内登记的电话确认。",
        ),
        count(
            "confirmation_reminders",
            Measure::REMINDED,
            "Times members were reminded in the period of work that nobody had confirmed in its time.",
            "期间内因超时未确认而提醒处理人的次数。",
        ),
        count(
            "confirmation_escalations",
            Measure::ESCALATED,
            "Times a lead, a supervisor or a manager was told in the period of work that nobody had confirmed in its \
             time.",
            "期间内因超时未确认而升级至班组长、主管或经理的次数。",
        ),
        count(
            "assignments_arrived",
            Measure::ARRIVED,
            "Arrivals on site reported in the period.",
            "期间内登记的到场。",
        ),
    ]
}

fn rates() -> Vec<Metric> {
    vec![
        ratio(
            "stage_confirm_rate",
            Measure::STAGE_CONFIRM_MET,
            Measure::STAGE_CONFIRM,
            "Work that was confirmed by telephone, or accepted, within its budget from the dispatch ÷ work with such a \
             budget that was confirmed or accepted in the period, or left its team after its time was over. A return \
             takes an acceptance back: the next counts again.",
            "在派单起的时限内电话确认或接单的派单 ÷ 期间内确认、接单或超时后转出的有此时限的派单。退回后再次接单再计一次。",
        ),
        ratio(
            "stage_accept_rate",
            Measure::STAGE_ACCEPT_MET,
            Measure::STAGE_ACCEPT,
            "Work that was accepted within its budget from the dispatch ÷ work with such a budget that was accepted in \
             the period, or left its team after its time was over. Returned work that is accepted again counts again, \
             and its time runs from the dispatch.",
            "在派单起的时限内接单的派单 ÷ 期间内接单或超时后转出的有此时限的派单。退回后再次接单再计一次，仍自派单起算。",
        ),
        ratio(
            "stage_arrive_rate",
            Measure::STAGE_ARRIVE_MET,
            Measure::STAGE_ARRIVE,
            "Work whose holder came to the site within its budget from the dispatch ÷ work with such a budget of which \
             an arrival was reported in the period, or that was done or left its team without one after its time was \
             over.",
            "在派单起的时限内到场的派单 ÷ 期间内登记到场，或超时未到场而完成、转出的有此时限的派单。",
        ),
        ratio(
            "stage_solve_rate",
            Measure::STAGE_SOLVE_MET,
            Measure::STAGE_SOLVE,
            "Assignments completed in the period within their budget from the dispatch, or where there is none before \
             they were due ÷ assignments completed in it.",
            "期间内在派单起的时限内（无时限的在到期前）完成的派单 ÷ 期间内完成的派单。",
        ),
    ]
}
