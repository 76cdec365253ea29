//! The service as its callers meet it, over both databases.

mod calls;
mod costs;
mod cycle;
mod desk;
mod lists;
mod replicas;
mod searching;
