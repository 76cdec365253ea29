//! What people say they do (D6): who is ready is offered work at once; of who leaves, unanswered offers go to others.

use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::PresenceState;

use super::Work;
use crate::domain::presence::{from_number, is_ready};
use crate::domain::state::Move;
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{PresenceRow, members, offering, presence};

impl Work {
    /// Says what somebody does now; the same again changes nothing but the reason.
    ///
    /// # Errors
    /// [`Core::Forbidden`] where the caller is neither the person nor in charge of them.
    pub(crate) async fn set_presence(
        &self,
        caller: &Caller,
        subject: &str,
        state: PresenceState,
        reason: &str,
    ) -> Result<(Tx, PresenceRow), Error> {
        let subject = if subject.is_empty() { &caller.subject } else { subject };
        self.may_speak_for(caller, subject).await?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let before = presence::lock(&tx, subject, now).await?;
        let was = from_number(before.state);
        if !is_ready(state) {
            for work in offering::lock_offered(&tx, subject, None).await? {
                outgoing::rescinded(&tx, &work, now)?;
                self.put_back(&tx, work, Move::Recall)?;
            }
        }
        let mut after = PresenceRow {
            reason: reason.to_owned(),
            changed_by: caller.subject.clone(),
            version: before.version + 1,
            ..before
        };
        if was != state {
            after = PresenceRow { state: state.into(), since: now, ..after };
            if is_ready(state) {
                after.idle_since = now;
            }
            outgoing::presence_changed(&tx, &after, was, now)?;
        }
        presence::save(&tx, after.clone());
        if subject == caller.subject {
            presence::keep_teams(&tx, subject, &caller.teams).await?;
        }
        if is_ready(state) {
            let mut teams = members::teams_of(&*tx, subject).await?;
            teams.extend(caller.teams.iter().filter(|_| subject == caller.subject).cloned());
            let work = self.clone();
            tx.after_commit(async move { teams.iter().for_each(|team| work.kick(team, None)) });
        }
        Ok((tx, after))
    }

    async fn may_speak_for(&self, caller: &Caller, subject: &str) -> Result<(), Error> {
        if subject == caller.subject || caller.is_above_teams() {
            return Ok(());
        }
        let sight = self.sight(caller).await?;
        let theirs = members::teams_of(self.db.reader(), subject).await?;
        if caller.has(Role::TeamLead) && theirs.iter().any(|team| sight.covers(team)) {
            return Ok(());
        }
        let (en, zh) = (
            "only a lead of their team or those above say it of others",
            "只有本班组的组长或以上可代他人设置",
        );
        Err(Core::Forbidden(en, zh).into())
    }
}
