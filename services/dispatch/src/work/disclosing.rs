//! Showing work to third parties (D5): the customer is looked up where tickets and customers are kept, never while a
//! transaction is open, and what is shown is recorded before anybody sees it.

use std::collections::{HashMap, HashSet};

use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::{Error, chain};
use hotline_core::id;
use hotline_proto::dispatch::v1::DisclosureWay;
use uuid::Uuid;

use super::Work;
use super::holder::missing;
use crate::domain::access::Sight;
use crate::domain::assignment::Assignment;
use crate::domain::disclosure::{self, Customer, is_accepted, is_outsider};
use crate::events::partners;
use crate::store::{DisclosureRow, Texts, assignments, disclosures};

/// Tickets that are asked about together at most.
const MANY: usize = 500;

/// Who looks at work, and what is known of the customers before it is shown to them.
pub(crate) enum Viewer {
    /// One of ours, who reads tickets and customers anyway.
    Insider,
    /// A third party.
    Outsider(Outsider),
}

/// A third party and the customers of the tickets it asks for.
pub(crate) struct Outsider {
    subject: String,
    /// By ticket; one that is missing could not be looked up.
    customers: HashMap<Uuid, Customer>,
}

/// Work as somebody sees it.
pub(crate) struct Shown {
    /// The work, without what is hidden.
    pub(crate) work: Assignment,
    /// Customer data is hidden.
    pub(crate) masked: bool,
    /// Whom a third party works for; none for others.
    pub(crate) customer: Option<Customer>,
}

impl Viewer {
    /// Returns work as it is seen; `own` where the viewer is of the team that has it.
    pub(crate) fn see(&self, work: &Work, mut held: Assignment, own: bool) -> Shown {
        let Self::Outsider(outsider) = self else {
            return Shown { work: held, masked: false, customer: None };
        };
        let customer = outsider.customers.get(&held.ticket.id);
        if own && is_accepted(&held) && customer.is_some() {
            return Shown { work: held, masked: false, customer: customer.cloned() };
        }
        disclosure::hide(&mut held, customer, &work.numbers);
        Shown { work: held, masked: true, customer: None }
    }
}

impl Work {
    /// Returns who looks at the work on these tickets.
    pub(crate) async fn viewer(&self, caller: &Caller, tickets: impl IntoIterator<Item = Uuid>) -> Viewer {
        if !is_outsider(caller) {
            return Viewer::Insider;
        }
        let tickets: HashSet<Uuid> = tickets.into_iter().collect();
        let customers = self.customers_of(tickets.into_iter().collect()).await;
        Viewer::Outsider(Outsider { subject: caller.subject.clone(), customers })
    }

    /// The same, of one assignment that is about to be changed.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Database`].
    pub(crate) async fn viewer_of(
        &self,
        caller: &Caller,
        assignment: Uuid,
    ) -> Result<Viewer, crate::error::Error> {
        if !is_outsider(caller) {
            return Ok(Viewer::Insider);
        }
        let found = assignments::find(self.db.reader(), assignment).await?;
        let found = found.ok_or_else(|| missing(assignment))?;
        Ok(self.viewer(caller, [found.ticket.id]).await)
    }

    /// Shows work that somebody reads; what is disclosed with it has been recorded then.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn show(
        &self,
        caller: &Caller,
        all: Vec<Assignment>,
        way: DisclosureWay,
    ) -> Result<Vec<Shown>, Error> {
        if !is_outsider(caller) {
            let whole = |work| Shown { work, masked: false, customer: None };
            return Ok(all.into_iter().map(whole).collect());
        }
        let sight = self.sight(caller).await?;
        let viewer = self.viewer(caller, all.iter().map(|work| work.ticket.id)).await;
        let own = |work: &Assignment| is_own(caller, &sight, work);
        let shown: Vec<_> = all
            .into_iter()
            .map(|work| {
                let own = own(&work);
                viewer.see(self, work, own)
            })
            .collect();
        self.record(caller, &shown, way).await?;
        Ok(shown)
    }

    /// Records with the transaction that somebody is shown the customer; nothing where they are not.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn disclose(
        &self,
        tx: &Tx,
        viewer: &Viewer,
        held: &Assignment,
        way: DisclosureWay,
    ) -> Result<(), Error> {
        let Viewer::Outsider(outsider) = viewer else { return Ok(()) };
        let Some(customer) = outsider.customers.get(&held.ticket.id).filter(|_| is_accepted(held)) else {
            return Ok(());
        };
        self.note(tx, &outsider.subject, (held, customer), way).await
    }

    async fn record(&self, caller: &Caller, shown: &[Shown], way: DisclosureWay) -> Result<(), Error> {
        let told = |shown: &Shown| shown.customer.is_some().then_some((shown.work.id, shown.work.epoch));
        let ids: Vec<Uuid> = shown.iter().filter_map(told).map(|(id, _)| id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let known = disclosures::known(self.db.reader(), &caller.subject, &ids).await?;
        let is_new = |shown: &&Shown| told(shown).is_some_and(|showing| !known.contains(&showing));
        let new: Vec<&Shown> = shown.iter().filter(is_new).collect();
        if new.is_empty() {
            return Ok(());
        }
        let tx = self.db.begin().await?;
        for shown in new {
            if let Some(customer) = &shown.customer {
                self.note(&tx, &caller.subject, (&shown.work, customer), way).await?;
            }
        }
        tx.commit().await
    }

    async fn note(
        &self,
        tx: &Tx,
        subject: &str,
        (work, customer): (&Assignment, &Customer),
        way: DisclosureWay,
    ) -> Result<(), Error> {
        let at = self.clock.now();
        let row = DisclosureRow {
            id: id::new(),
            assignment_id: work.id,
            epoch: work.epoch,
            ticket_id: work.ticket.id,
            ticket_number: work.ticket.number.clone(),
            team_key: work.team_key.clone(),
            subject: subject.to_owned(),
            at,
            way: way.into(),
            fields: Texts(customer.shown(work)),
        };
        if disclosures::add(tx, row.clone()).await? {
            partners::disclosed(tx, work, &row, at)?;
        }
        Ok(())
    }

    /// Looks up who the customers of tickets are. While nobody can tell, third parties are shown no sentence of theirs.
    async fn customers_of(&self, tickets: Vec<Uuid>) -> HashMap<Uuid, Customer> {
        let mut known = HashMap::with_capacity(tickets.len());
        for some in tickets.chunks(MANY) {
            match self.tickets.customers(some).await {
                Ok(customers) => known.extend(customers),
                Err(status) => {
                    let error = Error::Upstream(status);
                    tracing::warn!(error = %chain(&error), "customers can't be looked up: all is hidden");
                }
            }
        }
        known
    }
}

/// Tells whether the work is of the caller's team, or held by the caller.
fn is_own(caller: &Caller, sight: &Sight, work: &Assignment) -> bool {
    sight.covers(&work.team_key) || (work.state.is_held() && work.holder == caller.subject)
}
