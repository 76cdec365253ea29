//! Fills the store the way an operator would: `hotline import tickets` of a file, which is measured too. More than ten
//! thousand are copies of these.

use std::io::Write;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::grow;
use crate::installation::{Installation, Place};
use crate::table::Imported;

/// Names the file's columns.
const MAPPING: &str = r#"
source = "bench"
time_zone = "Asia/Shanghai"
time_format = "%Y-%m-%d %H:%M:%S"

[columns]
key = "id"
customer = "customer"
customer_name = "name"
phone = "phone"
subject = "subject"
description = "body"
created_at = "asked"
resolution = "reply"
resolved_at = "replied"

[defaults]
type = "TICKET_TYPE_CONSULTATION"
category_code = "consult.other"
channel = "CHANNEL_PORTAL"
priority = "PRIORITY_LOW"
"#;

const SUBJECTS: [&str; 6] =
    ["电梯停运", "宽带无法上网", "停车费咨询", "供暖不足", "楼道灯不亮", "装修押金退还"];

/// How many tickets are imported; of more, the others are copies.
const IMPORTED: u64 = 10_000;

/// Makes files of tickets that no file before it had, and copies of what was in them.
pub struct Filler {
    first: DateTime<Utc>,
    made: u64,
    copies: u64,
}

impl Filler {
    /// Begins with ticket 1, of the first day of 2025.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { first: "2025-01-01T00:00:00Z".parse()?, made: 0, copies: 0 })
    }

    /// Brings the store to `tickets`; returns what the import took, where something was missing.
    pub async fn fill(
        &mut self,
        installation: &mut Installation,
        tickets: u64,
    ) -> anyhow::Result<Option<Imported>> {
        // Where every role is a process of its own, an import goes through them.
        let through_roles = installation.place() == Place::Roles && self.made < tickets.min(IMPORTED);
        if through_roles {
            installation.start().await;
        }
        let imported = self.import(installation, tickets.min(IMPORTED))?;
        if through_roles {
            installation.quiet().await;
            installation.stop().await;
        }
        if imported.is_some() && self.made == IMPORTED {
            grow::keep(installation).await?;
        }
        let copies = (tickets / IMPORTED).saturating_sub(1);
        if copies > self.copies {
            grow::copy(installation, self.copies + 1, copies).await?;
            self.copies = copies;
        }
        Ok(imported)
    }

    fn import(&mut self, installation: &Installation, tickets: u64) -> anyhow::Result<Option<Imported>> {
        if tickets <= self.made {
            return Ok(None);
        }
        let file = installation.folder().join("tickets.csv");
        let mapping = installation.folder().join("mapping.toml");
        std::fs::write(&mapping, MAPPING)?;
        let rows = tickets - self.made;
        self.write(&file, tickets)?;
        let (file, mapping) = (file.display().to_string(), mapping.display().to_string());
        let start = Instant::now();
        let (used, memory) = installation.run(&["import", "tickets", &file, "--mapping", &mapping])?;
        let seconds = start.elapsed().as_secs_f64();
        std::fs::remove_file(&file)?;
        Ok(Some(Imported { on: installation.place(), rows, seconds, used, memory }))
    }

    fn write(&mut self, file: &Path, upto: u64) -> anyhow::Result<()> {
        let mut out = csv::Writer::from_path(file)?;
        out.write_record([
            "id", "customer", "name", "phone", "subject", "body", "asked", "reply", "replied",
        ])?;
        for id in self.made + 1..=upto {
            out.write_record(self.row(id))?;
        }
        out.into_inner()?.flush()?;
        self.made = upto;
        Ok(())
    }

    /// Returns one ticket's row: spread over the year as far as a million goes, five tickets a customer.
    fn row(&self, id: u64) -> [String; 9] {
        let time = |seconds: u64| {
            let time = self.first + TimeDelta::seconds(i64::try_from(seconds).unwrap_or_default());
            time.format("%Y-%m-%d %H:%M:%S").to_string()
        };
        // A prime keeps neighbours in the file apart in time.
        let asked = id * 7_919 * 31 % (365 * 86_400);
        let customer = id / 5 + 1;
        let subject = SUBJECTS[usize::try_from(id).unwrap_or_default() % SUBJECTS.len()];
        [
            id.to_string(),
            customer.to_string(),
            format!("业主{customer}"),
            format!("137{customer:08}"),
            subject.to_owned(),
            format!("{subject}，已经是第{}次反映，请尽快处理并回复。", id % 7 + 1),
            time(asked),
            "您好，已安排维修人员上门处理，谢谢您的反映。".to_owned(),
            time(asked + 3_600 + id * 613 % 172_800),
        ]
    }
}
