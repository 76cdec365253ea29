//! Whether a caller's contract runs, as the customers service says: asked when the call is taken, and again later where it
//! can't be reached. Nobody waits on the telephone for it.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines;
use hotline_core::error::chain;
use hotline_core::upstream::{Upstreams, Way};
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{
    BatchGetCustomersRequest, ContractStatus, Customer, ListCustomersRequest,
};
use hotline_proto::dispatch::v1::{DutyContract, DutyStepKind};
use tonic::Status;
use uuid::Uuid;

use super::super::Work;
use super::{Done, due};
use crate::domain::duty_log::Move;
use crate::error::Error;
use crate::events;
use crate::store::{DutyLogRow, duty_logs};

/// What is known of a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The customer; empty where nobody has heard of them.
    pub(crate) customer_id: String,
    /// 所属项目, which tells the region.
    pub(crate) project: String,
    /// Whether the contract runs.
    pub(crate) contract: DutyContract,
}

/// The customers of the suite. Never asked while a transaction is open.
#[derive(Clone)]
pub(crate) struct Customers(CustomerServiceClient<Way>);

impl Customers {
    /// Makes the way to the service.
    pub(crate) fn new(upstreams: &Upstreams) -> Self {
        Self(CustomerServiceClient::new(upstreams.way("customers")))
    }

    /// Returns what is known of a customer by id, else by number; none where the service does not say.
    pub(crate) async fn ask(&self, customer_id: &str, phone: &str) -> Option<Known> {
        match self.find(customer_id, phone).await {
            Ok(found) => Some(found.map_or_else(unheard_of, read)),
            Err(status) => {
                tracing::warn!(error = %status, "the contract of a caller is asked for later");
                None
            }
        }
    }

    async fn find(&self, customer_id: &str, phone: &str) -> Result<Option<Customer>, Status> {
        let mut client = self.0.clone();
        let mut customers = if customer_id.is_empty() {
            let by_number =
                ListCustomersRequest { phone: phone.into(), page_size: 1, ..ListCustomersRequest::default() };
            client.list_customers(by_number).await?.into_inner().customers
        } else {
            let by_id = BatchGetCustomersRequest { ids: vec![customer_id.into()] };
            client.batch_get_customers(by_id).await?.into_inner().customers
        };
        Ok(customers.pop())
    }
}

fn unheard_of() -> Known {
    Known { contract: DutyContract::None, ..Known::default() }
}

fn read(customer: Customer) -> Known {
    let contract = match customer.contract_status() {
        ContractStatus::Active => DutyContract::Active,
        ContractStatus::Suspended => DutyContract::Suspended,
        ContractStatus::None | ContractStatus::Unspecified => DutyContract::None,
    };
    Known { customer_id: customer.id, project: customer.project, contract }
}

/// Notes what is known of the caller of a log.
pub(super) fn known(row: &mut DutyLogRow, known: Option<Known>, now: DateTime<Utc>) {
    let Some(Known { customer_id, project, contract }) = known else { return };
    if row.customer_id.is_empty() {
        row.customer_id = customer_id;
    }
    row.project = project;
    row.contract = contract.into();
    row.contract_checked_at = Some(now);
    row.flagged = matches!(contract, DutyContract::Suspended | DutyContract::None);
}

impl Work {
    /// Has the contract asked for again where it is not known.
    pub(super) fn ask_again(&self, tx: &Tx, row: &DutyLogRow, now: DateTime<Utc>) {
        if row.contract == i32::from(DutyContract::Unknown) {
            let again = now + self.config.duty.contract();
            deadlines::set(tx, due::CONTRACT, &row.id.to_string(), again, "");
        }
    }

    /// Asks once more, after the commit: the deadline stays set for the time after, until somebody answers.
    pub(super) async fn contract_is_due(&self, tx: &Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), Error> {
        let Some(row) = duty_logs::find(&**tx, id).await? else { return Ok(()) };
        self.ask_again(tx, &row, at.max(self.clock.now()));
        let work = self.clone();
        tx.after_commit(async move {
            // Others whose time came wait for no answer.
            tokio::spawn(async move {
                if let Err(error) = work.learn_contract(id).await {
                    tracing::warn!(error = chain(&error), log = %id, "a contract is asked for later");
                }
            });
        });
        Ok(())
    }

    async fn learn_contract(&self, id: Uuid) -> Result<(), Error> {
        let Some(row) = duty_logs::find(self.db.reader(), id).await? else { return Ok(()) };
        let Some(answer) = self.customers.ask(&row.customer_id, &row.phone).await else { return Ok(()) };
        let tx = self.db.begin().await?;
        let Some(mut row) = duty_logs::lock(&tx, id).await? else { return Ok(()) };
        if row.contract != i32::from(DutyContract::Unknown) {
            return Ok(());
        }
        let now = self.clock.now();
        deadlines::clear(&tx, due::CONTRACT, &id.to_string());
        known(&mut row, Some(answer), now);
        if row.flagged {
            events::duty_logs::flagged(&tx, &row, now)?;
        }
        self.note_by_itself(&tx, &mut row, DutyStepKind::ContractChecked, (String::new(), now)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Records what happened by itself, wherever the log stands.
    pub(super) async fn note_by_itself(
        &self,
        tx: &Tx,
        row: &mut DutyLogRow,
        kind: DutyStepKind,
        (text, at): (String, DateTime<Utc>),
    ) -> Result<(), Error> {
        let done = Done::new(Move::Note, kind, "", text);
        let step = super::next_step(row, done, (at, self.clock.now()));
        row.version += 1;
        duty_logs::save(tx, row.clone()).await?;
        events::duty_logs::moved(tx, row, &step)?;
        duty_logs::insert_step(tx, step).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hotline_proto::customers::v1::{ContractStatus, Customer};
    use hotline_proto::dispatch::v1::DutyContract;

    use super::{read, unheard_of};

    #[test]
    fn who_has_no_contract_and_whom_nobody_knows_are_flagged_alike() {
        for (status, expected) in [
            (ContractStatus::Active, DutyContract::Active),
            (ContractStatus::Suspended, DutyContract::Suspended),
            (ContractStatus::None, DutyContract::None),
            (ContractStatus::Unspecified, DutyContract::None),
        ] {
            let customer = Customer { contract_status: status.into(), ..Customer::default() };
            assert_eq!(read(customer).contract, expected);
        }
        assert_eq!(unheard_of().contract, DutyContract::None);
    }
}
