//! The gateway from outside, over sockets, before a service that it has never heard of.

mod bench;
mod desk;
mod files;
mod grpc;
mod identity;
mod issuers;
mod live;
mod new_method;
mod ports;
mod rest;
