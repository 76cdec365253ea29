//! Routing rules as those make them who may.

use hotline_proto::common::v1::TicketType;
use hotline_proto::dispatch::v1::{
    Assignment, AssignmentState, CreateMemberRequest, CreateRoutingRuleRequest, DryRunRoutingRequest,
    DryRunRoutingResponse, ListAssignmentsRequest, ListRoutingRulesRequest, Member, RoutingRule,
    RoutingTarget, UpdateRoutingRuleRequest,
};
use tonic::Status;

use super::calls::{inner, seconds};
use super::{Desk, admin, engineer, ticket_id};

/// A target with a timeout in seconds; 0 is none.
pub(crate) fn target(team: &str, timeout: i64, skip_if_nobody: bool) -> RoutingTarget {
    let timeout = if timeout > 0 { seconds(timeout) } else { None };
    RoutingTarget { team_key: team.into(), timeout, skip_if_nobody }
}

/// A rule for a category.
pub(crate) fn rule_for(category: &str) -> RoutingRule {
    RoutingRule { name: category.into(), category_codes: vec![category.into()], ..RoutingRule::default() }
}

/// What a dry run asks of a fault in a category.
pub(crate) fn fault_in(category: &str) -> DryRunRoutingRequest {
    DryRunRoutingRequest {
        r#type: TicketType::Fault.into(),
        category_code: category.into(),
        ..DryRunRoutingRequest::default()
    }
}

impl Desk {
    pub(crate) async fn makes(&self, rule: RoutingRule) -> Result<RoutingRule, Status> {
        let mut client = self.client.clone();
        let create = client.create_routing_rule(CreateRoutingRuleRequest { rule: Some(rule) });
        inner(admin().scope(create).await)
    }

    pub(crate) async fn changes(&self, rule: RoutingRule) -> Result<RoutingRule, Status> {
        let mut client = self.client.clone();
        let request = UpdateRoutingRuleRequest { rule: Some(rule), ..UpdateRoutingRuleRequest::default() };
        inner(admin().scope(client.update_routing_rule(request)).await)
    }

    pub(crate) async fn all_rules(&self) -> Vec<RoutingRule> {
        let mut client = self.client.clone();
        let listed = engineer().scope(client.list_routing_rules(ListRoutingRulesRequest::default())).await;
        inner(listed).expect("lists").rules
    }

    pub(crate) async fn tries(&self, request: DryRunRoutingRequest) -> DryRunRoutingResponse {
        let mut client = self.client.clone();
        inner(engineer().scope(client.dry_run_routing(request)).await).expect("runs")
    }

    pub(crate) async fn joins(&self, subject: &str, team: &str) {
        let member = Member { subject: subject.into(), team_key: team.into(), ..Member::default() };
        let mut client = self.client.clone();
        let create = client.create_member(CreateMemberRequest { member: Some(member) });
        admin().scope(create).await.expect("joins");
    }

    /// Returns the work on a ticket, newest first.
    pub(crate) async fn work_on(&self, number: u128) -> Vec<Assignment> {
        let request =
            ListAssignmentsRequest { ticket_id: ticket_id(number), ..ListAssignmentsRequest::default() };
        let mut client = self.client.clone();
        inner(admin().scope(client.list_assignments(request)).await).expect("lists").assignments
    }

    /// Returns the one open work on a ticket.
    pub(crate) async fn open_work_on(&self, number: u128) -> Assignment {
        let ended = [AssignmentState::Transferred, AssignmentState::Withdrawn, AssignmentState::Completed];
        let mut open = self.work_on(number).await;
        open.retain(|work| !ended.contains(&work.state()));
        assert_eq!(open.len(), 1, "{open:?}");
        open.remove(0)
    }
}
