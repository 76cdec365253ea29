//! The page as HTML: its style in itself, no script, nothing from elsewhere.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono_tz::Tz;
use hotline_core::time::from_proto;
use hotline_proto::dispatch::v1::{AssignmentCustomer, LinkStage, LinkedAssignment, TicketBrief};
use hotline_proto::locale::Locale;
use http::HeaderValue;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use prost_types::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::words::{self, Words};

const STYLE: &str = "body{font:17px/1.5 system-ui,sans-serif;margin:0 auto;max-width:36rem;padding:1rem;\
    color:#1b1f24;background:#fff}h1{font-size:1.3rem}dl{margin:0}dt{color:#59636e;font-size:.85rem;\
    margin-top:.6rem}dd{margin:0;white-space:pre-line;overflow-wrap:anywhere}form{margin:1.2rem 0}\
    textarea{box-sizing:border-box;width:100%;min-height:6rem;font:inherit;padding:.5rem;margin:.3rem 0}\
    button{font:inherit;width:100%;padding:.8rem;border:0;border-radius:.5rem;background:#0b57d0;color:#fff}\
    .quiet{color:#59636e;font-size:.85rem}.tile{background:#f0f3f6;border-radius:.5rem;padding:.6rem .8rem;\
    margin:1rem 0}";

/// What the page may do: show its own style and send its forms to where it came from.
pub(super) static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    HeaderValue::from_str(&policy).expect("a policy is plain ASCII")
});

/// What a page of work is made of.
pub(super) struct Look<'a> {
    /// The last part of its address.
    pub(super) token: &'a str,
    /// The work and what may be done with it.
    pub(super) linked: &'a LinkedAssignment,
    /// In which times are told.
    pub(super) zone: Tz,
    /// The token of its forms.
    pub(super) once: Uuid,
    /// A note was just taken in.
    pub(super) noted: bool,
}

/// Why there is no work to show.
pub(super) enum Trouble {
    /// The link can't be used, or never could.
    Gone,
    /// Something happened in between.
    Changed,
    /// What was sent can't be used, and why.
    Wrong(String),
    /// Later it may work.
    Later,
}

/// Writes the page of a link's work.
pub(super) fn work(look: &Look<'_>) -> String {
    let (words, linked) = (words::current(), look.linked);
    let assignment = linked.assignment.clone().unwrap_or_default();
    let ticket = assignment.ticket.unwrap_or_default();
    let stage = linked.stage();
    let body = html! {
        h1 { (words.title) " " (assignment.ticket_number) }
        p { (words.greeting) (linked.recipient) " · " (linked.team_name) }
        @if look.noted { p.tile role="status" { (words.noted) } }
        @if stage == LinkStage::Done { p.tile role="status" { (words.done) } }
        dl {
            (entry(words.number, &assignment.ticket_number))
            (entry(words.subject, &ticket.subject))
            (entry(words.description, &ticket.description))
            (entry(words.project, &ticket.project))
            (entry(words.due, &time(assignment.due_at.as_ref(), look.zone)))
        }
        @match &assignment.customer {
            Some(known) => (customer(words, known)),
            None => (hidden(words, &ticket, stage)),
        }
        @match stage {
            LinkStage::Open => (form(look, "accept", words.accept, None)),
            LinkStage::Taken => p.tile { (words.taken) },
            LinkStage::Held => {
                (form(look, "note", words.send, Some((words.note, words.note_hint, 2000))))
                (form(look, "complete", words.complete, Some((words.result, "", 4000))))
            },
            LinkStage::Done | LinkStage::Unspecified => {},
        }
        @if stage != LinkStage::Done {
            p.quiet { (words.expires) " " (time(linked.expires_at.as_ref(), look.zone)) }
        }
    };
    page(words.title, &body)
}

/// Writes the page that says why there is nothing to do, and what to do about it.
pub(super) fn trouble(trouble: &Trouble) -> String {
    let words = words::current();
    let (title, help) = match trouble {
        Trouble::Gone => (words.gone, words.gone_help),
        Trouble::Changed => (words.changed, words.changed_help),
        Trouble::Wrong(_) => (words.wrong, words.wrong_help),
        Trouble::Later => (words.later, words.later_help),
    };
    let body = html! {
        h1 { (title) }
        @if let Trouble::Wrong(why) = trouble { p { (why) } }
        p { (help) }
    };
    page(title, &body)
}

fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(Locale::current().tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex, nofollow";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    page.into_string()
}

fn entry(name: &str, value: &str) -> Markup {
    html! { @if !value.is_empty() { dt { (name) } dd { (value) } } }
}

fn customer(words: &Words, known: &AssignmentCustomer) -> Markup {
    let name = format!("{} {}", known.name, known.title);
    html! {
        dl #customer {
            (entry(words.customer, name.trim()))
            @for phone in &known.phones {
                dt { (words.phone) }
                dd { a href=(format!("tel:{phone}")) { (phone) } }
            }
            (entry(words.mail, &known.emails.join("\n")))
            (entry(words.room, &known.room))
            (entry(words.address, &known.address))
        }
        p.quiet { (words.disclosed) }
    }
}

fn hidden(words: &Words, ticket: &TicketBrief, stage: LinkStage) -> Markup {
    html! {
        dl { (entry(words.room, &ticket.room)) }
        @if stage == LinkStage::Open { p.quiet { (words.masked) } }
    }
}

/// A form with its own token, and a place for words where `asks` names one: its label, a hint, and characters at most.
fn form(look: &Look<'_>, deed: &str, button: &str, asks: Option<(&str, &str, u32)>) -> Markup {
    html! {
        form method="post" action=(format!("/p/{}/{deed}", look.token)) id=(deed) {
            input type="hidden" name="once" value=(look.once);
            @if let Some((label, hint, longest)) = asks {
                label {
                    (label)
                    @if !hint.is_empty() { " " span.quiet { "(" (hint) ")" } }
                    textarea name="text" required maxlength=(longest) {}
                }
            }
            button type="submit" { (button) }
        }
    }
}

fn time(at: Option<&Timestamp>, zone: Tz) -> String {
    from_proto(at).map(|at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use hotline_proto::dispatch::v1::{
        Assignment, AssignmentCustomer, LinkStage, LinkedAssignment, TicketBrief,
    };
    use hotline_proto::locale::Locale;
    use uuid::Uuid;

    use super::{Look, POLICY, STYLE, Trouble, trouble, work};

    fn linked(stage: LinkStage, customer: Option<AssignmentCustomer>) -> LinkedAssignment {
        let ticket = TicketBrief {
            subject: "<script>alert(1)</script>".into(),
            room: "***".into(),
            ..TicketBrief::default()
        };
        let assignment = Assignment {
            ticket: Some(ticket),
            ticket_number: "26030200017".into(),
            customer,
            ..Assignment::default()
        };
        LinkedAssignment { assignment: Some(assignment), stage: stage.into(), ..LinkedAssignment::default() }
    }

    fn page(linked: &LinkedAssignment) -> String {
        let zone = chrono_tz::Asia::Shanghai;
        work(&Look { token: "t", linked, zone, once: Uuid::from_u128(7), noted: false })
    }

    #[test]
    fn each_stage_has_its_forms_and_no_text_becomes_markup() {
        let forms = |stage| {
            let page = page(&linked(stage, None));
            assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
            ["accept", "note", "complete"].map(|deed| page.contains(&format!("action=\"/p/t/{deed}\"")))
        };
        assert_eq!(forms(LinkStage::Open), [true, false, false]);
        assert_eq!(forms(LinkStage::Held), [false, true, true]);
        for stage in [LinkStage::Taken, LinkStage::Done] {
            assert_eq!(forms(stage), [false; 3]);
        }
    }

    #[test]
    fn the_customer_is_shown_where_there_is_one() {
        let wang = AssignmentCustomer {
            name: "王芳".into(),
            phones: vec!["13800138000".into()],
            ..AssignmentCustomer::default()
        };
        assert!(page(&linked(LinkStage::Held, Some(wang))).contains("href=\"tel:13800138000\""));
        assert!(!page(&linked(LinkStage::Open, None)).contains("tel:"));
    }

    #[tokio::test]
    async fn a_page_speaks_the_callers_language() {
        let zh = Locale::Zh.scope(async { trouble(&Trouble::Gone) }).await;
        let en = Locale::En.scope(async { trouble(&Trouble::Gone) }).await;
        assert!(zh.contains("lang=\"zh-CN\"") && zh.contains("此链接无法使用"));
        assert!(en.contains("lang=\"en\"") && en.contains("can't be used"));
        assert!(zh.contains(STYLE) && POLICY.to_str().expect("ASCII").contains("style-src 'sha256-"));
    }
}
