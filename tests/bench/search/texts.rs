//! What people wrote, and what is made of it.

use std::path::Path;

use anyhow::Context as _;

/// Where the messages usually are.
pub const FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/messages/messages_with_replies.csv");

/// A message and its answer.
#[derive(Debug)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// What was asked.
    pub body: String,
    /// What was answered.
    pub reply: String,
}

/// The messages of the file.
#[derive(Debug)]
pub struct Texts(pub Vec<Message>);

impl Texts {
    /// Reads the messages; `None` where the file is absent.
    pub fn read(file: &Path) -> anyhow::Result<Option<Self>> {
        if !file.exists() {
            return Ok(None);
        }
        let mut reader = csv::Reader::from_path(file)?;
        let header = reader.headers()?.clone();
        let column = |name: &str| {
            header.iter().position(|column| column == name).with_context(|| format!("no column {name}"))
        };
        let (subject, body, reply) = (column("subject")?, column("body")?, column("reply")?);
        let message = |row: csv::StringRecord| Message {
            subject: row[subject].to_owned(),
            body: row[body].to_owned(),
            reply: row[reply].to_owned(),
        };
        let messages: Result<Vec<_>, _> = reader.records().map(|row| row.map(message)).collect();
        Ok(Some(Self(messages?)))
    }

    /// Returns a part of a message's body of so many ideographs in a row, somewhere in it; `None` where it has none.
    pub fn part(&self, pick: usize, length: usize) -> Option<String> {
        let message = &self.0[pick % self.0.len()];
        let characters: Vec<char> = message.body.chars().collect();
        let is_han = |c: &char| matches!(c, '\u{4e00}'..='\u{9fff}');
        let parts: Vec<&[char]> = characters.windows(length).filter(|part| part.iter().all(is_han)).collect();
        let part = parts.get(pick.wrapping_mul(7_919) % parts.len().max(1))?;
        Some(part.iter().collect())
    }
}
