//! The stream of live events, which no method of the contract declares: an answer without end is none of REST's.

use prost_reflect::DescriptorPool;
use serde_json::{Value, json};

use crate::live::Kinds;

const DESCRIPTION: &str = "Server-sent events (`text/event-stream`). Each has an `id`, the kind of event as `event`, and \
    `data`: JSON of `id`, `kind`, `at`, `actor`, `traceId`, `subject` and `payload`, which is what changed as it stood \
    then. Events come at least once, those of one record in their order.

A client that comes again with the last `id` as `Last-Event-ID` misses nothing, in about five minutes also after a \
    restart of the gateway and at any replica (with Redis; in one process without it, for as long as the process lives). \
    The stream itself tells, as `event`: `reset`: events are missing, read anew what you show; `slow`: you took them \
    too slowly; `expired`: your token has ended; `stopping`: this gateway stops. After the last three it ends. A comment \
    every 15 s shows that it lives.

Every role but `third_party` hears everything, but `sla.repaired` only `supervisor`, `operations` and `admin`. A third \
    party hears of the tickets and assignments of its own teams, and nothing of the customer.

For anyone with a valid token.";

/// Describes `GET /v1/events`.
pub(super) fn operation(pool: &DescriptorPool) -> Value {
    let kinds = Kinds::read(pool);
    let kinds: Vec<&str> = kinds.names().into_iter().collect();
    let problem = json!({"$ref": "#/components/responses/Problem"});
    json!({
        "operationId": "LiveEvents",
        "tags": ["DeskService"],
        "summary": "Streams what happens, as it happens (G4)",
        "description": DESCRIPTION,
        "parameters": [
            parameter("types", &format!("Kinds, or beginnings such as `ticket.*`. There are: {}.", kinds.join(", "))),
            parameter("ticketId", "Only what is about these tickets: ids or numbers."),
            parameter("teamKey", "Only what is about these teams: that have the record, had it before or get it."),
            parameter("customerId", "Only what is about these customers; a third party may not ask for any."),
            {
                "name": "lastEventId", "in": "query",
                "description": "As `Last-Event-ID`, for clients that can't send it; the header comes first.",
                "schema": {"type": "string", "maxLength": 1024},
            },
            {
                "name": "Last-Event-ID", "in": "header",
                "description": "The last `id` that was received: the stream goes on after it.",
                "schema": {"type": "string", "maxLength": 1024},
            },
            {"$ref": "#/components/parameters/AcceptLanguage"},
        ],
        "responses": {
            "200": {
                "description": "The stream; it goes on until one of both ends it.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            "400": problem, "401": problem, "429": problem, "503": problem, "default": problem,
        },
    })
}

fn parameter(name: &str, description: &str) -> Value {
    json!({
        "name": name, "in": "query", "style": "form", "explode": false,
        "description": description,
        "schema": {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 128}},
    })
}
