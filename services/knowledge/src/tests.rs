//! The service as its callers meet it, over both databases.

mod calls;
mod cycle;
mod desk;
mod lists;
mod replicas;
mod searching;
