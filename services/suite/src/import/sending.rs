//! Tickets on their way into the services: the customers first, then their tickets.

use std::collections::HashMap;

use anyhow::Context;
use hotline_core::upstream::{Upstream, Upstreams};
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{ImportCustomersRequest, ImportedCustomer};
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{ImportTicketsRequest, ImportedTicket};
use tonic::Status;

use super::findings::Findings;
use super::record::{Record, reject_all};
use crate::roles::Role;

/// What became of the tickets.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// New ones.
    pub(super) created: u64,
    /// Those whose keys were known.
    pub(super) known: u64,
    /// Steps that the life cycle does not allow.
    pub(super) marked: u64,
}

/// The services that tickets go to.
pub(super) struct Sending {
    customers: CustomerServiceClient<Upstream>,
    tickets: TicketServiceClient<Upstream>,
}

impl Sending {
    /// Finds the services.
    pub(super) fn to(upstreams: &Upstreams) -> Self {
        Self {
            customers: CustomerServiceClient::new(upstreams.get(Role::Customers.name())),
            tickets: TicketServiceClient::new(upstreams.get(Role::Tickets.name())),
        }
    }

    /// Sends tickets and adds what became of them.
    pub(super) async fn send(
        &mut self,
        records: Vec<Record>,
        tally: &mut Tally,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let ids = self.customers(&records).await.context("customers")?;
        let (mut rows, mut wanted) = (Vec::new(), Vec::new());
        for Record { lines, customer, ticket } in records {
            let customer_id = ids.get(&customer.external_key).cloned().unwrap_or_default();
            rows.push(lines);
            wanted.push(ImportedTicket { customer_id, ..ticket });
        }
        let request = ImportTicketsRequest { tickets: wanted };
        let results = self.tickets.import_tickets(request).await.context("tickets")?.into_inner().results;
        for (lines, result) in rows.iter().zip(results) {
            if result.rejected.is_empty() {
                tally.created += u64::from(result.created);
                tally.known += u64::from(!result.created);
                tally.marked += u64::try_from(result.marked).unwrap_or_default();
            } else {
                reject_all(lines, "", &result.rejected, findings)?;
            }
        }
        Ok(())
    }

    async fn customers(&mut self, records: &[Record]) -> Result<HashMap<String, String>, Status> {
        let mut unique: HashMap<&str, &ImportedCustomer> = HashMap::new();
        for record in records {
            unique.entry(&record.customer.external_key).or_insert(&record.customer);
        }
        let customers: Vec<ImportedCustomer> = unique.into_values().cloned().collect();
        let keys: Vec<String> = customers.iter().map(|customer| customer.external_key.clone()).collect();
        let request = ImportCustomersRequest { customers };
        let ids = self.customers.import_customers(request).await?.into_inner().ids;
        Ok(keys.into_iter().zip(ids).collect())
    }
}
