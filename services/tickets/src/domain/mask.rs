//! What is shown of a customer to whoever needs no more (C12), by what a ticket's form says of them.

use std::collections::BTreeMap;

use hotline_phones::NumberPlan;

pub(crate) use hotline_phones::mask::{Masker, contact, dialled, name, room};

/// Returns what hides in sentences what a ticket's form says of the customer.
pub(crate) fn of_form<'a>(numbers: &'a NumberPlan, fields: &BTreeMap<String, String>) -> Masker<'a> {
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    Masker::new(numbers).name(field("name")).contact(field("contact")).room(field("room"))
}
