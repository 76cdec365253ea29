//! Errors in the description: one schema, one answer, and which statuses a method may have.

use hotline_proto::access::Rule;
use serde_json::{Value, json};

use crate::methods::Method;

/// Returns the schema of a problem (RFC 9457).
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Programs decide by `code`; the texts are for people.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "Identity of the kind of problem."},
            "title": {"type": "string", "description": "The kind of problem in a few words."},
            "status": {"type": "integer", "description": "The HTTP status."},
            "detail": {"type": "string", "description": "What went wrong this time."},
            "code": {"type": "string", "pattern": "^[A-Z0-9_]{1,63}$", "description": "Stable reason."},
            "errors": {
                "type": "array",
                "description": "The fields that are wrong.",
                "items": {
                    "type": "object",
                    "required": ["field", "description"],
                    "properties": {
                        "field": {"type": "string", "description": "Path as in JSON, or the parameter's name."},
                        "description": {"type": "string", "description": "What is wrong with it."},
                    },
                },
            },
            "metadata": {
                "type": "object",
                "description": "Values that a program may want.",
                "additionalProperties": {"type": "string"},
            },
            "traceId": {"type": "string", "description": "What to tell the operators."},
        },
    })
}

/// Returns the answers that all methods share.
pub(super) fn responses() -> Value {
    let reference = json!({"$ref": "#/components/schemas/Problem"});
    json!({
        "Problem": {
            "description": "A refusal or a fault.",
            "content": {"application/problem+json": {"schema": reference}},
        },
    })
}

/// Returns the statuses of a method's problems; `default` stands for any other.
pub(super) fn statuses(method: &Method, is_versioned: bool) -> Vec<&'static str> {
    let mut statuses = vec!["400", "404", "429", "503", "default"];
    match method.policy.rule {
        Rule::Public => {}
        Rule::SignedIn => statuses.push("401"),
        _ => statuses.extend(["401", "403"]),
    }
    if !method.policy.read_only {
        statuses.extend(["409", "413", "415", "422"]);
        if is_versioned {
            statuses.push("412");
        }
    }
    statuses
}
