//! The access rule of each method, read from its `(hotline.auth.v1.access)` option (G2).

use std::collections::{BTreeSet, HashMap};

use prost_reflect::{DescriptorPool, MethodDescriptor};

use crate::auth::v1::{Access, Role, Scope};

/// Who may call a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Anyone, without a token.
    Public,
    /// Only other services of the suite.
    Internal,
    /// Anyone with a valid token.
    SignedIn,
    /// Every role but `third_party`.
    Staff,
    /// Any of these roles.
    Roles(BTreeSet<Role>),
}

/// What is declared of one method.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who may call it.
    pub rule: Rule,
    /// How the record must be related to the caller; the service checks it.
    pub scope: Scope,
    /// It changes nothing: it needs no idempotency key.
    pub read_only: bool,
}

/// A method whose declaration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The method says nothing about access, or several things.
    #[error(
        "{method} must declare exactly one of public, internal, signed_in, staff and roles in (hotline.auth.v1.access)"
    )]
    NotOneRule {
        /// Full name of the method.
        method: String,
    },
    /// The descriptors do not include the option.
    #[error("the descriptors do not define hotline.auth.v1.access")]
    NoOption,
}

/// The policies of all methods, by gRPC path (`/package.Service/Method`).
#[derive(Clone, Debug, Default)]
pub struct Policies(HashMap<String, Policy>);

impl Policies {
    /// Reads the policies of every method in `pool` that belongs to the suite.
    ///
    /// # Errors
    /// Names the first method without exactly one rule.
    pub fn from_descriptors(pool: &DescriptorPool) -> Result<Self, Error> {
        let option = pool.get_extension_by_name("hotline.auth.v1.access").ok_or(Error::NoOption)?;
        let mut policies = HashMap::new();
        for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let options = method.options();
            let access = options.get_extension(&option);
            let access = access
                .as_message()
                .and_then(|message| message.transcode_to::<Access>().ok())
                .unwrap_or_default();
            let rule =
                rule(&access).ok_or_else(|| Error::NotOneRule { method: method.full_name().into() })?;
            let policy = Policy { rule, scope: access.scope(), read_only: read_only(&method) };
            policies.insert(path(&method), policy);
        }
        Ok(Self(policies))
    }

    /// Returns the policy of a gRPC path; an unknown path has none and must be refused.
    pub fn get(&self, path: &str) -> Option<&Policy> {
        self.0.get(path)
    }
}

impl Rule {
    /// Tells whether a caller with these roles may pass.
    pub fn admits(&self, roles: &BTreeSet<Role>) -> bool {
        match self {
            Self::Public | Self::SignedIn => true,
            Self::Internal => false,
            Self::Staff => roles.iter().any(|role| *role != Role::ThirdParty),
            Self::Roles(allowed) => !allowed.is_disjoint(roles),
        }
    }
}

impl Role {
    /// Returns the role's name in tokens: `team_lead`.
    pub fn claim(self) -> String {
        self.as_str_name().trim_start_matches("ROLE_").to_ascii_lowercase()
    }

    /// Reads a role from a token; unknown ones are nothing.
    pub fn from_claim(claim: &str) -> Option<Self> {
        Self::from_str_name(&format!("ROLE_{}", claim.to_ascii_uppercase()))
            .filter(|role| *role != Self::Unspecified)
    }
}

/// Returns the gRPC path of a method.
pub fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn rule(access: &Access) -> Option<Rule> {
    let roles: BTreeSet<Role> = access.roles().filter(|role| *role != Role::Unspecified).collect();
    let mut rules = [
        access.public.then_some(Rule::Public),
        access.internal.then_some(Rule::Internal),
        access.signed_in.then_some(Rule::SignedIn),
        access.staff.then_some(Rule::Staff),
        (!roles.is_empty()).then_some(Rule::Roles(roles)),
    ]
    .into_iter()
    .flatten();
    rules.next().filter(|_| rules.next().is_none())
}

fn read_only(method: &MethodDescriptor) -> bool {
    use prost_types::method_options::IdempotencyLevel;
    method
        .method_descriptor_proto()
        .options
        .as_ref()
        .is_some_and(|options| options.idempotency_level() == IdempotencyLevel::NoSideEffects)
}
