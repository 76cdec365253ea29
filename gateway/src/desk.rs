//! The agent's desk, the gateway's own service: who am I, who calls, and the built-in sign-in. A service like any
//! other, behind the same layers; only here is a service called by its generated client.

use std::time::Duration;

use chrono_tz::Tz;
use hotline_core::clock::Clock;
use hotline_core::upstream::Upstreams;
use hotline_core::{caller, time};
use hotline_proto::desk::v1::desk_service_server::DeskService;
use hotline_proto::desk::v1::{
    GetMeRequest, GetScreenPopRequest, IssueTokenRequest, IssueTokenResponse, Me, ScreenPop,
};
use tonic::{Request, Response, Status};

use crate::accounts::Accounts;
use crate::config::Config;
use crate::error::Error;
use crate::issuer::Issuer;
use crate::rate::Limiter;
use crate::session::Session;

mod phrase;
mod screen_pop;

/// The desk.
#[derive(Clone)]
pub(crate) struct Desk {
    accounts: Accounts,
    /// None where tokens come from elsewhere.
    issuer: Option<Issuer>,
    sign_ins: Option<Limiter>,
    upstreams: Upstreams,
    clock: Clock,
    zone: Tz,
}

impl Desk {
    pub(crate) fn new(
        accounts: Accounts,
        issuer: Option<Issuer>,
        upstreams: Upstreams,
        clock: Clock,
        config: &Config,
    ) -> Result<Self, Error> {
        let a_minute = config.sign_ins_per_minute;
        let period = match a_minute {
            0 => Duration::ZERO,
            count => Duration::from_secs(60) / count,
        };
        let sign_ins = Limiter::new(a_minute, period);
        Ok(Self { accounts, issuer, sign_ins, upstreams, clock, zone: config.zone()? })
    }

    async fn sign_in(&self, request: &IssueTokenRequest) -> Result<IssueTokenResponse, Error> {
        let issuer = self.issuer.as_ref().ok_or(Error::IssuerOff)?;
        // By name and address together: who guesses is slowed, and can't lock the owner out from elsewhere.
        if let Some(limiter) = &self.sign_ins {
            let address = Session::current().and_then(|session| session.address);
            let key = format!("{} {address:?}", request.username);
            limiter.take(&key).1.map_err(|wait| Error::TooMany { wait })?;
        }
        let account = self.accounts.sign_in(&request.username, &request.password).await?;
        let token = issuer.issue(&account)?;
        Ok(IssueTokenResponse {
            access_token: token.access_token,
            token_type: "Bearer".into(),
            expires_in: i32::try_from(token.expires_in).unwrap_or(i32::MAX),
        })
    }
}

#[tonic::async_trait]
impl DeskService for Desk {
    async fn get_me(&self, _: Request<GetMeRequest>) -> Result<Response<Me>, Status> {
        let caller = caller::required()?;
        // The session is the gateway's own knowledge: it crosses to the desk because both are one process.
        let expires_at = Session::current().and_then(|session| session.expires_at);
        Ok(Response::new(Me {
            subject: caller.subject,
            name: caller.name,
            roles: caller.roles.iter().map(|role| role.claim()).collect(),
            teams: caller.teams,
            expires_at: time::to_proto_optional(expires_at),
        }))
    }

    async fn get_screen_pop(
        &self,
        request: Request<GetScreenPopRequest>,
    ) -> Result<Response<ScreenPop>, Status> {
        let now = self.clock.now().with_timezone(&self.zone);
        let pop = screen_pop::gather(&self.upstreams, &request.into_inner().phone, now).await?;
        Ok(Response::new(pop))
    }

    async fn issue_token(
        &self,
        request: Request<IssueTokenRequest>,
    ) -> Result<Response<IssueTokenResponse>, Status> {
        Ok(Response::new(self.sign_in(request.get_ref()).await?))
    }
}
