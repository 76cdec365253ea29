//! What systems of teams say of the teams' work (D18): nothing is looked at that is not signed for now with the webhook's own
//! secret, and the same message again has the first answer again.

use std::collections::BTreeSet;

use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::{clock, idempotency};
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{AssignmentState, ReceiveWebhookResponse, ReturnReason};
use hotline_queue::lease_until;
use hotline_webhooks::signature::{Signed, verify};
use prost::Message;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::assignment::Assignment;
use crate::domain::state::State;
use crate::domain::webhook::answer::{self, Answer, Wish};
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{ReceivedRow, WebhookRow, assignments, received, webhooks};
use crate::work::holder::{Claimant, locked, missing};
use crate::work::{Work, expiry};

impl Work {
    /// Takes what a system of a team says.
    ///
    /// # Errors
    /// [`Core::Unauthenticated`] for what is not signed as it should be; [`Error::MessageReused`]; what can't be read, and
    /// what the holder of the work would be told.
    pub(crate) async fn receive(
        &self,
        webhook: Uuid,
        signed: &Signed<'_>,
        payload: &str,
    ) -> Result<ReceiveWebhookResponse, Error> {
        let row = self.signer(webhook, signed, payload).await?;
        let hash = Sha256::digest(payload).to_vec();
        if let Some(earlier) = self.answered(webhook, signed.id, &hash).await? {
            return Ok(earlier);
        }
        let answer = answer::read(payload)?;
        let caller = system_of(&row);
        let (tx, work) = caller.clone().scope(self.grant(&caller, &row.team_key, &answer)).await?;
        let reply = ReceiveWebhookResponse {
            assignment_id: work.id.to_string(),
            state: AssignmentState::from(work.state).into(),
        };
        let kept = ReceivedRow {
            webhook_id: webhook,
            message_id: signed.id.to_owned(),
            body_hash: hash.clone(),
            reply: reply.encode_to_vec(),
            received_at: clock::wall(),
        };
        received::keep(&tx, kept);
        match tx.commit_reply(&reply).await {
            Ok(()) => Ok(reply),
            // A twin of the message may have been quicker.
            Err(error) => self.answered(webhook, signed.id, &hash).await?.ok_or(error.into()),
        }
    }

    /// Returns the webhook whose secret a message was signed with. Whether there is one at all is nobody's business.
    async fn signer(&self, webhook: Uuid, signed: &Signed<'_>, payload: &str) -> Result<WebhookRow, Error> {
        let unknown = || Core::Unauthenticated("the webhook's signature does not fit");
        let row = webhooks::find(self.db.reader(), webhook).await?.ok_or_else(unknown)?;
        let secrets = self.webhooks.secrets(&row, self.clock.now())?;
        verify(&secrets, signed, payload.as_bytes(), clock::wall()).map_err(|forged| {
            tracing::info!(%webhook, %forged, "a signed message was refused");
            unknown()
        })?;
        Ok(row)
    }

    async fn answered(
        &self,
        webhook: Uuid,
        message_id: &str,
        hash: &[u8],
    ) -> Result<Option<ReceiveWebhookResponse>, Error> {
        let Some(earlier) = received::find(self.db.reader(), webhook, message_id).await? else {
            return Ok(None);
        };
        if earlier.body_hash != hash {
            return Err(Error::MessageReused);
        }
        idempotency::nothing_to_store();
        let reply = ReceiveWebhookResponse::decode(earlier.reply.as_slice());
        Ok(Some(reply.map_err(|error| Core::Internal(error.into()))?))
    }

    async fn grant(
        &self,
        caller: &Caller,
        team_key: &str,
        answer: &Answer,
    ) -> Result<(Tx, Assignment), Error> {
        let id = answer.assignment;
        let found = assignments::find(self.db.reader(), id).await?.filter(|work| work.team_key == team_key);
        let found = found.ok_or_else(|| missing(id))?;
        let held = match answer.wish {
            Wish::Accept if found.state == State::Queued => self.take(caller, id).await?,
            _ => found,
        };
        // The proof stays here: the system has the secret of its webhook, which is worth as much.
        let token = held.offered_token().filter(|_| held.holder == caller.subject);
        let token = token.map(|token| token.text()).unwrap_or_default();
        let claimant = Claimant { id, caller: caller.clone(), token };
        match &answer.wish {
            Wish::Accept => self.accept(&claimant).await,
            Wish::Return(reason) => self.give_back(&claimant, ReturnReason::Other, reason).await,
            Wish::Complete(resolution) => self.complete(&claimant, resolution, &[]).await,
        }
    }

    /// Leases waiting work to a system that takes it on.
    async fn take(&self, caller: &Caller, id: Uuid) -> Result<Assignment, Error> {
        let (tx, now) = (self.db.begin().await?, self.clock.now());
        let mut work = locked(&tx, id).await?;
        let until = lease_until(now, self.config.default_lease());
        work.offer(&caller.subject, rand::random(), (now, until))?;
        work.delivered();
        assignments::save(&tx, &mut work);
        expiry::set(&tx, &work);
        outgoing::claimed(&tx, &work, now)?;
        tx.commit().await?;
        Ok(work)
    }
}

/// Returns the system behind a webhook as the one who acts: a third party of the team.
fn system_of(row: &WebhookRow) -> Caller {
    Caller {
        subject: format!("webhook:{}", row.id),
        name: row.description.clone(),
        roles: BTreeSet::from([Role::ThirdParty]),
        teams: vec![row.team_key.clone()],
        service: None,
    }
}
