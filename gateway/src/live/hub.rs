//! Hears the bus for all streams of the process.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use hotline_core::bus::{self, Listener, Place, Position, Since};
use hotline_proto::events::v1::Envelope;

use super::kinds::Kinds;
use super::told::Told;

/// See the module.
pub(crate) struct Hub {
    kinds: Kinds,
    told: bus::Hub<Told>,
}

impl Hub {
    pub(crate) fn new(kinds: Kinds, most: usize) -> Self {
        Self { kinds, told: bus::Hub::new(most) }
    }

    pub(super) fn kinds(&self) -> &Kinds {
        &self.kinds
    }
}

impl Deref for Hub {
    type Target = bus::Hub<Told>;

    fn deref(&self) -> &Self::Target {
        &self.told
    }
}

#[async_trait]
impl Listener for Hub {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn since(&self) -> Since {
        Since::Kept
    }

    async fn began(&self, position: &Position) {
        self.begin(position.clone());
    }

    async fn hear(&self, event: &Arc<Envelope>, place: Place) {
        self.tell(place, Told::new(event.clone(), &self.kinds));
    }

    async fn gap(&self, position: &Position) {
        tracing::warn!("live events were lost on the bus: clients are told to read anew");
        self.miss(position.clone());
    }
}
