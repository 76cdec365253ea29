//! The contract's methods, a line each; what they do is in the file of their resource.

use hotline_proto::dispatch::v1::dispatch_service_server::DispatchService;
use hotline_proto::dispatch::v1::partner_service_server::PartnerService;
use hotline_proto::dispatch::v1::presence_service_server::PresenceService;
use hotline_proto::dispatch::v1::{
    AcceptAssignmentRequest, AcceptPartnerLinkRequest, ArriveAssignmentRequest, Assignment,
    BeatPresenceRequest, ClaimAssignmentsRequest, ClaimAssignmentsResponse, CompleteAssignmentRequest,
    CompletePartnerLinkRequest, ConfirmAssignmentRequest, CreateMemberRequest, CreateRoutingRuleRequest,
    CreateTeamRequest, DeclineAssignmentRequest, DeleteMemberRequest, DeleteRoutingRuleRequest,
    DrainQueueRequest, DryRunRoutingRequest, DryRunRoutingResponse, FairnessReport, FinishAssignmentRequest,
    ForceCompleteAssignmentRequest, GetAssignmentRequest, GetRoutingVersionRequest, GetTeamRequest,
    HeartbeatAssignmentRequest, LinkAssignmentRequest, LinkedAssignment, ListAssignmentsRequest,
    ListAssignmentsResponse, ListDisclosuresRequest, ListDisclosuresResponse, ListMembersRequest,
    ListMembersResponse, ListOffersRequest, ListPartnerLinksRequest, ListPartnerLinksResponse,
    ListPresenceHistoryRequest, ListPresenceHistoryResponse, ListPresenceRequest, ListPresenceResponse,
    ListQueuesRequest, ListQueuesResponse, ListRoutingRulesRequest, ListRoutingRulesResponse,
    ListRoutingVersionsRequest, ListRoutingVersionsResponse, ListTeamsRequest, ListTeamsResponse, Member,
    NoteAssignmentRequest, NotePartnerLinkRequest, OpenPartnerLinkRequest, ParkAssignmentRequest,
    PartnerLink, PauseQueueRequest, Presence, Queue, ReassignAssignmentRequest, RebuildQueuesRequest,
    RebuildQueuesResponse, ReportFairnessRequest, RerouteAssignmentsRequest, RerouteAssignmentsResponse,
    RestoreRoutingVersionRequest, ResumeAssignmentRequest, ResumeQueueRequest, ReturnAssignmentRequest,
    RevokePartnerLinkRequest, RoutingRule, RoutingVersion, SetPresenceRequest, SubscribeRequest,
    SumPresenceRequest, SumPresenceResponse, Team, TransferAssignmentRequest, UpdateMemberRequest,
    UpdateRoutingRuleRequest, UpdateTeamRequest,
};
use tonic::{Request, Response, Status, async_trait};

use crate::domain::flow::Flow;
use crate::error::Error;
use crate::work::Work;

mod aims;
mod assignments;
mod confirmations;
mod duty;
mod duty_logs;
mod emergency_plans;
mod fairness;
mod handovers;
mod members;
mod partners;
mod period;
mod presence;
mod queues;
mod routing;
mod rules;
mod shown;
mod subscription;
mod teams;
mod versions;
mod webhooks;
mod wire;

pub(crate) use webhooks::WebhookDesk;

/// The service as its callers see it.
pub(crate) struct Dispatch(pub(crate) Work);

pub(crate) use duty::{AgreementDesk, RosterDesk};
pub(crate) use duty_logs::DutyLogs;
pub(crate) use emergency_plans::EmergencyPlans;
pub(crate) use handovers::Handovers;

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

    type SubscribeStream = subscription::Updates;

    async fn subscribe(&self, request: Request<SubscribeRequest>) -> Reply<subscription::Updates> {
        reply(subscription::open(&self.0, request.into_inner()).await)
    }

    async fn pause_queue(&self, request: Request<PauseQueueRequest>) -> Reply<Queue> {
        let PauseQueueRequest { team_key, reason } = request.into_inner();
        reply(queues::set_flow(&self.0, &team_key, Flow::Paused, &reason).await)
    }

    async fn resume_queue(&self, request: Request<ResumeQueueRequest>) -> Reply<Queue> {
        reply(queues::set_flow(&self.0, &request.into_inner().team_key, Flow::Running, "").await)
    }

    async fn drain_queue(&self, request: Request<DrainQueueRequest>) -> Reply<Queue> {
        let DrainQueueRequest { team_key, reason } = request.into_inner();
        reply(queues::set_flow(&self.0, &team_key, Flow::Draining, &reason).await)
    }

    async fn reassign_assignment(&self, request: Request<ReassignAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::reassign(&self.0, request.into_inner()).await)
    }

    async fn force_complete_assignment(
        &self,
        request: Request<ForceCompleteAssignmentRequest>,
    ) -> Reply<Assignment> {
        reply(assignments::force_complete(&self.0, request.into_inner()).await)
    }

    async fn list_routing_versions(
        &self,
        request: Request<ListRoutingVersionsRequest>,
    ) -> Reply<ListRoutingVersionsResponse> {
        reply(versions::list(&self.0, &request.into_inner()).await)
    }

    async fn get_routing_version(&self, request: Request<GetRoutingVersionRequest>) -> Reply<RoutingVersion> {
        reply(versions::get(&self.0, &request.into_inner()).await)
    }

    async fn restore_routing_version(
        &self,
        request: Request<RestoreRoutingVersionRequest>,
    ) -> Reply<RoutingVersion> {
        reply(versions::restore(&self.0, &request.into_inner()).await)
    }

    async fn reroute_assignments(
        &self,
        request: Request<RerouteAssignmentsRequest>,
    ) -> Reply<RerouteAssignmentsResponse> {
        reply(routing::reroute(&self.0, &request.into_inner()).await)
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

    async fn confirm_assignment(&self, request: Request<ConfirmAssignmentRequest>) -> Reply<Assignment> {
        reply(confirmations::confirm(&self.0, request.into_inner()).await)
    }

    async fn arrive_assignment(&self, request: Request<ArriveAssignmentRequest>) -> Reply<Assignment> {
        reply(confirmations::arrive(&self.0, request.into_inner()).await)
    }

    async fn report_fairness(&self, request: Request<ReportFairnessRequest>) -> Reply<FairnessReport> {
        reply(fairness::tell(&self.0, request.into_inner()).await)
    }

    async fn list_offers(&self, _: Request<ListOffersRequest>) -> Reply<ListAssignmentsResponse> {
        reply(assignments::offers(&self.0).await)
    }

    async fn park_assignment(&self, request: Request<ParkAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::park(&self.0, request.into_inner()).await)
    }

    async fn resume_assignment(&self, request: Request<ResumeAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::resume(&self.0, request.into_inner()).await)
    }

    async fn finish_assignment(&self, request: Request<FinishAssignmentRequest>) -> Reply<Assignment> {
        reply(assignments::finish(&self.0, request.into_inner()).await)
    }
}

/// Who is ready and who is away.
pub(crate) struct PresenceDesk(pub(crate) Work);

#[async_trait]
impl PresenceService for PresenceDesk {
    async fn set_presence(&self, request: Request<SetPresenceRequest>) -> Reply<Presence> {
        reply(presence::set(&self.0, request.into_inner()).await)
    }

    async fn beat_presence(&self, _: Request<BeatPresenceRequest>) -> Reply<Presence> {
        reply(presence::beat(&self.0).await)
    }

    async fn list_presence_history(
        &self,
        request: Request<ListPresenceHistoryRequest>,
    ) -> Reply<ListPresenceHistoryResponse> {
        reply(presence::history(&self.0, &request.into_inner()).await)
    }

    async fn sum_presence(&self, request: Request<SumPresenceRequest>) -> Reply<SumPresenceResponse> {
        reply(presence::sum(&self.0, &request.into_inner()).await)
    }

    async fn list_presence(&self, request: Request<ListPresenceRequest>) -> Reply<ListPresenceResponse> {
        reply(presence::list(&self.0, &request.into_inner()).await)
    }
}

/// Links of partners without an account, and what third parties were shown.
pub(crate) struct Partners(pub(crate) Work);

#[async_trait]
impl PartnerService for Partners {
    async fn link_assignment(&self, request: Request<LinkAssignmentRequest>) -> Reply<PartnerLink> {
        reply(partners::link(&self.0, request.into_inner()).await)
    }

    async fn revoke_partner_link(&self, request: Request<RevokePartnerLinkRequest>) -> Reply<PartnerLink> {
        reply(partners::revoke(&self.0, &request.into_inner().id).await)
    }

    async fn list_partner_links(
        &self,
        request: Request<ListPartnerLinksRequest>,
    ) -> Reply<ListPartnerLinksResponse> {
        reply(partners::list(&self.0, &request.into_inner()).await)
    }

    async fn note_assignment(&self, request: Request<NoteAssignmentRequest>) -> Reply<Assignment> {
        reply(partners::note(&self.0, request.into_inner()).await)
    }

    async fn list_disclosures(
        &self,
        request: Request<ListDisclosuresRequest>,
    ) -> Reply<ListDisclosuresResponse> {
        reply(partners::disclosures(&self.0, &request.into_inner()).await)
    }

    async fn open_partner_link(&self, request: Request<OpenPartnerLinkRequest>) -> Reply<LinkedAssignment> {
        reply(partners::open(&self.0, &request.into_inner().token).await)
    }

    async fn accept_partner_link(
        &self,
        request: Request<AcceptPartnerLinkRequest>,
    ) -> Reply<LinkedAssignment> {
        reply(partners::accept(&self.0, &request.into_inner().token).await)
    }

    async fn note_partner_link(&self, request: Request<NotePartnerLinkRequest>) -> Reply<LinkedAssignment> {
        reply(partners::note_by_link(&self.0, &request.into_inner()).await)
    }

    async fn complete_partner_link(
        &self,
        request: Request<CompletePartnerLinkRequest>,
    ) -> Reply<LinkedAssignment> {
        reply(partners::complete(&self.0, &request.into_inner()).await)
    }
}
