//! What a sentence says that the ticket alone does not know: of its survivor, its outage, what the customer is asked for.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use hotline_proto::common::v1::TicketState as State;

use super::{Sentence, of, when_en, when_zh};
use crate::domain::clock::CUSTOMER;
use crate::domain::lifecycle::is_open;
use crate::domain::matters::{Judgement, Validity};
use crate::domain::ticket::Ticket;

/// What is known around a ticket.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Around {
    /// The ticket that the customer asks about, where it was merged into this one.
    pub(crate) merged: Option<Ticket>,
    /// The outage that caused it, while it lasts.
    pub(crate) outage: Option<Cause>,
    /// What the customer was asked for, while it waits for the customer.
    pub(crate) need: String,
}

/// What is said of an outage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cause {
    /// One line.
    pub(crate) title: String,
    /// Why, as far as it is known.
    pub(crate) cause: String,
    /// How far the repair is.
    pub(crate) progress: String,
    /// When it is expected to be over, where somebody can say.
    pub(crate) expected_recovery_at: Option<DateTime<Utc>>,
}

/// Returns the sentence as [`of`] does, with what is known around the ticket.
pub(crate) fn told(
    ticket: &Ticket,
    around: &Around,
    expected: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Sentence {
    let sentence = match (ticket.matters.judgement.as_ref(), around.outage.as_ref()) {
        (Some(judgement), _) if judgement.validity != Validity::Valid => {
            judged(ticket, judgement, expected, now, zone)
        }
        (_, Some(outage)) if is_open(ticket.state) => out(ticket, outage, now, zone),
        _ => of(ticket, expected, now, zone),
    };
    let sentence = asking(sentence, ticket, &around.need);
    match &around.merged {
        Some(merged) => Sentence {
            zh: format!(
                "您反映的“{}”与工单{}是同一件事，已合并处理。{}",
                merged.subject, ticket.number, sentence.zh
            ),
            en: format!(
                "Your request “{}” is the same matter as ticket {} and is handled with it. {}",
                merged.subject, ticket.number, sentence.en
            ),
        },
        None => sentence,
    }
}

/// Says what was judged of a request that does not go the way of the others.
fn judged(
    ticket: &Ticket,
    judgement: &Judgement,
    expected: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Sentence {
    let subject = &ticket.subject;
    let resolution = end(&ticket.resolution);
    match judgement.validity {
        Validity::OutOfScope if ticket.state != State::Cancelled => {
            let (zh, en) = then(end(&judgement.guidance));
            Sentence {
                zh: format!("您反映的“{subject}”经核实不属于我们的服务范围{zh}。"),
                en: format!("Your request “{subject}” is outside our scope{en}."),
            }
        }
        Validity::Invalid if judgement.analysed && is_open(ticket.state) => Sentence {
            zh: format!("您反映的“{subject}”正在核实分析，形成统一答复后我们会及时告知您。"),
            en: format!(
                "Your request “{subject}” is being analysed; we will tell you as soon as an answer is agreed on."
            ),
        },
        Validity::Invalid if ticket.resolved_at.is_some() && !is_open(ticket.state) => {
            let at = ticket.resolved_at.unwrap_or(now);
            let (zh, en) = then(resolution);
            Sentence {
                zh: format!("您反映的“{subject}”已核实，并已于{}向您说明{zh}。", when_zh(at, now, zone)),
                en: format!(
                    "Your request “{subject}” was looked into and explained to you at {}{en}.",
                    when_en(at, now, zone)
                ),
            }
        }
        _ => of(ticket, expected, now, zone),
    }
}

/// Says that an outage is the cause, how far its repair is, and when it is expected to be over.
fn out(ticket: &Ticket, outage: &Cause, now: DateTime<Utc>, zone: Tz) -> Sentence {
    let said = |zh: &str, en: &str, text: &str| match end(text) {
        "" => (String::new(), String::new()),
        text => (format!("，{zh}：{text}"), format!("; {en}: {text}")),
    };
    let (cause_zh, cause_en) = said("原因", "cause", &outage.cause);
    let (progress_zh, progress_en) = said("目前进展", "progress", &outage.progress);
    let (until_zh, until_en) = match outage.expected_recovery_at {
        Some(at) if at > now => (
            format!("，预计{}前恢复", when_zh(at, now, zone)),
            format!("; we expect it to be over by {}", when_en(at, now, zone)),
        ),
        Some(at) => (
            format!("，原定{}前恢复，现已超过，非常抱歉，我们正在加紧抢修", when_zh(at, now, zone)),
            format!(
                "; it was expected to be over by {}, we are sorry for the delay and are working on it",
                when_en(at, now, zone)
            ),
        ),
        None => {
            ("，恢复后我们会及时告知您".to_owned(), "; we will tell you as soon as it is over".to_owned())
        }
    };
    let (subject, title) = (&ticket.subject, &outage.title);
    Sentence {
        zh: format!("您反映的“{subject}”由故障“{title}”引起{cause_zh}{progress_zh}{until_zh}。"),
        en: format!(
            "Your request “{subject}” is caused by an outage, “{title}”{cause_en}{progress_en}{until_en}."
        ),
    }
}

/// Adds what the customer was asked for.
fn asking(sentence: Sentence, ticket: &Ticket, need: &str) -> Sentence {
    let need = end(need);
    if need.is_empty() || ticket.state != State::Waiting || ticket.waiting_for() != CUSTOMER {
        return sentence;
    }
    Sentence {
        zh: format!("{}需要您：{need}。", sentence.zh),
        en: format!("{} What we need from you: {need}.", sentence.en),
    }
}

/// Returns a text that goes on after a colon; nothing of an empty one.
fn then(text: &str) -> (String, String) {
    if text.is_empty() { Default::default() } else { (format!("：{text}"), format!(": {text}")) }
}

/// Returns a text without the mark at its end, which the sentence sets itself.
fn end(text: &str) -> &str {
    text.trim().trim_end_matches(['。', '.', '！', '!', ';', '；'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ticket::Wait;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time in Shanghai")
    }

    fn broken() -> Ticket {
        Ticket {
            subject: "宽带无法上网".into(), state: State::InProgress, ..crate::domain::tests::ticket()
        }
    }

    fn say(ticket: &Ticket, around: &Around) -> Sentence {
        told(ticket, around, None, at("2026-03-02 10:00"), chrono_tz::Asia::Shanghai)
    }

    fn cut() -> Cause {
        Cause {
            title: "光缆中断".into(),
            cause: "施工挖断。".into(),
            progress: "正在熔接".into(),
            expected_recovery_at: Some(at("2026-03-02 14:00")),
        }
    }

    #[test]
    fn an_outage_says_why_how_far_and_until_when() {
        let around = Around { outage: Some(cut()), ..Around::default() };
        let said = say(&broken(), &around);
        assert_eq!(
            said.zh,
            "您反映的“宽带无法上网”由故障“光缆中断”引起，原因：施工挖断，目前进展：正在熔接，预计今天14:00前恢复。"
        );
        assert!(
            said.en.ends_with("; progress: 正在熔接; we expect it to be over by 14:00 today."),
            "{}",
            said.en
        );
        let late = Cause { expected_recovery_at: Some(at("2026-03-02 09:00")), ..cut() };
        let said = say(&broken(), &Around { outage: Some(late), ..Around::default() });
        assert!(said.zh.contains("原定今天09:00前恢复，现已超过"), "{}", said.zh);
        let solved = Ticket { state: State::Resolved, ..broken() };
        let said = say(&solved, &Around { outage: Some(cut()), ..Around::default() });
        assert!(said.zh.contains("解决"), "{}", said.zh);
    }

    #[test]
    fn waiting_for_the_customer_says_what_is_needed() {
        let mut waiting = broken();
        waiting.state = State::Waiting;
        waiting.waits = vec![Wait { reason: CUSTOMER.into(), from: waiting.created_at, to: None }];
        let around = Around { need: "请提供光猫背面的序列号。".into(), ..Around::default() };
        assert!(say(&waiting, &around).zh.ends_with("需要您：请提供光猫背面的序列号。"));
        assert!(say(&waiting, &around).en.ends_with("What we need from you: 请提供光猫背面的序列号."));
        assert!(!say(&broken(), &around).zh.contains("需要您"), "nobody waits for it");
    }

    #[test]
    fn a_merged_ticket_speaks_of_its_survivor() {
        let mut survivor = broken();
        survivor.number = "2603020036".into();
        let merged = Ticket { subject: "网断了".into(), ..broken() };
        let said = say(&survivor, &Around { merged: Some(merged), ..Around::default() });
        assert!(
            said.zh.starts_with(
                "您反映的“网断了”与工单2603020036是同一件事，已合并处理。您反映的“宽带无法上网”"
            ),
            "{}",
            said.zh
        );
        assert!(said.en.contains("is the same matter as ticket 2603020036"), "{}", said.en);
    }

    #[test]
    fn what_was_judged_is_explained_not_solved() {
        let judged = |validity, analysed, guidance: &str| Judgement {
            validity,
            statement: None,
            analysed,
            guidance: guidance.into(),
            by: "agent".into(),
            at: at("2026-03-02 09:00"),
        };
        let mut ticket = broken();
        ticket.matters.judgement = Some(judged(Validity::Invalid, true, ""));
        assert!(say(&ticket, &Around::default()).zh.contains("正在核实分析"));
        ticket.matters.judgement = Some(judged(Validity::Invalid, false, ""));
        ticket.state = State::Resolved;
        ticket.resolved_at = Some(at("2026-03-02 09:30"));
        ticket.resolution = "该费用按合同收取。".into();
        let said = say(&ticket, &Around::default());
        assert_eq!(said.zh, "您反映的“宽带无法上网”已核实，并已于今天09:30向您说明：该费用按合同收取。");
        ticket.matters.judgement = Some(judged(Validity::OutOfScope, false, "请致电自来水公司 96655"));
        assert!(
            say(&ticket, &Around::default()).zh.ends_with("不属于我们的服务范围：请致电自来水公司 96655。")
        );
        ticket.matters.judgement = Some(judged(Validity::Valid, false, ""));
        assert!(say(&ticket, &Around::default()).zh.contains("解决"));
    }
}
