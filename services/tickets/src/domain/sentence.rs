//! The sentence to say on the phone: solved, how and when, or still in hand, and until when (C8).

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use hotline_proto::common::v1::TicketState as State;

use crate::domain::ticket::Ticket;

mod around;

pub(crate) use around::{Around, Cause, told};

/// The sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// In Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
}

/// Returns the sentence for a ticket whose solution is expected at `expected`, told at `now` with times of `zone`.
pub(crate) fn of(ticket: &Ticket, expected: Option<DateTime<Utc>>, now: DateTime<Utc>, zone: Tz) -> Sentence {
    match ticket.state {
        State::Resolved | State::Verified | State::Closed => solved(ticket, now, zone),
        State::Cancelled => Sentence {
            zh: format!("您反映的“{}”已取消。", ticket.subject),
            en: format!("Your request “{}” was cancelled.", ticket.subject),
        },
        _ => in_hand(ticket, expected, now, zone),
    }
}

fn solved(ticket: &Ticket, now: DateTime<Utc>, zone: Tz) -> Sentence {
    let at = ticket.resolved_at.unwrap_or(ticket.updated_at);
    let how = ticket.resolution.trim().trim_end_matches(['。', '.', '！', '!', ';', '；']);
    let (how_zh, how_en) = if how.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("：{how}"), format!(": {how}"))
    };
    Sentence {
        zh: format!("您反映的“{}”已于{}解决{how_zh}。", ticket.subject, when_zh(at, now, zone)),
        en: format!("Your request “{}” was solved at {}{how_en}.", ticket.subject, when_en(at, now, zone)),
    }
}

fn in_hand(ticket: &Ticket, expected: Option<DateTime<Utc>>, now: DateTime<Utc>, zone: Tz) -> Sentence {
    let (stage_zh, stage_en) = stage(ticket);
    let (promise_zh, promise_en) = match expected {
        Some(due) if ticket.owes_an_answer() && due <= now => (
            format!(
                "，原承诺{}前答复您，现已超过承诺时间，非常抱歉，我们正在加紧处理",
                when_zh(due, now, zone)
            ),
            format!(
                "; we promised you an answer by {}, we are sorry for the delay and are working on it with priority",
                when_en(due, now, zone)
            ),
        ),
        Some(due) if ticket.owes_an_answer() => (
            format!("，我们承诺{}前答复您", when_zh(due, now, zone)),
            format!("; we promised you an answer by {}", when_en(due, now, zone)),
        ),
        None => {
            ("，解决后我们会及时告知您".to_owned(), "; we will tell you as soon as it is solved".to_owned())
        }
        Some(due) if due <= now => (
            format!("，原定{}前解决，现已超过承诺时间，非常抱歉，我们正在加紧处理", when_zh(due, now, zone)),
            format!(
                "; it was due by {}, we are sorry for the delay and are working on it with priority",
                when_en(due, now, zone)
            ),
        ),
        Some(due) => (
            format!("，预计{}前解决", when_zh(due, now, zone)),
            format!("; we expect to solve it by {}", when_en(due, now, zone)),
        ),
    };
    Sentence {
        zh: format!("您反映的“{}”{stage_zh}{promise_zh}。", ticket.subject),
        en: format!("Your request “{}” {stage_en}{promise_en}.", ticket.subject),
    }
}

fn stage(ticket: &Ticket) -> (&'static str, &'static str) {
    match (ticket.state, ticket.waiting_for()) {
        (State::Waiting, "CUSTOMER") => (
            "正在等待您的答复，收到后我们会继续处理",
            "is waiting for your answer, and we will go on as soon as we have it",
        ),
        (State::Waiting, "THIRD_PARTY") => ("正在等待第三方的处理结果", "is waiting for a third party"),
        (State::Waiting, _) => ("正在等待审批", "is waiting for an approval"),
        (State::InProgress, _) if ticket.reopen_count > 0 => ("正在再次处理", "is being worked on again"),
        (State::InProgress, _) => ("正在处理", "is being worked on"),
        (State::Assigned, _) if ticket.reopen_count > 0 => {
            ("已重新交由专人处理", "has been passed to our specialists again")
        }
        (State::Assigned, _) => ("已转交专人处理", "has been passed to our specialists"),
        _ => ("已经登记，正在安排人员处理", "has been registered and is being assigned"),
    }
}

fn when_zh(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let time = at.format("%H:%M");
    match (at.date_naive() - now.date_naive()).num_days() {
        0 => format!("今天{time}"),
        1 => format!("明天{time}"),
        -1 => format!("昨天{time}"),
        _ if at.year() == now.year() => format!("{}{time}", at.format("%-m月%-d日")),
        _ => format!("{}{time}", at.format("%Y年%-m月%-d日")),
    }
}

fn when_en(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let time = at.format("%H:%M");
    match (at.date_naive() - now.date_naive()).num_days() {
        0 => format!("{time} today"),
        1 => format!("{time} tomorrow"),
        -1 => format!("{time} yesterday"),
        _ if at.year() == now.year() => format!("{time} on {}", at.format("%A, %-d %B")),
        _ => format!("{time} on {}", at.format("%-d %B %Y")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ticket::Wait;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time in Shanghai")
    }

    fn told(change: impl FnOnce(&mut Ticket), expected: Option<&str>) -> Sentence {
        let mut ticket = crate::domain::tests::ticket();
        ticket.subject = "宽带无法上网".into();
        change(&mut ticket);
        of(&ticket, expected.map(at), at("2026-03-02 10:00"), chrono_tz::Asia::Shanghai)
    }

    #[test]
    fn in_hand_says_until_when() {
        let today = told(|ticket| ticket.state = State::InProgress, Some("2026-03-02 14:00"));
        assert_eq!(today.zh, "您反映的“宽带无法上网”正在处理，预计今天14:00前解决。");
        assert_eq!(
            today.en,
            "Your request “宽带无法上网” is being worked on; we expect to solve it by 14:00 today."
        );
        let tomorrow = told(|_| {}, Some("2026-03-03 18:00"));
        assert_eq!(tomorrow.zh, "您反映的“宽带无法上网”已经登记，正在安排人员处理，预计明天18:00前解决。");
        let later = told(|ticket| ticket.state = State::Assigned, Some("2026-03-05 18:00"));
        assert!(later.zh.ends_with("已转交专人处理，预计3月5日18:00前解决。"), "{}", later.zh);
        assert!(later.en.ends_with("by 18:00 on Thursday, 5 March."), "{}", later.en);
        let unpromised = told(|_| {}, None);
        assert!(unpromised.zh.ends_with("解决后我们会及时告知您。"), "{}", unpromised.zh);
    }

    #[test]
    fn late_says_so_and_is_sorry() {
        let late = told(|ticket| ticket.state = State::InProgress, Some("2026-03-01 18:00"));
        assert!(late.zh.contains("原定昨天18:00前解决，现已超过承诺时间，非常抱歉"), "{}", late.zh);
        assert!(late.en.contains("it was due by 18:00 yesterday"), "{}", late.en);
    }

    #[test]
    fn waiting_says_for_whom() {
        let wait = |reason: &str| {
            let reason = reason.to_owned();
            told(
                move |ticket| {
                    ticket.state = State::Waiting;
                    let from = ticket.created_at;
                    ticket.waits = vec![Wait { reason, from, to: None }];
                },
                None,
            )
        };
        assert!(wait("CUSTOMER").zh.contains("正在等待您的答复"));
        assert!(wait("THIRD_PARTY").en.contains("waiting for a third party"));
        assert!(wait("APPROVAL").zh.contains("正在等待审批"));
    }

    #[test]
    fn solved_says_how_and_when() {
        let solved = told(
            |ticket| {
                ticket.state = State::Closed;
                ticket.resolution = "更换光猫，网络恢复。".into();
                ticket.resolved_at = Some(at("2025-12-31 17:45"));
            },
            None,
        );
        assert_eq!(solved.zh, "您反映的“宽带无法上网”已于2025年12月31日17:45解决：更换光猫，网络恢复。");
        assert!(solved.en.contains("was solved at 17:45 on 31 December 2025: "), "{}", solved.en);
        let cancelled = told(|ticket| ticket.state = State::Cancelled, None);
        assert_eq!(cancelled.zh, "您反映的“宽带无法上网”已取消。");
    }
}
