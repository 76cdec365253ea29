//! A fact: one thing that happened, when it counts, and to whom.

use chrono::{DateTime, Utc};

use super::dimension::Dims;

/// What a fact measures, as it is stored. A code never changes its meaning: a new meaning is a new code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Measure(&'static str);

/// Lists the measures: constant, code, what one fact of it is, and its amount where it has one.
macro_rules! measures {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        impl Measure {
            $($(#[doc = $doc])+ pub(crate) const $name: Self = Self($code);)+
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

measures! {
    /// A ticket was registered.
    CREATED = "created";
    /// A complaint was registered.
    COMPLAINT = "complaint";
    /// A ticket was registered with this share of its optional fields, 1/10 000.
    COMPLETENESS = "completeness";
    /// A ticket was brought in from another system.
    IMPORTED = "imported";
    /// A team got a ticket.
    ASSIGNED = "assigned";
    /// A ticket went on to a team after its first one.
    REASSIGNED = "reassigned";
    /// A ticket went on to a team after its first one, for the first time.
    REASSIGNED_TICKET = "reassigned_ticket";
    /// Somebody began to work.
    STARTED = "started";
    /// Work began to wait.
    WAITED = "waited";
    /// Work on a ticket began to wait for the first time.
    WAITED_TICKET = "waited_ticket";
    /// Work on a ticket began to wait for the customer for the first time.
    WAITED_CUSTOMER_TICKET = "waited_customer_ticket";
    /// Work went on after waiting.
    RESUMED = "resumed";
    /// The priority changed.
    REPRIORITIZED = "reprioritized";
    /// A solution got more time.
    EXTENDED = "extended";
    /// A ticket was solved; wall-clock seconds since it was registered.
    RESOLVED = "resolved";
    /// A ticket was solved; working seconds since it was registered.
    RESOLVED_WORKING = "resolved_working";
    /// A ticket was solved that somebody had had; working seconds of that.
    BUDGET_IN_HAND = "budget_in_hand";
    /// A ticket was solved that had lain in a queue; working seconds of that.
    BUDGET_IN_QUEUE = "budget_in_queue";
    /// A ticket was solved that had waited for the customer; working seconds of that.
    BUDGET_WAITING_CUSTOMER = "budget_waiting_customer";
    /// A ticket was solved that had waited for a third party; working seconds of that.
    BUDGET_WAITING_THIRD_PARTY = "budget_waiting_third_party";
    /// A ticket was solved that had waited for an approval; working seconds of that.
    BUDGET_WAITING_APPROVAL = "budget_waiting_approval";
    /// A ticket was solved for the first time; counts when it was registered.
    COHORT_SOLVED = "cohort_solved";
    /// The first solution; wall-clock seconds since the ticket was registered.
    REPLIED = "replied";
    /// The solution of an imported ticket; working days since it was registered.
    REPLIED_WORKING_DAYS = "replied_working_days";
    /// The customer confirmed the solution.
    VERIFIED = "verified";
    /// A ticket came to its end.
    CLOSED = "closed";
    /// A ticket went round again.
    REOPENED = "reopened";
    /// A ticket went round again for the first time.
    REOPENED_TICKET = "reopened_ticket";
    /// An open ticket came to a group, or left it (-1); microseconds since it was registered.
    OPEN = "open";
    /// The same of tickets registered on an earlier day.
    AGED_1D = "aged_1d";
    /// The same of tickets registered 3 days ago or earlier.
    AGED_3D = "aged_3d";
    /// The same of tickets registered 7 days ago or earlier.
    AGED_7D = "aged_7d";
    /// The same of tickets registered 30 days ago or earlier.
    AGED_30D = "aged_30d";
    /// A day began for which an open ticket was registered the day before.
    AGING_1D = "aging_1d";
    /// The same, 3 days before.
    AGING_3D = "aging_3d";
    /// The same, 7 days before.
    AGING_7D = "aging_7d";
    /// The same, 30 days before.
    AGING_30D = "aging_30d";
    /// A ticket was given up.
    CANCELLED = "cancelled";
    /// A ticket was given up because it was merged into another.
    MERGED = "merged";
    /// A merge was undone.
    REINSTATED = "reinstated";
    /// A request was judged valid.
    JUDGED_VALID = "judged_valid";
    /// A request was judged not valid.
    JUDGED_INVALID = "judged_invalid";
    /// A request was judged out of scope.
    JUDGED_OUT_OF_SCOPE = "judged_out_of_scope";
    /// A complaint was registered that is not the first about its matter.
    SECOND_COMPLAINT = "second_complaint";
    /// A complaint reached the team that handles it; seconds since it was registered.
    COMPLAINT_FORWARDED = "complaint_forwarded";
    /// A complaint reached the team that handles it on the day received.
    COMPLAINT_FORWARDED_SAME_DAY = "complaint_forwarded_same_day";
    /// The investigation of a complaint came to its finding.
    COMPLAINT_CONCLUDED = "complaint_concluded";
    /// A complaint was found to be right, in whole or in part.
    COMPLAINT_UPHELD = "complaint_upheld";
    /// The customer was told what came of a complaint; seconds since it was registered.
    COMPLAINT_FED_BACK = "complaint_fed_back";
    /// The clock of the first response was stopped; wall-clock seconds it ran.
    RESPONSE = "response";
    /// The clock of the first response was stopped in time.
    RESPONSE_MET = "response_met";
    /// The clock of the solution was stopped.
    RESOLUTION = "resolution";
    /// The clock of the solution was stopped in time.
    RESOLUTION_MET = "resolution_met";
    /// The clock of the solution was stopped in time, but not without the extensions it got.
    RESOLUTION_MET_BY_EXTENSION = "resolution_met_by_extension";
    /// The clock of a promised answer was stopped.
    ANSWER = "answer";
    /// The clock of a promised answer was stopped in time.
    ANSWER_MET = "answer_met";
    /// The clock of all rounds of a solution was stopped.
    TOTAL = "total";
    /// The clock of all rounds of a solution was stopped in time.
    TOTAL_MET = "total_met";
    /// The clock of updates to the customer was stopped.
    UPDATE = "update";
    /// The clock of updates to the customer was stopped in time.
    UPDATE_MET = "update_met";
    /// A clock came to its warning.
    SLA_WARNED = "sla_warned";
    /// A clock ran out.
    SLA_BREACHED = "sla_breached";
    /// Work was put into a queue.
    QUEUED = "queued";
    /// Work was taken on; seconds it had waited.
    ACCEPTED = "accepted";
    /// Work was not taken on.
    DECLINED = "declined";
    /// A lease ran out.
    EXPIRED = "expired";
    /// Work went back to its queue.
    RETURNED = "returned";
    /// Work went to another team's queue.
    TRANSFERRED = "transferred";
    /// Work was done; seconds since it was taken on.
    COMPLETED = "completed";
    /// The next handler was reached by telephone; seconds since the dispatch.
    CONFIRMED = "confirmed";
    /// Somebody was reminded of work that nobody had confirmed in its time.
    REMINDED = "reminded";
    /// Somebody above was told of such work.
    ESCALATED = "escalated";
    /// Somebody came to the site; seconds since the dispatch.
    ARRIVED = "arrived";
    /// The stage of confirmation ended, that had a budget.
    STAGE_CONFIRM = "stage_confirm";
    /// The same in time.
    STAGE_CONFIRM_MET = "stage_confirm_met";
    /// The stage of acceptance ended, that had a budget.
    STAGE_ACCEPT = "stage_accept";
    /// The same in time.
    STAGE_ACCEPT_MET = "stage_accept_met";
    /// The stage of arrival ended, that had a budget.
    STAGE_ARRIVE = "stage_arrive";
    /// The same in time.
    STAGE_ARRIVE_MET = "stage_arrive_met";
    /// The stage of solution ended, that had a budget.
    STAGE_SOLVE = "stage_solve";
    /// The same in time.
    STAGE_SOLVE_MET = "stage_solve_met";
    /// A contact ended; seconds it lasted.
    CONTACT = "contact";
    /// A call ended that had a limit; seconds it lasted.
    CALL = "call";
    /// A call ended that had lasted as long as its limit or longer.
    CALL_OVERRAN = "call_overran";
    /// Such a call ended, and no customer had agreed to go on.
    CALL_OVERRAN_UNCONSENTED = "call_overran_unconsented";
    /// Agent and lead were prompted to hand a call over.
    CALL_PROMPTED = "call_prompted";
    /// A customer was told how far a ticket is.
    INFORMED = "informed";
    /// The same by the sentence for that.
    STATUS_TOLD = "status_told";
    /// A customer called again about a ticket.
    REPEAT_CONTACT = "repeat_contact";
    /// Somebody began to look at a customer's device.
    REMOTE_SESSION = "remote_session";
    /// A setting was changed in a remote session.
    REMOTE_CHANGE = "remote_change";
    /// A remote session ended; seconds it lasted.
    REMOTE_SESSION_ENDED = "remote_session_ended";
    /// Somebody tried to reach a customer.
    CALLBACK_ATTEMPTED = "callback_attempted";
    /// A callback came to its end.
    CALLBACK_COMPLETED = "callback_completed";
    /// A callback came to its end with the customer reached.
    CALLBACK_REACHED = "callback_reached";
    /// A callback came to its end before it was due.
    CALLBACK_IN_TIME = "callback_in_time";
    /// A customer said whether they were satisfied.
    SURVEY_ANSWERED = "survey_answered";
    /// A customer said that they were satisfied.
    SURVEY_SATISFIED = "survey_satisfied";
    /// A customer gave a score; 1 to 5.
    SURVEY_SCORED = "survey_scored";
    /// A callback that asked for satisfaction came to its end.
    SURVEY_ASKED = "survey_asked";
    /// The plan of a complex problem was opened.
    PLAN_OPENED = "plan_opened";
    /// The work of a plan was accepted.
    PLAN_ACCEPTED = "plan_accepted";
    /// A step of a plan was done.
    PLAN_STEP_DONE = "plan_step_done";
    /// A step of a plan was done by the time it was due.
    PLAN_STEP_IN_TIME = "plan_step_in_time";
    /// A step of a plan was not done when it was due.
    PLAN_STEP_OVERDUE = "plan_step_overdue";
    /// A notice was proposed for a spike of similar faults.
    OUTAGE_PROPOSED = "outage_proposed";
    /// An outage notice came onto the screens.
    OUTAGE = "outage";
    /// An outage notice was taken back or refused.
    OUTAGE_WITHDRAWN = "outage_withdrawn";
    /// An outage was over; seconds it lasted.
    OUTAGE_OVER = "outage_over";
    /// A customer was told of an outage.
    OUTAGE_TOLD = "outage_told";
    /// A ticket was linked to an outage.
    OUTAGE_TICKET = "outage_ticket";
    /// An article became visible.
    ARTICLE_PUBLISHED = "article_published";
}

impl Measure {
    /// Returns the code under which it is stored.
    pub(crate) fn code(self) -> &'static str {
        self.0
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What it measures.
    pub(crate) measure: Measure,
    /// When it counts: mostly when it happened; for an imported ticket, when it happened there.
    pub(crate) at: DateTime<Utc>,
    /// To whom and what it belongs.
    pub(crate) dims: Dims,
    /// How often it happened; more than once only where an import tells a total. Below 0 where an open ticket left
    /// a group, and where something is taken back that was counted before: of how a ticket stood or aged, because
    /// an event came late; of a clock (its warning, its end in time or not, with an amount also its stop), because
    /// what was told of it is corrected.
    pub(crate) times: i64,
    /// Whole units of the measure, never below 0; integers, so that sums don't depend on the order of events
    /// (K8).
    pub(crate) amount: Option<i64>,
}

impl Fact {
    /// Returns a fact that is only counted.
    pub(crate) fn once(measure: Measure, at: DateTime<Utc>, dims: &Dims) -> Self {
        Self { measure, at, dims: dims.clone(), times: 1, amount: None }
    }

    /// Returns a fact with an amount. One below 0, from clocks that differ, counts as 0.
    pub(crate) fn with_amount(measure: Measure, at: DateTime<Utc>, dims: &Dims, amount: i64) -> Self {
        Self { amount: Some(amount.max(0)), ..Self::once(measure, at, dims) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Measure;

    #[test]
    fn no_two_measures_share_a_code() {
        let codes: HashSet<_> = Measure::ALL.iter().collect();
        assert_eq!(codes.len(), Measure::ALL.len());
    }
}
