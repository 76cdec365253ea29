//! Makes one ticket of the rows of one key. A row that can't be part of it is listed and passed over.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_core::time::{from_proto, to_proto};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::customers::v1::ImportedCustomer;
use hotline_proto::tickets::v1::{ImportedTicket, PastStep, PastStepKind};

use super::findings::{Findings, Refusal};
use super::layout::{Cells, Layout};
use super::lookup::{Lookup, Meaning};
use super::mapping::{Mapping, Updates};
use super::spool::Row;
use super::{past, teams};

/// Characters of a key, a subject, a text, a category's code, a person and a field, as in the contract.
pub(super) const KEY: usize = 150;
pub(super) const SUBJECT: usize = 200;
const TEXT: usize = 20_000;
pub(super) const CODE: usize = 100;
pub(super) const ASSIGNEE: usize = 100;
pub(super) const FIELD: usize = 2000;
/// Steps of a past, as in the contract.
const STEPS: usize = 1000;

/// One ticket, read.
pub(super) struct Record {
    /// The lines of its rows, the one that tells of it as a whole first.
    pub(super) lines: Vec<u64>,
    /// Whose it is.
    pub(super) customer: ImportedCustomer,
    /// What it is; its customer's id is still missing.
    pub(super) ticket: ImportedTicket,
}

/// Makes tickets of rows.
#[derive(Clone, Copy)]
pub(super) struct Builder<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) layout: &'a Layout,
}

impl Builder<'_> {
    /// Returns the ticket that the rows of one key make, if they make one.
    pub(super) fn build(&self, rows: &[Row], findings: &mut Findings) -> anyhow::Result<Option<Record>> {
        match &self.mapping.updates {
            None => self.of_one(rows, findings),
            Some(updates) => self.of_many(rows, updates, findings),
        }
    }

    /// The first good row is the ticket; a key can't be another's too.
    fn of_one(&self, rows: &[Row], findings: &mut Findings) -> anyhow::Result<Option<Record>> {
        let mut taken: Option<Record> = None;
        for row in rows {
            if let Some(first) = &taken {
                let reason = format!("is the key of line {} too", first.lines[0]);
                findings.reject(row.line, &self.mapping.columns.key, &reason)?;
                continue;
            }
            match self.whole(self.layout.cells(&row.cells), findings) {
                Ok((customer, ticket)) => taken = Some(Record { lines: vec![row.line], customer, ticket }),
                Err(refusal) => findings.reject(row.line, &refusal.column, &refusal.reason)?,
            }
        }
        Ok(taken)
    }

    /// The last row tells of the ticket as a whole, all of them of its past.
    fn of_many(
        &self,
        rows: &[Row],
        updates: &Updates,
        findings: &mut Findings,
    ) -> anyhow::Result<Option<Record>> {
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            match past::read(self, updates, row, findings) {
                Ok(update) => read.push(update),
                Err(refusal) => findings.reject(row.line, &refusal.column, &refusal.reason)?,
            }
        }
        read.sort_by_key(|update| (update.at, update.order, update.line));
        let Some(last) = read.last() else { return Ok(None) };
        let lines: Vec<u64> = read.iter().rev().map(|update| update.line).collect();
        let made = self.whole(last.cells, findings).and_then(|(customer, ticket)| {
            let solved = self.mapping.columns.resolved_at.is_none() || ticket.resolved_at.is_some();
            let created_at = from_proto(ticket.created_at.as_ref()).unwrap_or(last.at);
            let mut history = past::steps(&read, updates, created_at, solved);
            history.extend(self.too_early(last.cells, created_at));
            let history = self.fitting(history)?;
            Ok((customer, ImportedTicket { history, ..ticket }))
        });
        match made {
            Ok((customer, ticket)) => Ok(Some(Record { lines, customer, ticket })),
            Err(refusal) => {
                reject_all(&lines, &refusal.column, &refusal.reason, findings)?;
                Ok(None)
            }
        }
    }

    fn fitting(&self, history: Vec<PastStep>) -> Result<Vec<PastStep>, Refusal> {
        if history.len() > STEPS {
            let reason = format!("has {} steps; at most {STEPS} fit", history.len());
            return Err(Refusal::of(&self.mapping.columns.key, reason));
        }
        Ok(history)
    }

    fn whole(
        &self,
        cells: Cells<'_>,
        findings: &mut Findings,
    ) -> Result<(ImportedCustomer, ImportedTicket), Refusal> {
        let (mapping, columns) = (self.mapping, &self.mapping.columns);
        let created_at = self.time(cells, &columns.created_at)?;
        let resolved_at = self.end(cells, columns.resolved_at.as_deref(), created_at)?;
        let team = mapping.team.as_ref().map(|team| teams::key(team, cells.get(&team.column)));
        let ticket = ImportedTicket {
            external_key: format!("{}/{}", mapping.source, self.required(cells, &columns.key, "")?),
            customer_id: String::new(),
            r#type: self.r#type(cells, findings)?.into(),
            category_code: self.category(cells, findings)?,
            channel: self.channel(cells, findings)?.into(),
            subject: self.subject(cells)?,
            description: cells.texts(columns.description.as_ref(), TEXT)?,
            priority: self.priority(cells, findings)?.into(),
            created_at: Some(to_proto(created_at)),
            resolved_at: resolved_at.map(to_proto),
            closed_at: self.end(cells, columns.closed_at.as_deref(), created_at)?.map(to_proto),
            resolution: cells.text(columns.resolution.as_deref(), TEXT)?,
            team_key: team.unwrap_or_default(),
            assignee: cells.text(columns.assignee.as_deref(), ASSIGNEE)?,
            within_target: self.within_target(cells, findings)?,
            fields: self.fields(cells)?,
            history: Vec::new(),
        };
        Ok((self.customer(cells, created_at)?, ticket))
    }

    fn within_target(&self, cells: Cells<'_>, findings: &mut Findings) -> Result<Option<bool>, Refusal> {
        let lookup = self.mapping.within_target.as_ref();
        match word(lookup, cells, findings)? {
            None => Ok(None),
            Some(word) => word.parse().map(Some).map_err(|_| none_of_ours(lookup, word)),
        }
    }

    fn customer(&self, cells: Cells<'_>, created_at: DateTime<Utc>) -> Result<ImportedCustomer, Refusal> {
        let (columns, defaults) = (&self.mapping.columns, &self.mapping.defaults);
        let key = self.required(cells, &columns.customer, &defaults.customer)?;
        let name = cells.text(columns.customer_name.as_deref(), 100)?;
        Ok(ImportedCustomer {
            external_key: format!("{}/{key}", self.mapping.source),
            name: if name.is_empty() { defaults.customer.clone() } else { name },
            phone: cells.text(columns.phone.as_deref(), 40)?,
            created_at: Some(to_proto(created_at)),
        })
    }

    fn subject(&self, cells: Cells<'_>) -> Result<String, Refusal> {
        let columns = &self.mapping.columns.subject;
        let subject = cells.texts(Some(columns), SUBJECT)?;
        let subject = if subject.is_empty() { self.mapping.defaults.subject.clone() } else { subject };
        let column = columns.all().first().map_or("", String::as_str);
        if subject.is_empty() { Err(Refusal::of(column, "is empty")) } else { Ok(subject) }
    }

    fn fields(&self, cells: Cells<'_>) -> Result<BTreeMap<String, String>, Refusal> {
        let fields = self.mapping.fields.iter();
        let read = fields.map(|(field, column)| Ok((field.clone(), cells.text(Some(column), FIELD)?)));
        read.filter(|field| !matches!(field, Ok((_, text)) if text.is_empty())).collect()
    }

    fn r#type(&self, cells: Cells<'_>, findings: &mut Findings) -> Result<TicketType, Refusal> {
        let word = word(self.mapping.r#type.as_ref(), cells, findings)?;
        let word = word.unwrap_or(&self.mapping.defaults.r#type);
        TicketType::from_str_name(word).ok_or_else(|| none_of_ours(self.mapping.r#type.as_ref(), word))
    }

    fn channel(&self, cells: Cells<'_>, findings: &mut Findings) -> Result<Channel, Refusal> {
        let word = word(self.mapping.channel.as_ref(), cells, findings)?;
        let word = word.unwrap_or(&self.mapping.defaults.channel);
        Channel::from_str_name(word).ok_or_else(|| none_of_ours(self.mapping.channel.as_ref(), word))
    }

    fn priority(&self, cells: Cells<'_>, findings: &mut Findings) -> Result<Priority, Refusal> {
        match word(self.mapping.priority.as_ref(), cells, findings)?
            .unwrap_or(&self.mapping.defaults.priority)
        {
            "" => Ok(Priority::Unspecified),
            word => Priority::from_str_name(word)
                .ok_or_else(|| none_of_ours(self.mapping.priority.as_ref(), word)),
        }
    }

    fn category(&self, cells: Cells<'_>, findings: &mut Findings) -> Result<String, Refusal> {
        let lookup = self.mapping.category.as_ref();
        cells.text(lookup.map(|lookup| lookup.column.as_str()), CODE)?;
        let code = word(lookup, cells, findings)?;
        Ok(code.unwrap_or(&self.mapping.defaults.category_code).to_owned())
    }

    /// Returns a cell that must not be empty, unless there is something to take in its place.
    fn required(&self, cells: Cells<'_>, column: &str, otherwise: &str) -> Result<String, Refusal> {
        let text = cells.text(Some(column), KEY)?;
        let text = if text.is_empty() { otherwise.to_owned() } else { text };
        if text.is_empty() { Err(Refusal::of(column, "is empty")) } else { Ok(text) }
    }

    /// Returns when a ticket was solved or closed, if it was. An end before its registration makes a row that is all there
    /// is of it worthless; a ticket with a past ended at its registration then, which is noted.
    fn end(
        &self,
        cells: Cells<'_>,
        column: Option<&str>,
        created_at: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Refusal> {
        let Some(column) = column.filter(|column| !cells.get(column).is_empty()) else { return Ok(None) };
        let at = self.time(cells, column)?;
        if at < created_at && self.mapping.updates.is_some() {
            return Ok(Some(created_at));
        }
        if at < created_at {
            return Err(Refusal::of(column, format!("{at} is before the ticket was registered")));
        }
        Ok(Some(at))
    }

    /// Returns a note of each end that lies before the registration.
    fn too_early(&self, cells: Cells<'_>, created_at: DateTime<Utc>) -> Vec<PastStep> {
        let columns = [&self.mapping.columns.resolved_at, &self.mapping.columns.closed_at];
        let early = |column: &&String| self.time(cells, column).is_ok_and(|at| at < created_at);
        let note = |column: &String| PastStep {
            kind: PastStepKind::Noted.into(),
            at: Some(to_proto(created_at)),
            note: format!("{column} {} lies before the registration", cells.get(column)),
            ..PastStep::default()
        };
        columns.into_iter().flatten().filter(early).map(note).collect()
    }

    /// Returns the time in a cell.
    pub(super) fn time(&self, cells: Cells<'_>, column: &str) -> Result<DateTime<Utc>, Refusal> {
        let text = cells.get(column);
        self.mapping.time(text).ok_or_else(|| {
            let formats = self.mapping.time_format.all().join(" or ");
            Refusal::of(column, format!("`{text}` is not a time like {formats}"))
        })
    }
}

/// Lists all rows of a ticket that can't be taken; the first line has the reason.
pub(super) fn reject_all(
    lines: &[u64],
    column: &str,
    reason: &str,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let Some((first, rest)) = lines.split_first() else { return Ok(()) };
    findings.reject(*first, column, reason)?;
    let with = format!("its ticket is rejected for line {first}");
    rest.iter().try_for_each(|line| findings.reject(*line, "", &with))
}

/// Returns our word for a cell; none where there is no such column or the cell is empty.
pub(super) fn word<'a>(
    lookup: Option<&'a Lookup>,
    cells: Cells<'a>,
    findings: &mut Findings,
) -> Result<Option<&'a str>, Refusal> {
    let Some(lookup) = lookup else { return Ok(None) };
    let value = cells.get(&lookup.column);
    match lookup.meaning(value) {
        Meaning::Missing => Ok(None),
        Meaning::Known(word) => Ok(Some(word)),
        Meaning::Otherwise(word) => {
            findings.unlisted(&lookup.column, value, word);
            Ok(Some(word))
        }
        Meaning::Unknown => {
            Err(Refusal::of(&lookup.column, format!("`{value}` is not among the values of the mapping")))
        }
    }
}

fn none_of_ours(lookup: Option<&Lookup>, word: &str) -> Refusal {
    Refusal::of(lookup.map_or("", |lookup| &lookup.column), format!("`{word}` is no value of ours"))
}
