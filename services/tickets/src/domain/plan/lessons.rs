//! What was learned from a complex problem, as the draft of a knowledge article.

use crate::domain::plan::Plan;
use crate::domain::ticket::Ticket;

/// Characters of a title at most, by the contract of the knowledge base.
const LONGEST_TITLE: usize = 200;
/// Characters of what came out of one step at most: fifty of them fit the body of an article beside the lessons.
const LONGEST_RESULT: usize = 300;

/// A draft. It tells of the problem, not of the customer: what they said stays in the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lessons {
    /// One line.
    pub(crate) title: String,
    /// Category of the ticket.
    pub(crate) category_code: String,
    /// In Markdown.
    pub(crate) body: String,
    /// Who asked for it.
    pub(crate) author: String,
}

impl Plan {
    /// Returns the draft of its lessons; `None` where none is asked for.
    pub(crate) fn lessons(&self, ticket: &Ticket) -> Option<Lessons> {
        let ending = self.ending.as_ref().filter(|ending| ending.article.is_some())?;
        let title = format!("经验总结：{}（工单 {}）", ticket.subject.trim(), ticket.number);
        Some(Lessons {
            title: cut(&title, LONGEST_TITLE),
            category_code: ticket.category_code.clone(),
            body: self.told(&ticket.number, &ending.lessons),
            author: ending.signed.by.clone(),
        })
    }

    fn told(&self, number: &str, lessons: &[String]) -> String {
        let mut body = format!("来自工单 {number} 的疑难问题处理方案。\n");
        let summary = self.approved.as_ref().map_or("", |version| version.content.assessment.summary.trim());
        if !summary.is_empty() {
            body += &format!("\n## 问题评估\n\n{summary}\n");
        }
        body += "\n## 处理步骤\n\n";
        for (place, step) in (1..).zip(self.steps()) {
            let result = cut(self.progress_of(step.number).result.trim(), LONGEST_RESULT);
            body += &format!("{place}. {}：{result}\n", step.title.trim());
        }
        body += "\n## 经验\n\n";
        for lesson in lessons {
            body += &format!("- {}\n", lesson.trim());
        }
        body
    }
}

/// Returns the text, cut to so many characters.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
