//! The binary `hotline`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hotline::run()
}
