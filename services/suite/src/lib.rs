//! The suite as one program: any role of it in one process, and what operators do beside (`hotline --help`).
//!
//! This crate wires; it decides nothing. [`suite::Suite`] is also what tests start inside their own process.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

pub mod administration;
pub mod calendars;
pub mod cli;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod import;
pub mod roles;
pub mod suite;
pub mod tools;

/// Many threads make and free messages of all sizes: this one keeps the memory of the process small where the system's
/// own keeps an arena for each thread. (`no_thp`: in pages of 2 MB an idle suite would take twice as much.)
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Runs the program with the arguments and environment of this process.
pub fn run() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(cli::dispatch(arguments)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("hotline: {}", hotline_core::error::chain(error.as_ref() as &dyn std::error::Error));
    ExitCode::FAILURE
}
