//! `/healthz`: the process lives. `/readyz`: it can serve, part by part.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::routing::get;
use axum::{Json, Router};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::StatusCode;
use serde_json::{Value, json};

/// One part of the suite and how it is.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name: `database:tickets`.
    pub name: String,
    /// Without it the suite can't serve.
    pub needed: bool,
    /// What is wrong with it; for the log only.
    pub trouble: Option<String>,
}

/// The question how all parts are. Cheap to clone.
#[derive(Clone)]
pub struct Readiness {
    ask: Arc<dyn Fn() -> BoxFuture<'static, Vec<Part>> + Send + Sync>,
    draining: Arc<AtomicBool>,
}

impl Readiness {
    /// Makes the question from what answers it.
    pub fn new<F, R>(ask: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Vec<Part>> + Send + 'static,
    {
        Self { ask: Arc::new(move || ask().boxed()), draining: Arc::default() }
    }

    /// From now on the answer is no, so that nobody sends new work.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    async fn answer(self) -> (StatusCode, Json<Value>) {
        let parts = (self.ask)().await;
        for part in parts.iter().filter(|part| part.trouble.is_some()) {
            tracing::warn!(part = part.name, trouble = part.trouble, "a part is not ready");
        }
        let draining = self.draining.load(Ordering::Relaxed);
        let ready = !draining && parts.iter().all(|part| part.trouble.is_none() || !part.needed);
        let told: Vec<Value> = parts
            .iter()
            .map(|part| json!({"name": part.name, "needed": part.needed, "ready": part.trouble.is_none()}))
            .collect();
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, Json(json!({"ready": ready, "draining": draining, "parts": told})))
    }
}

/// Returns the two pages.
pub(crate) fn pages(readiness: Readiness) -> Router {
    Router::new()
        .route("/healthz", get(async || Json(json!({"alive": true}))))
        .route("/readyz", get(move || readiness.clone().answer()))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{Part, Readiness};

    fn part(needed: bool, trouble: Option<&str>) -> Part {
        Part { name: "x".into(), needed, trouble: trouble.map(str::to_owned) }
    }

    #[tokio::test]
    async fn only_a_needed_part_in_trouble_makes_the_suite_not_ready() {
        for (parts, status) in [
            (vec![part(true, None), part(false, Some("down"))], StatusCode::OK),
            (vec![part(true, Some("secret host is down"))], StatusCode::SERVICE_UNAVAILABLE),
        ] {
            let readiness = Readiness::new(move || std::future::ready(parts.clone()));
            let (answered, body) = readiness.answer().await;
            assert_eq!(answered, status);
            assert!(!body.to_string().contains("secret"), "{}", body.0);
        }
    }

    #[tokio::test]
    async fn a_gateway_that_drains_is_not_ready() {
        let readiness = Readiness::new(|| std::future::ready(vec![part(true, None)]));
        readiness.drain();
        assert_eq!(readiness.answer().await.0, StatusCode::SERVICE_UNAVAILABLE);
    }
}
