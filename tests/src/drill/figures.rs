//! What the suite says of itself over its API, for comparison with its databases.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::ground::Site;
use crate::client::Client;

/// The figures that are compared: name of the metric.
pub const COMPARED: [&str; 4] = ["tickets_created", "tickets_closed", "reopenings", "callbacks_completed"];

/// Returns the figures as they are shown.
///
/// # Errors
/// When the suite does not answer.
pub async fn shown(site: &Site) -> anyhow::Result<BTreeMap<&'static str, u64>> {
    let metrics = COMPARED.map(|metric| format!("&metrics={metric}")).concat();
    let path = format!("/v1/kpi/report?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z{metrics}");
    let token = Some(&*site.tokens["supervisor"]);
    let report = Client::new(&site.base).send(Method::GET, &path, token, &[], None).await?;
    anyhow::ensure!(report.status.is_success(), "the report: {}", report.text);
    let values = &report.json["rows"][0]["values"];
    Ok(COMPARED.map(|metric| (metric, whole(&values[metric]))).into())
}

/// Has all figures computed anew from the stored events and returns how many changed.
///
/// # Errors
/// When the suite does not answer.
pub async fn recompute(site: &Site) -> anyhow::Result<u64> {
    let token = Some(&*site.tokens["admin"]);
    let client = Client::new(&site.base);
    let again = client.send(Method::POST, "/v1/kpi:recompute", token, &[], Some(&json!({}))).await?;
    anyhow::ensure!(again.status.is_success(), "recomputing: {}", again.text);
    Ok(again.json["changed"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// Reads a count, which JSON writes as any number.
fn whole(value: &Value) -> u64 {
    value.as_f64().unwrap_or_default() as u64
}
