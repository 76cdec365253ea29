//! The methods of duty rosters, a line each; what they do is in the file of their resource.

use hotline_proto::dispatch::v1::roster_agreement_service_server::RosterAgreementService;
use hotline_proto::dispatch::v1::roster_service_server::RosterService;
use hotline_proto::dispatch::v1::{
    ApproveLeaveRequest, CreateDutyOverrideRequest, CreateLeaveRequest, CreateRosterRequest,
    CreateShiftSwapRequest, DeleteDutyOverrideRequest, DeleteRosterRequest, DrawRosterRequest, Duty,
    DutyOverride, ExportRosterRequest, GetDutyRequest, GetLeaveRequest, GetRosterQualityRequest,
    GetRosterRequest, GetShiftSwapRequest, Leave, ListDutyOverridesRequest, ListDutyOverridesResponse,
    ListLeavesRequest, ListLeavesResponse, ListRostersRequest, ListRostersResponse, ListShiftSwapsRequest,
    ListShiftSwapsResponse, ListShiftsRequest, ListShiftsResponse, PublishRosterRequest, RejectLeaveRequest,
    Roster, RosterQuality, ShiftSwap, TakeShiftSwapRequest, UpdateRosterRequest, WithdrawLeaveRequest,
    WithdrawRosterRequest, WithdrawShiftSwapRequest,
};
use hotline_proto::google::api::HttpBody;
use tonic::{Request, async_trait};

use super::{Reply, reply};
use crate::work::Work;

mod contacts;
mod leaves;
mod overrides;
mod rosters;
mod schedule;
mod swaps;
mod wire;

/// Rosters, and who is on duty by them.
pub(crate) struct RosterDesk(pub(crate) Work);

#[async_trait]
impl RosterService for RosterDesk {
    async fn create_roster(&self, request: Request<CreateRosterRequest>) -> Reply<Roster> {
        reply(rosters::create(&self.0, request.into_inner()).await)
    }

    async fn draw_roster(&self, request: Request<DrawRosterRequest>) -> Reply<Roster> {
        reply(rosters::draw(&self.0, request.into_inner()).await)
    }

    async fn list_rosters(&self, request: Request<ListRostersRequest>) -> Reply<ListRostersResponse> {
        reply(rosters::list(&self.0, &request.into_inner()).await)
    }

    async fn get_roster(&self, request: Request<GetRosterRequest>) -> Reply<Roster> {
        reply(rosters::get(&self.0, &request.into_inner()).await)
    }

    async fn update_roster(&self, request: Request<UpdateRosterRequest>) -> Reply<Roster> {
        reply(rosters::update(&self.0, request.into_inner()).await)
    }

    async fn delete_roster(&self, request: Request<DeleteRosterRequest>) -> Reply<()> {
        reply(rosters::delete(&self.0, &request.into_inner()).await)
    }

    async fn publish_roster(&self, request: Request<PublishRosterRequest>) -> Reply<Roster> {
        reply(rosters::publish(&self.0, &request.into_inner()).await)
    }

    async fn withdraw_roster(&self, request: Request<WithdrawRosterRequest>) -> Reply<Roster> {
        reply(rosters::withdraw(&self.0, &request.into_inner()).await)
    }

    async fn list_shifts(&self, request: Request<ListShiftsRequest>) -> Reply<ListShiftsResponse> {
        reply(schedule::shifts(&self.0, &request.into_inner()).await)
    }

    async fn get_duty(&self, request: Request<GetDutyRequest>) -> Reply<Duty> {
        reply(schedule::duty(&self.0, &request.into_inner()).await)
    }

    async fn get_roster_quality(&self, request: Request<GetRosterQualityRequest>) -> Reply<RosterQuality> {
        reply(schedule::quality_of(&self.0, &request.into_inner()).await)
    }

    async fn export_roster(&self, request: Request<ExportRosterRequest>) -> Reply<HttpBody> {
        reply(schedule::export(&self.0, &request.into_inner()).await)
    }
}

/// What is agreed beside rosters.
pub(crate) struct AgreementDesk(pub(crate) Work);

#[async_trait]
impl RosterAgreementService for AgreementDesk {
    async fn create_duty_override(&self, request: Request<CreateDutyOverrideRequest>) -> Reply<DutyOverride> {
        reply(overrides::create(&self.0, request.into_inner()).await)
    }

    async fn list_duty_overrides(
        &self,
        request: Request<ListDutyOverridesRequest>,
    ) -> Reply<ListDutyOverridesResponse> {
        reply(overrides::list(&self.0, &request.into_inner()).await)
    }

    async fn delete_duty_override(&self, request: Request<DeleteDutyOverrideRequest>) -> Reply<()> {
        reply(overrides::delete(&self.0, &request.into_inner()).await)
    }

    async fn create_shift_swap(&self, request: Request<CreateShiftSwapRequest>) -> Reply<ShiftSwap> {
        reply(swaps::create(&self.0, request.into_inner()).await)
    }

    async fn list_shift_swaps(
        &self,
        request: Request<ListShiftSwapsRequest>,
    ) -> Reply<ListShiftSwapsResponse> {
        reply(swaps::list(&self.0, &request.into_inner()).await)
    }

    async fn get_shift_swap(&self, request: Request<GetShiftSwapRequest>) -> Reply<ShiftSwap> {
        reply(swaps::get(&self.0, &request.into_inner()).await)
    }

    async fn take_shift_swap(&self, request: Request<TakeShiftSwapRequest>) -> Reply<ShiftSwap> {
        reply(swaps::take(&self.0, &request.into_inner()).await)
    }

    async fn withdraw_shift_swap(&self, request: Request<WithdrawShiftSwapRequest>) -> Reply<ShiftSwap> {
        reply(swaps::withdraw(&self.0, &request.into_inner()).await)
    }

    async fn create_leave(&self, request: Request<CreateLeaveRequest>) -> Reply<Leave> {
        reply(leaves::create(&self.0, request.into_inner()).await)
    }

    async fn list_leaves(&self, request: Request<ListLeavesRequest>) -> Reply<ListLeavesResponse> {
        reply(leaves::list(&self.0, &request.into_inner()).await)
    }

    async fn get_leave(&self, request: Request<GetLeaveRequest>) -> Reply<Leave> {
        reply(leaves::get(&self.0, &request.into_inner()).await)
    }

    async fn approve_leave(&self, request: Request<ApproveLeaveRequest>) -> Reply<Leave> {
        reply(leaves::approve(&self.0, request.into_inner()).await)
    }

    async fn reject_leave(&self, request: Request<RejectLeaveRequest>) -> Reply<Leave> {
        reply(leaves::reject(&self.0, request.into_inner()).await)
    }

    async fn withdraw_leave(&self, request: Request<WithdrawLeaveRequest>) -> Reply<Leave> {
        reply(leaves::withdraw(&self.0, &request.into_inner()).await)
    }
}
