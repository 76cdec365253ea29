//! What each kind of person does all day.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::history::{Act, Lease, Outcome};
use super::load::Desk;
use super::person::{Person, Told};

/// How long a claim waits for work, so that people notice when the desk closes.
const WAIT: &str = "1s";
/// How often a supervisor looks for disputes.
const DISPUTES: Duration = Duration::from_millis(500);
/// Of a hundred tickets, how many are for a team that does not work in this run: they stay in its queue.
const SPARE: u32 = 8;

/// Takes calls and registers tickets.
pub(super) async fn agent(desk: Arc<Desk>, person: Person, mut dice: StdRng) {
    while !desk.closing.is_cancelled() {
        if desk.has_room() {
            take_call(&desk, &person, dice.random_range(0..100) < SPARE).await;
        } else {
            // Paces the look at the desk's board.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn take_call(desk: &Desk, person: &Person, spare: bool) {
    let serial = desk.next();
    let phone = desk.phone(serial);
    let start = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": phone});
    let call = person.command("/v1/interactions", &start).await;
    let interaction = text(&call.json, "id");
    person.note(&call, Act::StartInteraction { phone, interaction: interaction.clone() });
    if call.outcome != Outcome::Acknowledged {
        return;
    }
    let subject = format!("drill {} {serial}", desk.name);
    let category = if spare { "repair.public" } else { "repair.private" };
    let body = json!({
        "type": "TICKET_TYPE_FAULT", "categoryCode": category, "channel": "CHANNEL_PHONE",
        "customerId": text(&call.json, "customerId"), "interactionId": interaction,
        "urgency": "LEVEL_HIGH", "impact": "LEVEL_MEDIUM",
        "subject": subject, "description": "今天早上开始宽带断线，光猫红灯。", "fields": {"room": "3-1502"},
    });
    let made = person.command("/v1/tickets", &body).await;
    let ticket = text(&made.json, "id");
    // Before it is written down: from here on it may be solved and closed at any moment.
    if !spare && made.outcome == Outcome::Acknowledged {
        desk.began(&ticket);
    }
    person.note(&made, Act::CreateTicket { subject, ticket: ticket.clone(), worked_on: !spare });
    let end = json!({
        "intent": "INTENT_FAULT", "categoryCode": category, "summary": "宽带断线", "outcome": "OUTCOME_TICKET",
        "ticketId": ticket,
    });
    let ended = person.command(&format!("/v1/interactions/{interaction}:end"), &end).await;
    person.note(&ended, Act::EndInteraction { interaction });
}

/// Claims work and solves it, or not.
pub(super) async fn engineer(desk: Arc<Desk>, person: Person, mut dice: StdRng) {
    let lease = format!("{}s", desk.load.lease);
    while !desk.closed.is_cancelled() {
        let most = dice.random_range(1..=desk.load.claim_at_most);
        let body = json!({"max": most, "wait": WAIT, "lease": lease});
        let claim = person.command("/v1/queues/second-line-network:claim", &body).await;
        for work in list(&claim.json, "assignments") {
            let lease = Lease {
                assignment: text(work, "id"),
                ticket: text(work, "ticketId"),
                epoch: number(&work["epoch"]),
            };
            let until = text(work, "leaseExpiresAt").parse().unwrap_or_default();
            let Lease { assignment, ticket, epoch } = lease.clone();
            person.note(&claim, Act::Claim { assignment, ticket, epoch, until });
            let luck = dice.random_range(0..300);
            work_on(&desk, &person, &lease, &text(work, "leaseToken"), luck).await;
        }
    }
}

/// Does what luck wants: a third of the mishaps each forgets the work, declines it, or gives it back.
async fn work_on(desk: &Desk, person: &Person, lease: &Lease, token: &str, luck: u32) {
    let mishaps = desk.load.mishaps;
    if luck < mishaps {
        return;
    }
    let path = |verb: &str| format!("/v1/assignments/{}:{verb}", lease.assignment);
    // What both accounts declined would be for nobody.
    if luck < 2 * mishaps && person.who.starts_with("engineer#") {
        let declined =
            person.command(&path("decline"), &json!({"leaseToken": token, "reason": "不在我的区域"})).await;
        return person.note(&declined, Act::Decline(lease.clone()));
    }
    let accepted = person.command(&path("accept"), &json!({"leaseToken": token})).await;
    person.note(&accepted, Act::Accept(lease.clone()));
    if accepted.outcome != Outcome::Acknowledged {
        return;
    }
    if (2 * mishaps..3 * mishaps).contains(&luck) {
        let returned =
            person.command(&path("return"), &json!({"leaseToken": token, "reason": "缺少备件"})).await;
        person.note(&returned, Act::Return(lease.clone()));
        // Work that a supervisor decided about stays where it is.
        if returned.refused_as() != Some("DECIDED_FINALLY") {
            return;
        }
    }
    let done = json!({"leaseToken": token, "resolution": "更换光猫，网络恢复。"});
    let completed = person.command(&path("complete"), &done).await;
    person.note(&completed, Act::Complete(lease.clone()));
}

/// Decides where work goes that was returned too often.
pub(super) async fn supervisor(desk: Arc<Desk>, person: Person) {
    while !desk.closed.is_cancelled() {
        for work in person.list("/v1/assignments?state=ASSIGNMENT_STATE_DISPUTED", "assignments").await {
            let (assignment, ticket) = (text(&work, "id"), text(&work, "ticketId"));
            let path = format!("/v1/assignments/{assignment}:reassign");
            let decided = person.command(&path, &json!({"reason": "由网络组处理"})).await;
            person.note(&decided, Act::Decide { assignment, ticket });
        }
        sleep(DISPUTES).await;
    }
}

/// Calls customers back.
pub(super) async fn caller(desk: Arc<Desk>, person: Person, mut dice: StdRng) {
    let lease = format!("{}s", desk.load.lease);
    let mut annoyed = BTreeSet::new();
    while !desk.closed.is_cancelled() {
        let body = json!({"max": dice.random_range(1..=2), "wait": WAIT, "lease": lease});
        let claim = person.command("/v1/callbacks:claim", &body).await;
        for callback in list(&claim.json, "callbacks") {
            note_callback(&person, &claim, callback);
            if dice.random_range(0..300) < desk.load.mishaps {
                continue;
            }
            let ticket = text(callback, "ticketId");
            let satisfied = dice.random_range(0..100) >= desk.load.unsatisfied || !annoyed.insert(ticket);
            ask(&desk, &person, callback, satisfied).await;
        }
    }
}

fn note_callback(person: &Person, claim: &Told, callback: &Value) {
    let until = text(callback, "leaseExpiresAt").parse().unwrap_or_default();
    let act =
        Act::ClaimCallback { callback: text(callback, "id"), ticket: text(callback, "ticketId"), until };
    person.note(claim, act);
}

async fn ask(desk: &Desk, person: &Person, callback: &Value, satisfied: bool) {
    let (id, ticket) = (text(callback, "id"), text(callback, "ticketId"));
    let body = json!({
        "leaseToken": text(callback, "leaseToken"), "outcome": "ATTEMPT_OUTCOME_REACHED",
        "satisfied": satisfied, "score": if satisfied { 5 } else { 2 },
    });
    let told = person.command(&format!("/v1/callbacks/{id}:recordAttempt"), &body).await;
    if satisfied && told.outcome == Outcome::Acknowledged {
        desk.ended(&ticket);
    }
    person.note(&told, Act::Answer { callback: id, ticket, satisfied });
}

fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json[name].as_array().map_or(&[], Vec::as_slice)
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_default().to_owned()
}

/// Reads a number as JSON writes 64 bits: as a text.
fn number(json: &Value) -> i64 {
    json.as_str().and_then(|text| text.parse().ok()).or_else(|| json.as_i64()).unwrap_or_default()
}
