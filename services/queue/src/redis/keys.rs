//! The names used in Redis.

/// The names of one installation.
#[derive(Debug)]
pub(super) struct Keys {
    namespace: String,
    /// The channel on which scripts announce new entries.
    pub(super) channel: String,
}

impl Keys {
    pub(super) fn new(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), channel: format!("{namespace}:q:wake") }
    }

    /// Returns the keys of a queue in the order the scripts expect, all with one hash tag, so that in a
    /// cluster they lie on one node.
    pub(super) fn of(&self, queue: &str) -> [String; 5] {
        ["ready", "leases", "held", "built", "epoch"]
            .map(|part| format!("{{{}:q:{queue}}}:{part}", self.namespace))
    }
}
