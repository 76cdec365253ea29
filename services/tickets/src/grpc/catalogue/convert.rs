//! Between the contract's categories and the domain's.

use std::collections::{HashMap, HashSet};

use hotline_categorizer::{Categorizer, Text};
use hotline_core::error::Error as Core;
use hotline_core::time::to_proto_optional;
use hotline_core::{etag, mask};
use hotline_proto::common::v1::{Priority, TicketType};
use hotline_proto::tickets::v1::{
    Category as Message, CategorySuggestion, CategoryVersion, FormField, FormFieldKind,
    ImportCategoriesRequest, ImportCategoriesResponse, RejectedCategory, SuggestCategoriesRequest,
};
use prost_types::FieldMask;

use crate::domain::catalogue::asked::{Asked, AskedField, ValueKind};
use crate::domain::catalogue::changing::Given;
use crate::domain::catalogue::importing::{Outcome, Root};
use crate::domain::catalogue::sheet::Rejected;
use crate::domain::catalogue::{Catalogue, Category, lineage};
use crate::error::Error;
use crate::store::Version;

/// Suggestions where the caller does not say.
const USUAL_SUGGESTIONS: usize = 3;

/// What `UpdateCategory` may change.
const EDITABLE: &[&str] = &[
    "label_zh",
    "label_en",
    "type",
    "priority",
    "policy",
    "team_key",
    "form_fields",
    "form_closed",
    "position",
    "active",
];

/// Categories as the contract has them; what each is among the others is looked up once for all.
pub(crate) struct Telling<'a> {
    by_code: HashMap<&'a str, &'a Category>,
    parents: HashSet<&'a str>,
}

impl<'a> Telling<'a> {
    /// Looks at a catalogue.
    pub(crate) fn of(catalogue: &'a Catalogue) -> Self {
        let by_code = catalogue.0.iter().map(|category| (category.code.as_str(), category)).collect();
        let parents = catalogue.0.iter().map(|category| category.parent_code.as_str()).collect();
        Self { by_code, parents }
    }

    /// Returns the category of a code.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) fn named(&self, code: &str) -> Result<Message, Error> {
        let found = self.by_code.get(code);
        let found = found.ok_or_else(|| Core::NotFound { what: "category", id: code.to_owned() })?;
        Ok(self.message(found))
    }

    /// Returns a category of the catalogue, as it is or was.
    pub(crate) fn message(&self, category: &Category) -> Message {
        let mut asked = Asked::default();
        let above = lineage(&category.parent_code).filter_map(|code| self.by_code.get(code).copied());
        above.chain([category]).for_each(|category| asked.add(category));
        Message {
            code: category.code.clone(),
            label_zh: category.label_zh.clone(),
            label_en: category.label_en.clone(),
            parent_code: category.parent_code.clone(),
            r#type: category.kind as i32,
            priority: category.priority as i32,
            policy: category.policy.clone(),
            team_key: category.team_key.clone(),
            form_fields: category.asks.iter().map(form_field).collect(),
            form_closed: Some(category.closed),
            effective_form_fields: asked.fields.iter().map(form_field).collect(),
            effective_form_closed: asked.closed,
            active: Some(category.active),
            depth: i32::try_from(category.code.matches('.').count()).unwrap_or(i32::MAX),
            leaf: !self.parents.contains(category.code.as_str()),
            position: category.position,
            version: category.version,
            etag: etag::of(category.version.into()),
        }
    }

    /// Returns a version of a category.
    pub(crate) fn version(&self, version: Version) -> CategoryVersion {
        CategoryVersion {
            category: Some(self.message(&version.category)),
            revision: version.revision,
            recorded_by: version.by,
            recorded_at: to_proto_optional(version.at),
            note: version.note,
        }
    }
}

/// Returns what a text suggests; what is retired since it was learned is left out.
pub(super) fn suggested(
    request: &SuggestCategoriesRequest,
    model: &Categorizer,
    catalogue: &Catalogue,
) -> Vec<CategorySuggestion> {
    let body = format!("{} {}", request.description, request.text);
    let most = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(USUAL_SUGGESTIONS);
    let telling = Telling::of(catalogue);
    let all = model.suggest(Text { title: &request.subject, body: body.trim() }, usize::MAX);
    let active = all.into_iter().filter_map(|suggestion| {
        let category = catalogue.get(suggestion.label).filter(|category| category.active)?;
        let category = Some(telling.message(category));
        Some(CategorySuggestion { category, confidence: suggestion.confidence })
    });
    active.take(most).collect()
}

/// Reads a category as somebody gave it.
pub(super) fn given(message: Message) -> Given {
    Given {
        kind: message.r#type(),
        priority: message.priority(),
        position: Some(message.position).filter(|position| *position != 0),
        asks: message.form_fields.iter().map(asked_field).collect(),
        closed: message.form_closed(),
        code: message.code,
        parent_code: message.parent_code,
        label_zh: message.label_zh,
        label_en: message.label_en,
        policy: message.policy,
        team_key: message.team_key,
    }
}

/// Returns a category with what a patch changes.
///
/// # Errors
/// [`Core::Mask`].
pub(super) fn patched(
    before: &Category,
    patch: &Message,
    update_mask: Option<&FieldMask>,
) -> Result<Category, Error> {
    let current = Message {
        label_zh: before.label_zh.clone(),
        label_en: before.label_en.clone(),
        r#type: before.kind as i32,
        priority: before.priority as i32,
        policy: before.policy.clone(),
        team_key: before.team_key.clone(),
        form_fields: before.asks.iter().map(form_field).collect(),
        form_closed: Some(before.closed),
        position: before.position,
        active: Some(before.active),
        ..Message::default()
    };
    let merged = mask::apply(&current, patch, update_mask, EDITABLE)?;
    Ok(Category {
        kind: merged.r#type(),
        priority: merged.priority(),
        asks: merged.form_fields.iter().map(asked_field).collect(),
        closed: merged.form_closed(),
        active: merged.active(),
        position: merged.position,
        label_en: if merged.label_en.is_empty() { merged.label_zh.clone() } else { merged.label_en },
        label_zh: merged.label_zh,
        policy: merged.policy,
        team_key: merged.team_key,
        ..before.clone()
    })
}

/// Reads where a file's tree is hung.
pub(super) fn root(request: &ImportCategoriesRequest) -> Root {
    let said = |kind: TicketType| if kind == TicketType::Unspecified { TicketType::Other } else { kind };
    let of = |priority| if priority == Priority::Unspecified { Priority::Medium } else { priority };
    Root { code: request.parent_code.clone(), kind: said(request.r#type()), priority: of(request.priority()) }
}

/// Returns what became of a file.
pub(super) fn imported(outcome: Outcome) -> ImportCategoriesResponse {
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let rejected = outcome.rejected.into_iter().map(|Rejected { line, en, zh }| RejectedCategory {
        line: i64::try_from(line).unwrap_or(i64::MAX),
        reason: en,
        reason_zh: zh,
    });
    ImportCategoriesResponse {
        created: count(outcome.created),
        changed: count(outcome.changed),
        unchanged: count(outcome.unchanged),
        rejected: rejected.collect(),
        ..ImportCategoriesResponse::default()
    }
}

fn form_field(field: &AskedField) -> FormField {
    let (kind, choices, max_length) = match &field.kind {
        ValueKind::Text(most) => (FormFieldKind::Text, Vec::new(), i32::try_from(*most).unwrap_or(i32::MAX)),
        ValueKind::Choice(choices) => (FormFieldKind::Choice, choices.clone(), 0),
        ValueKind::Date => (FormFieldKind::Date, Vec::new(), 0),
        ValueKind::Phone => (FormFieldKind::Phone, Vec::new(), 0),
    };
    FormField {
        key: field.key.clone(),
        label_zh: field.label_zh.clone(),
        label_en: field.label_en.clone(),
        kind: kind as i32,
        required: field.required,
        choices,
        max_length,
        hint: field.hint.clone(),
    }
}

fn asked_field(message: &FormField) -> AskedField {
    let kind = match message.kind() {
        FormFieldKind::Choice => ValueKind::Choice(message.choices.clone()),
        FormFieldKind::Date => ValueKind::Date,
        FormFieldKind::Phone => ValueKind::Phone,
        FormFieldKind::Text | FormFieldKind::Unspecified => match usize::try_from(message.max_length) {
            Ok(0) | Err(_) => ValueKind::any_text(),
            Ok(most) => ValueKind::Text(most),
        },
    };
    let label_en = if message.label_en.is_empty() { &message.key } else { &message.label_en };
    AskedField {
        key: message.key.clone(),
        label_zh: message.label_zh.clone(),
        label_en: label_en.clone(),
        kind,
        required: message.required,
        hint: message.hint.clone(),
    }
}
