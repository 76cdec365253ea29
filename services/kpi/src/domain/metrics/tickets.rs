//! Metrics of the life of tickets.

use super::super::fact::Measure;
use super::super::metric::{Formula, Metric, Unit};
use super::{DAY, MINUTE, count, metric, ratio, spread};

pub(super) fn metrics() -> Vec<Metric> {
    [quantities(), rounds(), moves(), work(), rates(), times()].concat()
}

fn quantities() -> Vec<Metric> {
    vec![
        count(
            "tickets_created",
            Measure::CREATED,
            "Tickets registered in the period, imported ones at their original time. Agent: who registered; \
             team: the team the ticket had then, mostly none yet (see tickets_assigned).",
            "期间内登记的工单；导入的工单按原登记时间计入。坐席为登记人；班组为登记时的班组，通常尚未派单（见 tickets_assigned）。",
        ),
        count(
            "tickets_imported",
            Measure::IMPORTED,
            "Tickets brought in from another system in the period, by the time of the import.",
            "期间内从其他系统导入的工单，按导入时间计。",
        ),
        count(
            "tickets_resolved",
            Measure::RESOLVED,
            "Solutions in the period: a ticket that is reopened and solved again counts again. Imported \
             tickets count their last solution at its original time. Credited to who solved it and their \
             team at that time.",
            "期间内的解决次数：重开后再次解决再次计数；导入工单按原时间计其最后一次解决。归属解决人及其当时的班组。",
        ),
        count(
            "tickets_closed",
            Measure::CLOSED,
            "Times tickets were closed in the period, imported ones at their original times: one that is reopened \
             after that and closed again counts again. Cancelled ones don't count.",
            "期间内关闭工单的次数；导入的工单按原关闭时间计入；关闭后重开再关闭的再次计入；已取消的不计。",
        )
        .version(2),
        count(
            "tickets_cancelled",
            Measure::CANCELLED,
            "Tickets given up in the period, imported ones at their original times.",
            "期间内取消的工单；导入的工单按原时间计入。",
        ),
        count(
            "tickets_verified",
            Measure::VERIFIED,
            "Solutions that the customer confirmed in the period.",
            "期间内经客户核实的解决。",
        ),
        count(
            "complaints_created",
            Measure::COMPLAINT,
            "Tickets of type complaint registered in the period.",
            "期间内登记的投诉工单。",
        ),
    ]
}

fn rounds() -> Vec<Metric> {
    vec![
        count(
            "tickets_reopened",
            Measure::REOPENED_TICKET,
            "Tickets that went round again for the first time in the period: each counts once in its life (see \
             reopenings), imported ones at their original time, or at their last solution where only their number \
             is known. Credited to who had solved it and their team.",
            "期间内首次重开的工单：每张工单一生只计一次（次数见 reopenings）；导入的工单按原时间计入，仅知次数的计在其最后一次解决时。归属此前的解决人及其班组。",
        )
        .version(2),
        count(
            "reopenings",
            Measure::REOPENED,
            "Times tickets went round again in the period: a ticket reopened twice counts twice. Imported ones \
             count at their original times, or at their last solution where only their number is known. Credited \
             to who had solved it and their team.",
            "期间内的重开次数：同一工单重开两次计两次；导入的工单按原时间计入，仅知次数的计在其最后一次解决时。归属此前的解决人及其班组。",
        ),
    ]
}

fn moves() -> Vec<Metric> {
    vec![
        count(
            "tickets_assigned",
            Measure::ASSIGNED,
            "Times a team got a ticket in the period, the first time and again; imported ones at their original \
             times. Team: the one that got it.",
            "期间内班组接到工单的次数，含再次接到；导入的工单按原时间计入。班组为接到工单的班组。",
        )
        .version(2),
        count(
            "reassignments",
            Measure::REASSIGNED,
            "Times a ticket went on in the period after its first team: handed over, transferred or routed to \
             another team. The first team of a ticket is none. Imported tickets count as often as the old system \
             says, at their original times, also inside one team. Team: the new one.",
            "期间内工单在首次派单之后再转出的次数（移交、转派或重新派单至另一班组）；首次派单不计；导入的工单按原系统所记次数和原时间计入，含班组内转派。班组为新班组。",
        )
        .version(2),
        count(
            "tickets_reassigned",
            Measure::REASSIGNED_TICKET,
            "Tickets that were reassigned for the first time in the period: each counts once in its life (see \
             reassignments). Team: the new one.",
            "期间内首次转派的工单：每张工单一生只计一次（次数见 reassignments）。班组为新班组。",
        ),
        count(
            "tickets_reprioritized",
            Measure::REPRIORITIZED,
            "Changes of priority in the period. Priority: the new one.",
            "期间内优先级变更次数。优先级为变更后的优先级。",
        ),
    ]
}

fn work() -> Vec<Metric> {
    vec![
        count(
            "tickets_started",
            Measure::STARTED,
            "Times somebody began to work on a ticket in the period; imported ones at their original times.",
            "期间内开始处理工单的次数；导入的工单按原时间计入。",
        )
        .version(2),
        count(
            "tickets_waited",
            Measure::WAITED_TICKET,
            "Tickets whose work began to wait for the first time in the period, for the customer, a third party \
             or an approval: each counts once in its life (see waits).",
            "期间内首次进入等待（客户、第三方或审批）的工单：每张工单一生只计一次（次数见 waits）。",
        )
        .version(2),
        count(
            "tickets_waited_customer",
            Measure::WAITED_CUSTOMER_TICKET,
            "Tickets whose work began to wait for the customer for the first time in the period: each counts once \
             in its life.",
            "期间内首次进入等待客户的工单：每张工单一生只计一次。",
        ),
        count(
            "waits",
            Measure::WAITED,
            "Times work on a ticket began to wait in the period: for the customer, a third party or an approval; \
             imported ones at their original times.",
            "期间内工单进入等待（客户、第三方或审批）的次数；导入的工单按原时间计入。",
        ),
        count(
            "tickets_resumed",
            Measure::RESUMED,
            "Times work on a ticket went on after waiting in the period; imported ones at their original times.",
            "期间内工单等待后恢复处理的次数；导入的工单按原时间计入。",
        )
        .version(2),
    ]
}

fn rates() -> Vec<Metric> {
    vec![
        ratio(
            "resolution_rate",
            Measure::COHORT_SOLVED,
            Measure::CREATED,
            "Tickets registered in the period that have been solved at least once by now ÷ tickets \
             registered in it. Credited to the registration: by team it says little.",
            "期间内登记且至今至少解决过一次的工单 ÷ 期间内登记的工单（解决率）。按登记归属，按班组意义不大。",
        ),
        ratio(
            "reopen_rate",
            Measure::REOPENED,
            Measure::RESOLVED,
            "Reopenings in the period ÷ solutions in the period, both credited to who solved.",
            "期间内重开次数 ÷ 期间内解决次数，均归属解决人。",
        ),
        ratio(
            "transfers_per_ticket",
            Measure::REASSIGNED,
            Measure::CREATED,
            "Reassignments, counted as in `reassignments`, in the period ÷ tickets registered in it.",
            "期间内转派次数（口径同 reassignments）÷ 期间内登记的工单。",
        )
        .version(2),
        ratio(
            "complaint_rate",
            Measure::COMPLAINT,
            Measure::CONTACT,
            "Complaints registered in the period ÷ contacts that ended in it. Contacts have \
             no priority, type or team.",
            "期间内登记的投诉 ÷ 期间内结束的联络（服务投诉率）。联络没有优先级、类型和班组。",
        ),
        metric(
            "record_completeness_mean",
            Unit::Ratio,
            Formula::Mean(Measure::COMPLETENESS, 10_000),
            "Mean share of the optional fields that were filled when tickets were registered. \
             Imported ones don't count.",
            "登记工单时选填字段的平均填写比例（登记完整率）；导入的工单不计。",
        ),
    ]
}

fn times() -> Vec<Metric> {
    [
        spread(
            "resolution_minutes",
            Unit::Minutes,
            MINUTE,
            Measure::RESOLVED,
            "Minutes of wall-clock time from the registration of a ticket to a solution in the period.",
            "从登记到期间内解决的自然时间（分钟）。",
        ),
        spread(
            "resolution_working_minutes",
            Unit::Minutes,
            MINUTE,
            Measure::RESOLVED_WORKING,
            "Minutes of working time of the policy's calendar, pauses left out, from the registration of a \
             ticket to a solution in the period.",
            "从登记到期间内解决的工作时间（分钟），按策略日历计算，不含暂停。",
        ),
        spread(
            "reply_natural_days",
            Unit::Days,
            DAY,
            Measure::REPLIED,
            "Days of 24 hours from the registration of a ticket to its first solution, by the time of the \
             solution; of an imported ticket, to its last one.",
            "从登记到首次解决的自然日（24 小时为一日），按解决时间计；导入工单计至最后一次解决。",
        ),
        spread(
            "reply_working_days",
            Unit::Days,
            1,
            Measure::REPLIED_WORKING_DAYS,
            "Working days d with registered < d ≤ solved, of imported tickets, by the time of the solution.",
            "导入工单从登记次日至解决当日的工作日数，按解决时间计。",
        ),
    ]
    .concat()
}
