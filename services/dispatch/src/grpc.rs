//! The contract's methods, a line each; what they do is in the file of their resource.

use hotline_proto::dispatch::v1::dispatch_service_server::DispatchService;
use hotline_proto::dispatch::v1::{
    AcceptAssignmentRequest, Assignment, ClaimAssignmentsRequest, ClaimAssignmentsResponse,
    CompleteAssignmentRequest, CreateMemberRequest, CreateRoutingRuleRequest, CreateTeamRequest,
    DeclineAssignmentRequest, DeleteMemberRequest, DeleteRoutingRuleRequest, DryRunRoutingRequest,
    DryRunRoutingResponse, GetAssignmentRequest, GetTeamRequest, HeartbeatAssignmentRequest,
    ListAssignmentsRequest, ListAssignmentsResponse, ListMembersRequest, ListMembersResponse,
    ListQueuesRequest, ListQueuesResponse, ListRoutingRulesRequest, ListRoutingRulesResponse,
    ListTeamsRequest, ListTeamsResponse, Member, RebuildQueuesRequest, RebuildQueuesResponse,
    ReturnAssignmentRequest, RoutingRule, Team, TransferAssignmentRequest, UpdateMemberRequest,
    UpdateRoutingRuleRequest, UpdateTeamRequest,
};
use tonic::{Request, Response, Status, async_trait};

use crate::error::Error;
use crate::work::Work;

mod assignments;
mod members;
mod queues;
mod routing;
mod rules;
mod teams;
mod wire;

/// The service as its callers see it.
pub(crate) struct Dispatch(pub(crate) Work);

type Reply<T> = Result<Response<T>, Status>;

fn reply<T>(result: Result<T, Error>) -> Reply<T> {
    Ok(Response::new(result?))
}

#[async_trait]
impl DispatchService for Dispatch {
    async fn create_team(&self, request: Request<CreateTeamRequest>) -> Reply<Team> {
        reply(teams::create(&self.0, request.into_inner()).await)
    }

    async fn list_teams(&self, request: Request<ListTeamsRequest>) -> Reply<ListTeamsResponse> {
        reply(teams::list(&self.0, &request.into_inner()).await)
    }

    async fn get_team(&self, request: Request<GetTeamRequest>) -> Reply<Team> {
        reply(teams::get(&self.0, request.into_inner()).await)
    }

    async fn update_team(&self, request: Request<UpdateTeamRequest>) -> Reply<Team> {
        reply(teams::update(&self.0, request.into_inner()).await)
    }

    async fn create_member(&self, request: Request<CreateMemberRequest>) -> Reply<Member> {
        reply(members::create(&self.0, request.into_inner()).await)
    }

    async fn list_members(&self, request: Request<ListMembersRequest>) -> Reply<ListMembersResponse> {
        reply(members::list(&self.0, &request.into_inner()).await)
    }

    async fn update_member(&self, request: Request<UpdateMemberRequest>) -> Reply<Member> {
        reply(members::update(&self.0, request.into_inner()).await)
    }

    async fn delete_member(&self, request: Request<DeleteMemberRequest>) -> Reply<()> {
        reply(members::delete(&self.0, request.into_inner()).await)
    }

    async fn create_routing_rule(&self, request: Request<CreateRoutingRuleRequest>) -> Reply<RoutingRule> {
        reply(rules::create(&self.0, request.into_inner()).await)
    }

    async fn list_routing_rules(
        &self,
        request: Request<ListRoutingRulesRequest>,
    ) -> Reply<ListRoutingRulesResponse> {
        reply(rules::list(&self.0, &request.into_inner()).await)
    }

    async fn update_routing_rule(&self, request: Request<UpdateRoutingRuleRequest>) -> Reply<RoutingRule> {
        reply(rules::update(&self.0, request.into_inner()).await)
    }

    async fn delete_routing_rule(&self, request: Request<DeleteRoutingRuleRequest>) -> Reply<()> {
        reply(rules::delete(&self.0, request.into_inner()).await)
    }

    async fn dry_run_routing(&self, request: Request<DryRunRoutingRequest>) -> Reply<DryRunRoutingResponse> {
        reply(routing::dry_run(&self.0, &request.into_inner()).await)
    }

    async fn list_queues(&self, request: Request<ListQueuesRequest>) -> Reply<ListQueuesResponse> {
        reply(queues::list(&self.0, request.into_inner()).await)
    }

    async fn claim_assignments(
        &self,
        request: Request<ClaimAssignmentsRequest>,
    ) -> Reply<ClaimAssignmentsResponse> {
        reply(queues::claim(&self.0, request.into_inner()).await)
    }

    async fn rebuild_queues(&self, request: Request<RebuildQueuesRequest>) -> Reply<RebuildQueuesResponse> {
        reply(queues::rebuild(&self.0, request.into_inner()).await)
    }

    async fn get_assignment(&self, request: Request<GetAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::get(&self.0, request.into_inner()).await)
    }

    async fn list_assignments(
        &self,
        request: Request<ListAssignmentsRequest>,
    ) -> Reply<ListAssignmentsResponse> {
        reply(assignments::list(&self.0, request.into_inner()).await)
    }

    async fn heartbeat_assignment(&self, request: Request<HeartbeatAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::heartbeat(&self.0, request.into_inner()).await)
    }

    async fn accept_assignment(&self, request: Request<AcceptAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::accept(&self.0, request.into_inner()).await)
    }

    async fn decline_assignment(&self, request: Request<DeclineAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::decline(&self.0, request.into_inner()).await)
    }

    async fn return_assignment(&self, request: Request<ReturnAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::give_back(&self.0, request.into_inner()).await)
    }

    async fn transfer_assignment(&self, request: Request<TransferAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::transfer(&self.0, request.into_inner()).await)
    }

    async fn complete_assignment(&self, request: Request<CompleteAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::complete(&self.0, request.into_inner()).await)
    }
}
