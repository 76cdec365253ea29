//! The methods that explain promises, try other rules, and put stored times right.

use hotline_core::error::Reason;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_core::time::from_proto;
use hotline_proto::google::api::HttpBody;
use hotline_proto::tickets::v1::sla_service_server::SlaService;
use hotline_proto::tickets::v1::{
    DrawSlaRequest, ExplainSlaRequest, ListSlaRepairChangesRequest, ListSlaRepairChangesResponse,
    ListSlaRepairsRequest, ListSlaRepairsResponse, RepairSlaRequest, SimulateSlaRequest, SlaExplanation,
    SlaRepair, SlaSimulation,
};
use tonic::{Code, Request, Response};

use super::{Reply, who};
use crate::domain::explain::{self, Explanation, picture};
use crate::domain::number::Reference;
use crate::domain::sla::metric_events;
use crate::domain::sla::replay::replay;
use crate::domain::usage;
use crate::error::Error;
use crate::store::{Order, Store};

mod changes;
mod explanation;
mod simulation;

/// How often a page is put right where the database is in the way.
const TRIES: u32 = 3;

/// The service of promises.
pub(crate) struct Promises {
    store: Store,
}

impl Promises {
    /// Returns the service on a store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Puts a page right; again where it met a sweeper that rings one of its tickets, and the database let that one
    /// through.
    async fn repair_page(&self, order: &Order, page: &Page) -> Result<SlaRepair, Error> {
        let mut tries = 1;
        loop {
            let repaired = async {
                let (tx, repaired) = self.store.repair(order, page, who()?).await?;
                let reply = changes::message(repaired);
                tx.commit_reply(&reply).await?;
                Ok::<_, Error>(reply)
            };
            match repaired.await {
                Err(error) if error.code() == Code::Unavailable && tries < TRIES => tries += 1,
                repaired => return repaired,
            }
        }
    }

    async fn explanation(&self, id: &str) -> Result<Explanation, Error> {
        let ticket = self.store.get(&Reference::parse(id)?).await?;
        explain::explain(&ticket, self.store.clock.now(), &self.store.rules())
    }
}

#[tonic::async_trait]
impl SlaService for Promises {
    async fn explain_sla(&self, request: Request<ExplainSlaRequest>) -> Reply<SlaExplanation> {
        let explanation = self.explanation(&request.get_ref().id).await?;
        let (ticket, rules) = (&explanation.ticket, self.store.rules());
        let mut timeline = self.store.history([ticket.id]).await?.remove(&ticket.id).unwrap_or_default();
        let calendar = rules.calendar_of(ticket)?;
        let usage = if usage::is_known(ticket) {
            usage::of_all_rounds(ticket, calendar, explanation.as_of)?
        } else {
            let replayed = replay(ticket, &timeline, &rules, explanation.as_of)?;
            usage::of_all_rounds(&replayed.ticket, calendar, explanation.as_of)?
        };
        timeline.extend_from_slice(&explanation.unwritten);
        // Clocks are told of late, with the time that they are due; what has one time stays as it was written.
        timeline.sort_by_key(|entry| entry.at);
        let events = metric_events::of(ticket, &timeline);
        Ok(Response::new(explanation::message(&explanation, &events, &usage)))
    }

    async fn draw_sla(&self, request: Request<DrawSlaRequest>) -> Reply<HttpBody> {
        let explanation = self.explanation(&request.get_ref().id).await?;
        Ok(Response::new(HttpBody {
            content_type: "image/svg+xml".into(),
            data: picture::draw(&explanation).into_bytes(),
            extensions: Vec::new(),
        }))
    }

    async fn simulate_sla(&self, request: Request<SimulateSlaRequest>) -> Reply<SlaSimulation> {
        let request = request.into_inner();
        let page = Page::within(&request, simulation::USUAL, simulation::MOST)?.oldest_first();
        let catalogue = self.store.catalogue().await?;
        let other = simulation::rules(&self.store.rules(), &catalogue, &request)?;
        let range = (from_proto(request.from.as_ref()), from_proto(request.to.as_ref()));
        let examples = usize::try_from(request.examples).ok().filter(|examples| *examples > 0);
        let examples = examples.unwrap_or(simulation::EXAMPLES);
        let (simulated, next) = self.store.simulate(range, &page, other, examples).await?;
        Ok(Response::new(simulation::message(simulated, next)))
    }

    async fn repair_sla(&self, request: Request<RepairSlaRequest>) -> Reply<SlaRepair> {
        let request = request.into_inner();
        let order = changes::order(&request)?;
        // Later pages of a repair name it, as the first can't.
        let list = RepairSlaRequest { repair_id: String::new(), ..request };
        let page = Page::within(&list, changes::USUAL, changes::MOST)?.oldest_first();
        let repaired = if order.dry_run {
            let rehearsed = self.store.rehearse(&order, &page, who()?).await?;
            hotline_core::idempotency::nothing_to_store();
            changes::message(rehearsed)
        } else {
            self.repair_page(&order, &page).await?
        };
        Ok(Response::new(repaired))
    }

    async fn list_sla_repairs(
        &self,
        request: Request<ListSlaRepairsRequest>,
    ) -> Reply<ListSlaRepairsResponse> {
        let (repairs, next_page_token) = self.store.repairs(&Page::of(request.get_ref())?).await?;
        let repairs = repairs.into_iter().map(changes::message).collect();
        Ok(Response::new(ListSlaRepairsResponse { repairs, next_page_token }))
    }

    async fn list_sla_repair_changes(
        &self,
        request: Request<ListSlaRepairChangesRequest>,
    ) -> Reply<ListSlaRepairChangesResponse> {
        let repair = id::parse(&request.get_ref().id, "id")?;
        let page = Page::of(request.get_ref())?.oldest_first();
        let (found, next_page_token) = self.store.repair_changes(repair, &page).await?;
        let changes = found.into_iter().map(changes::change).collect();
        Ok(Response::new(ListSlaRepairChangesResponse { changes, next_page_token }))
    }
}
