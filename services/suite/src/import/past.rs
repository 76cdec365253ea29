//! What the rows of one ticket tell of its past: a step for each thing that changed from one row to the next.

use chrono::{DateTime, Utc};
use hotline_core::time::to_proto;
use hotline_proto::tickets::v1::{PastStep, PastStepKind as Kind};

use super::findings::{Findings, Refusal};
use super::layout::Cells;
use super::mapping::Updates;
use super::record::{ASSIGNEE, Builder, FIELD, word};
use super::spool::Row;
use super::state::State;
use super::teams;

/// One row of a ticket, read.
pub(super) struct Update<'a> {
    /// Where it begins in the file.
    pub(super) line: u64,
    /// Its cells.
    pub(super) cells: Cells<'a>,
    /// When.
    pub(super) at: DateTime<Utc>,
    /// Its place among rows of that time.
    pub(super) order: i64,
    state: State,
    /// The state in the file's words.
    text: &'a str,
    team_key: String,
    assignee: String,
    reassignments: i64,
    reopenings: i64,
}

/// Reads a row.
pub(super) fn read<'a>(
    builder: &Builder<'a>,
    updates: &'a Updates,
    row: &'a Row,
    findings: &mut Findings,
) -> Result<Update<'a>, Refusal> {
    let cells = builder.layout.cells(&row.cells);
    let column = &updates.state.column;
    cells.text(Some(column), FIELD)?;
    let state = word(Some(&updates.state), cells, findings)?;
    let state = state.ok_or_else(|| Refusal::of(column, "is empty"))?;
    let state = State::named(state).ok_or_else(|| Refusal::of(column, format!("`{state}` is no state")))?;
    let (team, columns) = (builder.mapping.team.as_ref(), &builder.mapping.columns);
    Ok(Update {
        line: row.line,
        cells,
        at: builder.time(cells, &updates.at)?,
        order: number(cells, updates.order.as_deref())?,
        state,
        text: cells.get(column),
        team_key: team.map(|team| teams::key(team, cells.get(&team.column))).unwrap_or_default(),
        assignee: cells.text(columns.assignee.as_deref(), ASSIGNEE)?,
        reassignments: number(cells, updates.reassignments.as_deref())?,
        reopenings: number(cells, updates.reopenings.as_deref())?,
    })
}

/// How often something may have happened to a ticket by a file's count: more is no count, but a cell gone astray.
const MOST_TIMES: i64 = 1000;

fn number(cells: Cells<'_>, column: Option<&str>) -> Result<i64, Refusal> {
    let Some(column) = column else { return Ok(0) };
    match cells.get(column) {
        "" => Ok(0),
        text => {
            let number = text.parse().ok().filter(|number| (0..=MOST_TIMES).contains(number));
            number.ok_or_else(|| {
                Refusal::of(column, format!("`{text}` is not a whole number from 0 to {MOST_TIMES}"))
            })
        }
    }
}

/// Returns the steps that rows in order of time tell. Where `solved` is false the file knows no time of a solution: a
/// state that says so is only noted.
pub(super) fn steps(
    rows: &[Update<'_>],
    counted: &Updates,
    created_at: DateTime<Utc>,
    solved: bool,
) -> Vec<PastStep> {
    let Some(first) = rows.first() else { return Vec::new() };
    let mut tale = Tale {
        counted,
        solved,
        state: State::New,
        text: if first.state == State::New { first.text } else { "" },
        team_key: first.team_key.clone(),
        assignee: first.assignee.clone(),
        reassignments: 0,
        reopenings: 0,
        steps: Vec::new(),
    };
    tale.add(first, Kind::Assigned, "");
    tale.steps[0].at = Some(to_proto(created_at));
    for row in rows {
        tale.row(row);
    }
    tale.steps
}

/// The past as far as it has been told, with what the row before said.
struct Tale<'a> {
    counted: &'a Updates,
    solved: bool,
    /// The last state that we have a word for.
    state: State,
    text: &'a str,
    team_key: String,
    assignee: String,
    reassignments: i64,
    reopenings: i64,
    steps: Vec<PastStep>,
}

impl<'a> Tale<'a> {
    fn row(&mut self, row: &Update<'a>) {
        let reopened = self.reopened(row);
        let moved = self.moved(row);
        let is_work = matches!(row.state, State::Active | State::Waiting(_));
        // A hand-over and a reopening put the ticket into a team's queue: what it is in now comes after.
        let anew = reopened || (moved && is_work);
        match row.state {
            State::Ignored => {}
            State::Noted => self.note_state(row),
            state if state != self.state || anew => self.enter(row, anew),
            State::Active if row.assignee != self.assignee && !row.assignee.is_empty() => {
                self.add(row, Kind::Started, "");
            }
            _ => self.note_state(row),
        }
        self.text = row.text;
        self.assignee.clone_from(&row.assignee);
    }

    /// Tells of reopenings: as many as the count grew by, else the way back from an end.
    fn reopened(&mut self, row: &Update<'a>) -> bool {
        let back =
            self.state.is_done() && matches!(row.state, State::New | State::Active | State::Waiting(_));
        let times = match self.counted.reopenings {
            Some(_) => row.reopenings - self.reopenings,
            None => i64::from(back),
        };
        self.reopenings = self.reopenings.max(row.reopenings);
        for _ in 0..times {
            self.add(row, Kind::Reopened, "");
        }
        times > 0
    }

    /// Tells of hand-overs: as many as the count grew by, else a change of the team.
    fn moved(&mut self, row: &Update<'a>) -> bool {
        let changed = row.team_key != self.team_key;
        let times = match self.counted.reassignments {
            Some(_) => row.reassignments - self.reassignments,
            None => i64::from(changed),
        };
        self.reassignments = self.reassignments.max(row.reassignments);
        for _ in 0..times {
            self.add(row, Kind::Assigned, "");
        }
        if changed && times <= 0 {
            self.add(row, Kind::Noted, "another team, not counted as a reassignment");
        }
        self.team_key.clone_from(&row.team_key);
        times > 0
    }

    fn enter(&mut self, row: &Update<'a>, anew: bool) {
        let waited = matches!(self.state, State::Waiting(_)) && !anew;
        match row.state {
            State::Active if waited => self.add(row, Kind::Resumed, ""),
            State::Active => self.add(row, Kind::Started, ""),
            State::Waiting(_) => {
                if waited {
                    self.add(row, Kind::Resumed, "");
                }
                self.add(row, Kind::Waiting, "");
            }
            State::Resolved if self.solved => self.add(row, Kind::Resolved, ""),
            State::Closed => self.add(row, Kind::Closed, ""),
            State::Cancelled => self.add(row, Kind::Cancelled, ""),
            // Back to the start: a reopening has said so already.
            State::New if anew => {}
            _ => self.note_state(row),
        }
        self.state = row.state;
    }

    /// Notes a state that says something new, though nothing that the life cycle has a word for.
    fn note_state(&mut self, row: &Update<'a>) {
        if row.text != self.text {
            self.add(row, Kind::Noted, "");
        }
    }

    fn add(&mut self, row: &Update<'a>, kind: Kind, note: &str) {
        let reason = match row.state {
            State::Waiting(reason) if kind == Kind::Waiting => reason,
            _ => "",
        };
        self.steps.push(PastStep {
            kind: kind.into(),
            at: Some(to_proto(row.at)),
            team_key: row.team_key.clone(),
            assignee: row.assignee.clone(),
            reason: reason.to_owned(),
            note: if note.is_empty() { row.text.to_owned() } else { note.to_owned() },
        });
    }
}

#[cfg(test)]
mod tests;
