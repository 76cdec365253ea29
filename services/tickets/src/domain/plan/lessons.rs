//! What was learned from a complex problem, as the draft of a knowledge article.

use crate::domain::mask::Masker;
use crate::domain::plan::Plan;
use crate::domain::ticket::Ticket;

/// Characters of a title at most, by the contract of the knowledge base.
const LONGEST_TITLE: usize = 200;
/// Characters of what the title says of the problem at most: the ticket's number is behind it.
const LONGEST_PROBLEM: usize = 150;
/// Characters of what came out of one step at most: fifty of them fit the body of an article beside the lessons.
const LONGEST_RESULT: usize = 300;

/// A draft. It tells of the problem, not of the customer: what they said, the subject among it, stays in the ticket, and
/// what our people wrote of the problem is masked.
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
    /// Returns the draft of its lessons; `None` where none is asked for. It is called after its assessment, else after
    /// the category; `masker` knows the customer.
    pub(crate) fn lessons(&self, ticket: &Ticket, category: &str, masker: &Masker<'_>) -> Option<Lessons> {
        let ending = self.ending.as_ref().filter(|ending| ending.article.is_some())?;
        let problem = self.assessed(masker);
        let problem = problem.lines().next().unwrap_or(category);
        let title = format!("经验总结：{}（工单 {}）", cut(problem, LONGEST_PROBLEM), ticket.number);
        Some(Lessons {
            title: cut(&title, LONGEST_TITLE),
            category_code: ticket.category_code.clone(),
            body: self.told(&ticket.number, &ending.lessons, masker),
            author: ending.signed.by.clone(),
        })
    }

    fn assessed(&self, masker: &Masker<'_>) -> String {
        let summary = self.approved.as_ref().map_or("", |version| version.content.assessment.summary.trim());
        masker.prose(summary)
    }

    fn told(&self, number: &str, lessons: &[String], masker: &Masker<'_>) -> String {
        let mut body = format!("来自工单 {number} 的疑难问题处理方案。\n");
        let summary = self.assessed(masker);
        if !summary.is_empty() {
            body += &format!("\n## 问题评估\n\n{summary}\n");
        }
        body += "\n## 处理步骤\n\n";
        for (place, step) in (1..).zip(self.steps()) {
            let title = masker.prose(step.title.trim());
            // Masked first: the part of a number that a cut leaves is none any more.
            let result = cut(&masker.prose(self.progress_of(step.number).result.trim()), LONGEST_RESULT);
            body += &format!("{place}. {title}：{result}\n");
        }
        body += "\n## 经验\n\n";
        for lesson in lessons {
            body += &format!("- {}\n", masker.prose(lesson.trim()));
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
