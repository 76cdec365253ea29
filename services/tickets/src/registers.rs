//! Registers: tickets with what other services know of their customers and teams, some at a time, so that memory does
//! not grow with the range.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hotline_core::page::Page;
use hotline_proto::customers::v1::Customer;
use hotline_proto::dispatch::v1::Team;
use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::ListRegisterRowsRequest;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::config::Registers as Limits;
use crate::domain::catalogue::Catalogue;
use crate::domain::mask;
use crate::domain::register::row::{Person, Row, Source};
use crate::domain::register::{Order, View};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::neighbours::Neighbours;
use crate::store::Store;

mod export;
mod head;
mod limits;

pub(crate) use export::Manner;

/// Rows that are in memory at a time.
const AT_A_TIME: u64 = 200;

/// Where registers come from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Registers {
    pub(crate) store: Store,
    neighbours: Neighbours,
    limits: Arc<Limits>,
    /// The turn of a workbook: while it is made it takes room where files are temporary.
    workbooks: Arc<Semaphore>,
}

/// What is read once for many rows.
struct Known {
    catalogue: Arc<Catalogue>,
    teams: BTreeMap<String, String>,
}

impl Registers {
    /// Returns the registers of a store, with what an export may cost.
    ///
    /// # Errors
    /// [`Error::Settings`] where that is nothing.
    pub(crate) fn new(store: Store, neighbours: Neighbours, limits: Limits) -> Result<Self, Error> {
        for (key, limit) in
            [("export_rows", limits.export_rows), ("workbook_megabytes", limits.workbook_megabytes)]
        {
            if limit == 0 {
                return Err(Error::Settings(format!("registers.{key} is at least 1")));
            }
        }
        let workbooks = Arc::new(Semaphore::new(1));
        Ok(Self { store, neighbours, limits: Arc::new(limits), workbooks })
    }

    /// Returns a page of a register, each row with its ticket, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database), or what the customer service answers.
    pub(crate) async fn page(
        &self,
        order: &Order,
        page: &Page,
        view: &View,
    ) -> Result<(Vec<(Uuid, Row)>, String), Error> {
        let mut known = self.known().await?;
        let (tickets, next) = self.store.register_page(order, page).await?;
        Ok((self.rows(&tickets, order, view, &mut known).await?, next))
    }

    /// Returns the rows of an export behind a token, and the token of those behind them.
    async fn batch(
        &self,
        order: &Order,
        view: &View,
        token: String,
        known: &mut Known,
    ) -> Result<(Vec<(Uuid, Row)>, String), Error> {
        let request = ListRegisterRowsRequest { page_token: token, ..ListRegisterRowsRequest::default() };
        let page = Page::within(&request, AT_A_TIME, AT_A_TIME)?.oldest_first();
        let (tickets, next) = self.store.register_page(order, &page).await?;
        Ok((self.rows(&tickets, order, view, known).await?, next))
    }

    async fn known(&self) -> Result<Known, Error> {
        Ok(Known { catalogue: self.store.catalogue().await?, teams: BTreeMap::new() })
    }

    async fn rows(
        &self,
        tickets: &[Ticket],
        order: &Order,
        view: &View,
        known: &mut Known,
    ) -> Result<Vec<(Uuid, Row)>, Error> {
        let customers = tickets.iter().map(|ticket| ticket.customer_id).collect();
        let people = self.neighbours.customers(&customers).await?;
        let people: HashMap<Uuid, Person> = people.into_iter().filter_map(person).collect();
        let verified = self.store.last_verified(tickets.iter().map(|ticket| ticket.id)).await?;
        self.learn_teams(tickets, view.locale, known).await;
        let rules = self.store.rules();
        let rows = tickets.iter().map(|ticket| {
            let source = Source {
                ticket,
                person: people.get(&ticket.customer_id),
                catalogue: &known.catalogue,
                teams: &known.teams,
                numbers: &rules.numbers,
                verified_at: verified.get(&ticket.id).copied(),
            };
            (ticket.id, source.row(order.kind, view))
        });
        Ok(rows.collect())
    }

    /// Learns the names of teams that are not known yet. One that dispatch can't name keeps its key: a register is not
    /// lost for it.
    async fn learn_teams(&self, tickets: &[Ticket], locale: Locale, known: &mut Known) {
        let keys: BTreeSet<&str> = tickets.iter().map(|ticket| ticket.team_key.as_str()).collect();
        for key in keys {
            if key.is_empty() || known.teams.contains_key(key) {
                continue;
            }
            let Team { name_zh, name_en, .. } = self.neighbours.team(key).await.unwrap_or_default();
            let name = locale.pick(name_en, name_zh);
            let name = if name.is_empty() { key.to_owned() } else { name };
            known.teams.insert(key.to_owned(), name);
        }
    }
}

fn person(customer: Customer) -> Option<(Uuid, Person)> {
    let id = customer.id.parse().ok()?;
    let phone = customer.phones.first().map(|phone| mask::dialled(phone));
    let contact = phone.or_else(|| customer.emails.into_iter().next()).unwrap_or_default();
    Some((id, Person { name: customer.name, contact, project: customer.project, room: customer.room }))
}
