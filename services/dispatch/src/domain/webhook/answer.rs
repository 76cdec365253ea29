//! What a system of a team says of the team's work.

use hotline_core::error::Error;
use serde::Deserialize;
use uuid::Uuid;

/// Characters of a text at most, as where people write it.
const LONGEST_REASON: usize = 2000;

/// What it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To take the work on.
    Accept,
    /// To give it back, and why.
    Return(String),
    /// To report it done, and how.
    Complete(String),
}

/// What it wants of which work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The assignment.
    pub(crate) assignment: Uuid,
    /// What it wants.
    pub(crate) wish: Wish,
}

#[derive(Deserialize)]
struct Message {
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    assignment_id: Uuid,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    resolution: String,
}

/// Reads what a system says. Fields that are not known are left alone: others send theirs to many.
///
/// # Errors
/// [`Error::Field`] with what is missing.
pub(crate) fn read(payload: &str) -> Result<Answer, Error> {
    let wrong = |field, en, zh| Error::Field { field, en, zh };
    let message: Message = serde_json::from_str(payload).map_err(|_| {
        let en = "must be JSON with `type` and `data.assignmentId`";
        wrong("payload", en, "必须是含有 `type` 和 `data.assignmentId` 的 JSON")
    })?;
    let Data { assignment_id, reason, resolution } = message.data;
    let wish = match message.r#type.as_str() {
        "assignment.accept" => Wish::Accept,
        "assignment.return" if reason.is_empty() => {
            return Err(wrong("data.reason", "must be given", "必须填写"));
        }
        "assignment.return" if reason.chars().count() > LONGEST_REASON => {
            return Err(wrong("data.reason", "must have at most 2000 characters", "不得超过 2000 个字符"));
        }
        "assignment.return" => Wish::Return(reason),
        "assignment.complete" if resolution.is_empty() => {
            return Err(wrong("data.resolution", "must be given", "必须填写"));
        }
        "assignment.complete" => Wish::Complete(resolution),
        _ => {
            let en = "must be assignment.accept, assignment.return or assignment.complete";
            let zh = "只能是 assignment.accept、assignment.return 或 assignment.complete";
            return Err(wrong("type", en, zh));
        }
    };
    Ok(Answer { assignment: assignment_id, wish })
}

#[cfg(test)]
mod tests {
    use hotline_core::error::{Error, Reason};
    use uuid::Uuid;

    use super::{Answer, Wish, read};

    fn named(payload: &str) -> String {
        let error: Error = read(payload).expect_err(payload);
        error.fields().remove(0).path
    }

    #[test]
    fn a_system_says_what_it_wants() {
        let id = Uuid::from_u128(7);
        let said = |kind: &str, data: &str| {
            read(&format!(r#"{{"type":"{kind}","data":{{"assignmentId":"{id}"{data}}},"x":1}}"#))
        };
        let wants = |wish| Answer { assignment: id, wish };
        assert_eq!(said("assignment.accept", "").expect("reads"), wants(Wish::Accept));
        assert_eq!(
            said("assignment.return", r#","reason":"等配件","y":2"#).expect("reads"),
            wants(Wish::Return("等配件".into()))
        );
        assert_eq!(
            said("assignment.complete", r#","resolution":"已更换""#).expect("reads"),
            wants(Wish::Complete("已更换".into()))
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let with =
            |kind: &str| format!(r#"{{"type":"{kind}","data":{{"assignmentId":"{}"}}}}"#, Uuid::from_u128(7));
        assert_eq!(named(&with("assignment.return")), "data.reason");
        assert_eq!(named(&with("assignment.complete")), "data.resolution");
        assert_eq!(named(&with("assignment.steal")), "type");
        for payload in ["", "[]", "{}", r#"{"type":"assignment.accept","data":{"assignmentId":"7"}}"#] {
            assert_eq!(named(payload), "payload");
        }
    }
}
