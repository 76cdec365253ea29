//! Every method that callers from outside may know of, with where it is and who may call it. Read from descriptors:
//! nothing here knows a service by name.

use std::collections::HashMap;
use std::sync::Arc;

use hotline_proto::access::{self, Policies, Policy, Rule};
use http::uri::PathAndQuery;
use prost_reflect::{DescriptorPool, MethodDescriptor};

use crate::error::Error;
use crate::transcode::{ShapeId, Shapes};

/// One method.
pub(crate) struct Method {
    pub(crate) descriptor: MethodDescriptor,
    /// `/package.Service/Method`
    pub(crate) path: PathAndQuery,
    pub(crate) policy: Policy,
    /// The service it is of: `tickets`.
    pub(crate) service: String,
    /// Shapes of the messages of its pool.
    pub(crate) shapes: Arc<Shapes>,
    /// Shape of its answer.
    pub(crate) answer: ShapeId,
}

/// The methods by gRPC path. Internal ones are not among them: from outside they do not exist.
#[derive(Clone)]
pub(crate) struct Methods(Arc<HashMap<String, Arc<Method>>>);

impl Methods {
    /// Reads the methods of `pool`.
    ///
    /// # Errors
    /// [`Error::Contract`] for a method without an access rule or in a package that names no service.
    pub(crate) fn read(pool: &DescriptorPool) -> Result<Self, Error> {
        let contract = |error: &dyn std::fmt::Display| Error::Contract(error.to_string());
        let policies = Policies::from_descriptors(pool).map_err(|error| contract(&error))?;
        let shapes = Arc::new(Shapes::read(pool));
        let mut methods = HashMap::new();
        for descriptor in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let path = access::path(&descriptor);
            let Some(policy) = policies.get(&path).filter(|policy| policy.rule != Rule::Internal) else {
                continue;
            };
            let package = descriptor.parent_file().package_name().to_owned();
            let service = service_of(&package)
                .ok_or_else(|| Error::Contract(format!("the package `{package}` names no service")))?;
            let method = Method {
                path: path.parse().map_err(|error| contract(&error))?,
                policy: policy.clone(),
                service: service.to_owned(),
                answer: shapes
                    .id(&descriptor.output())
                    .ok_or_else(|| Error::Contract(format!("`{path}` has no answer")))?,
                shapes: shapes.clone(),
                descriptor,
            };
            methods.insert(path, Arc::new(method));
        }
        Ok(Self(Arc::new(methods)))
    }

    /// Returns the method with this gRPC path.
    pub(crate) fn get(&self, path: &str) -> Option<&Arc<Method>> {
        self.0.get(path)
    }
}

/// Returns the service that a package belongs to: `tickets` of `hotline.tickets.v1`.
fn service_of(package: &str) -> Option<&str> {
    package.split('.').nth(1)
}

#[cfg(test)]
mod tests {
    use super::service_of;

    #[test]
    fn a_package_names_its_service_after_the_product() {
        assert_eq!(service_of("hotline.tickets.v1"), Some("tickets"));
        assert_eq!(service_of("hotline"), None);
    }
}
