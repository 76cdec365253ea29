//! The methods by which policies are administered.

use hotline_core::error::Error as Core;
use hotline_core::etag;
use hotline_core::time::from_proto;
use hotline_proto::tickets::v1::sla_policy_service_server::SlaPolicyService;
use hotline_proto::tickets::v1::{
    CreateSlaPolicyRequest, GetSlaPolicyRequest, ListSlaPoliciesRequest, ListSlaPoliciesResponse,
    ListSlaPolicyVersionsRequest, ListSlaPolicyVersionsResponse, MatchSlaPolicyRequest,
    MatchSlaPolicyResponse, ReplaceSlaPolicyRequest, RetireSlaPolicyRequest, SlaPolicy as Message,
    SlaPolicyMismatch,
};
use tonic::{Request, Response};

use super::{Reply, who};
use crate::domain::policy::Traits;
use crate::domain::policy_admin;
use crate::domain::policy_book::PolicyVersion;
use crate::domain::registration::unknown_category;
use crate::domain::rule_version::Change;
use crate::domain::rules::Rules;
use crate::error::Error;
use crate::store::Store;

pub(super) mod convert;

/// The service of policies.
pub(crate) struct Policies {
    store: Store,
}

impl Policies {
    /// Returns the service on a store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Records a version, and replies with it.
    async fn record(
        &self,
        key: &str,
        note: String,
        decide: impl FnOnce(&Rules, Change) -> Result<PolicyVersion, Error> + Send,
    ) -> Reply<Message> {
        let change = Change { at: self.store.clock.now(), by: who()?.subject, note };
        let version =
            |rules: &Rules| decide(rules, change).and_then(|version| policy_admin::stored(&version));
        let (tx, rules) = self.store.change_rules(version).await?;
        let versions = rules.policies.versions(key);
        let recorded = versions.last().ok_or_else(|| not_found(key))?;
        let reply = convert::message(recorded, versions);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}

#[tonic::async_trait]
impl SlaPolicyService for Policies {
    async fn list_sla_policies(
        &self,
        request: Request<ListSlaPoliciesRequest>,
    ) -> Reply<ListSlaPoliciesResponse> {
        let rules = self.store.rules();
        let found = match from_proto(request.get_ref().at.as_ref()) {
            Some(at) => rules.policies.all_in_force(at),
            None => rules.policies.all_in_force_or_to_come(self.store.clock.now()),
        };
        let message =
            |version: &PolicyVersion| convert::message(version, rules.policies.versions(&version.policy.key));
        let policies = found.into_iter().map(message).collect();
        Ok(Response::new(ListSlaPoliciesResponse { policies, revision: rules.revision }))
    }

    async fn get_sla_policy(&self, request: Request<GetSlaPolicyRequest>) -> Reply<Message> {
        let (request, rules) = (request.get_ref(), self.store.rules());
        let found = match from_proto(request.at.as_ref()) {
            Some(at) => rules.policies.in_force(&request.key, at),
            None => rules.policies.in_force_or_to_come(&request.key, self.store.clock.now()),
        };
        let found = found.ok_or_else(|| not_found(&request.key))?;
        Ok(Response::new(convert::message(found, rules.policies.versions(&request.key))))
    }

    async fn create_sla_policy(&self, request: Request<CreateSlaPolicyRequest>) -> Reply<Message> {
        let mut message = request.into_inner().policy.unwrap_or_default();
        let note = std::mem::take(&mut message.note);
        let given = convert::given(message)?;
        let key = given.policy.key.clone();
        let catalogue = self.store.catalogue().await?;
        self.record(&key, note, |rules, change| policy_admin::create(rules, &catalogue, given, change)).await
    }

    async fn replace_sla_policy(&self, request: Request<ReplaceSlaPolicyRequest>) -> Reply<Message> {
        let ReplaceSlaPolicyRequest { policy, etag } = request.into_inner();
        let mut message = policy.unwrap_or_default();
        let note = std::mem::take(&mut message.note);
        let etag = if etag.is_empty() { message.etag.clone() } else { etag };
        let given = convert::given(message)?;
        let key = given.policy.key.clone();
        let catalogue = self.store.catalogue().await?;
        let decide = |rules: &Rules, change| {
            etag::check(&etag, latest(rules, &given.policy.key)?.into())?;
            policy_admin::replace(rules, &catalogue, given, change)
        };
        self.record(&key, note, decide).await
    }

    async fn retire_sla_policy(&self, request: Request<RetireSlaPolicyRequest>) -> Reply<Message> {
        let RetireSlaPolicyRequest { key, effective_from, note, etag } = request.into_inner();
        let catalogue = self.store.catalogue().await?;
        let decide = |rules: &Rules, change| {
            etag::check(&etag, latest(rules, &key)?.into())?;
            policy_admin::retire(rules, &catalogue, &key, from_proto(effective_from.as_ref()), change)
        };
        self.record(&key, note, decide).await
    }

    async fn list_sla_policy_versions(
        &self,
        request: Request<ListSlaPolicyVersionsRequest>,
    ) -> Reply<ListSlaPolicyVersionsResponse> {
        let (key, rules) = (&request.get_ref().key, self.store.rules());
        latest(&rules, key)?;
        let all = rules.policies.versions(key);
        let versions = all.iter().rev().map(|version| convert::message(version, all)).collect();
        Ok(Response::new(ListSlaPolicyVersionsResponse { versions }))
    }

    async fn match_sla_policy(
        &self,
        request: Request<MatchSlaPolicyRequest>,
    ) -> Reply<MatchSlaPolicyResponse> {
        let (request, rules) = (request.get_ref(), self.store.rules());
        let catalogue = self.store.catalogue().await?;
        let code = &request.category_code;
        let category = catalogue.get(code).ok_or_else(|| Error::Fields(vec![unknown_category(code)]))?;
        let at = from_proto(request.at.as_ref()).unwrap_or_else(|| self.store.clock.now());
        let ticket = Traits {
            kind: if request.r#type == 0 { category.kind } else { request.r#type() },
            priority: if request.priority == 0 { category.priority } else { request.priority() },
            channel: request.channel(),
            category_code: code,
            key_account: request.key_account,
        };
        let found = rules.policies.policy(&category.policy, &ticket, at);
        let by_category = found.is_some_and(|policy| policy.key == category.policy);
        let tried = rules.policies.all_in_force(at);
        let before = tried
            .iter()
            .take_while(|version| by_category || found.is_none_or(|found| version.policy.key != found.key));
        let mismatches = before.filter(|_| !by_category).map(|version| SlaPolicyMismatch {
            key: version.policy.key.clone(),
            fields: version.policy.mismatches(&ticket).map(str::to_owned).collect(),
        });
        let mismatches = mismatches.collect();
        let policy = found.and_then(|found| rules.policies.in_force(&found.key, at));
        let policy =
            policy.map(|version| convert::message(version, rules.policies.versions(&version.policy.key)));
        Ok(Response::new(MatchSlaPolicyResponse { policy, by_category, mismatches }))
    }
}

/// Returns the number of the latest version.
fn latest(rules: &Rules, key: &str) -> Result<i32, Error> {
    let versions = rules.policies.versions(key);
    versions.last().map(|version| version.record.version).ok_or_else(|| not_found(key))
}

fn not_found(key: &str) -> Error {
    Core::NotFound { what: "policy", id: key.to_owned() }.into()
}
