//! The program itself, built beside the tests so that they can start it as processes of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    hotline::run()
}
