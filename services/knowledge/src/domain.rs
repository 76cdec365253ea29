//! Articles: what they are, and what may happen to them.

mod article;
pub(crate) mod lifecycle;

pub(crate) use article::{Article, Content, Sight, Version};
