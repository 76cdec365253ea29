//! Prints how well and how fast the search answers questions with known answers:
//! `cargo run --release -p hotline-knowledge --example search_quality -- [folder]`.

#[path = "../tests/search_quality/measure.rs"]
mod measure;

use std::path::PathBuf;

use measure::{DATA, Data};

fn main() {
    let folder = std::env::args_os().nth(1).map_or_else(|| DATA.into(), PathBuf::from);
    if let Some(data) = Data::read(&folder) {
        data.measure(1);
    }
}
