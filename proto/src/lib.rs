//! The contract of the suite: generated types, descriptors, and the rules that the `.proto` files declare beside
//! each method and field (routes, access, bounds). Nothing here knows a service by name.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

pub mod access;
pub mod codec;
pub mod events;
pub mod locale;
pub mod paged;
pub mod routes;
pub mod validate;

#[expect(missing_docs, unreachable_pub, reason = "generated from files whose comments a test checks")]
#[expect(clippy::allow_attributes, clippy::doc_markdown, clippy::too_many_lines, reason = "generated code")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/hotline.rs"));
}

pub use generated::google;
pub use generated::hotline::*;

/// The encoded `FileDescriptorSet` of every file and import, extension options and comments included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Returns the suite's descriptors, decoded once.
pub fn descriptors() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        DescriptorPool::decode(DESCRIPTORS).expect("the build wrote a descriptor set that decodes")
    });
    &POOL
}
