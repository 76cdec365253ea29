//! Tables for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use hotline_tests::servers::Postgres;

use super::ground::Ground;
use super::round::Round;
use super::tools::{self, Tools};
use crate::installation::this_machine;

/// Returns a table of medians, with ratios to one of the rows.
pub fn rates(title: &str, rounds: &[Round], beside: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut all: BTreeMap<&str, Vec<&Round>> = BTreeMap::new();
    for round in rounds {
        if !names.contains(&round.what.as_str()) {
            names.push(&round.what);
        }
        all.entry(&round.what).or_default().push(round);
    }
    let of = |name: &str, figure: fn(&Round) -> f64| all.get(name).map(|rounds| median(rounds, figure));
    let rates = (of(beside, Round::per_second), of(beside, Round::cost));
    let mut text = format!(
        "| {title} | rounds | jobs a second | × {beside} | CPU ms a job | × {beside} | client | Redis | PostgreSQL |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for name in names {
        let figure = |figure: fn(&Round) -> f64| median(&all[name], figure);
        let (rate, cost) = (figure(Round::per_second), figure(Round::cost));
        let ratio = |mine: f64, other: Option<f64>| {
            other.map_or(String::new(), |other| format!("{:.2}", mine / other))
        };
        let each = |seconds: fn(&Round) -> f64| figure(seconds) * 1000.0;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {name} | {} | {rate:.0} | {} | {cost:.4} | {} | {:.4} | {:.4} | {:.4} |",
            all[name].len(),
            ratio(rate, rates.0),
            ratio(cost, rates.1),
            each(|round| round.client / round.jobs as f64),
            each(|round| round.servers.redis / round.jobs as f64),
            each(|round| round.servers.postgres / round.jobs as f64),
        );
    }
    text
}

/// Returns what was measured, and on what.
pub fn versions(ground: &Ground, tools: &Tools) -> String {
    let date = hotline_core::clock::wall().format("%Y-%m-%d");
    let redis = tools::version("redis-server", &["--version"]);
    let postgres = ground.postgres.as_ref().map(Postgres::version);
    format!("{date}, {}\n{redis}\n{}\n{}", this_machine(), postgres.unwrap_or_default(), tools.versions())
}

fn median(rounds: &[&Round], figure: fn(&Round) -> f64) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(|round| figure(round)).collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    if figures.len() % 2 == 1 { figures[middle] } else { f64::midpoint(figures[middle - 1], figures[middle]) }
}
