//! The bounds of request fields, read from their `(buf.validate.field)` options and checked on the wire's bytes.
//!
//! A reader of exactly the standard rules that our files use: required, ignore, string, integer, enum, duration,
//! repeated and map rules. A rule it does not know fails [`Validator::compile`], which a test runs over the whole
//! contract, so that no bound is ever silently ignored.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage};
use tonic::Status;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::descriptors;
use crate::locale::Locale;

mod rules;

pub use rules::Unsupported;
use rules::{FieldRules, Violation};

/// Checks an encoded request message by its full name.
///
/// # Errors
/// `INVALID_ARGUMENT` with reason `INVALID_REQUEST` and one `BadRequest` violation a field, in the caller's language,
/// fields named as in JSON.
pub fn request(name: &str, bytes: &[u8]) -> Result<(), Status> {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        Validator::compile(descriptors()).expect("a test compiles the rules of the whole contract")
    });
    VALIDATOR.check(name, bytes)
}

/// The compiled rules of every message of a set of descriptors.
#[derive(Debug)]
pub struct Validator {
    pool: DescriptorPool,
    messages: HashMap<String, Vec<FieldRules>>,
}

impl Validator {
    /// Reads the rules of every message in `pool`.
    ///
    /// # Errors
    /// Names the field and the rule that this reader does not know.
    pub fn compile(pool: &DescriptorPool) -> Result<Self, Unsupported> {
        let option = pool.get_extension_by_name("buf.validate.field");
        let mut messages = HashMap::new();
        for message in pool.all_messages() {
            let fields = message
                .fields()
                .map(|field| FieldRules::compile(&field, option.as_ref()))
                .collect::<Result<Vec<_>, _>>()?;
            messages.insert(message.full_name().to_owned(), fields);
        }
        Ok(Self { pool: pool.clone(), messages })
    }

    /// Checks an encoded message by its full name; see [`request`].
    ///
    /// # Errors
    /// As [`request`].
    pub fn check(&self, name: &str, bytes: &[u8]) -> Result<(), Status> {
        let Some(descriptor) = self.pool.get_message_by_name(name) else {
            return Ok(());
        };
        let message = DynamicMessage::decode(descriptor, bytes)
            .map_err(|error| Status::invalid_argument(format!("malformed message: {error}")))?;
        let mut violations = Vec::new();
        self.check_message(&message, "", &mut violations);
        if violations.is_empty() { Ok(()) } else { Err(refusal(violations)) }
    }

    fn check_message(&self, message: &DynamicMessage, path: &str, violations: &mut Vec<Violation>) {
        let Some(rules) = self.messages.get(message.descriptor().full_name()) else {
            return;
        };
        for rule in rules {
            rule.check(message, path, violations);
            for (path, nested) in rule.nested(message, path) {
                self.check_message(&nested, &path, violations);
            }
        }
    }
}

/// The answer to a request whose fields are wrong: `INVALID_ARGUMENT`, reason `INVALID_REQUEST`.
fn refusal(violations: Vec<Violation>) -> Status {
    let locale = Locale::current();
    let fields: Vec<FieldViolation> = violations
        .into_iter()
        .map(|violation| FieldViolation::new(violation.field, locale.pick(violation.en, violation.zh)))
        .collect();
    let named = fields.iter().map(|violation| violation.field.as_str()).collect::<Vec<_>>().join(", ");
    let message = format!("the request is not valid: {named}");
    let localized = locale.pick(message.clone(), format!("请求内容有误：{named}"));
    let mut details = ErrorDetails::new();
    details
        .set_error_info("INVALID_REQUEST", "hotline", HashMap::from([("fields".to_owned(), named)]))
        .set_localized_message(locale.tag(), localized);
    for field in fields {
        details.add_bad_request_violation(field.field, field.description);
    }
    Status::with_error_details(tonic::Code::InvalidArgument, message, details)
}

#[cfg(test)]
mod tests {
    use prost::{Message, Name};
    use tonic_types::StatusExt;

    use super::{Validator, request};
    use crate::callbacks::v1::RecordAttemptRequest;
    use crate::common::v1::Channel;
    use crate::customers::v1::{
        Customer, ListCustomersRequest, StartInteractionRequest, UpdateCustomerRequest,
    };
    use crate::dispatch::v1::ClaimAssignmentsRequest;
    use crate::locale::Locale;

    fn wrong<M: Message + Name>(message: &M) -> Vec<(String, String)> {
        match request(&M::full_name(), &message.encode_to_vec()) {
            Ok(()) => Vec::new(),
            Err(status) => status
                .get_details_bad_request()
                .expect("names the fields")
                .field_violations
                .into_iter()
                .map(|violation| (violation.field, violation.description))
                .collect(),
        }
    }

    #[test]
    fn every_rule_of_the_contract_is_known() {
        Validator::compile(crate::descriptors()).expect("compiles");
    }

    #[test]
    fn an_enum_that_must_be_said_is_named() {
        let fields: Vec<_> =
            wrong(&StartInteractionRequest::default()).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["channel", "direction"]);
        let said =
            StartInteractionRequest { channel: Channel::Phone.into(), direction: 1, ..Default::default() };
        assert!(wrong(&said).is_empty());
    }

    #[test]
    fn nested_and_repeated_fields_are_named_as_in_json() {
        let customer = Customer { phones: vec!["13800138000".into(), "1".into()], ..Default::default() };
        let request = UpdateCustomerRequest { customer: Some(customer), ..Default::default() };
        assert_eq!(wrong(&request)[0].0, "customer.phones[1]");
        assert_eq!(wrong(&UpdateCustomerRequest::default())[0].0, "customer");
    }

    #[test]
    fn an_absent_optional_number_is_in_bounds_and_a_given_one_is_checked() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
        let attempt = RecordAttemptRequest { id, lease_token: "t".into(), outcome: 1, ..Default::default() };
        assert!(wrong(&attempt).is_empty());
        assert_eq!(wrong(&RecordAttemptRequest { score: Some(9), ..attempt })[0].0, "score");
    }

    #[test]
    fn a_nul_character_is_refused_wherever_text_is() {
        let request = ListCustomersRequest { q: "a\0b".into(), ..Default::default() };
        assert_eq!(wrong(&request)[0].0, "q");
        let customer = Customer { phones: vec!["138\0".into()], ..Default::default() };
        let request = UpdateCustomerRequest { customer: Some(customer), ..Default::default() };
        assert_eq!(wrong(&request)[0].0, "customer.phones[0]");
    }

    #[test]
    fn durations_have_bounds() {
        let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        let claim = ClaimAssignmentsRequest { team_key: "t".into(), wait: seconds(26), ..Default::default() };
        assert_eq!(wrong(&claim)[0].0, "wait");
        assert!(wrong(&ClaimAssignmentsRequest { wait: seconds(25), ..claim }).is_empty());
    }

    #[tokio::test]
    async fn the_description_is_in_the_callers_language() {
        let request = ListCustomersRequest { page_size: -1, ..Default::default() };
        let zh = Locale::Zh.scope(async { wrong(&request) }).await;
        assert_eq!(zh, [("pageSize".to_owned(), "不得小于 0".to_owned())]);
    }
}
